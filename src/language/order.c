/*
 * See calls.h. A rule that says what the default says is left out, as by eval: there are no two such rules that another
 * would have beaten.
 */
#include "language/calls.h"

#include <errno.h>

size_t cg_rules_count_call(const struct cg_ordered_rules *rules, size_t first)
{
	size_t end = first;

	while (end < rules->n_items && rules->items[end]->arch == rules->items[first]->arch &&
	       rules->items[end]->nr == rules->items[first]->nr)
		end++;
	return end - first;
}

/* By call; unconditional rules last, the first of them last of all; else as calls.h says. Rules are of one array. */
static int compare_rules(const void *left, const void *right)
{
	const struct cg_rule *a = *(const struct cg_rule *const *)left, *b = *(const struct cg_rule *const *)right;
	bool is_a_last = a->n_comparisons == 0, is_b_last = b->n_comparisons == 0;
	int order;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (is_a_last != is_b_last)
		return is_a_last ? 1 : -1;
	order = is_a_last ? 0 : cg_action_compare(b->action, a->action);
	return order ? order : (a < b) - (a > b);
}

/* Rules of one action side by side stand as they stood in the policy: among them nothing is decided. */
static void keep_runs(const struct cg_rule **rules, size_t n_rules)
{
	for (size_t first = 0, end; first < n_rules; first = end) {
		for (end = first; end < n_rules && rules[end]->action == rules[first]->action;)
			end++;
		for (size_t i = 0; i < (end - first) / 2; i++) {
			const struct cg_rule *swapped = rules[first + i];

			rules[first + i] = rules[end - 1 - i];
			rules[end - 1 - i] = swapped;
		}
	}
}

int cg_rules_order(const struct cg_policy *policy, struct cg_ordered_rules *ret_rules)
{
	const struct cg_rule **rules = calloc(policy->rules.n_items + 1, sizeof(const struct cg_rule *));
	struct cg_ordered_rules all = { rules, 0 };
	size_t n_kept = 0;

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->action != cg_policy_default(policy, rule->arch, rule->nr))
			rules[all.n_items++] = rule;
	}
	qsort(rules, all.n_items, sizeof(const struct cg_rule *), compare_rules);
	for (size_t first = 0, n; first < all.n_items; first += n) {
		const struct cg_rule *last;

		n = cg_rules_count_call(&all, first);
		last = rules[first + n - 1];
		if (!last->n_comparisons)
			rules[n_kept++] = last;
		else
			keep_runs(rules + first, n);
		for (size_t i = first; last->n_comparisons && i < first + n; i++)
			rules[n_kept++] = rules[i];
	}
	all.n_items = n_kept;
	*ret_rules = all;
	return 0;
}

void cg_ordered_rules_done(struct cg_ordered_rules *rules)
{
	free(rules->items);
	*rules = (struct cg_ordered_rules){ 0 };
}
