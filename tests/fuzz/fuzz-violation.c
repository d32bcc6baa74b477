/*
 * Fuzz target of the reader of violations: what a keeper is handed, what stands in a history, what a log of them says.
 *
 * In: bytes. Held: no crash, no leak; an error has a message; what was read is written, and read again it is the same;
 * a violation has a key.
 */
#include "event/violation.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_line(const struct cg_violation *violation, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text, .is_compact = true };

	require(cg_violation_write(violation, &json) == 0);
}

static void write_and_read(const struct cg_violation *violation, struct cg_arena *arena)
{
	struct cg_text first = { 0 }, second = { 0 }, key = { 0 };
	struct cg_violation again;
	struct cg_json *object;

	write_line(violation, &first);
	require(first.length <= CG_VIOLATION_LINE_LIMIT);
	require(cg_json_read(arena, "again", cg_text_get(&first), first.length, 0, &object, NULL) == 0);
	require(cg_violation_read(object, arena, &again, NULL) == 0);
	write_line(&again, &second);
	require(strcmp(cg_text_get(&first), cg_text_get(&second)) == 0);
	require(cg_violation_key(violation, &key) == 0 && key.length > 0);
	cg_text_done(&first);
	cg_text_done(&second);
	cg_text_done(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cg_arena arena = { 0 };
	struct cg_violation violation;
	struct cg_err err = { 0 };
	struct cg_json *object;
	int r = cg_json_read(&arena, "fuzz", (const char *)data, size, 0, &object, &err);

	if (r == 0)
		r = cg_violation_read(object, &arena, &violation, &err);
	require(r == 0 || err.message[0]);
	if (r == 0)
		write_and_read(&violation, &arena);
	cg_arena_done(&arena);
	return 0;
}
