/*
 * How often calls come, from recordings: what `compile --weights` hands to the compiler, and what it gained by that.
 */
#ifndef CG_CLI_WEIGHTS_H
#define CG_CLI_WEIGHTS_H

#include "cli/cli.h"
#include "compile/compile.h"
#include "filter/filter.h"
#include "learn/recording.h"
#include "policy/policy.h"

/* Start with {0}; end with cg_weights_done(). */
struct cg_weights {
	struct cg_summary summary; /* of all recordings */
	CG_VEC(struct cg_compile_weight) list;
};

/*
 * Reads what --weights names (given once at least). The list has the completed calls of the policy's architectures.
 * Errors: of reading, with places; -ENODATA when nothing of that was recorded.
 */
int cg_weights_read(const struct cg_args *args, const struct cg_policy *policy, struct cg_weights *weights,
		    struct cg_err *err);

/* What the recorded calls cost under a filter, each with the smallest values that were seen of its arguments. */
struct cg_weights_cost {
	uint64_t n_calls;
	uint64_t n_cached;  /* answered by the kernel's cache: the filter does not run */
	double mean_steps;  /* instructions executed, of those that are not; 0 when there are none */
};

struct cg_weights_cost cg_weights_cost_of(const struct cg_weights *weights, const struct cg_policy *policy,
					  const struct cg_filter *filter);

void cg_weights_done(struct cg_weights *weights);

#endif
