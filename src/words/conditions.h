/*
 * Under which conditions on its arguments a call is answered differently by two meanings.
 *
 * In: what is left of two diagrams for one architecture and number (a struct cg_region's a and b). Out: every pair of
 * answers that differ, each with its conditions in words and a call that shows it.
 */
#ifndef CG_WORDS_CONDITIONS_H
#define CG_WORDS_CONDITIONS_H

#include "abi/arch.h"
#include "base/err.h"
#include "base/vec.h"
#include "check/check.h"

#define CG_CASES_LIMIT 64 /* of one call; further ones are counted, not told */
#define CG_CASES_COUNT_LIMIT 4096 /* and beyond this many not even that */

struct cg_case {
	uint32_t a, b; /* actions */
	char *when;    /* "domain == AF_UNIX and type == SOCK_RAW"; "" always; owned */
	struct cg_call example;
};

/* Start with {0}; end with cg_cases_done(). */
struct cg_cases {
	struct cg_case *items;
	size_t n_items;
	size_t n_room;
	size_t n_further; /* not told: CG_CASES_COUNT_LIMIT stands for that many or more */
};

/*
 * `call`: the arch token and the number, for names and for examples; arch NULL when nobody knows it. Arguments that do
 * not matter are 0 in examples. Where conditions cannot be said in a few words they read "further conditions on flags".
 * Errors: -ENOMEM.
 */
int cg_cases_find(const struct cg_meanings *meanings, uint32_t a, uint32_t b, const struct cg_arch *arch,
		     const struct cg_call *call, struct cg_cases *ret_outcomes, struct cg_err *err);
void cg_cases_done(struct cg_cases *cases);

#endif
