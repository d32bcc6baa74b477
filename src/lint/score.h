/*
 * A number for what a profile leaves open, and each line of the sum.
 *
 * In: a policy. Out: lines. A call that is open counts 10 (critical), 5 (high) or 2 (medium risk); half of that, rounded
 * up, where it is open under conditions only. It is for comparing profiles of one kind, and for watching one of them:
 * no number says that a profile is safe.
 */
#ifndef CG_LINT_SCORE_H
#define CG_LINT_SCORE_H

#include "lint/lint.h"

#include <stdbool.h>

struct cg_score_line {
	const char *call;   /* or "default" */
	const char *reason; /* constant */
	unsigned int points;
	bool is_conditional;
};

/* Start with {0}; end with cg_score_done(). */
struct cg_score {
	unsigned int points;
	CG_VEC(struct cg_score_line) lines; /* most points first, then by name */
};

/* -ENOMEM. `policy` NULL: nothing is refused at all. */
int cg_lint_score(const struct cg_profile *profile, const struct cg_target *target, const struct cg_policy *policy,
		  struct cg_score *ret_score, struct cg_err *err);
void cg_score_done(struct cg_score *score);

#endif
