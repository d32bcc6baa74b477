/*
 * Building a policy: checked additions to a plain struct. What it means is said in eval.c.
 */
#include "policy/policy.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>

struct cg_policy *cg_policy_new(uint32_t default_action)
{
	struct cg_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->default_action = default_action;
	policy->bad_arch_action = CG_ACTION_KILL_THREAD;
	return policy;
}

struct cg_policy *cg_policy_free(struct cg_policy *policy)
{
	if (!policy)
		return NULL;
	cg_vec_done(&policy->rules);
	cg_arena_done(&policy->arena);
	free(policy);
	return NULL;
}

bool cg_policy_has_arch(const struct cg_policy *policy, const struct cg_arch *arch)
{
	for (size_t i = 0; i < policy->n_arches; i++)
		if (policy->arches[i] == arch)
			return true;
	return false;
}

int cg_policy_add_arch(struct cg_policy *policy, const struct cg_arch *arch, struct cg_err *err)
{
	if (cg_policy_has_arch(policy, arch))
		return 0;
	if (policy->n_arches && policy->arches[0]->is_big_endian != arch->is_big_endian)
		return cg_err_set(err, -EDOM, NULL,
				  "%s and %s differ in byte order; one filter cannot hold both: make two profiles",
				  policy->arches[0]->name, arch->name);
	if (policy->n_arches == CG_N_ARCHES_MAX)
		return cg_err_set(err, -E2BIG, NULL, "a policy holds at most %d architectures", CG_N_ARCHES_MAX);

	policy->newest[policy->n_arches] = UINT32_MAX;
	policy->arches[policy->n_arches++] = arch;
	return 0;
}

void cg_policy_set_newest(struct cg_policy *policy, const struct cg_arch *arch, uint32_t newest, uint32_t action)
{
	for (size_t i = 0; i < policy->n_arches; i++)
		if (policy->arches[i] == arch)
			policy->newest[i] = newest;
	policy->newer_action = action;
	policy->has_newer = true;
}

uint32_t cg_policy_default(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr)
{
	for (size_t i = 0; policy->has_newer && i < policy->n_arches; i++)
		if (policy->arches[i] == arch && nr > policy->newest[i])
			return policy->newer_action;
	return policy->default_action;
}

bool cg_policy_is_nr_of(const struct cg_arch *arch, uint32_t nr)
{
	if (arch->is_x32)
		return cg_nr_is_x32(nr);
	return arch->token != AUDIT_ARCH_X86_64 || !cg_nr_is_x32(nr);
}

static int check_comparison(const struct cg_comparison *comparison, struct cg_err *err)
{
	if (comparison->arg > 5)
		return cg_err_set(err, -EINVAL, NULL, "argument %u: a system call has arguments 0 to 5", comparison->arg);
	if ((unsigned int)comparison->op > CG_OP_MASKED_EQ)
		return cg_err_set(err, -EINVAL, NULL, "operator %d does not exist", (int)comparison->op);
	return 0;
}

static int check_rule(const struct cg_policy *policy, const struct cg_rule *rule, struct cg_err *err)
{
	int r;

	if (!rule->arch || !cg_policy_has_arch(policy, rule->arch))
		return cg_err_set(err, -EINVAL, NULL, "a rule for an architecture that the policy does not have");
	if (!cg_policy_is_nr_of(rule->arch, rule->nr))
		return cg_err_set(err, -EINVAL, NULL, "number 0x%x does not belong to %s", rule->nr, rule->arch->name);
	if (rule->n_comparisons > CG_POLICY_COMPARISONS_LIMIT)
		return cg_err_set(err, -E2BIG, NULL, "a rule holds at most %d comparisons", CG_POLICY_COMPARISONS_LIMIT);
	if (policy->rules.n_items >= CG_POLICY_RULES_LIMIT)
		return cg_err_set(err, -E2BIG, NULL, "a policy holds at most %zu rules", CG_POLICY_RULES_LIMIT);

	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		r = check_comparison(&rule->comparisons[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

int cg_policy_add_rule(struct cg_policy *policy, const struct cg_rule *rule, struct cg_err *err)
{
	struct cg_rule copy = *rule;
	int r = check_rule(policy, rule, err);

	if (r < 0)
		return r;

	copy.comparisons = NULL;
	if (rule->n_comparisons) {
		size_t size = rule->n_comparisons * sizeof(*rule->comparisons);
		struct cg_comparison *comparisons = cg_arena_alloc(&policy->arena, size);

		if (!comparisons)
			return cg_err_memory(err);
		memcpy(comparisons, rule->comparisons, size);
		copy.comparisons = comparisons;
	}
	if (cg_vec_push(&policy->rules, copy) < 0)
		return cg_err_memory(err);
	return 0;
}

int cg_rule_compare_calls(const void *left, const void *right)
{
	const struct cg_rule *a = *(const struct cg_rule *const *)left, *b = *(const struct cg_rule *const *)right;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return a < b ? -1 : a > b; /* one array: its order is theirs */
}

const char *cg_op_name(enum cg_op op)
{
	static const char *const names[] = { "!=", "<", "<=", "==", ">=", ">", "&" };

	return names[op];
}
