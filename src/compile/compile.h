/*
 * The compiler: a policy to a filter, in three stages that each have a file: lower.c (policy to ordered ranges of
 * numbers with verdict DAGs), dag.c (hash-consed nodes), emit.c (backwards to classic BPF).
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
