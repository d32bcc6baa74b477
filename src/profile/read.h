/*
 * Reading objects by tables: what oci.c is written with. Only for the files of this folder.
 */
#ifndef CG_PROFILE_READ_H
#define CG_PROFILE_READ_H

#include "base/json_read.h"
#include "profile/say.h"

struct cg_reader {
	struct cg_profile *profile;
	const struct cg_engine *engine;
	struct cg_notes *notes;
	struct cg_err *err;
};

/* One key of an object: what its value must be, and who reads it into the struct behind `object`. */
struct cg_field {
	const char *key;
	enum cg_json_kind kind;
	unsigned int needs; /* the trait without which an engine drops this key; 0: none */
	bool is_required;   /* by engines that require anything */
	int (*read)(struct cg_reader *reader, const struct cg_json *value, void *object);
};

/* All members of `json` by the table (at most 32 fields). */
int cg_reader_object(struct cg_reader *reader, const struct cg_field *fields, size_t n_fields,
		     const struct cg_json *json, void *object);

/* Leaves. Strings are borrowed from the tree, which lives in the profile's arena. */
int cg_reader_text(struct cg_reader *reader, const struct cg_json *value, const char **ret_text);
int cg_reader_word(struct cg_reader *reader, const struct cg_json *value, struct cg_profile_word *ret_word);
int cg_reader_words(struct cg_reader *reader, const struct cg_json *array, struct cg_profile_words *words);
int cg_reader_u32(struct cg_reader *reader, const struct cg_json *value, uint64_t *ret_number);
int cg_reader_u64_wrapping(struct cg_reader *reader, const struct cg_json *value, uint64_t *ret_number);

/* -EINVAL at a value. */
int cg_reader_fail(struct cg_reader *reader, const struct cg_json *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int cg_reader_fail_memory(struct cg_reader *reader);

#endif
