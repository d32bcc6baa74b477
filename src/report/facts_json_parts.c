/*
 * See facts_write.h: what stands in the JSON only where the report was given more than a profile.
 */
#include "report/facts_write.h"

#include "abi/call_text.h"
#include "base/instant.h"

/* The kernel's time as ISO 8601; null where it is not known. */
static void write_instant(struct cg_json_writer *json, const char *key, uint64_t ns)
{
	char text[CG_INSTANT_SIZE];

	cg_instant_format(ns / 1000000, text);
	cg_json_string(json, key, ns ? text : NULL);
}

static void write_text(struct cg_json_writer *json, const char *key, const char *text)
{
	cg_json_string(json, key, text && *text ? text : NULL);
}

static void write_action(struct cg_json_writer *json, const char *key, uint32_t action)
{
	struct cg_text text = { 0 };

	cg_action_format(&text, action);
	cg_json_string(json, key, cg_text_get(&text));
	json->text->has_failed |= text.has_failed;
	cg_text_done(&text);
}

/* ---- recordings */

static void write_runs(struct cg_json_writer *json, const struct cg_recording *recording)
{
	cg_json_open_array(json, "runs");
	for (size_t i = 0; i < recording->runs.n_items; i++) {
		const struct cg_run *run = recording->runs.items[i];

		cg_json_open_object(json, NULL);
		cg_json_string(json, "id", run->id);
		write_text(json, "started", run->started);
		cg_json_u64(json, "milliseconds", run->duration_ms);
		cg_json_string(json, "backend", run->backend);
		cg_json_open_inline_array(json, "command");
		for (size_t k = 0; k < run->command.n_items; k++)
			cg_json_string(json, NULL, run->command.items[k]);
		cg_json_close_array(json);
		write_text(json, "kernel", run->kernel);
		write_text(json, "machine", run->machine);
		cg_json_bool(json, "partial", run->is_partial);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_files(struct cg_json_writer *json, const struct cg_fact_recordings *recordings)
{
	cg_json_open_array(json, "files");
	for (size_t i = 0; i < recordings->files.n_items; i++) {
		const struct cg_fact_file *file = &recordings->files.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "path", file->path);
		write_text(json, "build_id", file->build_id);
		write_text(json, "package", file->package);
		write_text(json, "version", file->version);
		cg_json_u64(json, "runs", file->n_runs);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_times(struct cg_json_writer *json, const struct cg_fact_recordings *recordings)
{
	cg_json_open_array(json, "time");
	for (size_t i = 0; i < recordings->times.n_items; i++) {
		const struct cg_fact_time *time = &recordings->times.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "call", time->call ? time->call->name : NULL);
		cg_json_u64(json, "number", time->nr);
		cg_json_string(json, "architecture", time->arch ? time->arch->name : NULL);
		cg_json_u64(json, "calls", time->time.n_calls);
		cg_json_u64(json, "total_ns", time->time.total_ns);
		cg_json_u64(json, "max_ns", time->time.max_ns);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

void cg_facts_write_recordings(struct cg_json_writer *json, const struct cg_facts *facts)
{
	const struct cg_fact_recordings *recordings = &facts->recordings;

	if (!recordings->recording) {
		cg_json_null(json, "recordings");
		return;
	}
	cg_json_open_object(json, "recordings");
	cg_json_u64(json, "events", recordings->n_events);
	cg_json_u64(json, "milliseconds", recordings->duration_ms);
	write_text(json, "first", recordings->first);
	write_text(json, "last", recordings->last);
	cg_json_u64(json, "unnamed_calls", recordings->n_unnamed);
	cg_json_u64(json, "foreign_calls", recordings->n_foreign);
	write_runs(json, recordings->recording);
	cg_coverage_write(&recordings->coverage, json, "coverage");
	write_files(json, recordings);
	write_times(json, recordings);
	cg_json_close_object(json);
}

/* ---- comparison */

static void write_difference(struct cg_json_writer *json, const struct cg_fact_difference *difference)
{
	static const char *const subjects[] = { "call", "architecture", "numbers", "outside" };

	cg_json_open_object(json, NULL);
	cg_json_string(json, "change", cg_fact_change_key(difference->change));
	cg_json_string(json, "subject", subjects[difference->subject]);
	cg_json_string(json, "call", difference->call ? difference->call->name : NULL);
	if (difference->subject == CG_FACT_ARCH)
		cg_json_u64(json, "calls", difference->n_calls);
	if (difference->subject == CG_FACT_NUMBERS) {
		cg_json_u64(json, "number_first", difference->nr_first);
		cg_json_u64(json, "number_last", difference->nr_last);
	}
	cg_json_string(json, "tier", cg_tier_name(difference->call ? difference->call->tier : CG_TIER_NONE));
	cg_json_string(json, "architectures", difference->arches);
	write_action(json, "ours", difference->ours);
	write_action(json, "theirs", difference->theirs);
	write_text(json, "when", difference->when);
	cg_json_u64(json, "further", difference->n_further);
	write_text(json, "example", difference->example);
	cg_json_close_object(json);
}

void cg_facts_write_against(struct cg_json_writer *json, const struct cg_facts *facts)
{
	const struct cg_fact_against *against = &facts->against;

	if (!against->name) {
		cg_json_null(json, "against");
		return;
	}
	cg_json_open_object(json, "against");
	cg_json_string(json, "name", against->name);
	cg_json_bool(json, "same", against->is_same);
	cg_json_bool(json, "undecided", against->is_undecided);
	write_text(json, "witness", against->witness);
	for (enum cg_fact_change change = 0; change <= CG_FACT_CHANGED; change++) {
		cg_json_open_inline_object(json, cg_fact_change_key(change));
		for (enum cg_tier tier = 0; tier <= CG_TIER_CRITICAL; tier++)
			cg_json_u64(json, cg_tier_name(tier), against->n_calls[change][tier]);
		cg_json_close_object(json);
	}
	cg_json_open_array(json, "differences");
	for (size_t i = 0; i < against->differences.n_items; i++)
		write_difference(json, &against->differences.items[i]);
	cg_json_close_array(json);
	cg_json_close_object(json);
}

/* ---- vulnerabilities */

static void write_cve(struct cg_json_writer *json, const struct cg_facts *facts, size_t i)
{
	static const char *const reasons[] = { "call", "another", "capability", "listener" };
	const struct cg_cve_finding *ours = &facts->cves.columns[CG_FACT_CVES_PROFILE].items[i];
	struct cg_text example = { 0 };

	if (ours->arches)
		cg_call_format(&example, &ours->example);
	cg_json_open_object(json, NULL);
	cg_json_string(json, "id", ours->cve->id);
	cg_json_string(json, "title", ours->cve->title);
	cg_json_string(json, "entry", ours->cve->entry);
	cg_json_string(json, "verdict", cg_cve_verdict_name(ours->verdict));
	cg_json_string(json, "by", reasons[ours->reason]);
	cg_json_bool(json, "by_socketcall_alone", ours->is_by_socketcall);
	cg_json_string(json, "container_default",
		       cg_cve_verdict_name(facts->cves.columns[CG_FACT_CVES_DEFAULT].items[i].verdict));
	cg_json_string(json, "no_profile",
		       cg_cve_verdict_name(facts->cves.columns[CG_FACT_CVES_NONE].items[i].verdict));
	write_text(json, "example", cg_text_get(&example));
	write_text(json, "why_partly", ours->cve->why);
	cg_json_string(json, "source", ours->cve->source);
	cg_json_close_object(json);
	json->text->has_failed |= example.has_failed;
	cg_text_done(&example);
}

void cg_facts_write_cves(struct cg_json_writer *json, const struct cg_facts *facts)
{
	static const char *const columns[] = { "profile", "container_default", "no_profile" };

	if (!facts->cves.is_judged) {
		cg_json_null(json, "vulnerabilities");
		return;
	}
	cg_json_open_object(json, "vulnerabilities");
	cg_json_string(json, "machine", facts->cves.machine->name);
	for (size_t column = 0; column < CG_N_FACT_CVES; column++) {
		cg_json_open_inline_object(json, columns[column]);
		for (enum cg_cve_verdict verdict = 0; verdict < CG_N_CVE_VERDICTS; verdict++)
			cg_json_u64(json, cg_cve_verdict_name(verdict), facts->cves.columns[column].n[verdict]);
		cg_json_u64(json, "open_by_socketcall_alone", facts->cves.columns[column].n_by_socketcall);
		cg_json_close_object(json);
	}
	cg_json_open_array(json, "list");
	for (size_t i = 0; i < facts->cves.columns[CG_FACT_CVES_PROFILE].n_items; i++)
		write_cve(json, facts, i);
	cg_json_close_array(json);
	cg_json_close_object(json);
}

/* ---- suites, violations, rollout */

static void write_suite(struct cg_json_writer *json, const struct cg_fact_suite *suite)
{
	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", suite->name);
	cg_json_string(json, "profile", suite->profile);
	cg_json_string(json, "in", suite->where);
	cg_json_u64(json, "passed", suite->n_passed);
	cg_json_u64(json, "failed", suite->n_failed);
	cg_json_u64(json, "skipped", suite->n_skipped);
	cg_json_u64(json, "milliseconds", suite->milliseconds);
	cg_json_open_array(json, "tests");
	for (size_t i = 0; i < suite->tests.n_items; i++) {
		cg_json_open_object(json, NULL);
		cg_json_string(json, "name", suite->tests.items[i].name);
		cg_json_string(json, "result", suite->tests.items[i].verdict);
		write_text(json, "reasons", suite->tests.items[i].reasons);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	cg_json_close_object(json);
}

void cg_facts_write_suites(struct cg_json_writer *json, const struct cg_facts *facts)
{
	if (!facts->suites.n_items) {
		cg_json_null(json, "suites");
		return;
	}
	cg_json_open_array(json, "suites");
	for (size_t i = 0; i < facts->suites.n_items; i++)
		write_suite(json, &facts->suites.items[i]);
	cg_json_close_array(json);
}

static void write_violation(struct cg_json_writer *json, const struct cg_fact_violation *violation)
{
	cg_json_open_object(json, NULL);
	write_text(json, "call", violation->call);
	write_text(json, "arguments", violation->arguments);
	write_text(json, "action", violation->action);
	write_text(json, "program", violation->program);
	write_text(json, "where", violation->where);
	cg_json_u64(json, "count", violation->n);
	write_instant(json, "last", violation->last_ns);
	cg_json_close_object(json);
}

void cg_facts_write_history(struct cg_json_writer *json, const struct cg_facts *facts)
{
	const struct cg_fact_history *history = &facts->history;

	if (!history->is_given) {
		cg_json_null(json, "history");
		return;
	}
	cg_json_open_object(json, "history");
	cg_json_u64(json, "violations", history->n_violations);
	cg_json_u64(json, "unique", history->n_unique);
	cg_json_u64(json, "lost", history->n_lost);
	cg_json_bool(json, "unknown_loss", history->has_unknown_loss);
	cg_json_u64(json, "watched_seconds", history->watched_ns / 1000000000);
	write_instant(json, "first", history->first_ns);
	write_instant(json, "last", history->last_ns);
	cg_json_open_array(json, "list");
	for (size_t i = 0; i < history->violations.n_items; i++)
		write_violation(json, &history->violations.items[i]);
	cg_json_close_array(json);
	cg_json_close_object(json);
}

void cg_facts_write_rollout(struct cg_json_writer *json, const struct cg_facts *facts)
{
	const struct cg_fact_rollout *rollout = &facts->rollout;

	if (!rollout->is_given) {
		cg_json_null(json, "rollout");
		return;
	}
	cg_json_open_object(json, "rollout");
	write_text(json, "name", rollout->name);
	write_text(json, "phase", rollout->phase);
	write_text(json, "since", rollout->since);
	write_text(json, "change", rollout->change);
	write_text(json, "from", rollout->from);
	write_text(json, "by", rollout->by);
	write_text(json, "host", rollout->host);
	write_text(json, "reason", rollout->reason);
	cg_json_close_object(json);
}
