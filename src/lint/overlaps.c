/*
 * Lint: rules that get in each other's way.
 *
 * libseccomp, and so every engine: an unconditional rule decides alone, of two the first; two actions under one
 * condition are refused (EEXIST); where several conditional rules with different actions match, the shape of its tree
 * decides, which no document defines. eval takes the most restrictive; what an engine does is anybody's guess.
 *
 * Two rules can match one call unless some argument's comparisons contradict each other. Contradiction is decided per
 * argument, exactly but for several NE on one argument, which are taken as leaving room.
 */
#include "lint/rules.h"

#include "base/cleanup.h"
#include "base/map.h"

#include <string.h>

/* What the comparisons seen so far leave of one argument: least <= x <= most and (x & known) == bits. */
struct room {
	uint64_t least, most;
	uint64_t known, bits;
	bool is_empty;
};

static void narrow_to_least(struct room *room, uint64_t least)
{
	if (least > room->least)
		room->least = least;
}

static void narrow_to_most(struct room *room, uint64_t most)
{
	if (most < room->most)
		room->most = most;
}

static void narrow_bits(struct room *room, uint64_t mask, uint64_t bits)
{
	if ((room->bits ^ bits) & room->known & mask)
		room->is_empty = true;
	room->known |= mask;
	room->bits |= bits & mask;
}

static void narrow(struct room *room, const struct cg_comparison *comparison, uint64_t word)
{
	uint64_t value = comparison->value & word;

	switch (comparison->op) {
	case CG_OP_EQ:
		narrow_bits(room, word, value);
		break;
	case CG_OP_MASKED_EQ:
		narrow_bits(room, comparison->mask & word, value);
		break;
	case CG_OP_LT:
		room->is_empty |= value == 0;
		narrow_to_most(room, value - 1);
		break;
	case CG_OP_LE:
		narrow_to_most(room, value);
		break;
	case CG_OP_GT:
		room->is_empty |= value == word;
		narrow_to_least(room, value + 1);
		break;
	case CG_OP_GE:
		narrow_to_least(room, value);
		break;
	case CG_OP_NE:
		break;
	}
}

/*
 * The least x >= least with (x & known) == bits: either `least` itself, or it and x agree above some bit which x has
 * and `least` has not, and below which x is as small as the known bits allow. The lowest such bit gives the least x.
 */
static bool find_least(const struct room *room, uint64_t *ret_least)
{
	if ((room->least & room->known) == room->bits) {
		*ret_least = room->least;
		return true;
	}
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		uint64_t above = ~(bit | (bit - 1));

		if ((room->least & bit) || ((room->known & bit) && !(room->bits & bit)) ||
		    ((room->least ^ room->bits) & room->known & above))
			continue;
		*ret_least = (room->least & above) | bit | (room->bits & (bit - 1));
		return true;
	}
	return false;
}

static bool has_room(const struct cg_rule *a, const struct cg_rule *b, unsigned int arg)
{
	const struct cg_rule *const rules[] = { a, b };
	uint64_t word = cg_arch_word_mask(a->arch);
	struct room room = { .most = word };
	uint64_t least;

	for (size_t r = 0; r < 2; r++)
		for (unsigned int i = 0; i < rules[r]->n_comparisons; i++)
			if (rules[r]->comparisons[i].arg == arg)
				narrow(&room, &rules[r]->comparisons[i], word);
	if (room.is_empty || !find_least(&room, &least) || least > room.most)
		return false;
	/* One value left, and one of the rules excludes it. */
	for (size_t r = 0; r < 2 && (room.known == word || room.least == room.most); r++)
		for (unsigned int i = 0; i < rules[r]->n_comparisons; i++)
			if (rules[r]->comparisons[i].arg == arg && rules[r]->comparisons[i].op == CG_OP_NE &&
			    (rules[r]->comparisons[i].value & word) == least)
				return false;
	return true;
}

static bool can_both_match(const struct cg_rule *a, const struct cg_rule *b)
{
	for (unsigned int arg = 0; arg < 6; arg++)
		if (!has_room(a, b, arg))
			return false;
	return true;
}

static bool has_comparison(const struct cg_rule *rule, const struct cg_comparison *wanted)
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		const struct cg_comparison *there = &rule->comparisons[i];

		if (there->arg == wanted->arg && there->op == wanted->op && there->mask == wanted->mask &&
		    (there->value & there->mask) == (wanted->value & wanted->mask))
			return true;
	}
	return false;
}

static bool is_same_condition(const struct cg_rule *a, const struct cg_rule *b)
{
	if (a->n_comparisons != b->n_comparisons)
		return false;
	for (unsigned int i = 0; i < a->n_comparisons; i++)
		if (!has_comparison(b, &a->comparisons[i]))
			return false;
	return true;
}

int cg_lint_shadowed(struct cg_lint *lint)
{
	int r = 0;

	for (size_t c = 0; c < lint->n_calls; c++) {
		const struct cg_lint_call *call = &lint->calls[c];

		if (!call->unconditional || !cg_lint_speaks_for_its_name(lint, call))
			continue;
		for (size_t i = 0; r == 0 && i < call->n_rules; i++) {
			const struct cg_rule *rule = call->rules[i];

			/* The same thing said twice is duplicate-name's. */
			if (rule == call->unconditional ||
			    (rule->n_comparisons == 0 && rule->action == call->unconditional->action))
				continue;
			r = cg_lint_say(lint, cg_lint_place_of_decision(lint, call, rule),
					"this rule never decides about %s: the rule "
					"without arguments on line %u does",
					call->name, call->unconditional->origin);
		}
	}
	return r;
}

static int say_overlap(struct cg_lint *lint, const struct cg_lint_call *call, const struct cg_rule *first,
		       const struct cg_rule *second)
{
	if (is_same_condition(first, second))
		return cg_lint_say(lint, cg_lint_place_of_decision(lint, call, second),
				   "%s has another action under the same conditions on "
				   "line %u: libseccomp refuses that, and the container does not start",
				   call->name, first->origin);
	return cg_lint_say_as(lint, CG_SEVERITY_WARNING, cg_lint_place_of_decision(lint, call, second),
			      "a call of %s can match this rule and "
			      "the one on line %u, which has another action; which of them wins is not defined",
			      call->name, first->origin);
}

/* One finding for each rule that meets an earlier one. */
int cg_lint_overlaps(struct cg_lint *lint)
{
	size_t n_pairs = 0;
	int r = 0;

	for (size_t c = 0; c < lint->n_calls; c++) {
		const struct cg_lint_call *call = &lint->calls[c];

		if (call->unconditional || !call->name || !cg_lint_speaks_for_its_name(lint, call))
			continue;
		for (size_t i = 1; r == 0 && i < call->n_rules; i++) {
			n_pairs += i;
			if (n_pairs > CG_LINT_PAIRS_LIMIT)
				return cg_lint_say_as(lint, CG_SEVERITY_NOTE,
						      cg_lint_place_of_decision(lint, call, call->rules[i]),
						      "more than %zu pairs of rules: the rest is not compared",
						      CG_LINT_PAIRS_LIMIT);
			for (size_t k = 0; k < i; k++) {
				if (call->rules[k]->action == call->rules[i]->action ||
				    !can_both_match(call->rules[k], call->rules[i]))
					continue;
				r = say_overlap(lint, call, call->rules[k], call->rules[i]);
				break;
			}
		}
	}
	return r;
}

/*
 * A rule that says what the default says. Not where both give their errno: some engines drop defaultErrnoRet (Docker up
 * to 20.10), and the rule is what stays.
 */
int cg_lint_same_as_default(struct cg_lint *lint)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];
		uint32_t action;

		if (!cg_profile_rule_applies(rule, lint->target) || !cg_lint_action_of(lint, rule, &action) ||
		    action != lint->policy->default_action)
			continue;
		if (rule->has_errno_ret && lint->profile->has_default_errno_ret)
			continue;
		r = cg_lint_say(lint, cg_lint_place_of_rule(rule),
				"this rule says what the default says, and is dropped");
	}
	return r;
}

static bool has_conditions(const struct cg_profile_rule *rule)
{
	const struct cg_profile_filter *const filters[] = { &rule->includes, &rule->excludes };

	for (size_t i = 0; i < 2; i++)
		if (filters[i]->arches.n_items || filters[i]->caps.n_items || filters[i]->has_min_kernel)
			return true;
	return false;
}

/* Rules that are meant for other targets may repeat a name: only those without conditions are compared. */
int cg_lint_duplicate_names(struct cg_lint *lint)
{
	CG_CLEANUP(cg_map_done) struct cg_map names = { 0 };
	int r = 0;

	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];

		if (rule->args.n_items || has_conditions(rule) || rule->bad_action.text)
			continue;
		for (size_t n = 0; r == 0 && n < rule->names.n_items; n++) {
			const struct cg_profile_word *name = &rule->names.items[n];
			struct cg_map_entry *entry;
			uint64_t mark = ((uint64_t)i + 1) << 32 | name->line;
			const struct cg_profile_rule *first;

			if (cg_map_put(&names, name->text, strlen(name->text), &entry) < 0)
				return -ENOMEM;
			if (!entry->value.number) {
				entry->value.number = mark;
				continue;
			}
			first = &lint->profile->rules.items[(entry->value.number >> 32) - 1];
			if (first->action == rule->action)
				r = cg_lint_say(lint, (struct cg_lint_place){ name->line, name->column },
						"%.64s stands on line %u already", name->text,
						(unsigned int)entry->value.number);
		}
	}
	return r;
}
