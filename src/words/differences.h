/*
 * All the calls on which two meanings differ, one row a call and condition, nothing left out.
 *
 * In: two roots. Out: rows: calls by name, numbers without a name as ranges, and architectures that the two do not look
 * into one by one; with what each of the two answers, when, and a call that shows it.
 */
#ifndef CG_WORDS_DIFFERENCES_H
#define CG_WORDS_DIFFERENCES_H

#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "check/check.h"

#define CG_DIFFERENCES_LIMIT ((size_t)1 << 18) /* rows before those that say the same are put together */

enum cg_difference_kind {
	CG_DIFFERENCE_CALL,    /* one call by name */
	CG_DIFFERENCE_NUMBERS, /* numbers nr_first … nr_last, which have no name */
	CG_DIFFERENCE_OUTSIDE, /* numbers nr_first … nr_last of the tokens arch_first … arch_last */
};

struct cg_difference {
	enum cg_difference_kind kind;
	const struct cg_syscall *syscall; /* CALL */
	uint32_t arches;                  /* bit cg_arch_index() set; OUTSIDE: 0 */
	uint32_t arch_first, arch_last;
	uint32_t nr_first, nr_last;
	uint32_t a, b;       /* actions */
	const char *when;    /* as in struct cg_case */
	size_t n_further;    /* as in struct cg_cases: this row stands for more */
	struct cg_call example;
};

/* Start with {0}; end with cg_differences_done(). */
struct cg_differences {
	struct cg_arena arena;
	CG_VEC(struct cg_difference) list;   /* calls by name, then numbers, then architectures outside */
	size_t n_calls[CG_N_ARCHES_MAX];     /* that differ and have a name, by cg_arch_index() */
	uint64_t n_numbers[CG_N_ARCHES_MAX]; /* that differ and have none */
	size_t n_outside;                    /* ranges of tokens outside */
};

/* Errors: -EOVERFLOW (CG_DIFFERENCES_LIMIT, CG_REGIONS_LIMIT or the budget), -ENOMEM. */
int cg_differences_find(struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_differences *ret_differences,
			struct cg_err *err);
void cg_differences_done(struct cg_differences *differences);

/* "socket", "numbers 472-1073741823", "architectures outside": appended. */
void cg_difference_name(struct cg_text *text, const struct cg_difference *difference);

/* "x86_64 x32" or, outside, "0x0-0x40000002": appended. */
void cg_difference_arches(struct cg_text *text, const struct cg_difference *difference);

#endif
