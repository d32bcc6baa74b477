/*
 * JSON out: strict JSON into a cg_text, indented for people or on one line for streams.
 *
 * In: calls in document order; `key` is NULL inside arrays and at the top. Out: text; strings that are not UTF-8 are
 * written with U+FFFD in the place of each bad byte. Failure (memory) is sticky in the text.
 */
#ifndef CG_BASE_JSON_WRITE_H
#define CG_BASE_JSON_WRITE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for whatever the reader lets in (CG_JSON_DEPTH_LIMIT) and a document around it; deeper is a failure. */
#define CG_JSON_WRITE_DEPTH 160

struct cg_json_writer {
	struct cg_text *text;
	bool is_compact;
	unsigned int depth;
	bool has_items[CG_JSON_WRITE_DEPTH];
	bool is_inline[CG_JSON_WRITE_DEPTH]; /* an array or object kept on one line */
};

/* {.text = …, .is_compact = …} is a writer ready for use. */
void cg_json_open_object(struct cg_json_writer *writer, const char *key);
void cg_json_close_object(struct cg_json_writer *writer);
void cg_json_open_array(struct cg_json_writer *writer, const char *key);
void cg_json_close_array(struct cg_json_writer *writer);
/* An array or object written on one line even in an indented document. */
void cg_json_open_inline_object(struct cg_json_writer *writer, const char *key);
void cg_json_open_inline_array(struct cg_json_writer *writer, const char *key);

void cg_json_string(struct cg_json_writer *writer, const char *key, const char *value); /* NULL is null */
void cg_json_string_bytes(struct cg_json_writer *writer, const char *key, const char *bytes, size_t length);
void cg_json_u64(struct cg_json_writer *writer, const char *key, uint64_t value);
void cg_json_s64(struct cg_json_writer *writer, const char *key, int64_t value);
void cg_json_fixed(struct cg_json_writer *writer, const char *key, double value, int n_decimals);
void cg_json_bool(struct cg_json_writer *writer, const char *key, bool value);
void cg_json_null(struct cg_json_writer *writer, const char *key);
/* A value from the reader, written as it was (keys and order kept): for unknown parts that must survive. */
struct cg_json;
void cg_json_value(struct cg_json_writer *writer, const char *key, const struct cg_json *value);

#endif
