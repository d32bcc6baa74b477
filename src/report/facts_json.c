/*
 * The facts as JSON: all of them, no row left out, in the order of the document.
 *
 * In: facts. Out: one document (callgate-report(1) names its keys). What was not given is null, never an empty list.
 */
#include "report/facts.h"

#include "base/json_write.h"
#include "profile/target.h"
#include "report/facts_write.h"

#include <string.h>

static void write_action(struct cg_json_writer *json, const char *key, uint32_t action)
{
	struct cg_text text = { 0 };

	cg_action_format(&text, action);
	cg_json_string(json, key, cg_text_get(&text));
	json->text->has_failed |= text.has_failed;
	cg_text_done(&text);
}

static void write_inputs(struct cg_json_writer *json, const struct cg_facts *facts)
{
	cg_json_open_array(json, "inputs");
	for (size_t i = 0; i < facts->inputs.n_items; i++) {
		const struct cg_fact_input *input = &facts->inputs.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "kind", cg_fact_input_key(input->kind));
		cg_json_string(json, "name", input->name);
		cg_json_string(json, "sha256", *input->sha256 ? input->sha256 : NULL);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_target(struct cg_json_writer *json, const struct cg_facts *facts)
{
	cg_json_open_object(json, "target");
	cg_json_string(json, "engine", facts->engine);
	cg_json_string(json, "engine_version", *facts->engine_version ? facts->engine_version : NULL);
	cg_json_open_inline_array(json, "kernel");
	cg_json_u64(json, NULL, facts->kernel[0]);
	cg_json_u64(json, NULL, facts->kernel[1]);
	cg_json_close_array(json);
	cg_json_open_inline_array(json, "capabilities");
	for (unsigned int bit = 0; bit < 64; bit++)
		if (facts->capabilities >> bit & 1 && cg_cap_name(bit))
			cg_json_string(json, NULL, cg_cap_name(bit));
	cg_json_close_array(json);
	cg_json_close_object(json);
}

/* How many calls with a name get which answer whatever their arguments; and how many go by arguments. */
static void write_flow(struct cg_json_writer *json, const struct cg_flow_arch *flow)
{
	cg_json_open_array(json, "answers");
	for (size_t i = 0; i < flow->by_number.n_items; i++) {
		cg_json_open_inline_object(json, NULL);
		write_action(json, "action", flow->by_number.items[i].action);
		cg_json_u64(json, "calls", flow->by_number.items[i].n_calls);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	cg_json_u64(json, "by_arguments", flow->n_by_arguments);
}

static void write_arches(struct cg_json_writer *json, const struct cg_facts *facts)
{
	cg_json_open_array(json, "architectures");
	for (size_t i = 0; i < facts->arches.n_items; i++) {
		const struct cg_fact_arch *arch = &facts->arches.items[i];

		cg_json_open_object(json, NULL);
		cg_json_string(json, "name", arch->arch->name);
		cg_json_u64(json, "calls", arch->n_calls);
		if (arch->is_whole)
			write_action(json, "whole", arch->whole);
		if (!arch->is_whole && i < facts->flow->n_arches)
			write_flow(json, &facts->flow->arches[i]);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_answers(struct cg_json_writer *json, const struct cg_fact_call *call)
{
	cg_json_open_array(json, "answers");
	for (size_t i = 0; i < call->n_answers; i++) {
		cg_json_open_inline_object(json, NULL);
		write_action(json, "action", call->answers[i].action);
		cg_json_string(json, "when", *call->answers[i].when ? call->answers[i].when : NULL);
		cg_json_u64(json, "further", call->answers[i].n_further);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	write_action(json, "otherwise", call->otherwise);
}

static const char *reason_key(enum cg_reason_kind kind)
{
	static const char *const keys[] = { "seen", "need", "successor", "base", "fallback", "danger", "guard" };

	return keys[kind];
}

static void write_use(struct cg_json_writer *json, const struct cg_fact_call *call)
{
	cg_json_u64(json, "runs", call->n_runs);
	cg_json_u64(json, "count", call->count);
	cg_json_open_array(json, "programs");
	for (size_t i = 0; i < call->n_programs; i++) {
		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "path", call->programs[i].path);
		cg_json_u64(json, "count", call->programs[i].count);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	cg_json_open_array(json, "reasons");
	for (size_t i = 0; i < call->n_reasons; i++) {
		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "kind", reason_key(call->reasons[i].kind));
		cg_json_string(json, "name", *call->reasons[i].name ? call->reasons[i].name : NULL);
		cg_json_string(json, "text", call->reasons[i].text);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_calls(struct cg_json_writer *json, const struct cg_facts *facts)
{
	cg_json_open_array(json, "calls");
	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		cg_json_open_object(json, NULL);
		cg_json_string(json, "name", call->call->name);
		cg_json_string(json, "architecture", call->arch->name);
		cg_json_string(json, "category", cg_category_key(call->call->category));
		cg_json_string(json, "tier", cg_tier_name(call->call->tier));
		cg_json_string(json, "access", cg_access_key(call->access));
		cg_json_bool(json, "differs", call->differs);
		write_answers(json, call);
		if (facts->recordings.recording)
			write_use(json, call);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_counts(struct cg_json_writer *json, const struct cg_facts *facts)
{
	cg_json_open_inline_object(json, "counts");
	for (enum cg_access access = 0; access < CG_N_ACCESSES; access++)
		cg_json_u64(json, cg_access_key(access), facts->n_access[access]);
	cg_json_close_object(json);
	cg_json_open_object(json, "categories");
	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++) {
		cg_json_open_object(json, cg_category_key(category));
		for (enum cg_tier tier = 0; tier <= CG_TIER_CRITICAL; tier++) {
			cg_json_open_inline_object(json, cg_tier_name(tier));
			for (enum cg_access access = 0; access < CG_N_ACCESSES; access++)
				cg_json_u64(json, cg_access_key(access), facts->n_calls[category][tier][access]);
			cg_json_close_object(json);
		}
		cg_json_close_object(json);
	}
	cg_json_close_object(json);
}

static void write_findings(struct cg_json_writer *json, const struct cg_facts *facts)
{
	if (!facts->is_linted) {
		cg_json_null(json, "findings");
		return;
	}
	cg_json_open_array(json, "findings");
	for (size_t i = 0; i < facts->findings.list.n_items; i++) {
		const struct cg_note *note = &facts->findings.list.items[i];

		cg_json_open_object(json, NULL);
		cg_json_string(json, "rule", note->rule);
		cg_json_string(json, "severity", cg_severity_name(note->severity));
		cg_json_u64(json, "line", note->line);
		cg_json_u64(json, "column", note->column);
		cg_json_string(json, "message", note->message);
		cg_json_string(json, "remedy", *note->remedy ? note->remedy : NULL);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	cg_json_u64(json, "risk_points", facts->points);
}

void cg_facts_write_json(const struct cg_facts *facts, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "callgate", "report");
	cg_json_u64(&json, "version", 1);
	cg_json_string(&json, "profile", facts->profile);
	cg_json_string(&json, "kind", facts->kind);
	cg_json_string(&json, "made", facts->made);
	cg_json_string(&json, "callgate_version", facts->callgate);
	cg_json_string(&json, "machine", *facts->machine ? facts->machine : NULL);
	write_inputs(&json, facts);
	write_target(&json, facts);
	write_action(&json, "default", facts->default_action);
	if (facts->is_blind)
		cg_json_null(&json, "other_architectures");
	else
		write_action(&json, "other_architectures", facts->bad_arch_action);
	write_arches(&json, facts);
	write_counts(&json, facts);
	write_calls(&json, facts);
	write_findings(&json, facts);
	cg_facts_write_recordings(&json, facts);
	cg_facts_write_against(&json, facts);
	cg_facts_write_cves(&json, facts);
	cg_facts_write_suites(&json, facts);
	cg_facts_write_history(&json, facts);
	cg_facts_write_rollout(&json, facts);
	cg_json_u64(&json, "rules", facts->n_rules);
	cg_json_u64(&json, "instructions", facts->n_instructions);
	cg_json_string(&json, "proof", facts->proof);
	cg_json_string(&json, "digest", facts->digest);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}
