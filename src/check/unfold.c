/*
 * From a diagram back to a policy. In: a root. Out: a policy that means the same, if there is one.
 *
 * The reverse of rules.c. The plane of (arch, nr) comes apart in region.c; what most numbers get is the default, each
 * other number gets rules. A number that depends on arguments is taken apart argument by argument: the values that lead
 * to one rest are ranges, or else masks, and each is one comparison or two before what that rest says. No two rules of
 * a call hold at once, so none has to win over another.
 */
#include "check/meaning.h"

#include "abi/syscalls.h"
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY_TOKEN 0U /* EM_NONE: no machine has it */

/* Values of one argument that lead to `root`: those with (value & mask) == first, or first … last. */
struct part {
	uint64_t mask, first, last;
	uint32_t root;
};

struct parts {
	CG_VEC(struct part) list;
};

struct tally {
	uint32_t action;
	uint64_t n;
};

struct unfolding {
	struct cg_meanings *meanings;
	struct cg_policy *policy;
	const struct cg_region *regions;
	size_t n_regions;
	/* the call at hand */
	const struct cg_arch *arch;
	uint32_t nr;
	struct cg_comparison comparisons[CG_POLICY_COMPARISONS_LIMIT];
	unsigned int n_comparisons;
	size_t n_rules, n_parts;
	struct cg_err *err;
};

/* ---- errors */

static int fail(const struct unfolding *unfolding, int code, const char *why)
{
	const struct cg_syscall *call = cg_syscall_of_nr(unfolding->arch, unfolding->nr);

	if (call)
		return cg_err_set(unfolding->err, code, NULL, "%s on %s %s", call->name, unfolding->arch->name, why);
	return cg_err_set(unfolding->err, code, NULL, "number %u of %s %s", unfolding->nr, unfolding->arch->name, why);
}

/* ---- one word of the call */

struct cutting {
	struct unfolding *unfolding;
	uint32_t level_end;
	struct parts *parts;
};

/* The values whose bits above `level`, where `mask` asks for them, are those of `value`. */
static int cut(struct cutting *cutting, uint32_t root, uint64_t mask, uint64_t value)
{
	const struct cg_node *node = &cutting->unfolding->meanings->nodes[root];
	struct part part = { mask, value, value | ~mask, root };
	uint64_t bit;
	int r;

	if (node->level < cutting->level_end) {
		bit = (uint64_t)1 << (cutting->level_end - 1 - node->level);
		r = cut(cutting, node->low, mask | bit, value);
		return r < 0 ? r : cut(cutting, node->high, mask | bit, value | bit);
	}
	if (mask & ~cg_arch_word_mask(cutting->unfolding->arch))
		return fail(cutting->unfolding, -EOPNOTSUPP,
			    "depends on the high word of an argument, which 32-bit calls do not have for a policy");
	if (++cutting->unfolding->n_parts > CG_UNFOLD_PARTS_LIMIT)
		return fail(cutting->unfolding, -E2BIG, "has more conditions than a policy can tell");
	return cg_vec_push(&cutting->parts->list, part) < 0 ? cg_err_memory(cutting->unfolding->err) : 0;
}

/* Are the bits that it asks the highest ones of the word, so that its values stand side by side? */
static bool is_range(const struct part *part, uint64_t word)
{
	uint64_t free_bits = ~part->mask & word;

	return (free_bits & (free_bits + 1)) == 0;
}

/* Where all of them are ranges, those that stand side by side and lead to the same become one; mask 0 tells a range. */
static void join_ranges(struct parts *parts, uint64_t word)
{
	struct part *items = parts->list.items;
	size_t n = 0;

	for (size_t i = 0; i < parts->list.n_items; i++)
		if (!is_range(&items[i], word))
			return;
	for (size_t i = 0; i < parts->list.n_items; i++) {
		struct part part = { 0, items[i].first, items[i].last & word, items[i].root };

		if (n > 0 && items[n - 1].root == part.root)
			items[n - 1].last = part.last;
		else
			items[n++] = part;
	}
	parts->list.n_items = n;
}

/* ---- rules */

static int add_rule(struct unfolding *unfolding, uint32_t action)
{
	struct cg_rule rule = { .arch = unfolding->arch,
				.nr = unfolding->nr,
				.action = action,
				.comparisons = unfolding->comparisons,
				.n_comparisons = unfolding->n_comparisons };

	if (action == unfolding->policy->default_action)
		return 0;
	if (++unfolding->n_rules > CG_UNFOLD_RULES_LIMIT)
		return fail(unfolding, -E2BIG, "needs more rules than a policy should have");
	return cg_policy_add_rule(unfolding->policy, &rule, unfolding->err);
}

static void compare(struct unfolding *unfolding, unsigned int arg, enum cg_op op, uint64_t value, uint64_t mask)
{
	/* At most two an argument. */
	unfolding->comparisons[unfolding->n_comparisons++] = (struct cg_comparison){ arg, op, value, mask };
}

static void compare_part(struct unfolding *unfolding, unsigned int arg, const struct part *part, uint64_t word)
{
	if (part->mask && part->mask != word) {
		compare(unfolding, arg, CG_OP_MASKED_EQ, part->first, part->mask);
	} else if (part->mask || part->first == part->last) {
		compare(unfolding, arg, CG_OP_EQ, part->first, UINT64_MAX);
	} else {
		if (part->first > 0)
			compare(unfolding, arg, CG_OP_GE, part->first, UINT64_MAX);
		if (part->last < word)
			compare(unfolding, arg, CG_OP_LE, part->last, UINT64_MAX);
	}
}

static int add_rules(struct unfolding *unfolding, uint32_t root);

static int add_parts(struct unfolding *unfolding, unsigned int arg, const struct parts *parts)
{
	uint64_t word = cg_arch_word_mask(unfolding->arch);
	unsigned int n_before = unfolding->n_comparisons;
	int r = 0;

	for (size_t i = 0; r == 0 && i < parts->list.n_items; i++) {
		const struct part *part = &parts->list.items[i];

		compare_part(unfolding, arg, part, word);
		r = add_rules(unfolding, part->root);
		unfolding->n_comparisons = n_before;
	}
	return r;
}

/* What is left of a call, under the comparisons so far. Six arguments deep at most. */
static int add_rules(struct unfolding *unfolding, uint32_t root)
{
	const struct cg_node *node = &unfolding->meanings->nodes[root];
	unsigned int arg = (node->level - CG_LEVEL_ARGS) / 64;
	struct parts parts = { 0 };
	struct cutting cutting = { unfolding, CG_LEVEL_ARGS + 64 * (arg + 1), &parts };
	int r;

	if (node->level == CG_LEVEL_LEAF)
		return add_rule(unfolding, node->low);
	if (node->level >= CG_LEVEL_IP)
		return fail(unfolding, -EOPNOTSUPP,
			    "depends on the instruction pointer, of which a policy knows nothing");
	r = cut(&cutting, root, 0, 0);
	if (r == 0) {
		join_ranges(&parts, cg_arch_word_mask(unfolding->arch));
		r = add_parts(unfolding, arg, &parts);
	}
	cg_vec_done(&parts.list);
	return r;
}

/* ---- numbers */

/* A band of numbers that is one arch's; x86_64 has two, of which the second is number -1. */
struct band {
	const struct cg_arch *arch;
	uint32_t first, last;
};

static size_t find_bands(const struct cg_arch *arch, struct band ret_bands[2])
{
	if (arch->is_x32) {
		ret_bands[0] = (struct band){ arch, CG_X32_BIT, CG_NR_SKIPPED - 1 };
		return 1;
	}
	if (cg_policy_is_nr_of(arch, CG_X32_BIT)) {
		ret_bands[0] = (struct band){ arch, 0, UINT32_MAX };
		return 1;
	}
	ret_bands[0] = (struct band){ arch, 0, CG_X32_BIT - 1 };
	ret_bands[1] = (struct band){ arch, CG_NR_SKIPPED, CG_NR_SKIPPED };
	return 2;
}

/* The part of the band that lies in the region; false when there is none. */
static bool clip(const struct cg_region *region, struct band *band)
{
	if (band->arch->token < region->arch_first || band->arch->token > region->arch_last)
		return false;
	if (band->first < region->nr_first)
		band->first = region->nr_first;
	if (band->last > region->nr_last)
		band->last = region->nr_last;
	return band->first <= band->last;
}

static int add_numbers(struct unfolding *unfolding, const struct band *band, uint32_t root)
{
	const struct cg_node *node = &unfolding->meanings->nodes[root];
	int r = 0;

	if (node->level == CG_LEVEL_LEAF && node->low == unfolding->policy->default_action)
		return 0;
	unfolding->arch = band->arch;
	unfolding->nr = band->first;
	if (band->last - band->first >= CG_UNFOLD_NUMBERS_LIMIT)
		return fail(unfolding, -EOPNOTSUPP,
			    "begins a long range of numbers that do not get the default, and a policy speaks of single ones");
	for (uint64_t nr = band->first; r == 0 && nr <= band->last; nr++) {
		unfolding->nr = (uint32_t)nr;
		unfolding->n_rules = 0;
		r = add_rules(unfolding, root);
	}
	return r;
}

static int add_regions(struct unfolding *unfolding)
{
	int r = 0;

	for (size_t i = 0; i < unfolding->policy->n_arches; i++) {
		struct band bands[2];
		size_t n_bands = find_bands(unfolding->policy->arches[i], bands);

		for (size_t k = 0; k < unfolding->n_regions; k++)
			for (size_t n = 0; r == 0 && n < n_bands; n++) {
				struct band band = bands[n];

				if (clip(&unfolding->regions[k], &band))
					r = add_numbers(unfolding, &band, unfolding->regions[k].a);
			}
	}
	return r;
}

/* ---- architectures and defaults */

static uint32_t at_token(const struct cg_meanings *meanings, uint32_t root, uint32_t token)
{
	for (unsigned int i = 0; i < 32; i++)
		root = cg_meaning_follow(meanings, root, CG_LEVEL_ARCH + i, token >> (31 - i) & 1);
	return root;
}

/* Does the policy need to speak of it? Not where all of its numbers get what an unknown arch gets. */
static bool is_needed(const struct unfolding *unfolding, const struct cg_arch *arch, uint32_t bad_root)
{
	struct band bands[2];
	size_t n_bands = find_bands(arch, bands);

	for (size_t k = 0; k < unfolding->n_regions; k++)
		for (size_t n = 0; n < n_bands; n++) {
			struct band band = bands[n];

			if (unfolding->regions[k].a != bad_root && clip(&unfolding->regions[k], &band))
				return true;
		}
	return false;
}

static int add_arches(struct unfolding *unfolding, uint32_t bad_root)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < cg_n_arches; i++)
		if (is_needed(unfolding, &cg_arches[i], bad_root))
			r = cg_policy_add_arch(unfolding->policy, &cg_arches[i], unfolding->err);
	return r;
}

/* The answer to most numbers of its architectures. */
static int find_default(struct unfolding *unfolding)
{
	CG_VEC(struct tally) tallies = { 0 };
	size_t best = 0;
	int r = 0;

	for (size_t k = 0; r == 0 && k < unfolding->n_regions; k++) {
		const struct cg_node *node = &unfolding->meanings->nodes[unfolding->regions[k].a];
		size_t at = 0;

		if (node->level != CG_LEVEL_LEAF)
			continue;
		while (at < tallies.n_items && tallies.items[at].action != node->low)
			at++;
		if (at == tallies.n_items && cg_vec_push(&tallies, (struct tally){ node->low, 0 }) < 0)
			r = cg_err_memory(unfolding->err);
		for (size_t i = 0; r == 0 && i < unfolding->policy->n_arches; i++) {
			struct band bands[2];
			size_t n_bands = find_bands(unfolding->policy->arches[i], bands);

			for (size_t n = 0; n < n_bands; n++)
				if (clip(&unfolding->regions[k], &bands[n]))
					tallies.items[at].n += (uint64_t)bands[n].last - bands[n].first + 1;
		}
	}
	for (size_t i = 1; i < tallies.n_items; i++)
		if (tallies.items[i].n > tallies.items[best].n)
			best = i;
	if (r == 0 && tallies.n_items)
		unfolding->policy->default_action = tallies.items[best].action;
	free(tallies.items);
	return r;
}

/* Only if all this is the same diagram again was nothing lost: what is told of tokens that nobody knows, for one. */
static int compare_with(struct unfolding *unfolding, uint32_t root)
{
	uint32_t got;
	int r = cg_meaning_of_policy(unfolding->meanings, unfolding->policy, &got, unfolding->err);

	if (r < 0 || got == root)
		return r;
	return cg_err_set(unfolding->err, -EOPNOTSUPP, NULL,
			  "architectures that nobody knows are told from each other, which no policy says");
}

static int unfold(struct unfolding *unfolding, uint32_t root, uint32_t bad_root)
{
	int r = add_arches(unfolding, bad_root);

	if (r == 0)
		r = find_default(unfolding);
	if (r == 0)
		r = add_regions(unfolding);
	return r < 0 ? r : compare_with(unfolding, root);
}

int cg_meaning_to_policy(struct cg_meanings *meanings, uint32_t root, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct unfolding unfolding = { .meanings = meanings, .err = err };
	uint32_t bad_root = at_token(meanings, root, NOBODY_TOKEN);
	struct cg_regions regions = { 0 };
	int r;

	if (!cg_meaning_is_leaf(meanings, bad_root))
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "architectures that nobody knows are told by their numbers, which no policy says");
	r = cg_meaning_regions(meanings, root, root, false, &regions, err);
	if (r < 0) {
		cg_regions_done(&regions);
		return r;
	}
	unfolding.regions = regions.items;
	unfolding.n_regions = regions.n_items;
	unfolding.policy = cg_policy_new(meanings->nodes[bad_root].low);
	if (unfolding.policy) {
		unfolding.policy->bad_arch_action = meanings->nodes[bad_root].low;
		r = unfold(&unfolding, root, bad_root);
	} else {
		r = cg_err_memory(err);
	}
	cg_regions_done(&regions);
	if (r < 0)
		cg_policy_free(unfolding.policy);
	else
		*ret_policy = unfolding.policy;
	return r;
}
