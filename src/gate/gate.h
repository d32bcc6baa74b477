/*
 * The gate: the only way to a filter that leaves the core. Compiles, validates by the kernel's rules, then compares
 * the filter with eval, so that a compiler's bug is found before anything is written or loaded.
 */
#ifndef CG_GATE_GATE_H
#define CG_GATE_GATE_H

#include "base/err.h"
#include "filter/filter.h"
#include "policy/policy.h"

struct cg_gate_options {
	bool is_unproven; /* --no-prove: for measuring */
};

/*
 * `options` may be NULL. Errors: those of cg_compile(); -EBADE: the filter differs from the policy (a bug in callgate;
 * err names a call).
 */
int cg_gate_compile(const struct cg_policy *policy, const struct cg_gate_options *options,
		    struct cg_filter **ret_filter, struct cg_err *err);

#endif
