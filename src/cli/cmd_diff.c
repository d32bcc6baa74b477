/*
 * callgate diff: every call on which two things differ; or with --subset, whether one allows what the other denies.
 *
 * In: two references (profiles, raw filters, processes; or two recordings) and a target. Out: a table with a row for
 * each call and condition; 0 when there is none, 1 when there are, 4 when it was not decided.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/diff.h"

#include <errno.h>
#include <string.h>

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* Does A allow nothing that B denies? One sentence, and a witness when it does. */
static int print_subset(const struct cg_diff *diff, struct cg_meanings *meanings, uint32_t a, uint32_t b)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text };
	struct cg_witness witness;
	struct cg_err err = { 0 };
	int exceeds = cg_meaning_exceeds(meanings, a, b, &witness, &err), status;

	if (exceeds < 0)
		return cg_subject_fail(&err);
	if (diff->is_json) {
		cg_json_open_object(&json, NULL);
		cg_json_bool(&json, "subset", !exceeds);
		if (exceeds)
			cg_witness_json(&json, &witness);
		cg_json_close_object(&json);
		cg_text_add_char(json.text, '\n');
	} else if (exceeds) {
		cg_text_addf(&text, "%s allows what %s denies: ", diff->a->reference, diff->b->reference);
		cg_witness_say(&text, &witness, "the first", "the second");
		cg_text_add_char(&text, '\n');
	} else {
		cg_text_addf(&text, "%s allows nothing that %s denies\n", diff->a->reference, diff->b->reference);
	}
	status = cg_out_print(&text);
	return status == CG_EXIT_YES && exceeds ? CG_EXIT_NO : status;
}

static int compare_subset(const struct cg_diff *diff)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	struct cg_err err = { 0 };
	uint32_t a, b;

	if (!meanings)
		cg_err_memory(&err);
	if (!meanings || cg_subject_meaning(diff->a, meanings, &a, &err) < 0 ||
	    cg_subject_meaning(diff->b, meanings, &b, &err) < 0)
		return cg_subject_fail(&err);
	return print_subset(diff, meanings, a, b);
}

static int compare(const struct cg_diff *diff)
{
	bool is_recording_a = diff->a->kind == CG_SUBJECT_RECORDING;
	bool is_recording_b = diff->b->kind == CG_SUBJECT_RECORDING;

	if (is_recording_a != is_recording_b) {
		cg_cli_say("%s is a recording and %s is none: a recording is compared with another",
			   is_recording_a ? diff->a->reference : diff->b->reference,
			   is_recording_a ? diff->b->reference : diff->a->reference);
		return CG_EXIT_BAD_INPUT;
	}
	if (cg_args_has(diff->args, "subset") && is_recording_a)
		return cg_cli_usage(diff->args, "--subset is for what allows and denies, and a recording does neither");
	if (cg_args_has(diff->args, "subset"))
		return compare_subset(diff);
	return is_recording_a ? cg_diff_recordings(diff) : cg_diff_meanings(diff);
}

static int read_options(struct cg_diff *diff)
{
	const char *most = cg_args_get(diff->args, "max");
	uint64_t n_most;

	if (diff->args->n_words != 2)
		return cg_cli_usage(diff->args, "two profiles, filters, processes or recordings are needed");
	if (strcmp(diff->args->words[0], "-") == 0 && strcmp(diff->args->words[1], "-") == 0)
		return cg_cli_usage(diff->args, "only one of the two can be standard input");
	if (most && !cg_num_parse_decimal(most, 1, UINT32_MAX, &n_most))
		return cg_cli_usage(diff->args, "'%s': --max takes a number from 1", most);
	diff->n_most = most ? (size_t)n_most : SIZE_MAX;
	diff->is_json = cg_args_has(diff->args, "json");
	diff->is_summary = cg_args_has(diff->args, "summary");
	return 0;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject a = { 0 };
	CG_CLEANUP(cg_subject_done) struct cg_subject b = { 0 };
	struct cg_diff diff = { .args = args, .a = &a, .b = &b };
	struct cg_target target;
	struct cg_err err = { 0 };
	int status = cg_cli_target(args, &target);

	if (status == 0)
		status = read_options(&diff);
	if (status)
		return status;
	if (cg_subject_read(args->words[0], &target, &a, &err) < 0 ||
	    cg_subject_read(args->words[1], &target, &b, &err) < 0)
		return cg_subject_fail(&err);
	return compare(&diff);
}

const struct cg_command cg_command_diff = {
	.name = "diff",
	.group = CG_GROUP_JUDGE,
	.summary = "show every call on which two profiles, filters or processes differ",
	.synopsis = "A B [--subset | --summary] [--max N] [--json] [TARGET…]",
	.example = "callgate diff old.json new.json --engine docker@23.0\n"
		   "callgate diff --subset app.json @container-default",
	.options =
		(const struct cg_option[]){
			{ "subset", 0, NULL, "only: does A allow nothing that B denies? With a call that shows it when not", 0 },
			{ "summary", 0, NULL, "only how many calls go from which answer to which", 0 },
			{ "max", 0, "N", "at most N rows, and how many are left out", 0 },
			{ "json", 0, NULL, "write it as JSON", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
