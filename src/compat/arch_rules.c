/*
 * The rules of one architecture, and finding the one with the same conditions: seccomp_rule_add(3) says EEXIST where
 * only the action differs.
 *
 * In: a rule, its comparisons in the order of arguments. Out: stored, or not, because it says nothing new. Each rule
 * costs O(1) amortised: a hash table with linear probing of the rules' indices. Rules leave only from the end, so that
 * a leaving rule's slot can just be emptied: nothing that was put in later has probed past it.
 */
#include "compat/ctx.h"

#include <errno.h>
#include <string.h>

#define SLOTS_FIRST 64

struct cg_ctx_arch *cg_ctx_arch_new(const struct cg_arch *arch)
{
	struct cg_ctx_arch *rules = calloc(1, sizeof(*rules));

	if (rules)
		rules->arch = arch;
	return rules;
}

struct cg_ctx_arch *cg_ctx_arch_free(struct cg_ctx_arch *arch)
{
	if (!arch)
		return NULL;
	cg_vec_done(&arch->rules);
	cg_vec_done(&arch->comparisons);
	cg_vec_done(&arch->priorities);
	free(arch->slots);
	free(arch);
	return NULL;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 29;
}

static uint32_t hash_of(uint32_t nr, const struct cg_comparison *comparisons, uint32_t n_comparisons)
{
	uint64_t hash = mix(n_comparisons, nr);

	for (uint32_t i = 0; i < n_comparisons; i++) {
		hash = mix(hash, comparisons[i].arg << 8 | (unsigned int)comparisons[i].op);
		hash = mix(hash, comparisons[i].value);
		hash = mix(hash, comparisons[i].mask);
	}
	return (uint32_t)(hash >> 32 ^ hash);
}

static bool is_same(const struct cg_comparison *a, const struct cg_comparison *b)
{
	return a->arg == b->arg && a->op == b->op && a->value == b->value && a->mask == b->mask;
}

static bool has_conditions(const struct cg_ctx_arch *arch, const struct cg_ctx_rule *rule,
			   const struct cg_comparison *comparisons, uint32_t n_comparisons)
{
	if (rule->n_comparisons != n_comparisons)
		return false;
	for (uint32_t i = 0; i < n_comparisons; i++)
		if (!is_same(&arch->comparisons.items[rule->first_comparison + i], &comparisons[i]))
			return false;
	return true;
}

static const struct cg_ctx_rule *find(const struct cg_ctx_arch *arch, uint32_t nr, uint32_t hash,
				      const struct cg_comparison *comparisons, uint32_t n_comparisons)
{
	for (size_t at = hash; arch->n_slots; at++) {
		uint32_t slot = arch->slots[at & (arch->n_slots - 1)];
		const struct cg_ctx_rule *rule;

		if (!slot)
			break;
		rule = &arch->rules.items[slot - 1];
		if (rule->hash == hash && rule->nr == nr && has_conditions(arch, rule, comparisons, n_comparisons))
			return rule;
	}
	return NULL;
}

static void put(uint32_t *slots, size_t n_slots, uint32_t hash, uint32_t index)
{
	size_t at = hash & (n_slots - 1);

	while (slots[at])
		at = (at + 1) & (n_slots - 1);
	slots[at] = index + 1;
}

/* In order of index, so that the last rule is again the last that was put in. */
static int make_room(struct cg_ctx_arch *arch)
{
	size_t n_slots = arch->n_slots ? arch->n_slots : SLOTS_FIRST;
	uint32_t *slots;

	while ((arch->rules.n_items + 1) * 2 > n_slots)
		n_slots *= 2;
	if (n_slots == arch->n_slots)
		return 0;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < arch->rules.n_items; i++)
		put(slots, n_slots, arch->rules.items[i].hash, (uint32_t)i);
	free(arch->slots);
	arch->slots = slots;
	arch->n_slots = n_slots;
	return 0;
}

int cg_ctx_arch_add_rule(struct cg_ctx_arch *arch, uint32_t nr, uint32_t action,
			 const struct cg_comparison *comparisons, uint32_t n_comparisons)
{
	struct cg_ctx_rule rule = { .nr = nr, .action = action, .n_comparisons = n_comparisons };
	const struct cg_ctx_rule *other;

	/* An unconditional rule beats all others of its call, and the first of them wins. */
	if (find(arch, nr, hash_of(nr, NULL, 0), NULL, 0))
		return 1;
	rule.hash = hash_of(nr, comparisons, n_comparisons);
	other = find(arch, nr, rule.hash, comparisons, n_comparisons);
	if (other)
		return other->action == action ? 1 : -EEXIST;

	rule.first_comparison = (uint32_t)arch->comparisons.n_items;
	if (make_room(arch) < 0 || cg_vec_reserve(&arch->rules, arch->rules.n_items + 1) < 0 ||
	    cg_vec_reserve(&arch->comparisons, arch->comparisons.n_items + n_comparisons) < 0)
		return -ENOMEM;
	if (n_comparisons)
		memcpy(&arch->comparisons.items[arch->comparisons.n_items], comparisons,
		       n_comparisons * sizeof(*comparisons));
	arch->comparisons.n_items += n_comparisons;
	put(arch->slots, arch->n_slots, rule.hash, (uint32_t)arch->rules.n_items);
	arch->rules.items[arch->rules.n_items++] = rule;
	return 0;
}

struct cg_ctx_mark cg_ctx_arch_mark(struct cg_ctx_arch *arch)
{
	return (struct cg_ctx_mark){ arch, arch->rules.n_items, arch->comparisons.n_items,
				     arch->priorities.n_items };
}

void cg_ctx_arch_cut(const struct cg_ctx_mark *mark)
{
	struct cg_ctx_arch *arch = mark->arch;

	while (arch->rules.n_items > mark->n_rules) {
		size_t at = arch->rules.items[--arch->rules.n_items].hash & (arch->n_slots - 1);

		while (arch->slots[at] != arch->rules.n_items + 1)
			at = (at + 1) & (arch->n_slots - 1);
		arch->slots[at] = 0;
	}
	arch->comparisons.n_items = mark->n_comparisons;
	arch->priorities.n_items = mark->n_priorities;
}
