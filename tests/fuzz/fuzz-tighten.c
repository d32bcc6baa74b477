/*
 * Fuzz target of the reader of tighten's state.
 *
 * In: bytes. Held: no crash, no leak; an error has a message; what was read is written, and read again it is the same;
 * rounds can be undone until there is none left.
 */
#include "tighten/tighten.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_and_read(const struct cg_tighten *tighten)
{
	struct cg_text first = { 0 }, second = { 0 };
	struct cg_tighten again = { 0 };

	cg_tighten_write(tighten, &first);
	require(cg_tighten_read("fuzz", cg_text_get(&first), first.length, &again, NULL) == 0);
	cg_tighten_write(&again, &second);
	require(strcmp(cg_text_get(&first), cg_text_get(&second)) == 0);
	cg_tighten_done(&again);
	cg_text_done(&first);
	cg_text_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cg_tighten tighten = { 0 };
	const struct cg_json *profile;
	struct cg_err err = { 0 };
	int r = cg_tighten_read("fuzz", (const char *)data, size, &tighten, &err);

	require(r == 0 || err.message[0]);
	if (r == 0)
		write_and_read(&tighten);
	while (r == 0)
		r = cg_tighten_undo(&tighten, "fuzz", &profile, &err);
	cg_tighten_done(&tighten);
	return 0;
}
