/*
 * callgate rollout status: where every cohort stands, and what the gate still waits for. See rollout.h.
 *
 * In: the state and facts. Out: text, or one JSON document. It tells and changes nothing.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "base/instant.h"

static const char *const holds_words[] = { "no", "yes", "not known" };

static void add_cohort(struct cg_rolling *rolling, const struct cg_rollout_cohort *cohort,
		       const struct cg_rollout_facts *facts, struct cg_table *table)
{
	struct cg_rollout_standing standing = cg_rollout_stand(&rolling->rollout, rolling->phase, cohort, facts);
	CG_CLEANUP(cg_text_done) struct cg_text share = { 0 };

	if (cohort && cohort->percent)
		cg_text_addf(&share, "%u%%", cohort->percent);
	else
		cg_text_add(&share, cohort ? "listed" : "the rest");
	cg_table_text(table, cohort ? cohort->name : NULL);
	cg_table_text(table, cg_text_get(&share));
	cg_table_text(table, standing.is_enforced ? "enforce" : "audit");
	cg_table_number(table, standing.n_hosts);
	cg_table_number(table, standing.n_reporting);
	cg_table_number(table, standing.n_violations);
	table->has_failed |= share.has_failed;
}

static void fill_cohorts(struct cg_rolling *rolling, const struct cg_rollout_facts *facts, struct cg_table *table)
{
	static const struct cg_column columns[] = { { "cohort", "COHORT", CG_CELL_TEXT },
						    { "share", "SHARE", CG_CELL_TEXT },
						    { "mode", "PROFILE", CG_CELL_TEXT },
						    { "hosts", "HOSTS", CG_CELL_NUMBER },
						    { "reporting", "REPORTING", CG_CELL_NUMBER },
						    { "violations", "VIOLATIONS", CG_CELL_NUMBER },
						    { NULL } };

	cg_table_init(table, columns);
	for (size_t i = 0; i < rolling->rollout.n_cohorts; i++)
		add_cohort(rolling, &rolling->rollout.cohorts[i], facts, table);
	add_cohort(rolling, NULL, facts, table);
}

static const char *next_phase(const struct cg_rolling *rolling)
{
	return rolling->phase + 1 < rolling->rollout.n_phases ? rolling->rollout.phases[rolling->phase + 1].name : NULL;
}

static const char *mode_here(const struct cg_rolling *rolling)
{
	return cg_rollout_enforces(&rolling->rollout, rolling->phase, rolling->host) ? "enforce" : "audit";
}

static bool is_in_cohort(const struct cg_rolling *rolling)
{
	for (size_t i = 0; i < rolling->rollout.n_cohorts; i++)
		if (cg_rollout_has_host(&rolling->rollout, &rolling->rollout.cohorts[i], rolling->host))
			return true;
	return false;
}

/* ---- for people */

static void write_gate(const struct cg_rolling *rolling, const struct cg_rollout_decision *decision, struct cg_text *text)
{
	if (decision->is_last)
		cg_text_add(text, "\nthis is the last phase\n");
	else
		cg_text_addf(text, "\ngate to %s: %s\n", next_phase(rolling),
			     decision->is_open ? "open: callgate rollout advance" : "shut");
	for (size_t i = 0; i < decision->n_conditions; i++) {
		size_t start = text->length;

		cg_text_addf(text, "  %s", holds_words[decision->conditions[i].holds]);
		cg_text_pad(text, start, 13);
		cg_text_addf(text, "%s", decision->conditions[i].name);
		cg_text_pad(text, start, 29);
		cg_text_add(text, decision->conditions[i].says);
		cg_text_add_char(text, '\n');
	}
}

static void write_text(struct cg_rolling *rolling, const struct cg_rollout_facts *facts,
		       const struct cg_rollout_decision *decision, struct cg_text *text)
{
	const struct cg_rollout_state *state = &rolling->state;
	struct cg_table table;
	char since[CG_INSTANT_SIZE];

	cg_instant_format(state->since_ms, since);
	cg_text_addf(text, "%s: phase %s, %zu of %zu, since %s (%s by %s on %s%s%s)\n\n", state->rollout, state->phase,
		     rolling->phase + 1, rolling->rollout.n_phases, since, state->change, state->by, state->host,
		     state->reason[0] ? ": " : "", state->reason);
	fill_cohorts(rolling, facts, &table);
	cg_table_format(&table, text);
	text->has_failed |= table.has_failed;
	cg_table_done(&table);
	write_gate(rolling, decision, text);
	cg_text_addf(text, "\nthis host, %s: %s%s\n", rolling->host, mode_here(rolling),
		     is_in_cohort(rolling) ? "" : " (it is in no cohort)");
}

/* ---- for programs */

static void write_conditions(const struct cg_rollout_decision *decision, struct cg_json_writer *json)
{
	static const char *const words[] = { "no", "yes", "unknown" };

	cg_json_open_array(json, "conditions");
	for (size_t i = 0; i < decision->n_conditions; i++) {
		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "name", decision->conditions[i].name);
		cg_json_string(json, "holds", words[decision->conditions[i].holds]);
		cg_json_string(json, "says", decision->conditions[i].says);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_seen(const struct cg_rollout_facts *facts, struct cg_json_writer *json)
{
	cg_json_open_array(json, "violations");
	for (size_t i = 0; i < facts->seen.n_items; i++) {
		const struct cg_rollout_seen *seen = &facts->seen.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "call", seen->call);
		cg_json_string(json, "action", seen->action);
		cg_json_string(json, "tier", cg_tier_name(seen->tier));
		cg_json_string(json, "container", seen->container);
		cg_json_string(json, "host", seen->host);
		cg_json_bool(json, "new", seen->is_new);
		cg_json_u64(json, "count", seen->n);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_hosts(const struct cg_rolling *rolling, const struct cg_rollout_facts *facts, struct cg_json_writer *json)
{
	cg_json_open_array(json, "hosts");
	for (size_t i = 0; i < facts->hosts.n_items; i++) {
		const struct cg_rollout_host_fact *host = &facts->hosts.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "host", host->name);
		cg_json_string(json, "mode",
			       cg_rollout_enforces(&rolling->rollout, rolling->phase, host->name) ? "enforce" : "audit");
		cg_json_bool(json, "reporting", host->is_reporting);
		cg_json_bool(json, "sees_logged", !host->is_blind);
		cg_json_u64(json, "watched_percent", host->watched_percent);
		cg_json_u64(json, "violations", host->n_violations);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_json(struct cg_rolling *rolling, const struct cg_rollout_facts *facts,
		       const struct cg_rollout_decision *decision, struct cg_text *text)
{
	const struct cg_rollout_state *state = &rolling->state;
	struct cg_json_writer json = { .text = text };
	char since[CG_INSTANT_SIZE];
	struct cg_table table;

	cg_instant_format(state->since_ms, since);
	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "rollout", state->rollout);
	cg_json_string(&json, "phase", state->phase);
	cg_json_string(&json, "next", next_phase(rolling));
	cg_json_string(&json, "since", since);
	cg_json_u64(&json, "serial", state->serial);
	cg_json_open_object(&json, "gate");
	cg_json_bool(&json, "open", decision->is_open && !decision->is_last);
	write_conditions(decision, &json);
	cg_json_close_object(&json);
	fill_cohorts(rolling, facts, &table);
	cg_table_json(&table, &json, "cohorts");
	text->has_failed |= table.has_failed;
	cg_table_done(&table);
	write_hosts(rolling, facts, &json);
	write_seen(facts, &json);
	cg_json_open_object(&json, "this_host");
	cg_json_string(&json, "host", rolling->host);
	cg_json_string(&json, "mode", mode_here(rolling));
	cg_json_bool(&json, "in_a_cohort", is_in_cohort(rolling));
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

int cg_rolling_status(struct cg_rolling *rolling)
{
	CG_CLEANUP(cg_rollout_facts_done) struct cg_rollout_facts facts = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_rollout_decision decision;
	struct cg_err err = { 0 };
	int r = cg_rolling_read_state(rolling, &err);

	if (r == 0)
		r = cg_rolling_gather(rolling, &facts, &err);
	if (r == 0 && cg_rollout_decide(&rolling->rollout, rolling->phase, rolling->state.since_ms, &facts, &rolling->arena,
					&decision) < 0)
		r = cg_err_memory(&err);
	if (r < 0)
		return cg_cli_fail(&err);
	if (cg_args_has(rolling->args, "json"))
		write_json(rolling, &facts, &decision, &text);
	else
		write_text(rolling, &facts, &decision, &text);
	return cg_out_print(&text);
}
