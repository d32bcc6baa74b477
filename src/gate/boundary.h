/*
 * Boundary simulation: does a filter answer what the policy says, at every place where an answer may change?
 */
#ifndef CG_GATE_BOUNDARY_H
#define CG_GATE_BOUNDARY_H

#include "base/err.h"
#include "filter/filter.h"
#include "policy/policy.h"

/* Probes of one call times rules of it, and of all calls: beyond it, values are sampled evenly. */
#define CG_BOUNDARY_CALL_WORK ((size_t)1 << 22)
#define CG_BOUNDARY_WORK ((size_t)1 << 26)

/*
 * `filter` passed cg_filter_check(). 0, -EBADE with the call on which the two differ, or -ENOMEM. *ret_n_probes (may be
 * NULL): how many calls were asked.
 */
int cg_boundary_compare(const struct cg_policy *policy, const struct cg_filter *filter, size_t *ret_n_probes,
			struct cg_err *err);

#endif
