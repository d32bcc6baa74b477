/*
 * The rules of one call, changed: from ALLOW to LOG, from LOG to ERRNO, and back.
 *
 * In: a document, a call. Out: the document, of which the call's rules have moved to the end, under a comment of ours.
 * Conditions of any kind (arguments, capabilities, kernels) go along, so that nothing is logged or closed beyond what was
 * allowed, and nothing is opened that was not. A rule that does not apply on the target stays as it is.
 *
 * What is closed gets ERRNO(EPERM), a refusal that programs know; where the default is an ERRNO, the default's, by
 * taking the rule away: a rule that says what the default says is none (engines drop it, or complain).
 */
#include "tighten/steps.h"

#include "abi/action.h"

#include <errno.h>
#include <inttypes.h>

static uint32_t default_of(const struct cg_tightening *work)
{
	return work->input->policy->default_action;
}

/* Does this rule let anything pass, on this target? */
static bool is_permit(const struct cg_editing_rule *rule, uint32_t *ret_action)
{
	return rule->applies && cg_editing_action(rule->node, ret_action) && cg_action_is_permit(*ret_action);
}

static void log_rule(struct cg_tightening *work, const struct cg_candidate *candidate,
		     const struct cg_editing_rule *rule, const struct cg_value_set values[6], bool may_join,
		     const char *comment)
{
	struct cg_editing *document = &work->document;
	uint32_t action;

	if (!is_permit(rule, &action)) {
		cg_editing_put(document, rule->node, false);
		return;
	}
	if (candidate->narrowing.n_rules && !cg_editing_is_conditional(rule->node)) {
		cg_narrowing_put(work, candidate->call, &candidate->narrowing, rule->node,
				 default_of(work) != CG_ACTION_ALLOW, comment);
		return;
	}
	if (candidate->what == CG_TIGHTEN_CALL || !cg_tightening_may_match(rule->node, values)) {
		/* Without a rule it is logged as well: engines want none that says what the default says. */
		if (default_of(work) == CG_ACTION_LOG)
			return;
		cg_editing_set_action(document, rule->node, CG_ACTION_LOG, comment);
	}
	cg_editing_put(document, rule->node, may_join);
}

int cg_tightening_log(struct cg_tightening *work, const struct cg_candidate *candidate, uint64_t round)
{
	struct cg_editing *document = &work->document;
	struct cg_editing_rules rules = { 0 };
	struct cg_value_set values[6];
	const char *comment = cg_arena_format(document->tree.arena,
					      CG_TIGHTEN_COMMENT "logged from round %" PRIu64
								 " on, refused in the next unless somebody calls it",
					      round);
	int r = comment ? cg_editing_take(document, candidate->call->name, &rules) : -ENOMEM;

	for (unsigned int i = 0; i < 6; i++)
		values[i] = cg_tightening_values(work->input->summary, candidate->call->name, i);
	/* Only the default permits it. */
	if (r == 0 && !cg_tightening_fact(work, candidate->call)->has_rule) {
		struct cg_editing_rule rule = { cg_editing_rule_new(document, candidate->call->name, CG_ACTION_ALLOW),
						true };

		r = rule.node ? cg_vec_push(&rules, rule) : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < rules.n_items; i++)
		log_rule(work, candidate, &rules.items[i], values, rules.n_items == 1, comment);
	cg_vec_done(&rules);
	return r < 0 || document->tree.has_failed ? -ENOMEM : 0;
}

int cg_tightening_close(struct cg_tightening *work, const struct cg_tighten_item *item, uint64_t round)
{
	struct cg_editing *document = &work->document;
	struct cg_editing_rules rules = { 0 };
	bool is_default_errno = (default_of(work) & CG_ACTION_MASK) == CG_ACTION_ERRNO;
	const char *comment = cg_arena_format(document->tree.arena, CG_TIGHTEN_REFUSAL " in round %" PRIu64, round);
	int r = comment ? cg_editing_take(document, item->call, &rules) : -ENOMEM;

	/* Logged by the default alone. */
	if (r == 0 && rules.n_items == 0 && cg_action_is_permit(default_of(work))) {
		struct cg_editing_rule rule = { cg_editing_rule_new(document, item->call, CG_ACTION_LOG), true };

		r = rule.node ? cg_vec_push(&rules, rule) : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < rules.n_items; i++) {
		const struct cg_editing_rule *rule = &rules.items[i];
		bool may_join = rules.n_items == 1;
		uint32_t action;

		if (!is_permit(rule, &action) || action != CG_ACTION_LOG) {
			cg_editing_put(document, rule->node, false);
			continue;
		}
		if (is_default_errno)
			continue;
		cg_editing_set_action(document, rule->node, cg_action_errno(EPERM), comment);
		cg_editing_put(document, rule->node, may_join);
	}
	cg_vec_done(&rules);
	return r < 0 || document->tree.has_failed ? -ENOMEM : 0;
}

int cg_tightening_reopen(struct cg_tightening *work, const struct cg_tighten_item *item, const char *why)
{
	struct cg_editing *document = &work->document;
	struct cg_tree *tree = &document->tree;
	struct cg_editing_rules rules = { 0 };
	const char *comment = cg_arena_format(tree->arena, CG_TIGHTEN_COMMENT "%s", why);
	const struct cg_json *first = item->was ? item->was->first : NULL;
	int r = comment ? cg_editing_take(document, item->call, &rules) : -ENOMEM;

	cg_vec_done(&rules);
	if (r < 0)
		return r;
	for (const struct cg_json *rule = first; rule; rule = rule->next) {
		struct cg_json *copy = cg_tree_copy(tree, rule);
		uint32_t action;

		if (copy && cg_editing_action(copy, &action) && action == CG_ACTION_LOG)
			cg_editing_set_action(document, copy, CG_ACTION_ALLOW, comment);
		else if (copy && cg_editing_action(copy, &action) && action == CG_ACTION_ALLOW)
			cg_tree_set(tree, copy, "comment", cg_tree_text(tree, comment));
		cg_editing_put(document, copy, item->was->n_children == 1);
	}
	/* Only the default permitted it: where that is ALLOW, taking our rule away was enough. */
	if (!first && default_of(work) != CG_ACTION_ALLOW) {
		struct cg_json *rule = cg_editing_rule_new(document, item->call, CG_ACTION_ALLOW);

		cg_editing_set_action(document, rule, CG_ACTION_ALLOW, comment);
		cg_editing_put(document, rule, true);
	}
	return tree->has_failed ? -ENOMEM : 0;
}
