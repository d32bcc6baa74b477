/*
 * See explain_rules.h. In: a policy and one call on its architectures. Out: a row for each rule that speaks of the call:
 * whether its comparisons hold, and what became of it; one row where it says the same of several architectures.
 */
#include "cli/explain_rules.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "policy/say.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct cg_column rule_columns[] = {
	{ "arches", "ARCH", CG_CELL_TEXT },  { "line", NULL, CG_CELL_NUMBER },	   { "place", "RULE", CG_CELL_TEXT },
	{ "action", "ACTION", CG_CELL_TEXT }, { "condition", "WHEN", CG_CELL_TEXT }, { "holds", "HOLDS", CG_CELL_BOOL },
	{ "outcome", "OUTCOME", CG_CELL_TEXT }, { NULL },
};

static bool holds(const struct cg_rule *rule, const struct cg_call *call)
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		if (!cg_comparison_holds(&rule->comparisons[i], rule->arch, call->args))
			return false;
	return true;
}

static bool is_about(const struct cg_rule *rule, const struct cg_explain_answer *answer)
{
	return rule->arch == answer->arch && rule->nr == answer->call.nr;
}

void cg_explain_place(struct cg_text *text, const struct cg_explain *explain, uint32_t line)
{
	cg_text_add(text, explain->reference);
	if (line)
		cg_text_addf(text, ":%" PRIu32, line);
}

/* What became of a rule that speaks of the call; the order of the questions is eval.c's. */
static const char *outcome_of(const struct cg_policy *policy, const struct cg_explain_answer *answer, const struct cg_rule *rule)
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
	const struct cg_explain_answer *answer;
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

static int find_rows(const struct cg_explain *explain, const struct cg_explain_answers *answers, struct rows *rows,
		     size_t *ret_n_further)
{
	const struct cg_policy *policy = explain->input->policy;

	for (size_t i = 0; i < answers->n_items; i++)
		for (size_t k = 0; k < policy->rules.n_items; k++) {
			const struct cg_explain_answer *answer = &answers->items[i];
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

static void add_rows(struct cg_table *table, const struct cg_explain *explain, const struct cg_explain_answers *answers,
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
		cg_explain_place(&cell, explain, row->rule->origin);
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

int cg_explain_rules(const struct cg_explain *explain, const struct cg_explain_answers *answers,
		     struct cg_table *ret_table, struct cg_text *remarks)
{
	struct rows rows = { 0 };
	size_t n_further = 0;
	int r = find_rows(explain, answers, &rows, &n_further);

	if (r == 0) {
		cg_table_init(ret_table, rule_columns);
		add_rows(ret_table, explain, answers, &rows);
		if (n_further)
			cg_text_addf(remarks, "%zu more rules speak of this call, and do not match\n", n_further);
		add_undefined(remarks, explain, &rows);
	}
	cg_vec_done(&rows.list);
	return r;
}
