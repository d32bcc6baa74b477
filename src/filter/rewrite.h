/*
 * Filters made from filters: what a launcher needs beside the proven filter itself.
 *
 * In: a filter that passed cg_filter_check(). Out: a new one, owned by the caller, that differs from it in one stated
 * way. None of these changes an answer for a number that it is not about, and none costs such a number its place in the
 * kernel's action cache (only loads of arch and nr, and comparisons with constants, stand before the old filter).
 */
#ifndef CG_FILTER_REWRITE_H
#define CG_FILTER_REWRITE_H

#include "filter/filter.h"

#define CG_ADMISSION_NUMBERS_MAX 4
#define CG_ADMISSION_ARG 3 /* the token stands in arguments 3, 4 and 5 */

/* Calls that are let through when three registers hold a secret, whatever the filter says of them. */
struct cg_admission {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint32_t numbers[CG_ADMISSION_NUMBERS_MAX];
	size_t n_numbers;
	uint64_t token[3];
};

/* -E2BIG: no room for the prefix below CG_FILTER_LENGTH_MAX. -EINVAL: no number, or too many. */
int cg_filter_admit(const struct cg_filter *filter, const struct cg_admission *admission, struct cg_filter **ret_filter,
		    struct cg_err *err);

/*
 * The same program with every answer replaced by map(answer). -EOPNOTSUPP: the program computes an answer (RET A), so
 * that it cannot be replaced.
 */
int cg_filter_map_actions(const struct cg_filter *filter, uint32_t (*map)(uint32_t action),
			  struct cg_filter **ret_filter, struct cg_err *err);

/* A number of a system call on an arch, as a filter sees both. */
struct cg_filter_number {
	uint32_t arch;
	uint32_t nr;
};

/*
 * Answers as `filter` does for these numbers and ALLOW for all others: stacked on another filter it leaves the rest to
 * that one. In any order. -E2BIG as above.
 */
int cg_filter_select(const struct cg_filter *filter, const struct cg_filter_number *numbers, size_t n_numbers,
		     struct cg_filter **ret_filter, struct cg_err *err);

#endif
