/*
 * Members of JSON objects, checked for their kind: what the reader of recordings is made of. Within learn/.
 *
 * In: an object and a key. Out: the value; an absent member leaves the output alone, one of a wrong kind is an error
 * with its place.
 */
#ifndef CG_LEARN_RECORDING_FIELDS_H
#define CG_LEARN_RECORDING_FIELDS_H

#include "base/json_read.h"
#include "learn/recording.h"

struct cg_recording_reader {
	const char *name; /* of the file, for places */
	struct cg_recording *recording;
	struct cg_err *err;
};

/* -EBADMSG at a value. */
int cg_field_bad(const struct cg_recording_reader *reader, const struct cg_json *at, const char *what);
int cg_field_wrong_kind(const struct cg_recording_reader *reader, const struct cg_json *at, const char *wanted);

int cg_field_u64(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key, uint64_t most,
		 uint64_t *ret_number);
int cg_field_bool(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		  bool *ret_value);
/* Copied, cleaned as cg_run_set_text() does. */
int cg_field_string(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		    const char **ret_text);
/* The text of a string value, as it is; zero bytes are refused. */
int cg_field_text(const struct cg_recording_reader *reader, const struct cg_json *value, const char **ret_text);
/* The first item of an array or object; NULL when it is empty or absent. */
int cg_field_list(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		  enum cg_json_kind kind, const struct cg_json **ret_first);

/* The members of `object` that are not in `known`, sorted by key, as an object; NULL when there are none. -E2BIG. */
int cg_field_unknown(const struct cg_recording_reader *reader, const struct cg_json *object, const char *const *known,
		     const struct cg_json **ret_unknown);

#endif
