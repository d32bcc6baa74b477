/*
 * `callgate explain --json` of all that something answers. In: an overview. Out: the head, and a member for each call that
 * is answered otherwise than by default.
 */
#include "cli/explain_overview.h"

#include "abi/action.h"
#include "base/cleanup.h"

static void write_action_json(struct cg_json_writer *json, const char *key, uint32_t action)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_action_format(&text, action);
	cg_json_string(json, key, cg_text_get(&text));
	json->text->has_failed |= text.has_failed;
}

static void write_row_json(struct cg_overview *overview, struct cg_json_writer *json, const struct cg_difference *row)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	const struct cg_syscall *call = row->kind == CG_DIFFERENCE_CALL ? row->syscall : NULL;

	cg_difference_name(&name, row);
	cg_json_open_object(json, NULL);
	cg_json_string(json, "name", cg_text_get(&name));
	cg_json_string(json, "category", call ? cg_category_key(call->category) : NULL);
	cg_json_string(json, "tier", call ? cg_tier_name(call->tier) : NULL);
	write_action_json(json, "answer", row->a);
	cg_json_string(json, "when", *row->when ? row->when : NULL);
	cg_json_u64(json, "further", row->n_further);
	cg_json_open_inline_array(json, "architectures");
	for (size_t i = 0; i < overview->scope.n_arches; i++)
		if (row->arches >> cg_arch_index(overview->scope.arches[i]) & 1)
			cg_json_string(json, NULL, overview->scope.arches[i]->name);
	cg_json_close_array(json);
	cg_json_close_object(json);
	overview->out->has_failed |= name.has_failed;
}

void cg_overview_write_json(struct cg_overview *overview)
{
	struct cg_json_writer json = { .text = overview->out };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "profile", overview->explain->reference);
	cg_json_string(&json, "engine",
		       overview->explain->subject->kind == CG_SUBJECT_PROFILE ? overview->explain->target->engine->name :
										NULL);
	cg_json_open_inline_array(&json, "architectures");
	for (size_t i = 0; i < overview->scope.n_arches; i++)
		cg_json_string(&json, NULL, overview->scope.arches[i]->name);
	cg_json_close_array(&json);
	write_action_json(&json, "default", overview->scope.default_action);
	if (overview->scope.is_blind)
		cg_json_string(&json, "other_architectures", NULL);
	else
		write_action_json(&json, "other_architectures", overview->scope.bad_arch_action);
	cg_json_open_array(&json, "whole_architectures");
	for (size_t i = 0; i < overview->scope.n_whole; i++) {
		cg_json_open_object(&json, NULL);
		cg_json_string(&json, "architecture", overview->scope.whole[i].arch->name);
		write_action_json(&json, "answer", overview->scope.whole[i].action);
		cg_json_close_object(&json);
	}
	cg_json_close_array(&json);
	cg_json_open_array(&json, "calls");
	for (size_t i = 0; i < overview->differences.list.n_items; i++)
		write_row_json(overview, &json, &overview->differences.list.items[i]);
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	cg_text_add_char(overview->out, '\n');
}
