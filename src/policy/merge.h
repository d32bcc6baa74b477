/*
 * Two policies as one: their union or their intersection.
 *
 * In: two policies. Out: one that answers each call with the more permissive of their two answers, or with the answer
 * that the kernel gives where both filters are loaded, the second on top of the first.
 */
#ifndef CG_POLICY_MERGE_H
#define CG_POLICY_MERGE_H

#include "policy/policy.h"

#define CG_MERGE_PIECES_LIMIT ((size_t)1 << 12)  /* rules of one call, on the way and in the end */
#define CG_MERGE_STEPS_LIMIT ((uint64_t)32 << 20) /* pairs of conditions compared, all in all */

enum cg_merge {
	CG_MERGE_UNION,        /* the more permissive in the kernel's order; of equals the first's, with its data */
	CG_MERGE_INTERSECTION, /* the lower, of equals the second's: seccomp_run_filters(), the second being newer */
};

/* What the two answers become. */
uint32_t cg_merge_actions(enum cg_merge kind, uint32_t a, uint32_t b);

/*
 * Exact, for each call there is. Rules keep the line of where they came from, if only one of the two has it.
 * Errors: -EDOM (byte orders), -EOPNOTSUPP (an arch that only one has would need a default of its own: err names it;
 * or one of them answers newer calls by themselves), -E2BIG (a limit above; err names the call), -ENOMEM.
 */
int cg_policy_merge(enum cg_merge kind, const struct cg_policy *a, const struct cg_policy *b,
		    struct cg_policy **ret_policy, struct cg_err *err);

#endif
