/*
 * The compiler: a policy to a filter.
 *
 *   lower.c, lower_call.c   the policy as one line of numbers an architecture, each call's rules in order of precedence
 *   compare.c, diagram.c, merge.c   a call's rules as one diagram of ranges, whatever operators they use
 *   search.c                ranges to tests: search trees. An optimiser goes here
 *   dag.c                   the tests, hash-consed: equal tails are one. An optimiser may rewrite them here
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

#endif
