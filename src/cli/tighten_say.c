/*
 * What a round of callgate tighten did: for people a table with the reason of each change, and what is next; or JSON.
 */
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "cli/tightening.h"

#include <inttypes.h>

static const struct cg_column columns[] = {
	{ "to", "TO", CG_CELL_TEXT },
	{ "call", "CALL", CG_CELL_TEXT },
	{ "what", NULL, CG_CELL_TEXT },
	{ "risk", "RISK", CG_CELL_TEXT },
	{ "vulnerabilities", "CVES", CG_CELL_NUMBER },
	{ "why", "WHY", CG_CELL_TEXT },
	{ NULL },
};

static void fill(const struct cg_tighten_telling *telling, struct cg_table *table)
{
	cg_table_init(table, columns);
	for (size_t i = 0; i < telling->changes->n_items; i++) {
		const struct cg_tighten_change *change = &telling->changes->items[i];

		cg_table_text(table, cg_tighten_change_name(change->kind));
		cg_table_text(table, change->call ? change->call->name : "(default)");
		cg_table_text(table, change->what == CG_TIGHTEN_CALL ? "call" : "arguments");
		cg_table_text(table, change->call ? cg_tier_name(change->call->tier) : "");
		cg_table_number(table, change->n_vulnerabilities);
		cg_table_text(table, change->why);
	}
}

static void say_rest(const struct cg_tighten_telling *telling, struct cg_text *text)
{
	const struct cg_tighten_rest *rest = telling->rest;

	if (rest->n_logged)
		cg_text_addf(text, "%zu call%s logged, to be closed in the next round unless somebody makes %s\n",
			     rest->n_logged, rest->n_logged == 1 ? " is" : "s are",
			     rest->n_logged == 1 ? "it" : "them");
	if (rest->n_adopted)
		cg_text_addf(text, "%zu of these the profile logged by itself; they are watched from now on\n",
			     rest->n_adopted);
	cg_text_addf(text, "left to be proposed: %zu; never closed unless asked (--close): %zu", rest->n_candidates,
		     rest->n_protected);
	if (rest->n_left)
		cg_text_addf(text, "; in a form that cannot be logged exactly: %zu", rest->n_left);
	cg_text_add_char(text, '\n');
}

static void write_text(const struct cg_tighten_telling *telling, struct cg_text *text)
{
	struct cg_table table;

	if (!telling->was_advanced)
		cg_text_addf(text, "round %" PRIu64 " is not over: %s\n", telling->first_round,
			     cg_text_get(&telling->evidence->why));
	else if (telling->first_round && telling->evidence->why.length)
		cg_text_addf(text, "round %" PRIu64 " is over: %s\n", telling->first_round,
			     cg_text_get(&telling->evidence->why));
	if (telling->tighten->round > telling->first_round)
		cg_text_addf(text, "round %" PRIu64 "\n", telling->tighten->round);
	else if (telling->was_advanced)
		cg_text_add(text, "nothing to be closed\n");
	if (telling->changes->n_items) {
		cg_text_add_char(text, '\n');
		fill(telling, &table);
		cg_table_format(&table, text);
		cg_table_done(&table);
		cg_text_add_char(text, '\n');
	}
	if (telling->was_advanced)
		say_rest(telling, text);
	if (telling->is_proven)
		cg_text_addf(text, "proven: the new profile allows nothing that the old one denied%s\n",
			     telling->changes->n_items && telling->changes->items[0].kind == CG_TIGHTEN_TO_BACK ?
				     ", but for what came back" :
				     "");
	if (telling->profile)
		cg_text_addf(text, "written: %s; undone by callgate tighten --undo %s\n", telling->profile,
			     telling->profile);
}

static void write_json(const struct cg_tighten_telling *telling, struct cg_text *text)
{
	CG_CLEANUP(cg_table_done) struct cg_table table;
	struct cg_json_writer json = { .text = text };

	fill(telling, &table);
	cg_json_open_object(&json, NULL);
	cg_json_u64(&json, "round", telling->tighten->round);
	cg_json_bool(&json, "is_over", telling->was_advanced);
	cg_json_string(&json, "watched", cg_text_get(&telling->evidence->why));
	cg_table_json(&table, &json, "changes");
	cg_json_u64(&json, "logged", telling->rest->n_logged);
	cg_json_u64(&json, "candidates", telling->rest->n_candidates);
	cg_json_u64(&json, "protected", telling->rest->n_protected);
	cg_json_u64(&json, "left_alone", telling->rest->n_left);
	cg_json_bool(&json, "proven", telling->is_proven);
	cg_json_string(&json, "profile", telling->profile);
	cg_json_string(&json, "state", telling->profile ? telling->state : NULL);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

int cg_tighten_tell(const struct cg_tighten_telling *telling, bool is_json)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (is_json)
		write_json(telling, &text);
	else
		write_text(telling, &text);
	return cg_out_print(&text);
}
