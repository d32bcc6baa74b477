/*
 * See check_report.h. A finding is `file:line:column: severity: message [rule]`, so that editors find the place, with its
 * remedy below.
 */
#include "cli/check_report.h"

#include "abi/call_text.h"
#include "base/cleanup.h"

#include <string.h>

static const struct cg_column engine_columns[] = {
	{ "engine", "ENGINE", CG_CELL_TEXT },	   { "version", "FROM", CG_CELL_TEXT },
	{ "outcome", "READS IT", CG_CELL_TEXT },   { "ignored", "IGNORES", CG_CELL_NUMBER },
	{ "enosys", "OWN ENOSYS", CG_CELL_NUMBER },
	{ "call", "FOR EXAMPLE", CG_CELL_TEXT },   { "answer", "ANSWER", CG_CELL_TEXT },
	{ "as_written", "AS WRITTEN", CG_CELL_TEXT }, { "error", NULL, CG_CELL_TEXT },
	{ NULL },
};

static const struct cg_column score_columns[] = {
	{ "points", "POINTS", CG_CELL_NUMBER },
	{ "call", "CALL", CG_CELL_TEXT },
	{ "conditional", NULL, CG_CELL_BOOL },
	{ "reason", "BECAUSE IT IS LET THROUGH, AND", CG_CELL_TEXT },
	{ NULL },
};

static void write_finding_json(struct cg_json_writer *json, const struct cg_note *note)
{
	cg_json_open_object(json, NULL);
	cg_json_string(json, "rule", note->rule);
	cg_json_string(json, "severity", cg_severity_name(note->severity));
	cg_json_u64(json, "line", note->line);
	cg_json_u64(json, "column", note->column);
	cg_json_string(json, "message", note->message);
	cg_json_string(json, "remedy", note->remedy[0] ? note->remedy : NULL);
	cg_json_close_object(json);
}

static void write_finding_text(struct cg_text *text, const char *reference, const struct cg_note *note)
{
	char place[CG_ERR_PLACE_SIZE];

	cg_err_place(place, reference, note->line, note->column);
	cg_text_addf(text, "%s: %s: %s [%s]\n", place, cg_severity_name(note->severity), note->message, note->rule);
	if (note->remedy[0])
		cg_text_addf(text, "\tremedy: %s\n", note->remedy);
}

/* People are told once what holds of several places; programs each time. */
static void write_findings(struct cg_check_report *report, const char *reference, const struct cg_notes *notes,
			   size_t ret_counts[3])
{
	CG_CLEANUP(cg_notes_done) struct cg_notes folded = { 0 };

	if (report->is_json)
		cg_json_open_array(&report->json, "findings");
	for (size_t i = 0; i < notes->list.n_items; i++) {
		const struct cg_note *note = &notes->list.items[i];

		cg_sarif_add(&report->sarif, reference, note);
		if (report->is_json)
			write_finding_json(&report->json, note);
		ret_counts[note->severity]++;
	}
	if (report->is_json) {
		cg_json_close_array(&report->json);
		return;
	}
	report->text.has_failed |= cg_notes_fold(notes, &folded) < 0;
	for (size_t i = 0; i < folded.list.n_items; i++)
		write_finding_text(&report->text, reference, &folded.list.items[i]);
}

/* ---- --engine all */

static void add_action(struct cg_table *table, uint32_t action)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_action_format(&text, action);
	cg_table_text(table, cg_text_get(&text));
	table->has_failed |= text.has_failed;
}

static void add_reading(struct cg_table *table, const struct cg_reading *reading, bool is_json)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 };

	cg_table_text(table, reading->engine->name);
	/* A blank would leave a hole in the line. */
	cg_table_text(table, reading->engine->version[0] || is_json ? reading->engine->version : "any");
	cg_table_text(table, cg_reading_outcome_name(reading->outcome));
	cg_table_number(table, reading->n_ignored);
	cg_table_number(table, reading->n_enosys);
	if (reading->outcome == CG_READING_DIFFERS) {
		cg_call_format(&call, &reading->witness.call);
		cg_table_text(table, cg_text_get(&call));
		add_action(table, reading->witness.a);
		add_action(table, reading->witness.b);
	} else {
		for (size_t i = 0; i < 3; i++)
			cg_table_text(table, NULL);
	}
	cg_table_text(table, reading->outcome == CG_READING_REJECTS ? reading->err.message : NULL);
	table->has_failed |= call.has_failed;
}

static void write_table(struct cg_check_report *report, struct cg_table *table, const char *key)
{
	if (report->is_json)
		cg_table_json(table, &report->json, key);
	else
		cg_table_format(table, &report->text);
	cg_table_done(table);
}

static void write_readings(struct cg_check_report *report, const struct cg_readings *readings)
{
	struct cg_table table;

	if (readings->list.n_items == 0)
		return;
	cg_table_init(&table, engine_columns);
	for (size_t i = 0; i < readings->list.n_items; i++)
		add_reading(&table, &readings->list.items[i], report->is_json);
	write_table(report, &table, "engines");
}

/* ---- the score */

static void write_score(struct cg_check_report *report, const struct cg_score *score)
{
	struct cg_table table;

	if (!report->is_json && !report->has_risk)
		return;
	cg_table_init(&table, score_columns);
	for (size_t i = 0; i < score->lines.n_items; i++) {
		const struct cg_score_line *line = &score->lines.items[i];
		CG_CLEANUP(cg_text_done) struct cg_text reason = { 0 };

		cg_text_addf(&reason, "%s%s", line->is_conditional && !report->is_json ? "under conditions: " : "",
			     line->reason);
		cg_table_number(&table, line->points);
		cg_table_text(&table, line->call);
		cg_table_bool(&table, line->is_conditional);
		cg_table_text(&table, cg_text_get(&reason));
		table.has_failed |= reason.has_failed;
	}
	if (report->is_json)
		cg_json_u64(&report->json, "risk", score->points);
	if (report->is_json || score->lines.n_items)
		write_table(report, &table, "risk_lines");
	else
		cg_table_done(&table);
}

/* ---- the end */

static void write_arches(struct cg_check_report *report, const struct cg_policy *policy)
{
	if (report->is_json)
		cg_json_open_inline_array(&report->json, "architectures");
	for (size_t i = 0; i < policy->n_arches; i++) {
		if (report->is_json)
			cg_json_string(&report->json, NULL, policy->arches[i]->name);
		else
			cg_text_addf(&report->text, " %s", policy->arches[i]->name);
	}
	if (report->is_json)
		cg_json_close_array(&report->json);
}

/* "p.json: 0 errors, 1 warning, 2 notes; risk 14; x86_64 x86: a filter of 120 instructions" */
static void write_end(struct cg_check_report *report, const char *reference, const struct cg_input *input,
		      const struct cg_filter *filter, const struct cg_score *score, const size_t counts[3])
{
	struct cg_text *text = &report->text;

	if (report->is_json) {
		if (filter) {
			write_arches(report, input->policy);
			cg_json_u64(&report->json, "instructions", filter->n_insns);
		}
		return;
	}
	cg_text_addf(text, "%s: %zu error%s, %zu warning%s, %zu note%s; risk %u", reference, counts[CG_SEVERITY_ERROR],
		     counts[CG_SEVERITY_ERROR] == 1 ? "" : "s", counts[CG_SEVERITY_WARNING],
		     counts[CG_SEVERITY_WARNING] == 1 ? "" : "s", counts[CG_SEVERITY_NOTE],
		     counts[CG_SEVERITY_NOTE] == 1 ? "" : "s", score->points);
	if (filter) {
		cg_text_add(text, ";");
		write_arches(report, input->policy);
		cg_text_addf(text, ": a filter of %zu instructions", filter->n_insns);
	}
	cg_text_add_char(text, '\n');
}

static void open_profile(struct cg_check_report *report, const char *reference, const char *engine)
{
	if (!report->is_json)
		return;
	cg_json_open_object(&report->json, NULL);
	cg_json_string(&report->json, "profile", reference);
	cg_json_string(&report->json, "engine", engine);
}

static void close_profile(struct cg_check_report *report)
{
	if (report->is_json)
		cg_json_close_object(&report->json);
}

void cg_check_report_start(struct cg_check_report *report)
{
	report->json.text = &report->text;
	cg_sarif_start(&report->sarif);
	if (!report->is_json)
		return;
	cg_json_open_object(&report->json, NULL);
	cg_json_open_array(&report->json, "profiles");
}

void cg_check_report_add(struct cg_check_report *report, const char *reference, const char *engine,
			 const struct cg_input *input, const struct cg_filter *filter, const struct cg_score *score,
			 const struct cg_readings *readings)
{
	size_t counts[3] = { 0 };

	open_profile(report, reference, engine);
	write_findings(report, reference, &input->notes, counts);
	write_readings(report, readings);
	write_score(report, score);
	write_end(report, reference, input, filter, score, counts);
	close_profile(report);
}

void cg_check_report_add_failure(struct cg_check_report *report, const char *reference, const char *engine,
				 const struct cg_err *err)
{
	cg_sarif_add_failure(&report->sarif, reference, err);
	open_profile(report, reference, engine);
	if (report->is_json) {
		cg_json_open_object(&report->json, "error");
		cg_json_string(&report->json, "place", err->place);
		cg_json_string(&report->json, "message", err->message);
		cg_json_close_object(&report->json);
	}
	close_profile(report);
}

void cg_check_report_finish(struct cg_check_report *report)
{
	cg_sarif_finish(&report->sarif);
	if (!report->is_json)
		return;
	cg_json_close_array(&report->json);
	cg_json_close_object(&report->json);
	cg_text_add_char(&report->text, '\n');
}

void cg_check_report_done(struct cg_check_report *report)
{
	cg_text_done(&report->text);
	cg_sarif_done(&report->sarif);
}
