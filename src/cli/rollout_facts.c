/*
 * What a gate asks for: of this machine's history, or of a server; and of tests. See rollout.h.
 *
 * In: the rollout, since when its phase lasts. Out: facts. What cannot be found out is told as such in them; only
 * running out of memory is a failure.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "base/json_read.h"
#include "base/map.h"
#include "history/history.h"
#include "os/file.h"
#include "os/journal.h"
#include "os/signals.h"
#include "os/worker.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MS_NS ((uint64_t)1000000)
#define REPORTING_MS 60000 /* a source that was watching so long ago is watching */
#define TESTS_TIMEOUT_MS ((uint64_t)3600 * 1000)
#define RESULT_LIMIT ((size_t)64 << 20)
#define KINDS_LIMIT 100000 /* kinds of violations before the phase that are looked at */

/* ---- the history */

static struct cg_history_question question_of(const struct cg_rolling *rolling)
{
	struct cg_history_question question = { .since_ns = rolling->state.since_ms * MS_NS };
	const struct cg_rollout_source *source = &rolling->rollout.source;

	for (size_t i = 0; i < source->n_matches; i++) {
		const struct cg_rollout_match *match = &source->matches[i];

		if (strcmp(match->label, "profile") == 0)
			question.profile = match->value;
		else if (strcmp(match->label, "container") == 0)
			question.container = match->value;
		else
			question.unit = match->value;
	}
	return question;
}

static uint64_t quiet_since(const struct cg_rolling *rolling, const struct cg_rollout_facts *facts)
{
	return cg_rollout_quiet_since(&rolling->rollout.phases[rolling->phase].gate, rolling->state.since_ms, facts->now_ms);
}

/* Kinds of violations, by key. */
struct telling {
	struct cg_rolling *rolling;
	struct cg_rollout_facts *facts;
	struct cg_map before;
};

static const char *key_of(struct telling *telling, const struct cg_violation *violation)
{
	CG_CLEANUP(cg_text_done) struct cg_text key = { 0 };

	return cg_violation_key(violation, &key) < 0 || key.has_failed ?
		       NULL :
		       cg_arena_copy_text(&telling->rolling->arena, cg_text_get(&key));
}

static int tell_before(void *context, const struct cg_violation *violation)
{
	struct telling *telling = context;
	const char *key = key_of(telling, violation);
	struct cg_map_entry *entry;

	return key ? cg_map_put(&telling->before, key, strlen(key), &entry) : -ENOMEM;
}

/* NULL: out of memory. */
static const char *call_name(struct cg_rolling *rolling, const struct cg_violation *violation, enum cg_tier *ret_tier)
{
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);
	const struct cg_syscall *call = arch ? cg_syscall_of_nr(arch, violation->call.nr) : NULL;

	*ret_tier = call ? call->tier : CG_TIER_NONE;
	return call ? call->name : cg_arena_format(&rolling->arena, "%s:%u", arch ? arch->name : "?", violation->call.nr);
}

static int tell_seen(void *context, const struct cg_violation *violation)
{
	struct telling *telling = context;
	struct cg_rolling *rolling = telling->rolling;
	struct cg_rollout_facts *facts = telling->facts;
	const char *container = violation->container ? violation->container : violation->unit ? violation->unit : "";
	struct cg_rollout_seen seen = { .host = "", .n = violation->n,
					.action = cg_action_row(violation->action)->name };
	const char *key = key_of(telling, violation);

	seen.call = call_name(rolling, violation, &seen.tier);
	facts->n_of_tier[seen.tier] += violation->n;
	if (facts->seen.n_items == CG_ROLLOUT_SEEN_LIMIT)
		return 0;
	seen.container = cg_arena_copy_text(&rolling->arena, container);
	if (!key || !seen.call || !seen.container)
		return -ENOMEM;
	seen.is_new = !cg_map_find(&telling->before, key, strlen(key));
	return cg_vec_push(&facts->seen, seen);
}

static int ask_kinds(struct cg_rolling *rolling, struct cg_history *history, struct cg_rollout_facts *facts,
		     struct cg_err *err)
{
	struct cg_history_question question = question_of(rolling), before = question;
	struct telling telling = { .rolling = rolling, .facts = facts };
	int r = 0;

	question.unique = before.unique = true;
	before.until_ns = quiet_since(rolling, facts) * MS_NS;
	before.since_ns = 0;
	before.n_max = KINDS_LIMIT;
	if (before.until_ns)
		r = cg_history_ask(history, &before, tell_before, &telling, err);
	if (r == 0)
		r = cg_history_ask(history, &question, tell_seen, &telling, err);
	cg_map_done(&telling.before);
	return r;
}

bool cg_rolling_is_to_log(const struct cg_rolling *rolling, const char *host)
{
	return rolling->does_log || !cg_rollout_enforces(&rolling->rollout, rolling->phase, host);
}

/* Now; between its beats it is watching. */
static bool is_watching(const struct cg_history_sum *sum, const struct cg_rollout_facts *facts)
{
	return sum->last_watch_ns && sum->last_watch_ns / MS_NS + REPORTING_MS >= facts->now_ms;
}

static unsigned int percent_of(const struct cg_history_sum *sum, const struct cg_rollout_facts *facts, uint64_t since_ms)
{
	uint64_t now = facts->now_ms, span = now > since_ms ? now - since_ms : 1;
	uint64_t last = sum->last_watch_ns / MS_NS, watched = sum->watched_ns / MS_NS;

	if (is_watching(sum, facts) && now > last)
		watched += now - last;
	return watched >= span ? 100 : (unsigned int)(watched * 100 / span);
}

/* What was watched: of this host's profile, and so of what it answers. eBPF sees no call that is only logged. */
static int take_watched(struct cg_rolling *rolling, struct cg_history *history, const struct cg_history_sum *sum,
			struct cg_rollout_facts *facts, struct cg_err *err)
{
	bool is_to_log = cg_rolling_is_to_log(rolling, rolling->host);
	struct cg_history_question question = question_of(rolling);
	struct cg_rollout_host_fact host = { .name = rolling->host, .n_violations = sum->n_violations };
	const uint64_t since[] = { rolling->state.since_ms, quiet_since(rolling, facts) };
	int r = 0;

	host.is_reporting = is_watching(sum, facts);
	host.watched_percent = 100;
	question.watched_by = is_to_log ? CG_SEEN_LOGGED : 0;
	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(since); i++) {
		struct cg_history_sum seen;
		unsigned int percent;

		question.since_ns = since[i] * MS_NS;
		r = cg_history_sum(history, &question, &seen, err);
		if (r < 0)
			return r;
		percent = percent_of(&seen, facts, since[i]);
		host.watched_percent = percent < host.watched_percent ? percent : host.watched_percent;
		host.is_blind |= is_to_log && !is_watching(&seen, facts);
		facts->n_new = seen.n_new_unique; /* of the quiet part: the last */
	}
	return cg_vec_push(&facts->hosts, host) < 0 ? cg_err_memory(err) : 0;
}

static int ask_history(struct cg_rolling *rolling, struct cg_rollout_facts *facts, struct cg_err *err)
{
	struct cg_history_question question = question_of(rolling);
	const char *path = cg_rolling_beside(rolling, rolling->rollout.source.history);
	struct cg_history *history;
	struct cg_history_sum sum;
	int r = path ? cg_history_open_to_read(path, &history, err) : cg_err_memory(err);

	if (r == -ENOENT)
		return cg_err_set(err, r, path, "there is no history; callgate monitor --history keeps one");
	if (r < 0)
		return r;
	r = cg_history_sum(history, &question, &sum, err);
	if (r == 0)
		r = ask_kinds(rolling, history, facts, err);
	if (r == 0)
		r = take_watched(rolling, history, &sum, facts, err);
	cg_history_close(history);
	if (r < 0)
		return r;
	facts->n_violations = sum.n_violations;
	facts->n_lost = sum.n_lost;
	facts->has_unknown_loss = sum.has_unknown_loss;
	return 0;
}

/* ---- tests */

struct test_run {
	const char *suite, *profile;
};

/* In a child. */
static int run_tests(void *context, int port)
{
	const struct test_run *run = context;
	char *argv[] = { (char *)"callgate", (char *)"test", (char *)run->suite, (char *)"--profile", (char *)run->profile,
			 (char *)"--json", NULL };

	execv("/proc/self/exe", argv);
	return CG_EXIT_NOT_STARTED;
}

static uint64_t count_of(const struct cg_json *root, const char *key)
{
	const struct cg_json *value = cg_json_get(root, key);

	return value && value->kind == CG_JSON_NUMBER && value->is_integer && !value->is_negative ? value->number :
												    UINT64_MAX;
}

/* What `callgate test --json` has written. A suite of which nothing passed shows nothing. */
static void take_result(struct cg_rolling *rolling, const char *name, const struct cg_text *text,
			struct cg_rollout_facts *facts)
{
	struct cg_err err = { 0 };
	struct cg_json *root;
	uint64_t passed, failed;

	if (cg_json_read(&rolling->arena, name, cg_text_get(text), text->length, 0, &root, &err) < 0) {
		facts->tests_say = cg_arena_format(&rolling->arena, "%s: %s", err.place, err.message);
		return;
	}
	passed = count_of(root, "passed");
	failed = count_of(root, "failed");
	if (passed == UINT64_MAX || failed == UINT64_MAX) {
		facts->tests_say = "this is no result of callgate test --json";
		return;
	}
	facts->tests = failed ? CG_ROLLOUT_TESTS_FAILED : passed ? CG_ROLLOUT_TESTS_PASSED : CG_ROLLOUT_TESTS_UNKNOWN;
	facts->tests_say = cg_arena_format(&rolling->arena, "%llu passed, %llu failed", (unsigned long long)passed,
					   (unsigned long long)failed);
}

static void run_suite(struct cg_rolling *rolling, const char *suite, struct cg_rollout_facts *facts)
{
	struct test_run run = { .suite = cg_rolling_beside(rolling, suite),
				.profile = cg_rolling_beside(rolling, rolling->rollout.profile) };
	struct cg_worker worker = { .work = run_tests, .context = &run, .folder = ".", .timeout_ms = TESTS_TIMEOUT_MS };
	const char *errors;
	struct cg_err err = { 0 };

	if (!run.suite || !run.profile)
		return;
	if (cg_workers_run(&worker, 1, 1, NULL, NULL, &err) < 0 || worker.err.code) {
		facts->tests_say = cg_arena_format(&rolling->arena, "not run: %s",
						   worker.err.code ? worker.err.message : err.message);
	} else if (worker.status == CG_EXIT_YES || worker.status == CG_EXIT_NO) {
		take_result(rolling, suite, &worker.streams[CG_WORKER_OUT], facts);
	} else {
		errors = cg_text_get(&worker.streams[CG_WORKER_ERRORS]);
		facts->tests_say = cg_arena_format(&rolling->arena, "%s%.*s", worker.has_timed_out ? "timed out" : "",
						   (int)strcspn(errors, "\n"), errors);
	}
	cg_worker_done(&worker);
}

static void read_result(struct cg_rolling *rolling, const struct cg_rollout_gate *gate, struct cg_rollout_facts *facts)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *path = cg_rolling_beside(rolling, gate->result);
	struct cg_err err = { 0 };
	uint64_t changed_ms;

	if (!path)
		return;
	if (cg_file_read(path, RESULT_LIMIT, &text, &err) < 0 || cg_file_changed_ms(path, &changed_ms) < 0)
		facts->tests_say = cg_arena_copy_text(&rolling->arena, err.message);
	else if (changed_ms + gate->result_age_ms < facts->now_ms)
		facts->tests_say = "the result is older than it may be: run the tests again";
	else
		take_result(rolling, gate->result, &text, facts);
}

/* ---- all of it */

static int gather_changes(struct cg_rolling *rolling, struct cg_rollout_facts *facts)
{
	struct cg_err err = { 0 };

	if (cg_rolling_read_profiles(rolling, &err) < 0) {
		facts->changed = cg_arena_format(&rolling->arena, "%s: %s; it cannot be told whether it was changed",
						 err.place, err.message);
		return facts->changed ? 0 : -ENOMEM;
	}
	rolling->does_log = cg_rolling_does_log(rolling, &rolling->profile);
	if (strcmp(rolling->profile_digest, rolling->state.profile_digest) != 0)
		facts->changed = "the profile has changed";
	else if (strcmp(rolling->audit_digest, rolling->state.audit_digest) != 0)
		facts->changed = "the audit profile has changed";
	return 0;
}

int cg_rolling_gather(struct cg_rolling *rolling, struct cg_rollout_facts *ret_facts, struct cg_err *err)
{
	const struct cg_rollout_gate *gate = &rolling->rollout.phases[rolling->phase].gate;
	struct cg_rollout_facts facts = { .now_ms = cg_clock_epoch_ms() };
	struct cg_err why = { 0 };
	int r = gather_changes(rolling, &facts);

	if (r == 0) {
		if (rolling->rollout.source.prometheus)
			r = cg_rolling_ask_server(rolling, &facts, &why);
		else
			r = ask_history(rolling, &facts, &why);
	}
	if (r < 0 && r != -ENOMEM) {
		facts.no_answer = cg_arena_format(&rolling->arena, "%s%s%s", why.place, why.place[0] ? ": " : "", why.message);
		r = facts.no_answer ? 0 : -ENOMEM;
	}
	if (r == 0 && gate->suite)
		run_suite(rolling, gate->suite, &facts);
	else if (r == 0 && gate->result)
		read_result(rolling, gate, &facts);
	if (r < 0) {
		cg_rollout_facts_done(&facts);
		return cg_err_memory(err);
	}
	*ret_facts = facts;
	return 0;
}
