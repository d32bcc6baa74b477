/*
 * JSON in: bytes to a tree in which every value knows its line and column.
 *
 * In: bytes (any bytes: hostile input is expected) and options. Out: a tree in the caller's arena, or one clear error
 * with "name:line:column". Numbers keep all 64 bits; duplicate keys stay, in order, so that a caller can imitate the
 * reader of any engine or complain. Nothing here recurses deeper than CG_JSON_DEPTH_LIMIT.
 */
#ifndef CG_BASE_JSON_READ_H
#define CG_BASE_JSON_READ_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_JSON_DEPTH_LIMIT 128
#define CG_JSON_SIZE_LIMIT ((size_t)64 << 20) /* bytes of input */
#define CG_JSON_NODE_LIMIT ((size_t)4 << 20)  /* values in one document */

enum cg_json_kind {
	CG_JSON_NULL,
	CG_JSON_BOOL,
	CG_JSON_NUMBER,
	CG_JSON_STRING,
	CG_JSON_ARRAY,
	CG_JSON_OBJECT,
};

struct cg_json {
	enum cg_json_kind kind;
	bool is_true;     /* BOOL */
	bool is_negative; /* NUMBER: written with a minus sign */
	bool is_integer;  /* NUMBER: no fraction, no exponent, magnitude fits 64 bits */
	uint32_t line;    /* of the value; 1 is the first */
	uint32_t column;  /* in bytes; 1 is the first */
	uint32_t key_line;
	uint32_t key_column;
	uint64_t number;    /* NUMBER: magnitude when is_integer */
	const char *text;   /* STRING: decoded UTF-8, NUL behind it (may hold NULs inside); NUMBER: as written */
	size_t text_length;
	const char *key; /* decoded key of a member of an object, NULL otherwise; no NUL inside (an error) */
	struct cg_json *first;
	struct cg_json *next;
	size_t n_children;
};

enum cg_json_options {
	CG_JSON_COMMENTS = 1 << 0,      /* line and block comments, and a comma before ] or } */
	CG_JSON_STRICT_COMMAS = 1 << 1, /* with CG_JSON_COMMENTS: no such comma */
};

/*
 * Reads one document. `name` stands in error places and must outlive nothing (it is copied into errors).
 * Errors: -EBADMSG (not JSON, bad UTF-8 in keys, trailing text, empty), -E2BIG (a limit above).
 */
int cg_json_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length, unsigned int options,
		 struct cg_json **ret_root, struct cg_err *err);

/* The last member of that name (as most readers have it), or NULL; also NULL when `object` is no object. */
struct cg_json *cg_json_get(const struct cg_json *object, const char *key);

/* The same with keys matched by cg_json_key_is(). */
struct cg_json *cg_json_get_fold(const struct cg_json *object, const char *key);

/* Do two keys match as Go's encoding/json has it: ASCII case ignored, and U+017F is an s, U+212A a k. */
bool cg_json_key_is(const char *a, const char *b);

/* "an object", "a string", … for messages. */
const char *cg_json_kind_name(const struct cg_json *value);

/* An error at a value: place is name:line:column of `value`. */
int cg_json_err(struct cg_err *err, int code, const char *name, const struct cg_json *value, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
