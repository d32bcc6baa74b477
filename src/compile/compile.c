/*
 * The compiler as one call. In: a policy. Out: a filter, or why there can be none.
 *
 * A policy that comes out too long is compiled once more with every call in its shorter form (lower_call.c); only then
 * is it refused, with the calls named whose rules take the most room.
 */
#include "compile/compile.h"

#include "abi/call_text.h"
#include "compile/emit.h"
#include "compile/lower.h"

#include <stdlib.h>

#define N_NAMED 3 /* calls in the message */

static int compare_costs(const void *left, const void *right)
{
	const struct cg_lower_cost *a = left, *b = right;

	if (a->n_nodes != b->n_nodes)
		return a->n_nodes > b->n_nodes ? -1 : 1;
	return (a->n_rules < b->n_rules) - (a->n_rules > b->n_rules);
}

/* ": ioctl (5000 rules), personality (12 rules)": the calls that cost most. */
static void format_costs(struct cg_text *text, struct cg_lower *lower)
{
	if (lower->costs.n_items)
		qsort(lower->costs.items, lower->costs.n_items, sizeof(*lower->costs.items), compare_costs);

	for (size_t i = 0; i < lower->costs.n_items && i < N_NAMED; i++) {
		const struct cg_lower_cost *cost = &lower->costs.items[i];

		cg_text_add(text, i ? ", " : "; most room take the rules of ");
		cg_call_format_name(text, cost->arch, cost->nr);
		if (cg_syscall_of_nr(cost->arch, cost->nr))
			cg_text_addf(text, " on %s", cost->arch->name);
		cg_text_addf(text, " (%zu %s)", cost->n_rules, cost->n_rules == 1 ? "rule" : "rules");
	}
	if (lower->costs.n_items == 0)
		cg_text_add(text, "; its numbers alone have too many changes of action");
}

static int fail_too_long(struct cg_lower *lower, size_t n_insns, struct cg_err *err)
{
	struct cg_text costs = { 0 };

	format_costs(&costs, lower);
	if (n_insns)
		cg_err_set(err, -E2BIG, NULL, "the filter would have %zu instructions, and the kernel takes %d%s",
			   n_insns, CG_FILTER_LENGTH_MAX, cg_text_get(&costs));
	else
		cg_err_set(err, -E2BIG, NULL,
			   "the filter would have far more than the %d instructions that the kernel takes%s",
			   CG_FILTER_LENGTH_MAX, cg_text_get(&costs));
	cg_text_done(&costs);
	return -E2BIG;
}

/* One attempt; `lower` is as it begins. `err` (may be NULL) gets told why it is too long. */
static int attempt(struct cg_lower lower, struct cg_filter **ret_filter, struct cg_err *err)
{
	const struct cg_policy *policy = lower.policy;
	size_t n_insns = 0;
	uint32_t root;
	int r = cg_lower_policy(&lower, &root);

	if (r == 0)
		r = cg_emit(&lower.dag, root, policy->arches[0]->is_big_endian, &n_insns, ret_filter);
	if (r == -E2BIG)
		fail_too_long(&lower, n_insns, err);
	cg_lower_done(&lower);
	return r;
}

int cg_compile_weighted(const struct cg_policy *policy, const struct cg_compile_weight *weights, size_t n_weights,
			struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_lower lower = { .policy = policy, .weights = weights, .n_weights = n_weights };
	int r;

	if (policy->n_arches == 0)
		return cg_err_set(err, -EINVAL, NULL, "the policy has no architecture: no call would be let through");

	r = attempt(lower, ret_filter, NULL);
	lower.is_small = true;
	if (r == -E2BIG)
		r = attempt(lower, ret_filter, err);
	return r == -ENOMEM ? cg_err_memory(err) : r;
}

int cg_compile(const struct cg_policy *policy, struct cg_filter **ret_filter, struct cg_err *err)
{
	return cg_compile_weighted(policy, NULL, 0, ret_filter, err);
}
