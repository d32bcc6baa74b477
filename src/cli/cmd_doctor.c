/*
 * callgate doctor: what this kernel and this user can do.
 *
 * In: names of features, or nothing (all). Out: a table, one row a feature, each found by trying it. Status 4 when
 * filters cannot be loaded at all: then nothing of callgate's that enforces works here.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "os/machine.h"
#include "os/probe.h"

#include <string.h>

static const struct cg_column columns[] = {
	{ "group", "AREA", CG_CELL_TEXT },  { "feature", "FEATURE", CG_CELL_TEXT }, { "state", "STATE", CG_CELL_TEXT },
	{ "detail", "SEEN", CG_CELL_TEXT }, { "remedy", "REMEDY", CG_CELL_TEXT },   { NULL },
};

static void add_row(struct cg_table *table, const struct cg_feature *feature, const struct cg_feature_answer *answer)
{
	cg_table_text(table, feature->group);
	cg_table_text(table, feature->name);
	cg_table_text(table, cg_feature_state_name(answer->state));
	cg_table_text(table, answer->detail);
	cg_table_text(table, answer->remedy[0] ? answer->remedy : NULL);
}

static int print_json(const struct cg_table *table)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text };
	char release[256], machine[256];

	cg_machine_name(release, machine, sizeof(release));
	cg_json_open_object(&writer, NULL);
	cg_json_string(&writer, "kernel", release);
	cg_json_string(&writer, "machine", machine);
	cg_table_json(table, &writer, "features");
	cg_json_close_object(&writer);
	cg_text_add_char(&text, '\n');
	return cg_out_print(&text);
}

static int print_text(const struct cg_table *table)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_table_format(table, &text);
	return cg_out_print(&text);
}

/* Every word must be a feature's name. */
static bool knows_words(const struct cg_args *args)
{
	for (size_t i = 0; i < args->n_words; i++) {
		const char *best = NULL;

		if (cg_feature_find(args->words[i]))
			continue;
		for (size_t k = 0; k < cg_n_features; k++)
			cg_word_keep_nearest(args->words[i], cg_features[k].name, &best);
		if (best)
			cg_cli_usage(args, "'%s' is no feature; did you mean '%s'?", args->words[i], best);
		else
			cg_cli_usage(args, "'%s' is no feature", args->words[i]);
		return false;
	}
	return true;
}

static bool is_wanted(const struct cg_args *args, const struct cg_feature *feature)
{
	for (size_t i = 0; i < args->n_words; i++)
		if (strcmp(args->words[i], feature->name) == 0)
			return true;
	return args->n_words == 0;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_table_done) struct cg_table table;
	bool has_filters = true;
	int status;

	cg_table_init(&table, columns);
	if (!knows_words(args))
		return CG_EXIT_USAGE;
	for (size_t i = 0; i < cg_n_features; i++) {
		const struct cg_feature *feature = &cg_features[i];
		struct cg_feature_answer answer;

		if (!is_wanted(args, feature))
			continue;
		cg_feature_try(feature, &answer);
		add_row(&table, feature, &answer);
		if (strcmp(feature->name, "filter mode") == 0)
			has_filters = answer.state != CG_FEATURE_NO;
	}
	status = cg_args_has(args, "json") ? print_json(&table) : print_text(&table);
	if (status != CG_EXIT_YES)
		return status;
	return has_filters ? CG_EXIT_YES : CG_EXIT_CANNOT;
}

const struct cg_command cg_command_doctor = {
	.name = "doctor",
	.group = CG_GROUP_MACHINE,
	.summary = "say what this kernel and this user can do",
	.synopsis = "[--json] [FEATURE…]",
	.example = "callgate doctor\n"
		   "callgate doctor --json ADDFD 'strict mode'",
	.options =
		(const struct cg_option[]){
			{ "json", 0, NULL, "one JSON document", 0 },
			{ NULL },
		},
	.run = run,
};
