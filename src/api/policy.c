/*
 * See include/callgate/policy.h: policies by names of calls, for programs.
 *
 * In: names and comparisons. Out: rules of a policy (policy/policy.h), one for each architecture that has the call.
 */
#include "callgate/policy.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "policy/policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>

int cg_policy_add_architecture(struct cg_policy *policy, const char *name, struct cg_err *err)
{
	const struct cg_arch *arch = name ? cg_arch_find(name) : cg_arch_native();

	if (!arch)
		return cg_err_set(err, -EINVAL, NULL, "there is no architecture '%s'; callgate syscalls lists them",
				  name);
	return cg_policy_add_arch(policy, arch, err);
}

/* Masks of all ones for what compares whole values: the caller leaves them out. */
static int copy_comparisons(const struct cg_comparison *from, unsigned int n, struct cg_comparison *to,
			    struct cg_err *err)
{
	if (n > CG_POLICY_COMPARISONS_LIMIT)
		return cg_err_set(err, -E2BIG, NULL, "a rule holds %d comparisons at most, not %u",
				  CG_POLICY_COMPARISONS_LIMIT, n);
	for (unsigned int i = 0; i < n; i++) {
		to[i] = from[i];
		if (to[i].op != CG_OP_MASKED_EQ)
			to[i].mask = UINT64_MAX;
	}
	return 0;
}

static int say_unknown(const char *call, struct cg_err *err)
{
	const char *nearest = cg_syscall_suggest(call);

	if (cg_syscall_find(call))
		return cg_err_set(err, -ENOENT, call, "no architecture of this policy has the call");
	if (nearest)
		return cg_err_set(err, -ENOENT, call, "there is no such call; did you mean %s?", nearest);
	return cg_err_set(err, -ENOENT, call, "there is no such call");
}

int cg_policy_add_call(struct cg_policy *policy, uint32_t action, const char *call,
		       const struct cg_comparison *comparisons, unsigned int n_comparisons, struct cg_err *err)
{
	struct cg_comparison copies[CG_POLICY_COMPARISONS_LIMIT];
	struct cg_rule rule = { .action = action, .comparisons = copies, .n_comparisons = n_comparisons };
	int r = copy_comparisons(comparisons, n_comparisons, copies, err);
	bool is_found = false;

	/* What the kernel does not know it takes for KILL_PROCESS: a mistake that nobody wants to find out so. */
	if (r == 0 && cg_action_row(action)->value != (action & SECCOMP_RET_ACTION_FULL))
		r = cg_err_set(err, -EINVAL, call, "0x%08x is no action; see linux/seccomp.h", action);
	if (r == 0 && policy->n_arches == 0)
		r = cg_policy_add_arch(policy, cg_arch_native(), err);
	for (size_t i = 0; i < policy->n_arches && r == 0; i++) {
		rule.arch = policy->arches[i];
		if (!cg_syscall_number(rule.arch, call, &rule.nr))
			continue;
		is_found = true;
		r = cg_policy_add_rule(policy, &rule, err);
	}
	return r == 0 && !is_found ? say_unknown(call, err) : r;
}
