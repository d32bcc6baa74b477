/*
 * See recorded.h. Recordings keep the values of each argument apart, so which values went together is not known: a
 * value counts as allowed if it is with any of the values that the other arguments had.
 */
#include "lint/recorded.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "lint/kinds.h"
#include "policy/eval.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct judging {
	const struct cg_profile *profile;
	const struct cg_policy *policy;
	struct cg_notes *notes;
	uint64_t said_arches; /* bit cg_arch_index(): not in the policy, and said so */
};

static bool failed_always(const struct cg_recorded_call *call)
{
	uint64_t n_failed = 0;

	for (size_t i = 0; i < call->errors.n_items; i++)
		n_failed += call->errors.items[i].count;
	return n_failed >= call->count && call->n_unfinished == 0;
}

static int say(struct judging *judging, bool is_note, struct cg_text *message)
{
	struct cg_finding_kind kind;
	struct cg_note note = { .line = judging->profile->default_action_place.line,
				.column = judging->profile->default_action_place.column,
				.message = cg_text_get(message) };
	size_t at;

	if (message->has_failed)
		return -ENOMEM;
	cg_finding_kind_find("recorded-refused", &at);
	kind = cg_finding_kind_at(at);
	note.rule = kind.id;
	note.remedy = kind.remedy;
	note.severity = is_note ? CG_SEVERITY_NOTE : kind.severity;
	return cg_notes_add(judging->notes, &note);
}

/* `of_values`: how often each value was there is not kept, so the count is that of all calls, and is said to be. */
static void add_who(struct cg_text *text, const struct cg_summary_call *recorded, bool of_values)
{
	const struct cg_recorded_call *call = &recorded->call;
	uint64_t n = call->count + call->n_restarts + call->n_unfinished + call->n_denied;

	if (of_values && n > 1)
		cg_text_addf(text, " was recorded, among %" PRIu64 " calls", n);
	else
		cg_text_addf(text, " was recorded %" PRIu64 " time%s,", n, n == 1 ? "" : "s");
	if (call->programs.n_items)
		cg_text_addf(text, " by %.200s%s,", call->programs.items[0].path,
			     call->programs.n_items > 1 ? " and others" : "");
	else if (of_values && n > 1)
		cg_text_add(text, ",");
}

/* ---- arguments */

/* Arguments that some rule compares, and of which all values are known. */
struct tries {
	unsigned int args[6];
	size_t n_args;
	const struct cg_recorded_call *call;
};

static void find_tries(const struct judging *judging, const struct cg_recorded_call *call, struct tries *tries)
{
	bool is_compared[6] = { false };

	*tries = (struct tries){ .call = call };
	for (size_t i = 0; i < judging->policy->rules.n_items; i++) {
		const struct cg_rule *rule = &judging->policy->rules.items[i];

		if (rule->arch != call->arch || rule->nr != call->nr)
			continue;
		for (unsigned int k = 0; k < rule->n_comparisons; k++)
			is_compared[rule->comparisons[k].arg] = true;
	}
	for (unsigned int arg = 0; arg < 6; arg++)
		if (is_compared[arg] && call->args[arg] && !call->args[arg]->has_overflow && call->args[arg]->n_values)
			tries->args[tries->n_args++] = arg;
}

/* Is the call allowed with one argument's value, and any of those of the others? Beyond the limit: taken as yes. */
static bool is_allowed_with(const struct judging *judging, const struct tries *tries, size_t fixed, uint64_t value)
{
	struct cg_call call = { .arch = tries->call->arch_token, .nr = tries->call->nr };
	size_t at[6] = { 0 };

	if (tries->call->arch)
		call.arch = tries->call->arch->token;
	for (size_t n = 0; n < CG_RECORDED_TRIES_LIMIT; n++) {
		size_t i = 0;

		for (size_t k = 0; k < tries->n_args; k++)
			call.args[tries->args[k]] =
				k == fixed ? value : tries->call->args[tries->args[k]]->values[at[k]];
		if (!cg_action_row(cg_policy_eval(judging->policy, &call))->is_denial)
			return true;
		/* The next combination: as one counts, one digit an argument. */
		while (i < tries->n_args && (i == fixed || ++at[i] >= tries->call->args[tries->args[i]]->n_values))
			at[i++] = 0;
		if (i == tries->n_args)
			return false;
	}
	return true;
}

static int judge_values(struct judging *judging, const struct cg_summary_call *recorded)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct tries tries;
	size_t n_said = 0;

	find_tries(judging, &recorded->call, &tries);
	for (size_t k = 0; k < tries.n_args; k++) {
		const struct cg_value_set *set = recorded->call.args[tries.args[k]];
		const struct cg_arg_info *info = cg_syscall_arg(recorded->call.arch, recorded->call.nr, tries.args[k]);
		bool is_first = true;

		for (size_t i = 0; i < set->n_values; i++) {
			if (is_allowed_with(judging, &tries, k, set->values[i]))
				continue;
			if (n_said++ == 0)
				cg_call_format_name(&text, recorded->call.arch, recorded->call.nr);
			cg_text_addf(&text, is_first ? "%s %s " : ", ", n_said == 1 ? " with" : " or",
				     info ? info->name : "an argument of");
			cg_call_format_arg(&text, recorded->call.arch, recorded->call.nr, tries.args[k], set->values[i]);
			is_first = false;
		}
	}
	if (n_said == 0)
		return 0;
	add_who(&text, recorded, true);
	cg_text_add(&text, " and is refused");
	return say(judging, failed_always(&recorded->call), &text);
}

/* ---- calls */

static int judge_outside(struct judging *judging, const struct cg_arch *arch)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (judging->said_arches >> cg_arch_index(arch) & 1)
		return 0;
	judging->said_arches |= 1ULL << cg_arch_index(arch);
	cg_text_addf(&text, "calls of %s were recorded, which the profile does not have: they get ", arch->name);
	cg_action_format(&text, judging->policy->bad_arch_action);
	return say(judging, false, &text);
}

/* The answer to a call that is refused whatever its arguments are; false when they may matter, or it is allowed. */
static bool is_refused_always(const struct cg_policy *policy, const struct cg_recorded_call *call, uint32_t *ret_action)
{
	struct cg_call plain = { .arch = call->arch->token, .nr = call->nr };
	struct cg_verdict verdict = cg_policy_decide(policy, &plain);

	*ret_action = verdict.action;
	if (verdict.rule && !verdict.rule->n_comparisons)
		return cg_action_row(verdict.action)->is_denial;
	if (!cg_action_row(policy->default_action)->is_denial)
		return false;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch == call->arch && rule->nr == call->nr && !cg_action_row(rule->action)->is_denial)
			return false;
	}
	return true;
}

/* Its flags lie in memory: profiles refuse it on purpose, and whoever calls it takes clone then. */
static bool is_answered_by_clone(const struct cg_recorded_call *call, uint32_t action)
{
	const struct cg_syscall *known = cg_syscall_of_nr(call->arch, call->nr);

	return known && strcmp(known->name, "clone3") == 0 && action == (CG_ACTION_ERRNO | ENOSYS);
}

static int judge(struct judging *judging, const struct cg_summary_call *recorded)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const struct cg_recorded_call *call = &recorded->call;
	uint32_t action;

	if (!call->arch || !cg_recorded_call_is_made(call))
		return 0;
	if (!cg_policy_has_arch(judging->policy, call->arch))
		return judge_outside(judging, call->arch);
	if (!is_refused_always(judging->policy, call, &action))
		return judge_values(judging, recorded);
	cg_call_format_name(&text, call->arch, call->nr);
	add_who(&text, recorded, false);
	cg_text_add(&text, " and gets ");
	cg_action_format(&text, action);
	if (is_answered_by_clone(call, action))
		cg_text_add(&text, ": then clone is called");
	return say(judging, failed_always(call) || is_answered_by_clone(call, action), &text);
}

int cg_lint_recorded(const struct cg_profile *profile, const struct cg_policy *policy, const struct cg_summary *summary,
		     struct cg_notes *notes, struct cg_err *err)
{
	struct judging judging = { .profile = profile, .policy = policy, .notes = notes };
	int r = 0;

	for (size_t i = 0; r == 0 && i < summary->calls.n_items; i++)
		r = judge(&judging, &summary->calls.items[i]);
	return r < 0 ? cg_err_memory(err) : 0;
}
