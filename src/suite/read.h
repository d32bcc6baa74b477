/*
 * What the readers of suites share. Within suite/.
 *
 * In: a JSON value. Out: its meaning in the suite's arena, or an error at its place: -EINVAL, -E2BIG, -ENOMEM.
 */
#ifndef CG_SUITE_READ_H
#define CG_SUITE_READ_H

#include "base/json_read.h"
#include "suite/suite.h"

/* What all readers work with. */
struct cg_suite_reading {
	const char *name;
	const struct cg_arch *arch;
	struct cg_suite *suite;
	struct cg_err *err;
};

#define cg_suite_complain(reading, value, ...) \
	cg_json_err((reading)->err, -EINVAL, (reading)->name, value, __VA_ARGS__)

/* ---- read_values.c */

int cg_suite_want_kind(const struct cg_suite_reading *reading, const struct cg_json *value, enum cg_json_kind kind,
		       const char *what);
/* Every key must be one of `keys`, and none may stand twice. */
int cg_suite_check_keys(const struct cg_suite_reading *reading, const struct cg_json *object, const char *const *keys,
			size_t n_keys);
/* Text that a command or its environment can be given: no NUL in it. */
int cg_suite_read_plain(const struct cg_suite_reading *reading, const struct cg_json *value, const char **ret_text);
/* A list of strings; a string is a list of one where `may_be_one`. */
int cg_suite_read_words(const struct cg_suite_reading *reading, const struct cg_json *value, bool may_be_one,
			struct cg_suite_words *words);
int cg_suite_read_command(const struct cg_suite_reading *reading, const struct cg_json *value,
			  struct cg_suite_words *words);
/* {"NAME": "value"} to NAME=value. */
int cg_suite_read_environment(const struct cg_suite_reading *reading, const struct cg_json *value,
			      struct cg_suite_words *words);
/* Seconds, or "500ms", "10s", "5m". */
int cg_suite_read_timeout(const struct cg_suite_reading *reading, const struct cg_json *value, uint64_t *ret_ms);

/* ---- read_expect.c */

int cg_suite_check_calls(const struct cg_suite_reading *reading, const struct cg_json *value,
			 const struct cg_arch *arch, const struct cg_suite_words *calls);
int cg_suite_read_run_expect(const struct cg_suite_reading *reading, const struct cg_json *expect,
			     struct cg_suite_test *test);
int cg_suite_read_call_expect(const struct cg_suite_reading *reading, const struct cg_json *value,
			      struct cg_suite_test *test);

#endif
