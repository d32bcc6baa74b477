/*
 * Fuzz target of the JSON reader and writer.
 *
 * In: bytes; the first chooses whether comments are read. Held: no crash, no leak; an error always has a place and a
 * message; what was read is written, and what was written is read again as strict JSON and written to the same bytes.
 */
#include "base/json_read.h"
#include "base/json_write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* NULL when it is refused. */
static char *read_and_write(const char *bytes, size_t length, unsigned int options, bool is_compact)
{
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text, .is_compact = is_compact };
	struct cg_json *root = NULL;
	struct cg_err err = { 0 };
	char *written = NULL;
	int rc = cg_json_read(&arena, "fuzz", bytes, length, options, &root, &err);

	if (rc == 0) {
		require(root != NULL && err.code == 0);
		cg_json_value(&writer, NULL, root);
		written = cg_text_steal(&text);
		require(written != NULL);
	} else {
		require(root == NULL && err.code == rc && err.message[0] != '\0');
		require(strncmp(err.place, "fuzz", 4) == 0);
	}
	cg_arena_done(&arena);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *first, *second;

	if (size == 0)
		return 0;
	first = read_and_write((const char *)data + 1, size - 1, data[0] & 1 ? CG_JSON_COMMENTS : 0, data[0] & 2);
	if (!first)
		return 0;
	second = read_and_write(first, strlen(first), 0, data[0] & 2);
	require(second && strcmp(first, second) == 0);
	free(first);
	free(second);
	return 0;
}
