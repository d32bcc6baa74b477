/*
 * The default action, last of all: see round.c.
 *
 * In: a document of which every call that has a name is decided. Out: the same with another default action; what only the
 * old one permitted is allowed by name first, so that the new one stands for numbers that have no name here.
 */
#include "tighten/steps.h"

#include "abi/action.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct cg_tighten_item *find_item(const struct cg_tighten *tighten, const char *call)
{
	for (size_t i = 0; i < tighten->items.n_items; i++)
		if (strcmp(tighten->items.items[i].call, call) == 0)
			return &tighten->items.items[i];
	return NULL;
}

/*
 * A call of which only some arguments have rules cannot be said by name alone: then the default stays. Where it logs, what
 * we held to arguments is said whole; where it allows, only what is refused has rules.
 */
bool cg_tightening_is_default_simple(const struct cg_tightening *work, uint32_t action)
{
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const struct cg_fact *fact = &work->facts[i];

		if (fact->is_here && fact->has_rule && !fact->has_open && !fact->has_closed &&
		    (action == CG_ACTION_ALLOW || !find_item(work->tighten, cg_syscalls[i].name)))
			return false;
	}
	return true;
}

/* What we refuse for its arguments, a default that refuses does as well. */
static void remove_conditions(struct cg_editing *document)
{
	struct cg_json *next;
	uint32_t action;

	for (struct cg_json *rule = document->syscalls->first; rule; rule = next) {
		const struct cg_json *comment = cg_json_get(rule, "comment");

		next = rule->next;
		if (comment && comment->kind == CG_JSON_STRING && cg_editing_is_conditional(rule) &&
		    strncmp(comment->text, CG_TIGHTEN_REFUSAL, strlen(CG_TIGHTEN_REFUSAL)) == 0 &&
		    cg_editing_action(rule, &action) && action == CG_ACTION_ERRNO)
			cg_tree_remove(document->syscalls, rule);
	}
}

int cg_tightening_set_default(struct cg_tightening *work, uint32_t action, uint64_t round)
{
	struct cg_editing *document = &work->document;
	struct cg_tree *tree = &document->tree;
	const char *comment =
		cg_arena_format(tree->arena, CG_TIGHTEN_COMMENT "allowed by the default until round %" PRIu64, round);

	for (size_t i = 0; comment && i < cg_n_syscalls; i++) {
		const struct cg_fact *fact = &work->facts[i];
		struct cg_json *rule;

		if (!fact->is_here || fact->has_rule || !fact->has_open)
			continue;
		rule = cg_editing_rule_new(document, cg_syscalls[i].name, CG_ACTION_ALLOW);
		cg_editing_set_action(document, rule, CG_ACTION_ALLOW, comment);
		cg_editing_put(document, rule, true);
	}
	cg_tree_remove_key(document->root, "defaultErrnoRet");
	cg_tree_remove_key(document->root, "defaultErrno");
	cg_tree_set(tree, document->root, "defaultAction", cg_tree_text(tree, cg_action_row(action)->oci_name));
	if ((action & CG_ACTION_MASK) == CG_ACTION_ERRNO) {
		remove_conditions(document);
		cg_tree_add(tree, document->root, "defaultErrnoRet", cg_tree_number(tree, action & CG_ACTION_DATA));
	}
	return !comment || tree->has_failed ? -ENOMEM : 0;
}
