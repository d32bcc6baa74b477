/*
 * The compiler: a policy to a filter.
 *
 *   lower.c, lower_call.c   the policy as one line of numbers an architecture, each call's rules in order of precedence
 *   order.c                 its rules in the order in which that needs them
 *   compare.c, diagram.c, merge.c   a call's rules as one diagram of ranges, whatever operators they use
 *   tree.c, tree_form.c, tree_build.c   ranges to tests: the search trees that cost least. What that is, says tree.h
 *   search.c                a call's diagram to tests, by such trees
 *   lower_line.c, lower_hot.c   an architecture's numbers to tests; x32 within x86_64's; calls that come often
 *   dag.c                   the tests, hash-consed: equal tails are one
 *   emit.c                  backwards to classic BPF
 *
 * Only gate/ may call it on behalf of others: what leaves the core is compiled, then proven.
 */
#ifndef CG_COMPILE_COMPILE_H
#define CG_COMPILE_COMPILE_H

#include "base/err.h"
#include "filter/filter.h"
#include "policy/policy.h"

/*
 * Errors: -E2BIG the program would pass 4,096 instructions (err names the calls whose rules cost most), -EINVAL a
 * policy without an arch, -ENOMEM.
 */
int cg_compile(const struct cg_policy *policy, struct cg_filter **ret_filter, struct cg_err *err);

/* How often a number is called. */
struct cg_compile_weight {
	const struct cg_arch *arch;
	uint32_t nr; /* as a filter sees it */
	uint64_t weight;
};

/*
 * The same with real frequencies of calls: only their proportions count. A number may stand there once; one that the
 * policy does not name is as good as any. They decide what is asked first, never what is answered.
 */
int cg_compile_weighted(const struct cg_policy *policy, const struct cg_compile_weight *weights, size_t n_weights,
			struct cg_filter **ret_filter, struct cg_err *err);

#endif
