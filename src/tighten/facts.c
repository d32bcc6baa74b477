/*
 * What is known of each call, before anything is decided: is it there, seen, needed, and how does the profile permit it?
 *
 * In: a profile, a policy, a summary. Out: one struct cg_fact for each call of abi/. A rule counts where the target's
 * engine would apply it; as in eval.c the first unconditional rule decides, and else conditional ones and the default.
 */
#include "tighten/steps.h"

#include "abi/action.h"
#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "learn/needs.h"

#include <string.h>

bool cg_tightening_is_word(const char *const *words, size_t n_words, const char *word)
{
	for (size_t i = 0; i < n_words; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static struct cg_fact *find(const struct cg_tightening *work, const char *name)
{
	const struct cg_syscall *call = cg_syscall_find(name);

	return call ? cg_tightening_fact(work, call) : NULL;
}

/* ---- seen and needed */

static void find_seen(struct cg_tightening *work)
{
	const struct cg_summary *summary = work->input->summary;

	for (size_t i = 0; i < summary->calls.n_items; i++) {
		const struct cg_recorded_call *recorded = &summary->calls.items[i].call;
		const struct cg_syscall *call = recorded->arch ? cg_syscall_of_nr(recorded->arch, recorded->nr) : NULL;

		if (call && cg_recorded_call_is_made(recorded))
			cg_tightening_fact(work, call)->is_seen = true;
	}
}

/* On x86 a rule for socket is one for socketcall, too: who was seen to make that may have meant any call behind it. */
static bool is_carried(const struct cg_tightening *work, const char *name)
{
	const struct cg_policy *policy = work->input->policy;

	for (size_t i = 0; i < policy->n_arches; i++) {
		const struct cg_syscall *carrier;
		uint64_t operation;
		uint32_t nr;

		if (!cg_multiplex_find(policy->arches[i], name, &nr, &operation))
			continue;
		carrier = cg_syscall_of_nr(policy->arches[i], nr);
		if (carrier && cg_tightening_fact(work, carrier)->is_seen)
			return true;
	}
	return false;
}

static void find_needed(struct cg_tightening *work)
{
	bool has_changed = true;
	struct cg_fact *fact;

	for (size_t i = 0; i < cg_n_needs; i++)
		if ((fact = find(work, cg_needs[i].call)))
			fact->is_needed = true;
	for (size_t i = 0; i < work->input->n_needed; i++)
		if ((fact = find(work, work->input->needed[i])))
			fact->is_needed = true;
	for (size_t i = 0; i < work->input->n_asked; i++)
		if ((fact = find(work, work->input->asked[i])))
			fact->is_asked = true;
	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < cg_n_successors; i++) {
			const struct cg_fact *from = find(work, cg_successors[i].call);

			fact = find(work, cg_successors[i].successor);
			if (!from || !fact || fact->is_needed || !(from->is_seen || from->is_needed))
				continue;
			fact->is_needed = has_changed = true;
		}
	}
}

/* ---- what the profile says */

static void add_rule(struct cg_fact *fact, const struct cg_profile_rule *rule, size_t index)
{
	bool is_permit = cg_action_is_permit(rule->action), is_log = rule->action == CG_ACTION_LOG;
	bool is_decided = fact->has_open || fact->has_closed;

	fact->has_rule = true;
	if (rule->args.n_items) {
		fact->has_permit |= is_permit;
		fact->has_denial |= !is_permit;
	} else if (!is_decided) {
		fact->has_open = is_permit;
		fact->has_closed = !is_permit;
	}
	if (!is_permit || (is_decided && !rule->args.n_items))
		return;
	fact->is_all_log = is_log && (fact->is_all_log || !fact->first_rule);
	if (!fact->first_rule)
		fact->first_rule = index + 1;
}

static void find_rules(struct cg_tightening *work)
{
	const struct cg_profile *profile = work->input->profile;

	for (size_t i = 0; i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];

		if (rule->bad_action.text || !cg_profile_rule_applies(rule, work->input->target))
			continue;
		for (size_t k = 0; k < rule->names.n_items; k++) {
			struct cg_fact *fact = find(work, rule->names.items[k].text);

			if (fact)
				add_rule(fact, rule, i);
		}
	}
}

static void find_defaults(struct cg_tightening *work)
{
	const uint32_t action = work->input->policy->default_action;

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		struct cg_fact *fact = &work->facts[i];

		if (fact->has_rule || !cg_action_is_permit(action))
			continue;
		fact->has_open = true;
		fact->is_all_log = (action & CG_ACTION_MASK) == CG_ACTION_LOG;
	}
}

bool cg_fact_is_permitted(const struct cg_tightening *work, const struct cg_fact *fact)
{
	if (fact->has_closed)
		return false;
	return fact->has_open || fact->has_permit || cg_action_is_permit(work->input->policy->default_action);
}

void cg_tightening_find_facts(struct cg_tightening *work)
{
	const struct cg_policy *policy = work->input->policy;

	find_seen(work);
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		struct cg_fact *fact = &work->facts[i];
		uint32_t nr;

		for (size_t k = 0; !fact->is_here && k < policy->n_arches; k++)
			fact->is_here = cg_syscall_number(policy->arches[k], cg_syscalls[i].name, &nr);
		fact->is_seen = fact->is_seen || is_carried(work, cg_syscalls[i].name);
	}
	find_needed(work);
	find_rules(work);
	find_defaults(work);
}
