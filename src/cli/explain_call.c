/*
 * One call explained. The specification decides (policy/eval.c); what each rule had to say is shown beside it, so that
 * nobody needs to believe: rules of the call's number, whether their comparisons hold, and what became of them.
 */
#include "cli/explain.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "policy/eval.h"
#include "policy/say.h"
#include "profile/stub.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The call on one architecture. */
struct answer {
	const struct cg_arch *arch; /* NULL: one that nobody knows */
	struct cg_call call;
	struct cg_verdict verdict;
};

struct answers {
	struct answer items[CG_N_ARCHES_MAX];
	size_t n_items;
	const struct cg_arch *lacks[CG_N_ARCHES_MAX]; /* have no call of this name */
	size_t n_lacks;
};

const struct cg_column cg_explain_answer_columns[] = {
	{ "arch", "ARCH", CG_CELL_TEXT },      { "number", "NUMBER", CG_CELL_NUMBER },
	{ "answer", "ANSWER", CG_CELL_TEXT },  { "permitted", NULL, CG_CELL_BOOL },
	{ "line", NULL, CG_CELL_NUMBER },      { "because", "BECAUSE", CG_CELL_TEXT },
	{ "call", NULL, CG_CELL_TEXT },	       { NULL },
};

static const struct cg_column rule_columns[] = {
	{ "arches", "ARCH", CG_CELL_TEXT },  { "line", NULL, CG_CELL_NUMBER },	   { "place", "RULE", CG_CELL_TEXT },
	{ "action", "ACTION", CG_CELL_TEXT }, { "condition", "WHEN", CG_CELL_TEXT }, { "holds", "HOLDS", CG_CELL_BOOL },
	{ "outcome", "OUTCOME", CG_CELL_TEXT }, { NULL },
};

/* On each arch of the policy; a call that names its own arch, on that one. */
static int find_answers(const struct cg_explain *explain, const char *text, struct answers *answers, struct cg_err *err)
{
	const struct cg_policy *policy = explain->input->policy;
	struct cg_err first = { 0 };

	for (size_t i = 0; i < policy->n_arches; i++) {
		struct answer answer = { .arch = policy->arches[i] };
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

static bool holds(const struct cg_rule *rule, const struct cg_call *call)
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		if (!cg_comparison_holds(&rule->comparisons[i], rule->arch, call->args))
			return false;
	return true;
}

static bool is_about(const struct cg_rule *rule, const struct answer *answer)
{
	return rule->arch == answer->arch && rule->nr == answer->call.nr;
}

static void add_place(struct cg_text *text, const struct cg_explain *explain, uint32_t line)
{
	cg_text_add(text, explain->reference);
	if (line)
		cg_text_addf(text, ":%" PRIu32, line);
}

static void add_reason(struct cg_text *text, const struct cg_explain *explain, const struct answer *answer)
{
	const struct cg_verdict *verdict = &answer->verdict;

	switch (verdict->reason) {
	case CG_EVAL_RULE:
		add_place(text, explain, verdict->rule->origin);
		if (!verdict->rule->n_comparisons)
			break;
		cg_text_add(text, ": when ");
		cg_comparisons_format(text, answer->arch, answer->call.nr, verdict->rule->comparisons,
				      verdict->rule->n_comparisons, true);
		break;
	case CG_EVAL_DEFAULT:
		add_place(text, explain,
			  explain->input->profile ? explain->input->profile->default_action_place.line : 0);
		cg_text_add(text, ": the default, as no rule matches");
		break;
	case CG_EVAL_BAD_ARCH:
		cg_text_add(text, "the profile does not have this architecture");
		break;
	}
}

static void add_answers(struct cg_table *table, const struct cg_explain *explain, const struct answers *answers)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		const struct answer *answer = &answers->items[i];
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

/* What became of a rule that speaks of the call; the order of the questions is eval.c's. */
static const char *outcome_of(const struct cg_policy *policy, const struct answer *answer, const struct cg_rule *rule)
{
	const struct cg_rule *winner = answer->verdict.rule;

	if (rule == winner)
		return "decides";
	if (rule->action == policy->default_action)
		return "says what the default says, and is dropped";
	if (winner && !winner->n_comparisons)
		return rule->n_comparisons ? "beaten: a rule without conditions decides alone" :
					     "beaten: the first rule without conditions decides";
	if (!holds(rule, &answer->call))
		return "does not match";
	return cg_action_compare(winner->action, rule->action) < 0 ? "beaten: a more restrictive rule matches too" :
								     "beaten: an earlier rule says the same";
}

/* A row of the table of rules; those that say the same of several architectures are one. */
struct row {
	const struct cg_rule *rule;
	const struct answer *answer;
	const char *outcome;
	bool holds;
	uint64_t arches; /* bit i: answers->items[i] */
};

struct rows {
	CG_VEC(struct row) list;
};

static bool same_comparisons(const struct cg_rule *a, const struct cg_rule *b)
{
	if (a->n_comparisons != b->n_comparisons)
		return false;
	for (unsigned int i = 0; i < a->n_comparisons; i++)
		if (a->comparisons[i].arg != b->comparisons[i].arg || a->comparisons[i].op != b->comparisons[i].op ||
		    a->comparisons[i].value != b->comparisons[i].value ||
		    a->comparisons[i].mask != b->comparisons[i].mask)
			return false;
	return true;
}

static int add_row(struct rows *rows, const struct row *row)
{
	for (size_t i = 0; i < rows->list.n_items; i++) {
		struct row *there = &rows->list.items[i];

		if (there->rule->origin == row->rule->origin && there->rule->action == row->rule->action &&
		    there->holds == row->holds && strcmp(there->outcome, row->outcome) == 0 &&
		    same_comparisons(there->rule, row->rule) && !(there->arches & row->arches)) {
			there->arches |= row->arches;
			return 0;
		}
	}
	return cg_vec_push(&rows->list, *row);
}

#define ROWS_LIMIT 200 /* more rules of one call than anybody reads; further ones are counted */

static int find_rows(const struct cg_explain *explain, const struct answers *answers, struct rows *rows,
		     size_t *ret_n_further)
{
	const struct cg_policy *policy = explain->input->policy;

	for (size_t i = 0; i < answers->n_items; i++)
		for (size_t k = 0; k < policy->rules.n_items; k++) {
			const struct answer *answer = &answers->items[i];
			struct row row = { .rule = &policy->rules.items[k], .answer = answer, .arches = 1ULL << i };

			if (!is_about(row.rule, answer))
				continue;
			row.outcome = outcome_of(policy, answer, row.rule);
			row.holds = holds(row.rule, &answer->call);
			if (rows->list.n_items >= ROWS_LIMIT && !row.holds)
				*ret_n_further += 1;
			else if (add_row(rows, &row) < 0)
				return -ENOMEM;
		}
	return 0;
}

static void add_rows(struct cg_table *table, const struct cg_explain *explain, const struct answers *answers,
		     const struct rows *rows)
{
	for (size_t i = 0; i < rows->list.n_items; i++) {
		const struct row *row = &rows->list.items[i];
		CG_CLEANUP(cg_text_done) struct cg_text cell = { 0 };

		for (size_t k = 0; k < answers->n_items; k++)
			if (row->arches >> k & 1)
				cg_text_addf(&cell, "%s%s", cell.length ? " " : "", answers->items[k].arch->name);
		cg_table_text(table, cg_text_get(&cell));
		cg_table_number(table, row->rule->origin);
		cg_text_clear(&cell);
		add_place(&cell, explain, row->rule->origin);
		cg_table_text(table, cg_text_get(&cell));
		cg_text_clear(&cell);
		cg_action_format(&cell, row->rule->action);
		cg_table_text(table, cg_text_get(&cell));
		cg_text_clear(&cell);
		cg_comparisons_format(&cell, row->rule->arch, row->rule->nr, row->rule->comparisons,
				      row->rule->n_comparisons, true);
		cg_table_text(table, row->rule->n_comparisons ? cg_text_get(&cell) : "always");
		cg_table_bool(table, row->holds);
		cg_table_text(table, row->outcome);
		table->has_failed |= cell.has_failed;
	}
}

/* libseccomp decides overlaps by the shape of its tree; so an engine that stands on it may answer either. */
static void add_undefined(struct cg_text *text, const struct cg_explain *explain, const struct rows *rows)
{
	const struct cg_engine *engine = explain->target->engine;
	const struct row *first = NULL;

	for (size_t i = 0; i < rows->list.n_items; i++) {
		const struct row *row = &rows->list.items[i];

		if (!row->holds || !row->rule->n_comparisons ||
		    row->rule->action == explain->input->policy->default_action ||
		    (row->answer->verdict.rule && !row->answer->verdict.rule->n_comparisons))
			continue;
		if (!first)
			first = row;
		if (row->rule->action == first->rule->action)
			continue;
		cg_text_addf(
			text,
			"rules on lines %" PRIu32 " and %" PRIu32 " both match, with different actions: %s%s leaves "
			"undefined which of them decides; callgate takes the more restrictive\n",
			first->rule->origin, row->rule->origin, strcmp(engine->name, "oci") == 0 ? "libseccomp" : "",
			strcmp(engine->name, "oci") == 0 ? ", and so every engine," : engine->name);
		return;
	}
}

/* runc puts a small program in front of the filter: ENOSYS for numbers above the largest that the profile names. */
static void add_stub(struct cg_text *text, const struct cg_explain *explain, const struct answers *answers)
{
	for (size_t i = 0; i < answers->n_items; i++) {
		const struct answer *answer = &answers->items[i];
		uint32_t largest;

		if (cg_stub_largest(explain->input->policy, explain->target->engine, answer->arch, &largest) &&
		    answer->call.nr > largest)
			cg_text_addf(text, "on %s, runc answers ERRNO(ENOSYS) itself to numbers above %" PRIu32 "\n",
				     answer->arch->name, largest & (answer->arch->is_x32 ? ~CG_X32_BIT : ~0U));
	}
}

static void add_lacks(struct cg_text *text, const struct answers *answers)
{
	for (size_t i = 0; i < answers->n_lacks; i++)
		cg_text_addf(text, "%s has no such call\n", answers->lacks[i]->name);
}

/* ---- all of it */

static const struct cg_call *calls_of(const struct answers *answers, struct cg_call calls[CG_N_ARCHES_MAX])
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

static int write_json(const struct cg_explain *explain, const struct answers *answers, struct cg_table *tables,
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

static int write_text(const struct cg_explain *explain, const struct answers *answers, struct cg_table *tables,
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

static int write_all(const struct cg_explain *explain, const struct answers *answers, const struct rows *rows,
		     size_t n_further, struct cg_text *out)
{
	CG_CLEANUP(cg_text_done) struct cg_text remarks = { 0 };
	struct cg_table tables[2];
	int status;

	cg_table_init(&tables[0], cg_explain_answer_columns);
	cg_table_init(&tables[1], rule_columns);
	add_answers(&tables[0], explain, answers);
	add_rows(&tables[1], explain, answers, rows);
	add_lacks(&remarks, answers);
	if (n_further)
		cg_text_addf(&remarks, "%zu more rules speak of this call, and do not match\n", n_further);
	add_undefined(&remarks, explain, rows);
	add_stub(&remarks, explain, answers);
	status = explain->is_json ? write_json(explain, answers, tables, &remarks, out) :
				    write_text(explain, answers, tables, &remarks, out);
	cg_table_done(&tables[0]);
	cg_table_done(&tables[1]);
	return status;
}

int cg_explain_call(const struct cg_explain *explain, const char *text, struct cg_text *out)
{
	struct answers answers = { 0 };
	struct rows rows = { 0 };
	struct cg_err err = { 0 };
	size_t n_further = 0;
	int status;

	if (find_answers(explain, text, &answers, &err) < 0) {
		cg_cli_fail(&err);
		return CG_EXIT_USAGE;
	}
	if (find_rows(explain, &answers, &rows, &n_further) < 0) {
		cg_err_memory(&err);
		status = cg_cli_fail(&err);
	} else {
		status = write_all(explain, &answers, &rows, n_further, out);
	}
	cg_vec_done(&rows.list);
	return status;
}
