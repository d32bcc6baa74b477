/*
 * What is to be said of a denied call: who decided, what allowing it would open, and the edit that allows it.
 *
 * Against a profile: its rules, and an edit that is read again before it is shown. Vulnerabilities are told by proof:
 * those that no call reaches under the profile as it is, and one does with the edit. Without a profile: the filters of
 * the process, if it still runs, answer; and the table says through which calls each vulnerability was reached.
 */
#include "cli/why.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "cli/subject.h"
#include "os/procfs.h"
#include "report/cves.h"

#include <errno.h>
#include <string.h>

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

static void add_cve(struct cg_text *text, const char *id)
{
	cg_text_addf(text, "%s%s", text->length ? " " : "", id);
}

/* By the table: those that have a call of this name among their routes. */
static void add_reached(const char *call, struct cg_text *cves)
{
	for (size_t i = 0; i < cg_n_cves; i++) {
		bool is_reached = false;

		for (size_t k = 0; k < cg_cves[i].n_routes; k++)
			is_reached |= strcmp(cg_cves[i].routes[k].call, call) == 0;
		if (is_reached)
			add_cve(cves, cg_cves[i].id);
	}
}

static void say_held(const struct cg_advice_wish *wish, bool has_args, struct cg_why_judgement *judgement)
{
	cg_text_add(&judgement->remark, "the edit allows ");
	cg_advice_wish_say(wish, &judgement->remark);
	if (!has_args && cg_syscall_n_args(wish->arch, wish->nr) != 0)
		cg_text_add(&judgement->remark, ", whatever its arguments: none were seen");
	cg_text_add_char(&judgement->remark, '\n');
}

/* Each edit is of the profile as it is. */
static int propose(const struct cg_why_judge *judge, const struct cg_violation *violation,
		   struct cg_why_judgement *judgement, struct cg_err *err)
{
	CG_CLEANUP(cg_proposal_done) struct cg_proposal proposal = { 0 };
	struct cg_advice_wish wish;
	struct cg_err why = { 0 };
	int r;

	if (!cg_advice_wish_of(&violation->call, violation->has_args, &wish)) {
		cg_text_add(&judgement->remark, "the number has no name: no edit is proposed\n");
		return 0;
	}
	r = cg_proposal_open_again(&judge->original, &proposal, err);
	if (r == 0)
		r = cg_proposal_allow(&proposal, &wish, &violation->call, violation->has_args, violation->action, &why);
	if (r < 0) {
		*err = why;
		return r;
	}
	if (r == 1) {
		cg_text_addf(&judgement->remark, "no edit is proposed: %s\n", why.message);
		add_reached(wish.name, &judgement->cves);
		return 0;
	}
	say_held(&wish, violation->has_args, judgement);
	r = cg_proposal_opened(&proposal, &judgement->cves);
	if (r == 0)
		r = cg_proposal_diff(&proposal, &judgement->diff);
	return r < 0 ? cg_err_memory(err) : 0;
}

static int judge_profile(const struct cg_why_judge *judge, const struct cg_violation *violation,
			 struct cg_why_judgement *judgement, struct cg_err *err)
{
	struct cg_advice_profile profile = cg_proposal_profile(&judge->original);
	struct cg_advice advice =
		cg_advice_find(&profile, &violation->call, violation->has_args, violation->action);

	cg_advice_say_where(&profile, &advice, &violation->call, &judgement->where);
	if (advice.cause != CG_ADVICE_ALLOWED && cg_action_row(advice.action) != cg_action_row(violation->action)) {
		cg_text_add(&judgement->where, "  the profile answers ");
		cg_action_format(&judgement->where, advice.action);
		cg_text_add(&judgement->where, ": another one, or another version of it, was in force\n");
	}
	profile.count_vulnerabilities = NULL; /* they are named */
	cg_advice_say_risk(&profile, &violation->call, violation->has_args, &judgement->risk);
	if (advice.cause == CG_ADVICE_ALLOWED)
		return 0;
	return propose(judge, violation, judgement, err);
}

/* ---- without a profile: the process itself */

/* The answer to every call of this number, or false: it depends on arguments. */
static bool is_one_answer(const struct cg_meanings *meanings, uint32_t root, const struct cg_call *call,
			  uint32_t *ret_action)
{
	struct cg_meaning_view view = cg_meaning_look(meanings, root);

	while (view.level < CG_LEVEL_ARGS) {
		uint32_t word = view.level < CG_LEVEL_NR ? call->arch : call->nr;
		unsigned int bit = 31 - view.level % 32;

		view = cg_meaning_look(meanings, word >> bit & 1 ? view.high : view.low);
	}
	*ret_action = view.action;
	return view.level == CG_LEVEL_LEAF;
}

static int ask_filter(const struct cg_subject *subject, const struct cg_violation *violation, struct cg_text *where,
		      struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t root, action;
	int r = meanings ? cg_subject_meaning(subject, meanings, &root, err) : cg_err_memory(err);

	if (r < 0)
		return r;
	if (violation->has_args)
		action = cg_meaning_eval(meanings, root, &violation->call);
	else if (!is_one_answer(meanings, root, &violation->call, &action)) {
		cg_text_addf(where, "  pid:%d still runs, and its filter's answer depends on the arguments, which were not seen\n",
			     violation->pid);
		return 0;
	}
	cg_text_addf(where, "  pid:%d still runs, and its filter answers ", violation->pid);
	cg_action_format(where, action);
	cg_text_addf(where, "; of which line of which profile it was made no filter says: name it with --profile\n");
	return 0;
}

/* The id may be another process's by now: the program must be the same. */
static bool still_runs(const struct cg_violation *violation)
{
	char exe[4096];

	return violation->pid > 0 && violation->exe && cg_proc_exe(violation->pid, exe, sizeof(exe)) == 0 &&
	       strcmp(exe, violation->exe) == 0;
}

static int judge_process(const struct cg_why_judge *judge, const struct cg_violation *violation,
			 struct cg_why_judgement *judgement, struct cg_err *err)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject subject = { 0 };
	struct cg_advice_profile nothing = { .reference = "" };
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);
	const struct cg_syscall *known = arch ? cg_syscall_of_nr(arch, violation->call.nr) : NULL;
	struct cg_err why = { 0 };
	int r;

	cg_advice_say_risk(&nothing, &violation->call, violation->has_args, &judgement->risk);
	if (known)
		add_reached(known->name, &judgement->cves);
	if (!still_runs(violation)) {
		cg_text_add(&judgement->where,
			    "  the process is gone, and its filter with it: name the profile with --profile to see the line\n");
		return 0;
	}
	r = cg_subject_read_process("process", violation->pid, judge->target, &subject, &why);
	if (r == 0)
		r = ask_filter(&subject, violation, &judgement->where, &why);
	if (r == -ENOMEM)
		return cg_err_memory(err);
	if (r < 0)
		cg_text_addf(&judgement->where, "  pid:%d still runs, but its filter cannot be read (%s): name the profile with "
			     "--profile to see the line\n", violation->pid, why.message);
	return 0;
}

int cg_why_judge(const struct cg_why_judge *judge, const struct cg_why_kind *kind, struct cg_why_judgement *judgement,
		 struct cg_err *err)
{
	const struct cg_violation *violation = &kind->newest;
	int r = judge->profile ? judge_profile(judge, violation, judgement, err) :
				 judge_process(judge, violation, judgement, err);

	if (r == 0 && (judgement->where.has_failed || judgement->risk.has_failed || judgement->cves.has_failed ||
		       judgement->remark.has_failed || judgement->diff.has_failed))
		r = cg_err_memory(err);
	return r;
}

void cg_why_judgement_done(struct cg_why_judgement *judgement)
{
	cg_text_done(&judgement->where);
	cg_text_done(&judgement->risk);
	cg_text_done(&judgement->cves);
	cg_text_done(&judgement->remark);
	cg_text_done(&judgement->diff);
}
