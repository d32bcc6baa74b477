/*
 * See merge.h. Call by call: each policy's rules of a call are a list in which the first that matches decides (the most
 * restrictive first, the default last), so all pairs of their entries, in order, are such a list for both. Of that list
 * rules are made with the meaning of eval.c, where the most restrictive that matches decides: whatever an entry would
 * take away from an earlier one that is less restrictive, or that says what the default says, is cut out of it.
 */
#include "policy/merge.h"

#include "policy/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct merging {
	enum cg_merge kind;
	const struct cg_policy *sides[2];
	const struct cg_rule **rules[2]; /* sorted by arch and number; at their end NULL */
	struct cg_policy *result;
	struct cg_piece_work work; /* and the call at hand */
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

/* ---- lists of one call, in which the first that matches decides */

/* The policy's rules of the call at hand, without those that say what the default says; the last entry always holds. */
static int list_side(struct merging *merging, unsigned int side, struct cg_pieces *list)
{
	const struct cg_policy *policy = merging->sides[side];
	const struct cg_rule **at = merging->rules[side];
	struct cg_piece last = { .action = policy->default_action };
	int r = 0;

	if (!cg_policy_has_arch(policy, merging->work.arch))
		last.action = policy->bad_arch_action;
	for (; r == 0 && *at && (*at)->arch == merging->work.arch && (*at)->nr == merging->work.nr; at++) {
		const struct cg_rule *rule = *at;
		struct cg_piece piece = { rule->comparisons, rule->n_comparisons, rule->action, rule->origin };

		if (!rule->n_comparisons) {
			list->n_items = 0;
			last = piece;
			break;
		}
		r = cg_pieces_add(&merging->work, list, &piece);
	}
	return r == 0 ? cg_pieces_add(&merging->work, list, &last) : r;
}

/* Sorts all but the last, by insertion: equals stay in their order, and rules of one action are the usual case. */
static void sort_side(struct cg_pieces *list)
{
	for (size_t i = 1; i + 1 < list->n_items; i++) {
		struct cg_piece piece = list->items[i];
		size_t k = i;

		for (; k > 0 && cg_action_compare(piece.action, list->items[k - 1].action) < 0; k--)
			list->items[k] = list->items[k - 1];
		list->items[k] = piece;
	}
}

static bool is_covered(struct merging *merging, const struct cg_pieces *list, const struct cg_piece *piece)
{
	for (size_t i = 0; i < list->n_items; i++) {
		merging->work.n_steps++;
		if (cg_piece_covers(&list->items[i], piece))
			return true;
	}
	return false;
}

static int list_pairs(struct merging *merging, const struct cg_pieces *a, const struct cg_pieces *b,
		      struct cg_pieces *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->n_items; i++)
		for (size_t k = 0; r == 0 && k < b->n_items; k++) {
			struct cg_piece piece;
			bool can_hold;

			r = cg_piece_join(&merging->work, &a->items[i], b->items[k].comparisons,
					  b->items[k].n_comparisons, &piece, &can_hold);
			if (r < 0 || !can_hold || is_covered(merging, list, &piece))
				continue;
			piece.action = cg_merge_actions(merging->kind, a->items[i].action, b->items[k].action);
			if (!piece.origin)
				piece.origin = b->items[k].origin;
			r = cg_pieces_add(&merging->work, list, &piece);
		}
	return r;
}

/* ---- from the list to rules of which the most restrictive that matches decides */

/* Would a rule for `piece` decide where the earlier entry should? */
static bool must_yield(const struct merging *merging, const struct cg_piece *earlier, const struct cg_piece *piece,
		       bool is_alone)
{
	if (earlier->action == piece->action)
		return false;
	return is_alone || earlier->action == merging->result->default_action ||
	       cg_action_compare(earlier->action, piece->action) >= 0;
}

/* What is left of entry `index`; `is_alone`: of every other earlier entry, as the rule will be without conditions. */
static int cut_out(struct merging *merging, const struct cg_pieces *list, size_t index, bool is_alone,
		   struct cg_pieces *ret_left)
{
	struct cg_pieces left = { 0 }, next = { 0 };
	int r = cg_pieces_add(&merging->work, &left, &list->items[index]);

	for (size_t i = 0; r == 0 && i < index; i++) {
		if (!must_yield(merging, &list->items[i], &list->items[index], is_alone))
			continue;
		next.n_items = 0;
		for (size_t k = 0; r == 0 && k < left.n_items; k++)
			r = cg_piece_subtract(&merging->work, &left.items[k], &list->items[i], &next);
		if (r == 0) {
			struct cg_pieces swap = left;

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

static int add_rules(struct merging *merging, const struct cg_pieces *left)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < left->n_items; i++) {
		struct cg_rule rule = { .arch = merging->work.arch,
					.nr = merging->work.nr,
					.action = left->items[i].action,
					.comparisons = left->items[i].comparisons,
					.n_comparisons = left->items[i].n_comparisons,
					.origin = left->items[i].origin };

		r = cg_policy_add_rule(merging->result, &rule, merging->err);
	}
	return r;
}

static bool is_unconditional(const struct cg_pieces *left)
{
	for (size_t i = 0; i < left->n_items; i++)
		if (left->items[i].n_comparisons == 0)
			return true;
	return false;
}

static int add_entry(struct merging *merging, const struct cg_pieces *list, size_t index)
{
	struct cg_pieces left = { 0 };
	int r;

	if (list->items[index].action == merging->result->default_action)
		return 0;
	r = cut_out(merging, list, index, false, &left);
	if (r == 0 && is_unconditional(&left)) {
		cg_vec_done(&left);
		left = (struct cg_pieces){ 0 };
		r = cut_out(merging, list, index, true, &left);
	}
	if (r == 0)
		r = add_rules(merging, &left);
	cg_vec_done(&left);
	return r;
}

static int merge_call(struct merging *merging)
{
	struct cg_pieces sides[2] = { { 0 }, { 0 } }, list = { 0 };
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
	cg_arena_done(&merging->work.arena);
	return r;
}

/* ---- all calls */

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
	qsort(rules, n_rules, sizeof(*rules), cg_rule_compare_calls);
	merging->rules[side] = rules;
	return 0;
}

/* The next call that either of the two speaks of; false when there is none. */
static bool next_call(struct merging *merging)
{
	const struct cg_rule *first = NULL;

	for (unsigned int side = 0; side < 2; side++) {
		const struct cg_rule **at = merging->rules[side];

		while (merging->work.arch && *at && (*at)->arch == merging->work.arch && (*at)->nr == merging->work.nr)
			at++;
		merging->rules[side] = at;
	}
	for (unsigned int side = 0; side < 2; side++) {
		const struct cg_rule *here = *merging->rules[side];

		if (here && (!first || here->arch < first->arch || (here->arch == first->arch && here->nr < first->nr)))
			first = here;
	}
	if (first) {
		merging->work.arch = first->arch;
		merging->work.nr = first->nr;
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

			if (rule->arch == arch && cg_merge_actions(merging->kind, side ? other : rule->action,
								   side ? rule->action : other) != bad)
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
		return cg_err_set(
			merging->err, -EOPNOTSUPP, NULL,
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
	struct merging merging = { .kind = kind, .sides = { a, b }, .work = { .err = err }, .err = err };
	int r;

	if (a->has_newer || b->has_newer)
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "a policy that answers newer calls by themselves cannot be merged: merge first, then set that");
	merging.result = cg_policy_new(cg_merge_actions(kind, a->default_action, b->default_action));
	if (!merging.result)
		return cg_err_memory(err);
	merging.result->bad_arch_action = cg_merge_actions(kind, a->bad_arch_action, b->bad_arch_action);
	merging.result->flags = a->flags | b->flags;
	r = merge(&merging);
	cg_arena_done(&merging.work.arena);
	if (r < 0)
		cg_policy_free(merging.result);
	else
		*ret_policy = merging.result;
	return r;
}
