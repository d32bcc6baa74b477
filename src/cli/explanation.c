/*
 * See explanation.h.
 */
#include "cli/explanation.h"

#include "cli/out.h"

#define CURVE_SHOWN 20

struct counts {
	size_t n_exist;	  /* calls of the sketch's first arch */
	size_t n_allowed; /* of all its arches, by name */
	size_t n_conditional;
	size_t n_refused;
};

static struct counts count(const struct cg_sketch *sketch)
{
	struct counts counts = { .n_exist = cg_syscall_count(sketch->arches[0]) };

	for (size_t i = 0; i < sketch->calls.n_items; i++) {
		const struct cg_sketch_call *call = &sketch->calls.items[i];

		if (call->action != CG_ACTION_ALLOW) {
			counts.n_refused++;
			continue;
		}
		counts.n_allowed++;
		counts.n_conditional += !call->is_open;
	}
	return counts;
}

void cg_explanation_count(const struct cg_sketch *sketch, struct cg_text *text)
{
	struct counts counts = count(sketch);

	cg_text_addf(text,
		     "%zu calls allowed (%zu by their arguments) of %zu that %s has, %zu refused by name, the rest ",
		     counts.n_allowed, counts.n_conditional, counts.n_exist, sketch->arches[0]->name, counts.n_refused);
	cg_action_format(text, sketch->default_action);
}

/* "calls by run, in order of time: 40, +2, +0". The last of many: what matters is whether it still grows. */
static void write_curve(const struct cg_coverage *coverage, struct cg_text *text)
{
	size_t first = coverage->n_runs > CURVE_SHOWN ? coverage->n_runs - CURVE_SHOWN : 0;

	cg_text_add_char(text, '\n');
	cg_coverage_format(coverage, text);
	cg_text_add_char(text, '\n');
	if (coverage->n_runs < 2)
		return;
	cg_text_addf(text, "calls by run, in order of time: %s", first ? "… " : "");
	for (size_t i = first; i < coverage->curve.n_items; i++)
		cg_text_addf(text, "%s%s%zu", i > first ? ", " : "", i ? "+" : "", coverage->curve.items[i].n_new);
	cg_text_add_char(text, '\n');
}

static void write_table(const struct cg_sketch *sketch, struct cg_text *text)
{
	static const struct cg_column columns[] = {
		{ "name", "CALL", CG_CELL_TEXT },
		{ "action", "ACTION", CG_CELL_TEXT },
		{ "why", "WHY", CG_CELL_TEXT },
		{ NULL },
	};
	struct cg_text cell = { 0 };
	struct cg_table table;

	cg_table_init(&table, columns);
	for (size_t i = 0; i < sketch->calls.n_items; i++) {
		const struct cg_sketch_call *call = &sketch->calls.items[i];

		cg_table_text(&table, call->call->name);
		cg_text_clear(&cell);
		cg_action_format(&cell, call->action);
		cg_table_text(&table, cg_text_get(&cell));
		cg_text_clear(&cell);
		for (size_t r = 0; r < call->reasons.n_items; r++)
			cg_text_addf(&cell, "%s%s", r ? "; " : "", call->reasons.items[r].text);
		if (!call->is_open) {
			cg_text_add(&cell, "; only if ");
			cg_sketch_format_conditions(&cell, sketch, call);
		}
		cg_table_text(&table, cg_text_get(&cell));
	}
	text->has_failed |= cell.has_failed;
	cg_text_done(&cell);
	cg_table_format(&table, text);
	cg_table_done(&table);
}

static const char *kind_name(enum cg_reason_kind kind)
{
	static const char *const names[] = {
		[CG_REASON_SEEN] = "seen",   [CG_REASON_NEED] = "need",		[CG_REASON_SUCCESSOR] = "successor",
		[CG_REASON_BASE] = "base",   [CG_REASON_FALLBACK] = "fallback", [CG_REASON_DANGER] = "danger",
		[CG_REASON_GUARD] = "guard",
	};

	return names[kind];
}

static void write_json_call(struct cg_json_writer *json, const struct cg_sketch *sketch,
			    const struct cg_sketch_call *call)
{
	struct cg_text cell = { 0 };

	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", call->call->name);
	cg_action_format(&cell, call->action);
	cg_json_string(json, "action", cg_text_get(&cell));
	cg_text_clear(&cell);
	cg_sketch_format_conditions(&cell, sketch, call);
	cg_json_string(json, "condition", call->is_open ? NULL : cg_text_get(&cell));
	cg_json_open_array(json, "reasons");
	for (size_t i = 0; i < call->reasons.n_items; i++) {
		const struct cg_reason *reason = &call->reasons.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "kind", kind_name(reason->kind));
		cg_json_string(json, "name", reason->name[0] ? reason->name : NULL);
		cg_json_string(json, "text", reason->text);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	cg_json_close_object(json);
	json->text->has_failed |= cell.has_failed;
	cg_text_done(&cell);
}

static void write_json(const struct cg_sketch *sketch, const struct cg_coverage *coverage, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };
	struct counts counts = count(sketch);

	cg_json_open_object(&json, NULL);
	cg_json_open_inline_array(&json, "architectures");
	for (size_t i = 0; i < sketch->n_arches; i++)
		cg_json_string(&json, NULL, sketch->arches[i]->name);
	cg_json_close_array(&json);
	cg_json_u64(&json, "exist", counts.n_exist);
	cg_json_u64(&json, "allowed", counts.n_allowed);
	cg_json_u64(&json, "conditional", counts.n_conditional);
	cg_json_u64(&json, "refused", counts.n_refused);
	cg_json_open_array(&json, "calls");
	for (size_t i = 0; i < sketch->calls.n_items; i++)
		write_json_call(&json, sketch, &sketch->calls.items[i]);
	cg_json_close_array(&json);
	cg_coverage_write(coverage, &json, "coverage");
	cg_json_open_array(&json, "notes");
	for (size_t i = 0; i < sketch->notes.list.n_items; i++) {
		const struct cg_note *note = &sketch->notes.list.items[i];

		cg_json_open_object(&json, NULL);
		cg_json_string(&json, "rule", note->rule);
		cg_json_string(&json, "severity", cg_severity_name(note->severity));
		cg_json_string(&json, "message", note->message);
		cg_json_close_object(&json);
	}
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

void cg_explanation_write(const struct cg_sketch *sketch, const struct cg_coverage *coverage, bool is_json,
			  struct cg_text *text)
{
	if (is_json) {
		write_json(sketch, coverage, text);
		return;
	}
	write_table(sketch, text);
	write_curve(coverage, text);
}
