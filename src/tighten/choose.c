/*
 * What could be closed, and in which order: what opens most comes first.
 *
 * In: facts. Out: candidates. Of a call that was never seen, all that the profile allows of it; of one that was, what it
 * allows beyond the arguments that were seen. What is needed to start a program, or came back before, is left alone
 * unless somebody asks; what cannot be logged exactly is left alone and counted.
 */
#include "tighten/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of calls with nothing else between them: what reaches more of the kernel first. */
static unsigned int rank_of(enum cg_category category)
{
	static const unsigned int ranks[CG_N_CATEGORIES] = {
		[CG_CATEGORY_NETWORK] = 0, [CG_CATEGORY_PROCESS] = 1, [CG_CATEGORY_OTHER] = 2,
		[CG_CATEGORY_MEMORY] = 3,  [CG_CATEGORY_FILE] = 4,    [CG_CATEGORY_MULTIPLEXING] = 5,
		[CG_CATEGORY_SIGNALS] = 6, [CG_CATEGORY_TIME] = 7,
	};

	return ranks[category];
}

int cg_tightening_compare(const struct cg_syscall *a, size_t n_a, enum cg_tighten_what what_a,
			  const struct cg_syscall *b, size_t n_b, enum cg_tighten_what what_b)
{
	if (a->tier != b->tier)
		return a->tier > b->tier ? -1 : 1;
	if (n_a != n_b)
		return n_a > n_b ? -1 : 1;
	if (what_a != what_b)
		return what_a < what_b ? -1 : 1;
	if (a->category != b->category)
		return rank_of(a->category) < rank_of(b->category) ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare(const void *pointer_to_a, const void *pointer_to_b)
{
	const struct cg_candidate *a = pointer_to_a, *b = pointer_to_b;

	if (a->is_asked != b->is_asked)
		return a->is_asked ? -1 : 1;
	return cg_tightening_compare(a->call, a->n_vulnerabilities, a->what, b->call, b->n_vulnerabilities, b->what);
}

static const struct cg_tighten_item *find_item(const struct cg_tighten *tighten, const char *call)
{
	for (size_t i = 0; i < tighten->items.n_items; i++)
		if (strcmp(tighten->items.items[i].call, call) == 0)
			return &tighten->items.items[i];
	return NULL;
}

/* Is there a condition that permits, and that nothing seen can have matched? */
static bool has_unseen_condition(const struct cg_tightening *work, const struct cg_syscall *call)
{
	struct cg_value_set values[6];
	uint32_t action;

	for (unsigned int i = 0; i < 6; i++)
		values[i] = cg_tightening_values(work->input->summary, call->name, i);
	for (size_t i = 0; i < work->document.rules.n_items; i++) {
		const struct cg_editing_rule *rule = &work->document.rules.items[i];

		if (rule->applies && cg_editing_names(rule->node, call->name) &&
		    cg_editing_action(rule->node, &action) && cg_action_is_permit(action) &&
		    !cg_tightening_may_match(rule->node, values))
			return true;
	}
	return false;
}

/* 1: a candidate; 0: nothing to be closed; -1: in a form that is left alone. */
static int find_candidate(const struct cg_tightening *work, const struct cg_syscall *call, const struct cg_fact *fact,
			  struct cg_candidate *candidate)
{
	bool is_default_open = cg_action_is_permit(work->input->policy->default_action);

	/* Under a default that permits, a rule for all of it would hide the conditions that deny: eval.c, 3. */
	if (is_default_open && (fact->has_permit || fact->has_denial) && !fact->has_open)
		return fact->is_seen ? 0 : -1;
	candidate->is_logged = fact->is_all_log;
	if (!fact->is_seen)
		return 1;
	/* A default that logs is closed first: then what is not allowed needs no rules. */
	if (work->input->policy->default_action == CG_ACTION_LOG)
		return 0;
	candidate->what = CG_TIGHTEN_ARGUMENTS;
	if (!fact->has_open)
		return has_unseen_condition(work, call);
	if (fact->has_permit || fact->has_denial)
		return 0;
	return cg_narrowing_find(work, call, &candidate->narrowing);
}

int cg_tightening_choose(const struct cg_tightening *work, struct cg_candidates *candidates,
			 struct cg_tighten_rest *rest)
{
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const struct cg_syscall *call = &cg_syscalls[i];
		const struct cg_fact *fact = &work->facts[i];
		const struct cg_tighten_item *item = find_item(work->tighten, call->name);
		struct cg_candidate candidate = { .call = call, .is_asked = fact->is_asked };
		int found;

		if (!fact->is_here || !cg_fact_is_permitted(work, fact) || (item && item->stage == CG_TIGHTEN_LOGGED))
			continue;
		found = find_candidate(work, call, fact, &candidate);
		if (found == 0)
			continue;
		if ((item || fact->is_needed) && !fact->is_asked) {
			rest->n_protected += candidate.what == CG_TIGHTEN_CALL;
			continue;
		}
		rest->n_left += found < 0;
		if (work->input->count_vulnerabilities)
			candidate.n_vulnerabilities = work->input->count_vulnerabilities(call->name);
		if (found > 0 && cg_vec_push(candidates, candidate) < 0)
			return -ENOMEM;
	}
	if (candidates->n_items)
		qsort(candidates->items, candidates->n_items, sizeof(candidates->items[0]), compare);
	return 0;
}
