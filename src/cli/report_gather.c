/*
 * See report.h: what a profile does with each call, as facts.
 *
 * In: a subject (subject.h) that was read. Out: calls, conditions, architectures, digest, proof, findings. All of it
 * comes from the diagram of what the profile means, none from its text: rules that change nothing are not seen.
 */
#include "cli/report.h"

#include "base/cleanup.h"
#include "base/instant.h"
#include "check/sha256.h"
#include "cli/scope.h"
#include "gate/gate.h"
#include "lint/lint.h"
#include "lint/recorded.h"
#include "lint/score.h"
#include "os/machine.h"
#include "os/signals.h"
#include "words/differences.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_FORM "diagram-1-sha256:" /* as callgate digest has it */

/* ---- texts */

static const char *keep(struct cg_reporting *reporting, const char *text)
{
	return cg_arena_copy_text(&reporting->facts.arena, text);
}

/* NULL when out of memory. */
static const char *hex(struct cg_reporting *reporting, const char *before, const unsigned char *bytes, size_t n)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_text_add(&text, before);
	for (size_t i = 0; i < n; i++)
		cg_text_addf(&text, "%02x", bytes[i]);
	return text.has_failed ? NULL : keep(reporting, cg_text_get(&text));
}

int cg_report_add_input(struct cg_reporting *reporting, enum cg_fact_input_kind kind, const char *name,
			const struct cg_text *bytes)
{
	unsigned char digest[CG_SHA256_SIZE];
	struct cg_fact_input input = { .kind = kind, .name = keep(reporting, name), .sha256 = "" };
	struct cg_sha256 sha;

	if (bytes) {
		cg_sha256_start(&sha);
		cg_sha256_add(&sha, cg_text_get(bytes), bytes->length);
		cg_sha256_end(&sha, digest);
		input.sha256 = hex(reporting, "", digest, sizeof(digest));
	}
	return input.name && input.sha256 ? cg_vec_push(&reporting->facts.inputs, input) : -ENOMEM;
}

/* ---- calls */

/* What a diagram answers to one call, whatever its arguments: a root. */
static uint32_t follow(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch, uint32_t nr)
{
	const uint32_t words[2] = { arch->token, nr };

	for (uint32_t level = 0; level < CG_LEVEL_ARGS; level++) {
		struct cg_meaning_view view = cg_meaning_look(meanings, root);

		if (view.level == level)
			root = words[level / 32] >> (31 - level % 32) & 1 ? view.high : view.low;
	}
	return root;
}

static bool asks(uint32_t action)
{
	uint32_t kind = action & CG_ACTION_MASK;

	return kind == CG_ACTION_NOTIFY || kind == CG_ACTION_TRACE;
}

/* `made`: the same diagram with two answers, is the call made or not (cg_meaning_of_choice()). */
static enum cg_access judge(const struct cg_reporting *reporting, uint32_t made, const struct cg_fact_call *call,
			    uint32_t nr)
{
	const struct cg_meanings *meanings = reporting->meanings;
	struct cg_meaning_view is_made = cg_meaning_look(meanings, follow(meanings, made, call->arch, nr));
	struct cg_meaning_view answer = cg_meaning_look(meanings, follow(meanings, reporting->root, call->arch, nr));

	if (is_made.level != CG_LEVEL_LEAF)
		return CG_ACCESS_CONDITIONAL;
	if (cg_action_is_permit(is_made.action))
		return CG_ACCESS_OPEN;
	if (answer.level == CG_LEVEL_LEAF)
		return asks(answer.action) ? CG_ACCESS_ASKED : CG_ACCESS_REFUSED;
	for (size_t i = 0; i < call->n_answers; i++)
		if (asks(call->answers[i].action))
			return CG_ACCESS_ASKED;
	return asks(call->otherwise) ? CG_ACCESS_ASKED : CG_ACCESS_REFUSED;
}

/* Every call with a name that an architecture of the profile has, on the first that has it; by name. */
static int list_calls(struct cg_facts *facts)
{
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		struct cg_fact_call call = { .call = &cg_syscalls[i], .otherwise = facts->default_action };
		uint32_t nr;

		for (size_t k = 0; !call.arch && k < facts->arches.n_items; k++)
			if (!facts->arches.items[k].is_whole &&
			    cg_syscall_number(facts->arches.items[k].arch, call.call->name, &nr))
				call.arch = facts->arches.items[k].arch;
		if (call.arch && cg_vec_push(&facts->calls, call) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Does a row speak of the call on one of our architectures that has it, and not on another? */
static bool splits(const struct cg_facts *facts, const struct cg_difference *row)
{
	bool has = false, lacks = false;
	uint32_t nr;

	for (size_t i = 0; i < facts->arches.n_items; i++) {
		const struct cg_fact_arch *arch = &facts->arches.items[i];

		if (arch->is_whole || !cg_syscall_number(arch->arch, row->syscall->name, &nr))
			continue;
		if (row->arches >> cg_arch_index(arch->arch) & 1)
			has = true;
		else
			lacks = true;
	}
	return has && lacks;
}

/* The answers of one call stand side by side in the list. */
static int take_answers(struct cg_facts *facts, const struct cg_difference *rows, size_t n_rows)
{
	struct cg_fact_call *call = cg_facts_find(facts, rows[0].syscall->name);
	struct cg_fact_answer *answers = cg_arena_alloc_array(&facts->arena, n_rows, sizeof(*answers));
	size_t n = 0;

	if (!answers)
		return -ENOMEM;
	if (!call)
		return 0;
	for (size_t i = 0; i < n_rows; i++) {
		call->differs |= splits(facts, &rows[i]);
		if (!(rows[i].arches >> cg_arch_index(call->arch) & 1))
			continue;
		answers[n].action = rows[i].a;
		answers[n].n_further = rows[i].n_further;
		answers[n].when = cg_arena_copy_text(&facts->arena, rows[i].when);
		if (!answers[n++].when)
			return -ENOMEM;
	}
	call->answers = answers;
	call->n_answers = n;
	return 0;
}

static int take_differences(struct cg_reporting *reporting, struct cg_err *err)
{
	CG_CLEANUP(cg_differences_done) struct cg_differences differences = { 0 };
	const struct cg_difference *rows;
	uint32_t other;
	size_t n, k;
	int r = cg_meaning_of_action(reporting->meanings, reporting->facts.default_action, &other, err);

	if (r == 0)
		r = cg_differences_find(reporting->meanings, reporting->root, other, &differences, err);
	rows = differences.list.items;
	n = differences.list.n_items;
	for (size_t i = 0; r == 0 && i < n && rows[i].kind == CG_DIFFERENCE_CALL; i = k) {
		for (k = i + 1; k < n && rows[k].kind == CG_DIFFERENCE_CALL && rows[k].syscall == rows[i].syscall;)
			k++;
		if (take_answers(&reporting->facts, &rows[i], k - i) < 0)
			r = cg_err_memory(err);
	}
	return r;
}

static int find_calls(struct cg_reporting *reporting, struct cg_err *err)
{
	struct cg_facts *facts = &reporting->facts;
	uint32_t yes, no, made;
	int r = list_calls(facts) < 0 ? cg_err_memory(err) : take_differences(reporting, err);

	if (r == 0)
		r = cg_meaning_of_action(reporting->meanings, CG_ACTION_ALLOW, &yes, err);
	if (r == 0)
		r = cg_meaning_of_action(reporting->meanings, CG_ACTION_KILL_PROCESS, &no, err);
	if (r == 0)
		r = cg_meaning_of_choice(reporting->meanings, reporting->root, yes, no, &made, err);
	for (size_t i = 0; r == 0 && i < facts->calls.n_items; i++) {
		struct cg_fact_call *call = &facts->calls.items[i];
		uint32_t nr;

		if (cg_syscall_number(call->arch, call->call->name, &nr))
			call->access = judge(reporting, made, call, nr);
	}
	cg_facts_sum(facts);
	return r;
}

/* ---- architectures */

static int add_arch(struct cg_facts *facts, const struct cg_arch *arch, bool is_whole, uint32_t action)
{
	struct cg_fact_arch fact = {
		.arch = arch, .is_whole = is_whole, .whole = action, .n_calls = cg_syscall_count(arch)
	};

	return cg_vec_push(&facts->arches, fact);
}

/* Of a profile as it says it; of anything else as its diagram shows it. */
static int find_scope(struct cg_reporting *reporting, struct cg_scope *ret_scope, struct cg_err *err)
{
	const struct cg_policy *policy = reporting->subject.input.policy;
	struct cg_facts *facts = &reporting->facts;
	int r;

	if (policy)
		cg_scope_of_policy(policy, ret_scope);
	r = policy ? 0 : cg_scope_of_meaning(reporting->meanings, reporting->root, &reporting->target, ret_scope, err);
	if (r == 0 && ret_scope->is_blind)
		r = cg_scope_restrict(reporting->meanings, ret_scope, reporting->root, &reporting->root, err);
	if (r < 0)
		return r;
	facts->default_action = ret_scope->default_action;
	facts->bad_arch_action = ret_scope->bad_arch_action;
	facts->is_blind = ret_scope->is_blind;
	for (size_t i = 0; r == 0 && i < ret_scope->n_arches; i++)
		r = add_arch(facts, ret_scope->arches[i], false, 0);
	for (size_t i = 0; r == 0 && i < ret_scope->n_whole; i++)
		r = add_arch(facts, ret_scope->whole[i].arch, true, ret_scope->whole[i].action);
	return r < 0 ? cg_err_memory(err) : 0;
}

static int find_flow(struct cg_reporting *reporting, const struct cg_scope *scope, struct cg_err *err)
{
	struct cg_facts *facts = &reporting->facts;

	facts->flow = cg_arena_alloc(&facts->arena, sizeof(*facts->flow));
	if (!facts->flow)
		return cg_err_memory(err);
	return cg_flow_of_meaning(reporting->meanings, reporting->root, scope->arches, scope->n_arches,
				  scope->bad_arch_action, facts->flow, err);
}

/* ---- the head of the report */

/* The day; of a build that must come out the same each time (reproducible-builds.org, SOURCE_DATE_EPOCH), that day. */
static const char *find_day(struct cg_reporting *reporting)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	char instant[CG_INSTANT_SIZE];
	char *end;
	uint64_t seconds = 0;

	if (fixed && *fixed) {
		seconds = strtoull(fixed, &end, 10);
		if (*end || seconds > 253402300799ULL)
			seconds = 0;
	}
	cg_instant_format(seconds ? seconds * 1000 : cg_clock_epoch_ms(), instant);
	return cg_arena_copy(&reporting->facts.arena, instant, strcspn(instant, "T"));
}

static int fill_head(struct cg_reporting *reporting)
{
	static const char *const kinds[] = { "profile", "filter", "process" };
	const struct cg_target *target = &reporting->target;
	struct cg_facts *facts = &reporting->facts;
	char release[128], machine[128];

	cg_machine_name(release, machine, sizeof(release));
	facts->profile = keep(reporting, reporting->subject.reference);
	facts->kind = kinds[reporting->subject.kind];
	facts->engine = target->engine->name;
	facts->engine_version = target->engine->version;
	facts->kernel[0] = target->kernel[0];
	facts->kernel[1] = target->kernel[1];
	facts->capabilities = target->caps;
	facts->callgate = CG_VERSION;
	facts->made = find_day(reporting);
	facts->machine = cg_arena_format(&facts->arena, "Linux %s %s", release, machine);
	return facts->profile && facts->made && facts->machine ? 0 : -ENOMEM;
}

static int find_digest(struct cg_reporting *reporting, struct cg_err *err)
{
	unsigned char digest[CG_DIGEST_SIZE];
	int r = cg_meaning_digest(reporting->meanings, reporting->root, digest, err);

	if (r < 0)
		return r;
	reporting->facts.digest = hex(reporting, DIGEST_FORM, digest, sizeof(digest));
	return reporting->facts.digest ? 0 : cg_err_memory(err);
}

/* The filter that the gate would let out, and how sure it is of it. */
static int find_filter(struct cg_reporting *reporting, struct cg_err *err)
{
	static const char *const words[] = { "proven", "simulated", "" };
	const struct cg_policy *policy = reporting->subject.input.policy;
	struct cg_facts *facts = &reporting->facts;
	enum cg_proof proof = CG_PROOF_NONE;
	struct cg_gate_options options = { .ret_proof = &proof };
	struct cg_filter *filter = NULL;
	int r = 0;

	if (policy) {
		r = cg_gate_compile(policy, &options, &filter, err);
		facts->n_rules = policy->rules.n_items;
	}
	if (r == 0 && filter)
		facts->n_instructions = filter->n_insns;
	else if (reporting->subject.filter)
		facts->n_instructions = reporting->subject.filter->n_insns;
	facts->proof = words[proof];
	facts->flow->n_instructions = facts->n_instructions;
	cg_filter_free(filter);
	return r;
}

int cg_report_gather_profile(struct cg_reporting *reporting, const char *reference, struct cg_err *err)
{
	const struct cg_subject *subject = &reporting->subject;
	const struct cg_text *bytes = subject->kind == CG_SUBJECT_PROCESS ? NULL : &subject->input.text;
	struct cg_scope scope;
	int r = cg_subject_meaning(subject, reporting->meanings, &reporting->root, err);

	if (r < 0)
		return r;
	if (fill_head(reporting) < 0 ||
	    cg_report_add_input(reporting, CG_FACT_PROFILE, cg_input_name(reference), bytes) < 0)
		return cg_err_memory(err);
	r = find_digest(reporting, err);
	if (r == 0)
		r = find_scope(reporting, &scope, err);
	if (r == 0)
		r = find_flow(reporting, &scope, err);
	if (r == 0)
		r = find_calls(reporting, err);
	return r < 0 ? r : find_filter(reporting, err);
}

/* ---- findings */

int cg_report_gather_findings(struct cg_reporting *reporting, struct cg_err *err)
{
	CG_CLEANUP(cg_score_done) struct cg_score score = { 0 };
	struct cg_input *input = &reporting->subject.input;
	struct cg_facts *facts = &reporting->facts;
	int r;

	if (reporting->subject.kind != CG_SUBJECT_PROFILE)
		return 0;
	r = cg_lint(input->profile, &reporting->target, input->policy, &input->notes, err);
	if (r == 0)
		r = cg_lint_score(input->profile, &reporting->target, input->policy, &score, err);
	if (r == 0 && reporting->recording)
		r = cg_lint_recorded(input->profile, input->policy, &facts->recordings.summary, &input->notes, err);
	if (r < 0)
		return r;
	cg_notes_sort(&input->notes);
	for (size_t i = 0; i < input->notes.list.n_items; i++)
		facts->n_findings[input->notes.list.items[i].severity]++;
	facts->points = score.points;
	facts->is_linted = true;
	return cg_notes_fold(&input->notes, &facts->findings) < 0 ? cg_err_memory(err) : 0;
}
