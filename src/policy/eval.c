/*
 * THE SPECIFICATION: what a policy says of a call.
 *
 * In: a policy and a call. Out: the action, and the rule that decided. This file is the meaning of callgate: the
 * compiler, the simulator, the proof and the kernel must all agree with it (tests/golden/). So it has no cleverness:
 * read it from top to bottom beside docs/ARCHITECTURE.md, "The keystone".
 *
 *   1. The call's architecture, with x32 told from x86_64 by bit 30 of the number; -1 is x86_64's. Outside the policy:
 *      the bad-architecture action.
 *   2. Its default: the policy's, or for a number above the newest that the policy knows of, the action for newer ones.
 *      Then the rules of that architecture and number, without those that say what that default says.
 *   3. The first unconditional rule among them decides, if there is one.
 *   4. Else the most restrictive of the rules whose comparisons all hold decides, the first among equals.
 *   5. Else the default.
 */
#include "policy/eval.h"

/* A comparison sees 64 bits on 64-bit architectures; on the others argument, datum and mask are cut to 32 first. */
bool cg_comparison_holds(const struct cg_comparison *comparison, const struct cg_arch *arch, const uint64_t args[6])
{
	uint64_t word = cg_arch_word_mask(arch);
	uint64_t arg = args[comparison->arg] & word;
	uint64_t value = comparison->value & word;
	uint64_t mask = comparison->mask & word;

	switch (comparison->op) {
	case CG_OP_NE:
		return arg != value;
	case CG_OP_LT:
		return arg < value;
	case CG_OP_LE:
		return arg <= value;
	case CG_OP_EQ:
		return arg == value;
	case CG_OP_GE:
		return arg >= value;
	case CG_OP_GT:
		return arg > value;
	case CG_OP_MASKED_EQ:
		return (arg & mask) == (value & mask);
	}
	return false;
}

static bool rule_matches(const struct cg_rule *rule, const uint64_t args[6])
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		if (!cg_comparison_holds(&rule->comparisons[i], rule->arch, args))
			return false;
	return true;
}

/* Rules that say what the default says are dropped before anything else. */
static bool rule_is_about(const struct cg_policy *policy, const struct cg_rule *rule, const struct cg_arch *arch,
			  uint32_t nr)
{
	return rule->arch == arch && rule->nr == nr && rule->action != cg_policy_default(policy, arch, nr);
}

static const struct cg_rule *first_unconditional(const struct cg_policy *policy, const struct cg_arch *arch,
						 uint32_t nr)
{
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule_is_about(policy, rule, arch, nr) && rule->n_comparisons == 0)
			return rule;
	}
	return NULL;
}

static const struct cg_rule *most_restrictive_match(const struct cg_policy *policy, const struct cg_arch *arch,
						    const struct cg_call *call)
{
	const struct cg_rule *best = NULL;

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (!rule_is_about(policy, rule, arch, call->nr) || !rule_matches(rule, call->args))
			continue;
		if (!best || cg_action_compare(rule->action, best->action) < 0)
			best = rule;
	}
	return best;
}

struct cg_verdict cg_policy_decide(const struct cg_policy *policy, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_rule *rule;

	if (!arch || !cg_policy_has_arch(policy, arch))
		return (struct cg_verdict){ policy->bad_arch_action, CG_EVAL_BAD_ARCH, NULL };

	rule = first_unconditional(policy, arch, call->nr);
	if (!rule)
		rule = most_restrictive_match(policy, arch, call);
	if (!rule)
		return (struct cg_verdict){ cg_policy_default(policy, arch, call->nr), CG_EVAL_DEFAULT, NULL };

	return (struct cg_verdict){ rule->action, CG_EVAL_RULE, rule };
}

uint32_t cg_policy_eval(const struct cg_policy *policy, const struct cg_call *call)
{
	return cg_policy_decide(policy, call).action;
}
