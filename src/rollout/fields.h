/*
 * Members of JSON objects, each with its complaint: for rollout/ only.
 *
 * In: an object, and what a member should be. Out: the value; or an error at its place. A key that nobody knows is an
 * error: a misspelt condition would be one that always holds.
 */
#ifndef CG_ROLLOUT_FIELDS_H
#define CG_ROLLOUT_FIELDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"

#include <errno.h>

struct cg_fields {
	const char *name; /* of the file */
	struct cg_arena *arena;
	struct cg_err *err;
};

#define cg_fields_complain(fields, value, ...) cg_json_err((fields)->err, -EINVAL, (fields)->name, value, __VA_ARGS__)

int cg_fields_want(const struct cg_fields *fields, const struct cg_json *value, enum cg_json_kind kind, const char *what);
/* Each key is one of `keys` (NULL at the end), and none stands twice. */
int cg_fields_check_keys(const struct cg_fields *fields, const struct cg_json *object, const char *const *keys);

/* Text without NUL or control characters, at most `limit` bytes, copied. */
int cg_fields_text(const struct cg_fields *fields, const struct cg_json *value, size_t limit, const char **ret_text);
int cg_fields_number(const struct cg_fields *fields, const struct cg_json *value, uint64_t most, uint64_t *ret_number);
/* The member of that key; where it is missing, the error says so. */
int cg_fields_need(const struct cg_fields *fields, const struct cg_json *object, const char *key,
		  const struct cg_json **ret_value);
/* "callgate": `kind`, and "version": 1. -EPROTONOSUPPORT: newer. */
int cg_fields_check_version(const struct cg_fields *fields, const struct cg_json *root, const char *kind);

#endif
