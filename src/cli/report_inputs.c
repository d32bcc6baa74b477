/*
 * See report.h: what a report is given beside a profile: recordings, results of suites, a history, a rollout.
 */
#include "cli/report.h"

#include "base/cleanup.h"
#include "base/instant.h"
#include "base/json_read.h"
#include "history/history.h"
#include "os/file.h"
#include "rollout/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RESULT_SIZE_LIMIT ((size_t)64 << 20) /* of what callgate test --json writes */

/* ---- recordings */

static int read_recording(struct cg_reporting *reporting, const char *path, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_recording *read = NULL;
	int r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = cg_recording_read(cg_input_name(path), cg_text_get(&text), text.length, &read, err);
	if (r == 0)
		r = cg_recording_merge(reporting->recording, read, err);
	cg_recording_free(read);
	if (r == 0 && cg_report_add_input(reporting, CG_FACT_RECORDING, cg_input_name(path), &text) < 0)
		r = cg_err_memory(err);
	return r;
}

int cg_report_read_recordings(struct cg_reporting *reporting, struct cg_err *err)
{
	const char *path = cg_args_get_nth(reporting->args, "recording", 0);
	int r = 0;

	if (!path)
		return 0;
	reporting->recording = cg_recording_new();
	if (!reporting->recording)
		return cg_err_memory(err);
	for (size_t i = 0; r == 0 && (path = cg_args_get_nth(reporting->args, "recording", i)); i++)
		r = read_recording(reporting, path, err);
	return r < 0 ? r : cg_facts_add_recording(&reporting->facts, reporting->recording, err);
}

/* ---- results of suites */

static const char *text_of(struct cg_facts *facts, const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value || value->kind != CG_JSON_STRING)
		return "";
	return cg_arena_copy(&facts->arena, value->text, value->text_length);
}

static uint64_t number_of(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	return value && value->kind == CG_JSON_NUMBER && value->is_integer && !value->is_negative ? value->number : 0;
}

/* "denied", or an action that denies. */
static bool is_refusal(const char *expect)
{
	uint32_t action;

	return strcmp(expect, "denied") == 0 || (cg_action_parse(expect, &action) && cg_action_row(action)->is_denial);
}

static int take_refusal(struct cg_facts *facts, struct cg_fact_suite *suite, const struct cg_json *call, bool is_expected)
{
	struct cg_fact_refusal refusal = { .is_expected = is_expected };

	if (!call || call->kind != CG_JSON_STRING)
		return 0;
	refusal.call = cg_arena_copy(&facts->arena, call->text, call->text_length);
	return refusal.call ? cg_vec_push(&suite->refusals, refusal) : -ENOMEM;
}

/* Of a test that passed: the calls that it asks to be refused, or was refused while it ran. */
static int take_refusals(struct cg_facts *facts, struct cg_fact_suite *suite, const struct cg_json *test)
{
	const struct cg_json *calls = cg_json_get(test, "calls"), *denied = cg_json_get(test, "denied");
	const char *expect = text_of(facts, test, "expect");
	int r = expect ? 0 : -ENOMEM;

	if (r == 0 && calls && calls->kind == CG_JSON_ARRAY && is_refusal(expect))
		for (const struct cg_json *item = calls->first; item && r == 0; item = item->next)
			r = take_refusal(facts, suite, item, true);
	if (denied && denied->kind == CG_JSON_ARRAY)
		for (const struct cg_json *item = denied->first; item && r == 0; item = item->next)
			r = take_refusal(facts, suite, cg_json_get(item, "call"), false);
	return r;
}

/* Counted here, not taken on trust from the result's own sums. */
static int take_tests(struct cg_facts *facts, const struct cg_json *tests, struct cg_fact_suite *suite)
{
	for (const struct cg_json *item = tests->first; item; item = item->next) {
		struct cg_fact_test test = {
			text_of(facts, item, "name"), text_of(facts, item, "result"), text_of(facts, item, "reasons")
		};

		if (!test.name || !test.verdict || !test.reasons || cg_vec_push(&suite->tests, test) < 0)
			return -ENOMEM;
		if (strcmp(test.verdict, "passed") == 0 && take_refusals(facts, suite, item) < 0)
			return -ENOMEM;
		suite->n_passed += strcmp(test.verdict, "passed") == 0;
		suite->n_failed += strcmp(test.verdict, "failed") == 0;
		suite->n_skipped += strcmp(test.verdict, "skipped") == 0;
	}
	return 0;
}

static int take_suite(struct cg_facts *facts, const char *name, const struct cg_json *root, struct cg_err *err)
{
	const struct cg_json *tests = cg_json_get(root, "tests");
	struct cg_fact_suite suite = { .milliseconds = number_of(root, "milliseconds") };

	if (!tests || tests->kind != CG_JSON_ARRAY)
		return cg_json_err(err, -EINVAL, name, root, "no result of a suite: it has no \"tests\"");
	if (!cg_json_get(root, "passed"))
		return cg_json_err(err, -EINVAL, name, root,
				   "a suite and not its result; make one by callgate test %s --profile PROFILE --json", name);
	suite.name = text_of(facts, root, "suite");
	suite.profile = text_of(facts, root, "profile");
	suite.where = text_of(facts, root, "in");
	if (!suite.name || !suite.profile || !suite.where || take_tests(facts, tests, &suite) < 0 ||
	    cg_vec_push(&facts->suites, suite) < 0) {
		cg_fact_suite_done(&suite);
		return cg_err_memory(err);
	}
	return 0;
}

static int read_suite(struct cg_reporting *reporting, const char *path, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	const char *name = cg_input_name(path);
	struct cg_json *root;
	int r = cg_file_read(path, RESULT_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = cg_json_read(&arena, name, cg_text_get(&text), text.length, 0, &root, err);
	if (r == 0)
		r = take_suite(&reporting->facts, name, root, err);
	if (r == 0 && cg_report_add_input(reporting, CG_FACT_SUITE, name, &text) < 0)
		r = cg_err_memory(err);
	return r;
}

int cg_report_read_suites(struct cg_reporting *reporting, struct cg_err *err)
{
	const char *path;
	int r = 0;

	for (size_t i = 0; r == 0 && (path = cg_args_get_nth(reporting->args, "suite", i)); i++)
		r = read_suite(reporting, path, err);
	return r;
}

/* ---- violations */

static const char *keep(struct cg_facts *facts, const char *text)
{
	return cg_arena_copy_text(&facts->arena, text ? text : "");
}

static const char *keep_call(struct cg_facts *facts, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *named = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	if (named)
		return named->name;
	return cg_arena_format(&facts->arena, "%s:%u", arch ? arch->name : "?", call->nr);
}

/* ERRNO alone where the source did not see which number. */
static const char *keep_action(struct cg_facts *facts, const struct cg_violation *violation)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (violation->has_data)
		cg_action_format(&text, violation->action);
	else
		cg_text_add(&text, cg_action_row(violation->action)->name);
	return text.has_failed ? NULL : keep(facts, cg_text_get(&text));
}

static int tell(void *context, const struct cg_violation *violation)
{
	CG_CLEANUP(cg_text_done) struct cg_text arguments = { 0 };
	struct cg_facts *facts = context;
	const char *where = violation->container ? violation->container : violation->unit ? violation->unit : "";
	struct cg_fact_violation fact = { .n = violation->n, .last_ns = violation->time_ns };

	if (cg_violation_class(violation, &arguments) < 0)
		return -ENOMEM;
	fact.call = keep_call(facts, &violation->call);
	fact.arguments = keep(facts, cg_text_get(&arguments));
	fact.action = keep_action(facts, violation);
	fact.program = keep(facts, violation->exe ? violation->exe : violation->comm);
	fact.where = keep(facts, where);
	if (!fact.call || !fact.arguments || !fact.action || !fact.program || !fact.where)
		return -ENOMEM;
	return cg_vec_push(&facts->history.violations, fact);
}

static int compare_violations(const void *left, const void *right)
{
	const struct cg_fact_violation *a = left, *b = right;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	if (a->last_ns != b->last_ns)
		return a->last_ns < b->last_ns ? 1 : -1;
	return strcmp(a->call, b->call);
}

static int ask_history(struct cg_reporting *reporting, struct cg_history *history, struct cg_err *err)
{
	const struct cg_history_question all = { 0 }, unique = { .unique = true };
	struct cg_fact_history *fact = &reporting->facts.history;
	struct cg_history_sum sum;
	int r = cg_history_sum(history, &all, &sum, err);

	if (r == 0)
		r = cg_history_ask(history, &unique, tell, &reporting->facts, err);
	if (r < 0)
		return r;
	if (fact->violations.n_items)
		qsort(fact->violations.items, fact->violations.n_items, sizeof(fact->violations.items[0]),
		      compare_violations);
	fact->is_given = true;
	fact->n_violations = sum.n_violations;
	fact->n_unique = sum.n_unique;
	fact->n_lost = sum.n_lost;
	fact->has_unknown_loss = sum.has_unknown_loss;
	fact->watched_ns = sum.watched_ns;
	fact->first_ns = sum.first_watch_ns;
	fact->last_ns = sum.last_watch_ns;
	return 0;
}

int cg_report_read_history(struct cg_reporting *reporting, struct cg_err *err)
{
	const char *path = cg_args_get(reporting->args, "history");
	struct cg_history *history;
	int r;

	if (!path)
		return 0;
	r = cg_history_open_to_read(path, &history, err);
	if (r < 0)
		return r;
	r = ask_history(reporting, history, err);
	cg_history_close(history);
	if (r == 0 && cg_report_add_input(reporting, CG_FACT_HISTORY, path, NULL) < 0)
		r = cg_err_memory(err);
	return r;
}

/* ---- rollout */

static int take_rollout(struct cg_facts *facts, const struct cg_rollout_state *state)
{
	struct cg_fact_rollout *fact = &facts->rollout;
	char since[CG_INSTANT_SIZE];

	cg_instant_format(state->since_ms, since);
	*fact = (struct cg_fact_rollout){
		.is_given = true,
		.name = keep(facts, state->rollout),
		.phase = keep(facts, state->phase),
		.since = keep(facts, since),
		.change = keep(facts, state->change),
		.from = keep(facts, state->from),
		.by = keep(facts, state->by),
		.host = keep(facts, state->host),
		.reason = keep(facts, state->reason),
	};
	if (!fact->name || !fact->phase || !fact->since || !fact->change || !fact->from || !fact->by || !fact->host ||
	    !fact->reason)
		return -ENOMEM;
	return 0;
}

/* Beside ROLLOUT.json stands ROLLOUT.state.json: whichever is named, the latter is meant. */
static int read_state(const char *path, struct cg_arena *arena, struct cg_text *text, const char **ret_name,
		      struct cg_err *err)
{
	static const char suffix[] = ".json", state_suffix[] = ".state.json";
	size_t length = strlen(path);
	bool is_state = length >= strlen(state_suffix) && strcmp(path + length - strlen(state_suffix), state_suffix) == 0;

	*ret_name = path;
	if (!is_state && length > strlen(suffix) && strcmp(path + length - strlen(suffix), suffix) == 0) {
		*ret_name = cg_arena_format(arena, "%.*s%s", (int)(length - strlen(suffix)), path, state_suffix);
		if (!*ret_name)
			return cg_err_memory(err);
	}
	return cg_file_read(*ret_name, CG_ROLLOUT_STATE_LIMIT, text, err);
}

int cg_report_read_rollout(struct cg_reporting *reporting, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	const char *path = cg_args_get(reporting->args, "rollout"), *name;
	struct cg_rollout_state state;
	int r;

	if (!path)
		return 0;
	r = read_state(path, &arena, &text, &name, err);
	if (r == 0)
		r = cg_rollout_state_read(&arena, name, cg_text_get(&text), text.length, &state, err);
	if (r == 0 && (take_rollout(&reporting->facts, &state) < 0 ||
		       cg_report_add_input(reporting, CG_FACT_ROLLOUT, name, &text) < 0))
		r = cg_err_memory(err);
	return r;
}
