/*
 * See merge.h. Call by call: each policy's rules of a call are a list in which the first that matches decides (the most
 * restrictive first, the default last), so all pairs of their entries, in order, are such a list for both. Of that list
 * rules are made with the meaning of eval.c, where the most restrictive that matches decides: whatever an entry would
 * take away from an earlier one that is less restrictive, or that says what the default says, is cut out of it.
 */
#include "policy/merge.h"

#include "abi/call_text.h"
#include "base/text.h"
#include "policy/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An entry of a list, or a part of one: where all comparisons hold, the action is this. */
struct piece {
	const struct cg_comparison *comparisons;
	unsigned int n_comparisons;
	uint32_t action;
	uint32_t origin;
};

struct pieces {
	struct piece *items;
	size_t n_items;
	size_t n_room;
};

struct merging {
	enum cg_merge kind;
	const struct cg_policy *sides[2];
	const struct cg_rule **rules[2]; /* sorted by arch and number; at their end NULL */
	struct cg_policy *result;
	struct cg_arena arena; /* comparisons of the call at hand */
	uint64_t n_steps;
	const struct cg_arch *arch;
	uint32_t nr;
	struct cg_err *err;
};

uint32_t cg_merge_actions(enum cg_merge kind, uint32_t a, uint32_t b)
{
	if (kind == CG_MERGE_UNION)
		return cg_action_compare(a, b) >= 0 ? a : b;
	/* What the kernel starts with is ALLOW, and only what is lower takes its place. */
	if (cg_action_compare(b, CG_ACTION_ALLOW) >= 0)
		b = CG_ACTION_ALLOW;
	return cg_action_compare(a, b) < 0 ? a : b;
}

static int fail_too_much(struct merging *merging)
{
	struct cg_text name = { 0 };

	cg_call_format_name(&name, merging->arch, merging->nr);
	cg_err_set(merging->err, -E2BIG, NULL, "the conditions on %s (%s) are too many to be merged",
		   cg_text_get(&name), merging->arch->name);
	cg_text_done(&name);
	return -E2BIG;
}

/* One comparison of two conditions more. */
static int step(struct merging *merging)
{
	return merging->n_steps++ < CG_MERGE_STEPS_LIMIT ? 0 : fail_too_much(merging);
}

static int push(struct merging *merging, struct pieces *pieces, const struct piece *piece)
{
	if (pieces->n_items >= CG_MERGE_PIECES_LIMIT)
		return fail_too_much(merging);
	return cg_vec_push(pieces, *piece) < 0 ? cg_err_memory(merging->err) : 0;
}

/* ---- conditions */

static bool is_same(const struct cg_comparison *a, const struct cg_comparison *b)
{
	return a->arg == b->arg && a->op == b->op && a->mask == b->mask && a->value == b->value;
}

static bool has(const struct piece *piece, const struct cg_comparison *comparison)
{
	for (unsigned int i = 0; i < piece->n_comparisons; i++)
		if (is_same(&piece->comparisons[i], comparison))
			return true;
	return false;
}

/* Does `piece` hold wherever `other` does, to be seen at once? */
static bool covers(const struct piece *piece, const struct piece *other)
{
	for (unsigned int i = 0; i < piece->n_comparisons; i++)
		if (!has(other, &piece->comparisons[i]))
			return false;
	return true;
}

/* *ret_piece: `a` and what `b` adds to it. *ret_piece untouched and false when that cannot hold. */
static int join(struct merging *merging, const struct piece *a, const struct cg_comparison *b, unsigned int n_b,
		struct piece *ret_piece, bool *ret_holds)
{
	struct cg_comparison *joined;
	struct piece piece = *a;
	int r = step(merging);

	*ret_holds = false;
	if (r < 0 || !cg_comparisons_can_hold(merging->arch, a->comparisons, a->n_comparisons, b, n_b))
		return r;
	joined = cg_arena_alloc_array(&merging->arena, a->n_comparisons + n_b + 1, sizeof(*joined));
	if (!joined)
		return cg_err_memory(merging->err);
	if (a->n_comparisons)
		memcpy(joined, a->comparisons, a->n_comparisons * sizeof(*joined));
	piece.comparisons = joined;
	for (unsigned int i = 0; i < n_b; i++)
		if (!has(&piece, &b[i]))
			joined[piece.n_comparisons++] = b[i];
	if (piece.n_comparisons > CG_POLICY_COMPARISONS_LIMIT)
		return fail_too_much(merging);
	*ret_piece = piece;
	*ret_holds = true;
	return 0;
}

static int push_joined(struct merging *merging, struct pieces *pieces, const struct piece *a,
		       const struct cg_comparison *b, unsigned int n_b)
{
	struct piece piece;
	bool can_hold;
	int r = join(merging, a, b, n_b, &piece, &can_hold);

	return r < 0 || !can_hold ? r : push(merging, pieces, &piece);
}

/* The comparisons of which one holds where `comparison` does not, none at the same time as another. Returns how many. */
static unsigned int negate(const struct cg_comparison *comparison, uint64_t word, struct cg_comparison ret_not[64])
{
	static const enum cg_op opposites[] = {
		[CG_OP_NE] = CG_OP_EQ, [CG_OP_LT] = CG_OP_GE, [CG_OP_LE] = CG_OP_GT,
		[CG_OP_EQ] = CG_OP_NE, [CG_OP_GE] = CG_OP_LT, [CG_OP_GT] = CG_OP_LE,
	};
	uint64_t mask = comparison->mask & word, seen = 0;
	unsigned int n = 0;

	ret_not[0] = *comparison;
	if (comparison->op != CG_OP_MASKED_EQ) {
		ret_not[0].op = opposites[comparison->op];
		return 1;
	}
	if (mask == word) {
		ret_not[0].op = CG_OP_NE;
		ret_not[0].mask = UINT64_MAX;
		return 1;
	}
	/* Bit by bit: those above are as they should be, this one is not. */
	for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
		if (!(mask & bit))
			continue;
		seen |= bit;
		ret_not[n] = *comparison;
		ret_not[n].mask = seen;
		ret_not[n++].value = (comparison->value ^ bit) & seen;
	}
	return n;
}

/* Adds what is left of `piece` where not all of `b` hold. */
static int subtract(struct merging *merging, const struct piece *piece, const struct piece *b, struct pieces *left)
{
	struct cg_comparison opposites[64];
	struct piece so_far = *piece;
	bool can_hold = true;
	int r = step(merging);

	if (r == 0 && !cg_comparisons_can_hold(merging->arch, piece->comparisons, piece->n_comparisons, b->comparisons,
					       b->n_comparisons))
		return push(merging, left, piece);
	for (unsigned int i = 0; r == 0 && can_hold && i < b->n_comparisons; i++) {
		unsigned int n = negate(&b->comparisons[i], cg_arch_word_mask(merging->arch), opposites);

		for (unsigned int k = 0; r == 0 && k < n; k++)
			r = push_joined(merging, left, &so_far, &opposites[k], 1);
		if (r == 0)
			r = join(merging, &so_far, &b->comparisons[i], 1, &so_far, &can_hold);
	}
	return r;
}

/* ---- lists of one call, in which the first that matches decides */

/* The policy's rules of the call at hand, those that say what the default says left out; the last entry always holds. */
static int list_side(struct merging *merging, unsigned int side, struct pieces *list)
{
	const struct cg_policy *policy = merging->sides[side];
	const struct cg_rule **at = merging->rules[side];
	struct piece last = { .action = policy->default_action };
	int r = 0;

	if (!cg_policy_has_arch(policy, merging->arch))
		last.action = policy->bad_arch_action;
	for (; r == 0 && *at && (*at)->arch == merging->arch && (*at)->nr == merging->nr; at++) {
		const struct cg_rule *rule = *at;
		struct piece piece = { rule->comparisons, rule->n_comparisons, rule->action, rule->origin };

		if (!rule->n_comparisons) {
			list->n_items = 0;
			last = piece;
			break;
		}
		r = push(merging, list, &piece);
	}
	return r == 0 ? push(merging, list, &last) : r;
}

/* Sorts all but the last, by insertion: equals stay in their order, and rules of one action are the usual case. */
static void sort_side(struct pieces *list)
{
	for (size_t i = 1; i + 1 < list->n_items; i++) {
		struct piece piece = list->items[i];
		size_t k = i;

		for (; k > 0 && cg_action_compare(piece.action, list->items[k - 1].action) < 0; k--)
			list->items[k] = list->items[k - 1];
		list->items[k] = piece;
	}
}

static bool is_covered(struct merging *merging, const struct pieces *list, const struct piece *piece)
{
	for (size_t i = 0; i < list->n_items; i++) {
		merging->n_steps++;
		if (covers(&list->items[i], piece))
			return true;
	}
	return false;
}

static int list_pairs(struct merging *merging, const struct pieces *a, const struct pieces *b, struct pieces *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->n_items; i++)
		for (size_t k = 0; r == 0 && k < b->n_items; k++) {
			struct piece piece;
			bool can_hold;

			r = join(merging, &a->items[i], b->items[k].comparisons, b->items[k].n_comparisons, &piece,
				 &can_hold);
			if (r < 0 || !can_hold || is_covered(merging, list, &piece))
				continue;
			piece.action = cg_merge_actions(merging->kind, a->items[i].action, b->items[k].action);
			if (!piece.origin)
				piece.origin = b->items[k].origin;
			r = push(merging, list, &piece);
		}
	return r;
}

/* ---- from the list to rules of which the most restrictive that matches decides */

/* Would a rule for `piece` decide where the earlier entry should? */
static bool must_yield(const struct merging *merging, const struct piece *earlier, const struct piece *piece,
		       bool is_alone)
{
	if (earlier->action == piece->action)
		return false;
	return is_alone || earlier->action == merging->result->default_action ||
	       cg_action_compare(earlier->action, piece->action) >= 0;
}

/* What is left of entry `index`; `is_alone`: of every other earlier entry, as the rule will be without conditions. */
static int cut_out(struct merging *merging, const struct pieces *list, size_t index, bool is_alone,
		   struct pieces *ret_left)
{
	struct pieces left = { 0 }, next = { 0 };
	int r = push(merging, &left, &list->items[index]);

	for (size_t i = 0; r == 0 && i < index; i++) {
		if (!must_yield(merging, &list->items[i], &list->items[index], is_alone))
			continue;
		next.n_items = 0;
		for (size_t k = 0; r == 0 && k < left.n_items; k++)
			r = subtract(merging, &left.items[k], &list->items[i], &next);
		if (r == 0) {
			struct pieces swap = left;

			left = next;
			next = swap;
		}
	}
	cg_vec_done(&next);
	if (r < 0)
		cg_vec_done(&left);
	else
		*ret_left = left;
	return r;
}

static int add_rules(struct merging *merging, const struct pieces *left)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < left->n_items; i++) {
		struct cg_rule rule = { .arch = merging->arch,
					.nr = merging->nr,
					.action = left->items[i].action,
					.comparisons = left->items[i].comparisons,
					.n_comparisons = left->items[i].n_comparisons,
					.origin = left->items[i].origin };

		r = cg_policy_add_rule(merging->result, &rule, merging->err);
	}
	return r;
}

static bool is_unconditional(const struct pieces *left)
{
	for (size_t i = 0; i < left->n_items; i++)
		if (left->items[i].n_comparisons == 0)
			return true;
	return false;
}

static int add_entry(struct merging *merging, const struct pieces *list, size_t index)
{
	struct pieces left = { 0 };
	int r;

	if (list->items[index].action == merging->result->default_action)
		return 0;
	r = cut_out(merging, list, index, false, &left);
	if (r == 0 && is_unconditional(&left)) {
		cg_vec_done(&left);
		left = (struct pieces){ 0 };
		r = cut_out(merging, list, index, true, &left);
	}
	if (r == 0)
		r = add_rules(merging, &left);
	cg_vec_done(&left);
	return r;
}

static int merge_call(struct merging *merging)
{
	struct pieces sides[2] = { { 0 }, { 0 } }, list = { 0 };
	int r = list_side(merging, 0, &sides[0]);

	if (r == 0)
		r = list_side(merging, 1, &sides[1]);
	if (r == 0) {
		sort_side(&sides[0]);
		sort_side(&sides[1]);
		r = list_pairs(merging, &sides[0], &sides[1], &list);
	}
	for (size_t i = 0; r == 0 && i < list.n_items; i++)
		r = add_entry(merging, &list, i);
	cg_vec_done(&sides[0]);
	cg_vec_done(&sides[1]);
	cg_vec_done(&list);
	cg_arena_done(&merging->arena);
	return r;
}

/* ---- all calls */

static int compare_rules(const void *left, const void *right)
{
	const struct cg_rule *a = *(const struct cg_rule *const *)left, *b = *(const struct cg_rule *const *)right;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return a < b ? -1 : a > b; /* one array: its order is theirs */
}

static int sort_rules(struct merging *merging, unsigned int side)
{
	const struct cg_policy *policy = merging->sides[side];
	const struct cg_rule **rules = calloc(policy->rules.n_items + 1, sizeof(*rules));
	size_t n_rules = 0;

	if (!rules)
		return cg_err_memory(merging->err);
	for (size_t i = 0; i < policy->rules.n_items; i++)
		if (policy->rules.items[i].action != policy->default_action &&
		    cg_policy_has_arch(merging->result, policy->rules.items[i].arch))
			rules[n_rules++] = &policy->rules.items[i];
	qsort(rules, n_rules, sizeof(*rules), compare_rules);
	merging->rules[side] = rules;
	return 0;
}

/* The next call that either of the two speaks of; false when there is none. */
static bool next_call(struct merging *merging)
{
	const struct cg_rule *first = NULL;

	for (unsigned int side = 0; side < 2; side++) {
		const struct cg_rule **at = merging->rules[side];

		while (merging->arch && *at && (*at)->arch == merging->arch && (*at)->nr == merging->nr)
			at++;
		merging->rules[side] = at;
	}
	for (unsigned int side = 0; side < 2; side++) {
		const struct cg_rule *here = *merging->rules[side];

		if (here && (!first || here->arch < first->arch || (here->arch == first->arch && here->nr < first->nr)))
			first = here;
	}
	if (first) {
		merging->arch = first->arch;
		merging->nr = first->nr;
	}
	return first != NULL;
}

static uint32_t usual_action(const struct cg_policy *policy, const struct cg_arch *arch)
{
	return cg_policy_has_arch(policy, arch) ? policy->default_action : policy->bad_arch_action;
}

/* Are all calls of an arch answered as those of an arch that nobody has? Then it can be left out. */
static bool is_idle(const struct merging *merging, const struct cg_arch *arch)
{
	uint32_t bad = merging->result->bad_arch_action;

	if (cg_merge_actions(merging->kind, usual_action(merging->sides[0], arch),
			     usual_action(merging->sides[1], arch)) != bad)
		return false;
	for (unsigned int side = 0; side < 2; side++)
		for (size_t i = 0; i < merging->sides[side]->rules.n_items; i++) {
			const struct cg_rule *rule = &merging->sides[side]->rules.items[i];
			uint32_t other = usual_action(merging->sides[1 - side], arch);

			if (rule->arch == arch &&
			    cg_merge_actions(merging->kind, side ? other : rule->action, side ? rule->action : other) != bad)
				return false;
		}
	return true;
}

static int add_arch(struct merging *merging, const struct cg_arch *arch)
{
	bool is_in_both = cg_policy_has_arch(merging->sides[0], arch) && cg_policy_has_arch(merging->sides[1], arch);
	uint32_t usual = cg_merge_actions(merging->kind, usual_action(merging->sides[0], arch),
					  usual_action(merging->sides[1], arch));

	if (!is_in_both && is_idle(merging, arch))
		return 0;
	if (usual != merging->result->default_action)
		return cg_err_set(merging->err, -EOPNOTSUPP, NULL,
				  "only one of the two has %s, whose calls would need another default than the rest; name "
				  "the architectures with --arch, or list %s in both",
				  arch->name, arch->name);
	return cg_policy_add_arch(merging->result, arch, merging->err);
}

static int add_arches(struct merging *merging)
{
	int r = 0;

	for (unsigned int side = 0; side < 2; side++)
		for (size_t i = 0; r == 0 && i < merging->sides[side]->n_arches; i++)
			if (!cg_policy_has_arch(merging->result, merging->sides[side]->arches[i]))
				r = add_arch(merging, merging->sides[side]->arches[i]);
	return r;
}

static int merge(struct merging *merging)
{
	const struct cg_rule **rules[2];
	int r = add_arches(merging);

	if (r == 0)
		r = sort_rules(merging, 0);
	if (r == 0)
		r = sort_rules(merging, 1);
	rules[0] = merging->rules[0];
	rules[1] = merging->rules[1];
	while (r == 0 && next_call(merging))
		r = merge_call(merging);
	free(rules[0]);
	free(rules[1]);
	return r;
}

int cg_policy_merge(enum cg_merge kind, const struct cg_policy *a, const struct cg_policy *b,
		    struct cg_policy **ret_policy, struct cg_err *err)
{
	struct merging merging = { .kind = kind, .sides = { a, b }, .err = err };
	int r;

	merging.result = cg_policy_new(cg_merge_actions(kind, a->default_action, b->default_action));
	if (!merging.result)
		return cg_err_memory(err);
	merging.result->bad_arch_action = cg_merge_actions(kind, a->bad_arch_action, b->bad_arch_action);
	merging.result->flags = a->flags | b->flags;
	r = merge(&merging);
	cg_arena_done(&merging.arena);
	if (r < 0)
		cg_policy_free(merging.result);
	else
		*ret_policy = merging.result;
	return r;
}
