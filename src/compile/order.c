/*
 * The rules in the order in which they are lowered. In: a policy. Out: its rules that say something else than the
 * default, by token, then number, then place in the policy.
 *
 * A radix sort, from the lowest byte of token and number to the highest; bytes that are the same in all rules are left
 * out, which are most of them. Comparing rules two by two takes as long as all the rest of the work on a usual policy.
 */
#include "compile/lower.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 8
#define N_DIGITS (1U << DIGIT_BITS)

struct entry {
	uint64_t key;
	const struct cg_rule *rule;
};

static unsigned int digit_of(const struct entry *entry, unsigned int shift)
{
	return entry->key >> shift & (N_DIGITS - 1);
}

/* Stable: entries with the same digit stay in their order. */
static void sort_by_digit(const struct entry *from, struct entry *to, size_t n_entries, unsigned int shift)
{
	size_t places[N_DIGITS] = { 0 }, place = 0;

	for (size_t i = 0; i < n_entries; i++)
		places[digit_of(&from[i], shift)]++;
	for (size_t i = 0; i < N_DIGITS; i++) {
		size_t n_here = places[i];

		places[i] = place;
		place += n_here;
	}
	for (size_t i = 0; i < n_entries; i++)
		to[places[digit_of(&from[i], shift)]++] = from[i];
}

/* `entries` has room for the rules twice. Returns where in it they lie, sorted. */
static const struct entry *sort_entries(struct entry *entries, size_t n_entries)
{
	struct entry *from = entries, *to = entries + n_entries;
	uint64_t differing = 0;

	for (size_t i = 0; i < n_entries; i++)
		differing |= entries[i].key ^ entries[0].key;
	for (unsigned int shift = 0; shift < 64; shift += DIGIT_BITS) {
		struct entry *sorted = to;

		if ((differing >> shift & (N_DIGITS - 1)) == 0)
			continue;
		sort_by_digit(from, to, n_entries, shift);
		to = from;
		from = sorted;
	}
	return from;
}

int cg_order_rules(const struct cg_policy *policy, const struct cg_rule **rules, size_t *ret_n_rules)
{
	struct entry *entries = malloc((2 * policy->rules.n_items + 1) * sizeof(*entries));
	const struct entry *sorted;
	size_t n_rules = 0;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->action != cg_policy_default(policy, rule->arch, rule->nr))
			entries[n_rules++] = (struct entry){ (uint64_t)rule->arch->token << 32 | rule->nr, rule };
	}
	sorted = sort_entries(entries, n_rules);
	for (size_t i = 0; i < n_rules; i++)
		rules[i] = sorted[i].rule;
	free(entries);
	*ret_n_rules = n_rules;
	return 0;
}
