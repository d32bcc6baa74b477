/*
 * The gate: the only way to a filter that leaves the core. Compiles, validates by the kernel's rules, then proves the
 * filter against the policy, so that a compiler's bug is found before anything is written or loaded.
 */
#ifndef CG_GATE_GATE_H
#define CG_GATE_GATE_H

#include "base/err.h"
#include "check/check.h"
#include "filter/filter.h"
#include "policy/policy.h"

struct cg_compile_weight;

/* How sure it is that a filter means its policy. */
enum cg_proof {
	CG_PROOF_PROVEN,    /* for every call there is (check/) */
	CG_PROOF_SIMULATED, /* at every boundary (boundary.c): the proof did not end within its budget */
	CG_PROOF_NONE,      /* is_unproven was asked for */
};

struct cg_gate_options {
	bool is_unproven;                        /* --no-prove: for measuring */
	struct cg_check_budget budget;           /* of the proof; zeros stand for the defaults */
	const struct cg_compile_weight *weights; /* how often calls come (compile/compile.h), or NULL */
	size_t n_weights;
	enum cg_proof *ret_proof;                /* or NULL: how far it came; untouched on failure */
};

/*
 * `options` may be NULL. Errors: those of cg_compile(); -EBADE: the filter differs from the policy (a bug in callgate;
 * err names a call). Never for want of a proof.
 */
int cg_gate_compile(const struct cg_policy *policy, const struct cg_gate_options *options,
		    struct cg_filter **ret_filter, struct cg_err *err);

#endif
