/*
 * The rollout that `rollout init` writes. See rollout.h.
 *
 * A day of audit, a tenth of the hosts for two days, then all of them. Half of each phase must pass without a new kind of
 * violation, all of it without one by a call of critical or high risk, and without a loss of events: what is wanted
 * otherwise is for the user to say. How many there are is not bounded: some programs try a call in each run, and do
 * without it where it is refused (clone3).
 */
#include "base/json_write.h"
#include "rollout/rollout.h"

static void write_gate(const struct cg_rollout_wish *wish, const char *quiet, struct cg_json_writer *json)
{
	cg_json_open_object(json, "gate");
	cg_json_u64(json, "new_violations", 0);
	cg_json_string(json, "quiet", quiet);
	cg_json_open_inline_array(json, "tiers");
	cg_json_string(json, NULL, "critical");
	cg_json_string(json, NULL, "high");
	cg_json_close_array(json);
	cg_json_u64(json, "lost", 0);
	cg_json_string(json, "hosts", "90%");
	cg_json_string(json, "watched", "90%");
	if (wish->suite)
		cg_json_string(json, "tests", wish->suite);
	cg_json_close_object(json);
}

static void write_phases(const struct cg_rollout_wish *wish, struct cg_json_writer *json)
{
	cg_json_open_array(json, "phases");
	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", "audit");
	cg_json_string(json, "enforce", "none");
	cg_json_string(json, "minimum", "24h");
	write_gate(wish, "12h", json);
	cg_json_close_object(json);

	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", "partial");
	cg_json_open_inline_array(json, "enforce");
	cg_json_string(json, NULL, "canary");
	cg_json_close_array(json);
	cg_json_string(json, "minimum", "48h");
	write_gate(wish, "24h", json);
	cg_json_close_object(json);

	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", "full");
	cg_json_string(json, "enforce", "all");
	cg_json_close_object(json);
	cg_json_close_array(json);
}

static void write_source(const struct cg_rollout_wish *wish, struct cg_json_writer *json)
{
	cg_json_open_object(json, "source");
	if (wish->prometheus) {
		cg_json_string(json, "prometheus", wish->prometheus);
		cg_json_string(json, "job", "callgate");
	} else {
		cg_json_string(json, "history", wish->history);
	}
	cg_json_close_object(json);
}

void cg_rollout_write(const struct cg_rollout_wish *wish, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "callgate", "rollout");
	cg_json_u64(&json, "version", 1);
	cg_json_string(&json, "name", wish->name);
	cg_json_string(&json, "profile", wish->profile);
	cg_json_string(&json, "audit", wish->audit);
	if (wish->path)
		cg_json_string(&json, "path", wish->path);
	cg_json_open_array(&json, "cohorts");
	cg_json_open_inline_object(&json, NULL);
	cg_json_string(&json, "name", "canary");
	cg_json_u64(&json, "percent", 10);
	cg_json_close_object(&json);
	cg_json_close_array(&json);
	write_phases(wish, &json);
	write_source(wish, &json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}
