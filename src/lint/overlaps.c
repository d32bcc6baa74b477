/*
 * Lint: rules that get in each other's way.
 *
 * libseccomp, and so every engine: an unconditional rule decides alone, of two the first; two actions under one
 * condition are refused (EEXIST); where several conditional rules with different actions match, the shape of its tree
 * decides, which no document defines. eval takes the most restrictive; what an engine does is anybody's guess.
 */
#include "lint/rules.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "policy/room.h"

#include <string.h>

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
		uint32_t last_line = 0;

		if (!call->unconditional || !cg_lint_speaks_for_its_name(lint, call))
			continue;
		for (size_t i = 0; r == 0 && i < call->n_rules; i++) {
			const struct cg_rule *rule = call->rules[i];

			/* The same thing said twice is duplicate-name's. */
			if (rule == call->unconditional || (last_line && rule->origin == last_line) ||
			    (rule->n_comparisons == 0 && rule->action == call->unconditional->action))
				continue;
			last_line = rule->origin;
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
				    !cg_rules_can_meet(call->rules[k], call->rules[i]))
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

	if (lint->profile->is_outline)
		return 0; /* it takes away from what stands above it */
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

	if (lint->profile->is_outline)
		return 0; /* a text names calls again to change what it says of them */
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
