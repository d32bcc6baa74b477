/*
 * callgate explain: what does a profile do with a call, and which rule decides? Without a call: what does it do at all?
 *
 * In: a profile, a raw filter or a process; a target; a call as people write it. Out: the answer on each architecture,
 * the rule with its place and the rules that it beat, or the instruction; on request the way of the call through the
 * filter.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/explain.h"

#include <string.h>

static int explain(const struct cg_explain *explain, const char *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text out = { 0 };
	int status;

	if (call && explain->subject->kind == CG_SUBJECT_PROFILE)
		status = cg_explain_call(explain, call, &out);
	else if (call)
		status = cg_explain_filter_call(explain, call, &out);
	else if (explain->is_picture)
		status = cg_explain_picture(explain, &out);
	else
		status = cg_explain_profile(explain, &out);
	return status == CG_EXIT_YES ? cg_out_print(&out) : status;
}

/* What has nothing to be explained. */
static int refuse(const struct cg_subject *subject)
{
	if (subject->kind == CG_SUBJECT_RECORDING) {
		cg_cli_say("%s is a recording, which answers nothing; make a profile of it with callgate generate",
			   subject->reference);
		return CG_EXIT_BAD_INPUT;
	}
	if (subject->kind == CG_SUBJECT_PROFILE && !subject->input.policy) {
		cg_cli_say("%s: %s applies no seccomp at all for such a profile: every call is made",
			   subject->reference, subject->target->engine->name);
		return CG_EXIT_BAD_INPUT;
	}
	return CG_EXIT_YES;
}

/* A call has its parentheses, which no profile's name should have: so the profile may come from the environment. */
static bool is_call(const char *word)
{
	size_t length = strlen(word);

	return length > 2 && word[length - 1] == ')' && strchr(word, '(');
}

/* --format, --json and --lang; an exit status. */
static int read_form(const struct cg_args *args, struct cg_explain *what)
{
	const char *format = cg_args_get(args, "format"), *language = cg_args_get(args, "lang");

	what->is_json = cg_args_has(args, "json") || (format && strcmp(format, "json") == 0);
	what->is_picture = format && strcmp(format, "svg") == 0;
	what->language = language ? language : "en";
	if (format && !what->is_picture && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
		return cg_cli_usage(args, "unknown format '%s'; there are text, json and svg", format);
	if (strcmp(what->language, "en") != 0 && strcmp(what->language, "ja") != 0)
		return cg_cli_usage(args, "unknown language '%s'; there are en and ja", what->language);
	if (cg_args_has(args, "json") && format && strcmp(format, "json") != 0)
		return cg_cli_usage(args, "--json and --format %s exclude each other", format);
	if (language && !what->is_picture)
		return cg_cli_usage(args, "--lang is of pictures: --format svg");
	return CG_EXIT_YES;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject subject = { 0 };
	const char *reference = cg_cli_profile_reference(args);
	const char *call = NULL;
	struct cg_target target;
	struct cg_explain what = { .subject = &subject, .input = &subject.input, .target = &target };
	struct cg_err err = { 0 };
	int status = cg_cli_target(args, &target);

	if (status)
		return status;
	if (args->n_words == 1 && is_call(args->words[0]) && reference) {
		call = args->words[0];
	} else if (args->n_words) {
		reference = args->words[0];
		call = args->words[1];
	}
	if (!reference)
		return cg_cli_usage(args, "a profile is needed");
	if (args->n_words > 2)
		return cg_cli_usage(args, "one call at a time, in quotes: 'socket(AF_INET, SOCK_STREAM, 0)'");
	what.reference = cg_input_name(reference);
	status = read_form(args, &what);
	if (status)
		return status;
	what.has_path = cg_args_has(args, "path");
	if (what.has_path && !call)
		return cg_cli_usage(args, "--path shows the way of one call: name it");
	if (what.is_picture && call)
		return cg_cli_usage(args, "the picture is of all calls: leave the call out");
	if (cg_subject_read(reference, &target, &subject, &err) < 0)
		return cg_subject_fail(&err);
	status = refuse(&subject);
	return status ? status : explain(&what, call);
}

const struct cg_command cg_command_explain = {
	.name = "explain",
	.group = CG_GROUP_JUDGE,
	.summary = "say what a profile does with a call, and which rule decides",
	.synopsis = "(PROFILE | FILTER | pid:PID) ['CALL(ARGUMENTS)'] [--path] [--json | --format svg] [TARGET…]",
	.example = "callgate explain profile.json 'socket(AF_INET, SOCK_STREAM, 0)'\n"
		   "callgate explain @container-default 'clone(CLONE_NEWUSER|SIGCHLD)' --path\n"
		   "callgate explain profile.json --engine docker\n"
		   "callgate explain pid:4711 'openat(AT_FDCWD)' --path\n"
		   "callgate explain profile.json --format svg >profile.svg",
	.options =
		(const struct cg_option[]){
			{ "path", 0, NULL, "show the instructions that the filter runs for the call", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			{ "format", 0, "FORM", "text (default), json, or svg: a picture of how calls are decided", 0,
			  "text json svg" },
			{ "lang", 0, "LANG", "of the picture: en (default) or ja", 0, "en ja" },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
