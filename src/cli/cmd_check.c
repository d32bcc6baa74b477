/*
 * callgate check: is a profile valid, does it resolve and compile, and is it wise?
 *
 * In: profiles and a target; recordings, if the profile shall be enough for what they saw. Out: findings
 * (check_report.c). A profile that cannot be read is an error on standard error; the others are judged all the same,
 * and the worst decides the status.
 */
#include "api/files.h"
#include "base/cleanup.h"
#include "cli/check_report.h"
#include "cli/commands.h"
#include "gate/gate.h"
#include "lint/lint.h"
#include "lint/recorded.h"
#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What became of all profiles. */
struct checking {
	const struct cg_args *args;
	struct cg_target target;
	bool has_all_engines; /* --engine all */
	enum cg_severity fail_on;
	struct cg_recording *recording;
	struct cg_summary summary; /* of all recordings */
	struct cg_check_report report;
	int status;
};

/* One profile. */
struct checked {
	struct cg_input input;
	struct cg_filter *filter;
	struct cg_score score;
	struct cg_readings readings;
};

/* Bad input outweighs what this machine cannot do, and both outweigh findings. */
static void worsen(struct checking *checking, int status)
{
	static const int ranks[] = {
		[CG_EXIT_YES] = 0, [CG_EXIT_NO] = 1, [CG_EXIT_USAGE] = 0, [CG_EXIT_BAD_INPUT] = 3, [CG_EXIT_CANNOT] = 2
	};

	if (ranks[status] > ranks[checking->status])
		checking->status = status;
}

/* Engines read JSON; a policy text is nothing to them, so there is nothing to compare. */
static int compare_engines(struct checking *checking, const char *reference, struct checked *checked,
			   struct cg_err *err)
{
	struct cg_input *input = &checked->input;

	if (!checking->has_all_engines || !input->policy)
		return 0;
	if (input->profile->is_outline)
		return cg_err_set(err, -EINVAL, cg_input_name(reference),
				  "engines do not read policy texts: make a profile of it, by compile --format oci");
	return cg_lint_engines(cg_input_name(reference), cg_text_get(&input->text), input->text.length, &checking->target,
			       input->policy, &checked->readings, &input->notes, err);
}

/* Valid, resolves, compiles, is wise. The notes of reading and resolving come first into input->notes. */
static int judge(struct checking *checking, const char *reference, struct checked *checked, struct cg_err *err)
{
	struct cg_input *input = &checked->input;
	int r = cg_input_read(reference, &checking->target, input, err);

	if (r == 0)
		r = cg_lint(input->profile, &checking->target, input->policy, &input->notes, err);
	if (r == 0)
		r = cg_lint_score(input->profile, &checking->target, input->policy, &checked->score, err);
	if (r == 0 && checking->recording && input->policy)
		r = cg_lint_recorded(input->profile, input->policy, &checking->summary, &input->notes, err);
	if (r == 0 && checking->recording && input->policy)
		r = cg_files_note_changes(checking->recording, &input->notes, err);
	if (r == 0)
		r = compare_engines(checking, reference, checked, err);
	if (r == 0 && input->policy)
		r = cg_gate_compile(input->policy, NULL, &checked->filter, err);
	/* A reader's error has its place; the compiler's has none. */
	if (r < 0 && !err->place[0])
		snprintf(err->place, sizeof(err->place), "%s", cg_input_name(reference));
	return r;
}

static void check(struct checking *checking, const char *reference)
{
	const char *engine = checking->has_all_engines ? "all" : checking->target.engine->name;
	struct checked checked = { 0 };
	struct cg_err err = { 0 };
	int r = judge(checking, reference, &checked, &err);

	reference = cg_input_name(reference);
	if (r < 0) {
		worsen(checking, cg_cli_fail(&err));
		cg_check_report_add_failure(&checking->report, reference, engine, &err);
	} else {
		cg_notes_sort(&checked.input.notes);
		cg_check_report_add(&checking->report, reference, engine, &checked.input, checked.filter,
				    &checked.score, &checked.readings);
		for (size_t i = 0; i < checked.input.notes.list.n_items; i++)
			if (checked.input.notes.list.items[i].severity >= checking->fail_on)
				worsen(checking, CG_EXIT_NO);
	}
	cg_filter_free(checked.filter);
	cg_score_done(&checked.score);
	cg_readings_done(&checked.readings);
	cg_input_done(&checked.input);
}

static int read_recordings(struct checking *checking)
{
	const char *path = cg_args_get_nth(checking->args, "recording", 0);
	struct cg_err err = { 0 };
	int r = 0;

	if (!path)
		return CG_EXIT_YES;
	checking->recording = cg_recording_new();
	if (!checking->recording)
		r = cg_err_memory(&err);
	for (size_t i = 0; r == 0 && (path = cg_args_get_nth(checking->args, "recording", i)); i++) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		struct cg_recording *read = NULL;

		r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, &err);
		if (r == 0)
			r = cg_recording_read(cg_input_name(path), cg_text_get(&text), text.length, &read, &err);
		if (r == 0)
			r = cg_recording_merge(checking->recording, read, &err);
		cg_recording_free(read);
	}
	if (r == 0 && cg_recording_summarise(checking->recording, &checking->summary) < 0)
		r = cg_err_memory(&err);
	return r < 0 ? cg_cli_fail(&err) : CG_EXIT_YES;
}

/* SARIF on standard output takes the place of the findings there. */
static int print(struct checking *checking)
{
	const char *path = cg_args_get(checking->args, "sarif");
	int status = CG_EXIT_YES;

	if (path)
		status = cg_out_write(path, &checking->report.sarif.text);
	if (status == CG_EXIT_YES && (!path || strcmp(path, "-") != 0))
		status = cg_out_print(&checking->report.text);
	return status;
}

static int check_all(struct checking *checking)
{
	const struct cg_args *args = checking->args;
	int status = read_recordings(checking);

	if (status == CG_EXIT_YES) {
		cg_check_report_start(&checking->report);
		for (size_t i = 0; i < args->n_words; i++)
			check(checking, args->words[i]);
		if (args->n_words == 0)
			check(checking, cg_cli_profile_reference(args));
		cg_check_report_finish(&checking->report);
		status = print(checking);
	}
	cg_check_report_done(&checking->report);
	cg_summary_done(&checking->summary);
	cg_recording_free(checking->recording);
	return status ? status : checking->status;
}

static bool find_severity(const char *word, enum cg_severity *ret_severity)
{
	for (enum cg_severity severity = CG_SEVERITY_NOTE; severity <= CG_SEVERITY_ERROR; severity++)
		if (strcmp(word, cg_severity_name(severity)) == 0) {
			*ret_severity = severity;
			return true;
		}
	return false;
}

/* --engine all is no engine: the profile is read as written, and then as each engine reads it. */
static int find_target(struct checking *checking)
{
	struct cg_args args = *checking->args;
	const char *engine = cg_args_get(&args, "engine");
	size_t n_given = 0;

	checking->has_all_engines = engine && strcmp(engine, "all") == 0;
	for (size_t i = 0; i < args.n_given; i++)
		if (!checking->has_all_engines || strcmp(args.given[i].option->name, "engine") != 0)
			args.given[n_given++] = args.given[i];
	args.n_given = n_given;
	return cg_cli_target(&args, &checking->target);
}

static int run(const struct cg_args *args)
{
	struct checking checking = { .args = args, .fail_on = CG_SEVERITY_ERROR };
	const char *fail_on = cg_args_get(args, "fail-on");
	int status = find_target(&checking);

	if (status)
		return status;
	if (fail_on && !find_severity(fail_on, &checking.fail_on))
		return cg_cli_usage(args, "--fail-on takes error, warning or note, not '%s'", fail_on);
	if (args->n_words == 0 && !cg_cli_profile_reference(args))
		return cg_cli_usage(args, "a profile is needed");
	checking.report.is_json = cg_args_has(args, "json");
	checking.report.has_risk = cg_args_has(args, "risk");
	return check_all(&checking);
}

const struct cg_command cg_command_check = {
	.name = "check",
	.group = CG_GROUP_JUDGE,
	.summary = "validate, lint, compile and prove a profile",
	.synopsis = "PROFILE… [--recording REC.json]… [--risk] [--sarif FILE] [--fail-on SEVERITY] [--json] "
		    "[--engine all] [TARGET…]",
	.example = "callgate check profile.json\n"
		   "callgate check --engine all --recording rec.json profile.json\n"
		   "callgate check --fail-on warning --sarif findings.sarif profiles/*.json",
	.options =
		(const struct cg_option[]){
			{ "fail-on", 0, "SEVERITY",
			  "least severity that makes the status 1: error (default), warning, note", 0, "error warning note" },
			{ "recording", 0, "REC", "find what was recorded and is not allowed (repeatable)",
			  CG_OPTION_REPEATS },
			{ "risk", 0, NULL, "show each line of the risk score", 0 },
			{ "sarif", 0, "FILE", "write the findings as SARIF 2.1.0; - is standard output", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
