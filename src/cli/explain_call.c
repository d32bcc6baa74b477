/*
 * One call explained. The specification decides (policy/eval.c); what each rule had to say is shown beside it, so that
 * nobody needs to believe: rules of the call's number, whether their comparisons hold, and what became of them.
 */
#include "cli/explain_rules.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "policy/say.h"
#include "profile/stub.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const struct cg_column cg_explain_answer_columns[] = {
	{ "arch", "ARCH", CG_CELL_TEXT },      { "number", "NUMBER", CG_CELL_NUMBER },
	{ "answer", "ANSWER", CG_CELL_TEXT },  { "permitted", NULL, CG_CELL_BOOL },
	{ "line", NULL, CG_CELL_NUMBER },      { "because", "BECAUSE", CG_CELL_TEXT },
	{ "call", NULL, CG_CELL_TEXT },	       { NULL },
};

/* On each arch of the policy; a call that names its own arch, on that one. */
static int find_answers(const struct cg_explain *explain, const char *text, struct cg_explain_answers *answers, struct cg_err *err)
{
	const struct cg_policy *policy = explain->input->policy;
	struct cg_err first = { 0 };

	for (size_t i = 0; i < policy->n_arches; i++) {
		struct cg_explain_answer answer = { .arch = policy->arches[i] };
		struct cg_err here = { 0 };
		int r = cg_call_parse(answer.arch, text, &answer.call, &here);

		if (r < 0) {
			if (i == 0)
				first = here;
			if (r != -ENOENT)
				break;
			answers->lacks[answers->n_lacks++] = policy->arches[i];
			continue;
		}
		answer.verdict = cg_policy_decide(policy, &answer.call);
		if (cg_arch_of_call(&answer.call) != answer.arch) {
			answer.arch = cg_arch_of_call(&answer.call);
			answers->items[0] = answer;
			answers->n_items = 1;
			answers->n_lacks = 0;
			return 0;
		}
		answers->items[answers->n_items++] = answer;
	}
	if (answers->n_items)
		return 0;
	*err = first;
	return err->code;
}

static void add_reason(struct cg_text *text, const struct cg_explain *explain, const struct cg_explain_answer *answer)
{
	const struct cg_verdict *verdict = &answer->verdict;

	switch (verdict->reason) {
	case CG_EVAL_RULE:
		cg_explain_place(text, explain, verdict->rule->origin);
		if (!verdict->rule->n_comparisons)
			break;
		cg_text_add(text, ": when ");
		cg_comparisons_format(text, answer->arch, answer->call.nr, verdict->rule->comparisons,
				      verdict->rule->n_comparisons, true);
		break;
	case CG_EVAL_DEFAULT:
		cg_explain_place(text, explain,
			  explain->input->profile ? explain->input->profile->default_action_place.line : 0);
		cg_text_add(text, ": the default, as no rule matches");
		break;
	case CG_EVAL_BAD_ARCH:
		cg_text_add(text, "the profile does not have this architecture");
		break;
	}
}

static void add_answers(struct cg_table *table, const struct cg_explain *explain, const struct cg_explain_answers *answers)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		const struct cg_explain_answer *answer = &answers->items[i];
		CG_CLEANUP(cg_text_done) struct cg_text cell = { 0 };

		cg_table_text(table, answer->arch ? answer->arch->name : "unknown");
		cg_table_number(table, answer->call.nr & (answer->arch && answer->arch->is_x32 ? ~CG_X32_BIT : ~0U));
		cg_action_format(&cell, answer->verdict.action);
		cg_table_text(table, cg_text_get(&cell));
		cg_table_bool(table, cg_action_is_permit(answer->verdict.action));
		if (answer->verdict.rule && answer->verdict.rule->origin)
			cg_table_number(table, answer->verdict.rule->origin);
		else
			cg_table_text(table, NULL);
		cg_text_clear(&cell);
		add_reason(&cell, explain, answer);
		cg_table_text(table, cg_text_get(&cell));
		cg_text_clear(&cell);
		cg_call_format(&cell, &answer->call);
		cg_table_text(table, cg_text_get(&cell));
		table->has_failed |= cell.has_failed;
	}
}

/* runc puts a small program in front of the filter: ENOSYS for numbers above the largest that the profile names. */
static void add_stub(struct cg_text *text, const struct cg_explain *explain, const struct cg_explain_answers *answers)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		const struct cg_explain_answer *answer = &answers->items[i];
		uint32_t largest;

		if (cg_stub_largest(explain->input->policy, explain->target->engine, answer->arch, &largest) &&
		    answer->call.nr > largest)
			cg_text_addf(text, "on %s, runc answers ERRNO(ENOSYS) itself to numbers above %" PRIu32 "\n",
				     answer->arch->name, largest & (answer->arch->is_x32 ? ~CG_X32_BIT : ~0U));
	}
}

static void add_lacks(struct cg_text *text, const struct cg_explain_answers *answers)
{
	for (size_t i = 0; i < answers->n_lacks; i++)
		cg_text_addf(text, "%s has no such call\n", answers->lacks[i]->name);
}

/* ---- all of it */

static const struct cg_call *calls_of(const struct cg_explain_answers *answers, struct cg_call calls[CG_N_ARCHES_MAX])
{
	for (size_t i = 0; i < answers->n_items; i++)
		calls[i] = answers->items[i].call;
	return calls;
}

static void write_remarks(struct cg_json_writer *json, const struct cg_text *remarks)
{
	const char *line = cg_text_get(remarks);

	cg_json_open_array(json, "remarks");
	for (size_t length; *line; line += length + 1) {
		length = strcspn(line, "\n");
		cg_json_string_bytes(json, NULL, line, length);
	}
	cg_json_close_array(json);
}

static int write_json(const struct cg_explain *explain, const struct cg_explain_answers *answers, struct cg_table *tables,
		      const struct cg_text *remarks, struct cg_text *out)
{
	struct cg_json_writer json = { .text = out };
	struct cg_call calls[CG_N_ARCHES_MAX];
	int status = CG_EXIT_YES;

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "profile", explain->reference);
	cg_json_string(&json, "engine", explain->target->engine->name);
	cg_table_json(&tables[0], &json, "answers");
	cg_table_json(&tables[1], &json, "rules");
	write_remarks(&json, remarks);
	if (explain->has_path)
		status = cg_explain_paths(explain, calls_of(answers, calls), answers->n_items, &json, out);
	cg_json_close_object(&json);
	cg_text_add_char(out, '\n');
	return status;
}

static int write_text(const struct cg_explain *explain, const struct cg_explain_answers *answers, struct cg_table *tables,
		      const struct cg_text *remarks, struct cg_text *out)
{
	struct cg_call calls[CG_N_ARCHES_MAX];

	cg_call_format(out, &answers->items[0].call);
	cg_text_add(out, "\n\n");
	cg_table_format(&tables[0], out);
	if (tables[1].cells.n_items) {
		cg_text_add_char(out, '\n');
		cg_table_format(&tables[1], out);
	}
	if (remarks->length)
		cg_text_addf(out, "\n%s", cg_text_get(remarks));
	if (!explain->has_path)
		return CG_EXIT_YES;
	return cg_explain_paths(explain, calls_of(answers, calls), answers->n_items, NULL, out);
}

static int write_all(const struct cg_explain *explain, const struct cg_explain_answers *answers,
		     struct cg_table *tables, const struct cg_text *of_rules, struct cg_text *out)
{
	CG_CLEANUP(cg_text_done) struct cg_text remarks = { 0 };

	cg_table_init(&tables[0], cg_explain_answer_columns);
	add_answers(&tables[0], explain, answers);
	add_lacks(&remarks, answers);
	cg_text_add(&remarks, cg_text_get(of_rules));
	add_stub(&remarks, explain, answers);
	out->has_failed |= remarks.has_failed || of_rules->has_failed;
	return explain->is_json ? write_json(explain, answers, tables, &remarks, out) :
				  write_text(explain, answers, tables, &remarks, out);
}

int cg_explain_call(const struct cg_explain *explain, const char *text, struct cg_text *out)
{
	CG_CLEANUP(cg_text_done) struct cg_text of_rules = { 0 };
	struct cg_explain_answers answers = { 0 };
	struct cg_table tables[2];
	struct cg_err err = { 0 };
	int status;

	if (find_answers(explain, text, &answers, &err) < 0) {
		cg_cli_fail(&err);
		return CG_EXIT_USAGE;
	}
	if (cg_explain_rules(explain, &answers, &tables[1], &of_rules) < 0) {
		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	status = write_all(explain, &answers, tables, &of_rules, out);
	cg_table_done(&tables[0]);
	cg_table_done(&tables[1]);
	return status;
}
