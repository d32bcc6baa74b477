/*
 * callgate report: the document that a reviewer reads and signs.
 *
 * In: a profile; recordings, a suite's results, a history, a rollout, another profile to compare with. Out: Markdown,
 * one HTML file that needs nothing else, or the facts as JSON; in English or Japanese.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "report/document.h"

#include <errno.h>
#include <string.h>

#define AGAINST_DEFAULT "@container-default"

enum form {
	FORM_MD,
	FORM_HTML,
	FORM_JSON,
};

static bool find_form(const char *word, enum form *ret_form)
{
	static const struct {
		const char *word;
		enum form form;
	} words[] = { { "md", FORM_MD }, { "markdown", FORM_MD }, { "html", FORM_HTML }, { "htm", FORM_HTML },
		      { "json", FORM_JSON } };

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (strcmp(word, words[i].word) == 0) {
			*ret_form = words[i].form;
			return true;
		}
	}
	return false;
}

/* --format, or else what the name of the output ends with, or else Markdown. */
static int read_form(const struct cg_args *args, enum form *ret_form)
{
	const char *format = cg_args_get(args, "format"), *path = cg_args_get(args, "output");
	const char *dot = path ? strrchr(path, '.') : NULL;

	*ret_form = FORM_MD;
	if (format && !find_form(format, ret_form))
		return cg_cli_usage(args, "--format takes md, html or json, not '%s'", format);
	if (!format && dot && !find_form(dot + 1, ret_form))
		*ret_form = FORM_MD;
	return CG_EXIT_YES;
}

static int read_language(const struct cg_args *args, enum cg_language *ret_language)
{
	const char *word = cg_args_get(args, "lang");

	*ret_language = CG_LANGUAGE_EN;
	if (!word || cg_language_find(word, ret_language))
		return CG_EXIT_YES;
	return cg_cli_usage(args, "--lang takes en or ja, not '%s'", word);
}

/* What there is nothing to be reported of. */
static int refuse(const struct cg_subject *subject)
{
	if (subject->kind == CG_SUBJECT_RECORDING) {
		cg_cli_say("%s is a recording, not a profile; give it as --recording, and the profile by itself",
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

static int gather(struct cg_reporting *reporting, const char *reference, struct cg_err *err)
{
	const char *against = cg_args_get(reporting->args, "against");
	int r = cg_report_gather_profile(reporting, reference, err);

	if (r == 0)
		r = cg_report_read_recordings(reporting, err);
	if (r == 0)
		r = cg_report_gather_findings(reporting, err);
	if (r == 0)
		r = cg_report_compare(reporting, against ? against : AGAINST_DEFAULT, err);
	if (r == 0)
		r = cg_report_judge_cves(reporting, err);
	if (r == 0)
		r = cg_report_read_suites(reporting, err);
	if (r == 0)
		r = cg_report_read_history(reporting, err);
	return r < 0 ? r : cg_report_read_rollout(reporting, err);
}

static int write(struct cg_reporting *reporting, enum form form, enum cg_language language)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *path = cg_args_get(reporting->args, "output");
	struct cg_err err = { 0 };
	int r = 0;

	if (form == FORM_JSON)
		cg_facts_write_json(&reporting->facts, &text);
	else
		r = cg_report_write(&reporting->facts, language, form == FORM_HTML ? CG_REPORT_HTML : CG_REPORT_MARKDOWN,
				    &text, &err);
	if (r < 0 || text.has_failed) {
		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	return cg_out_write(path ? path : "-", &text);
}

static int report(struct cg_reporting *reporting, const char *reference, enum form form, enum cg_language language)
{
	struct cg_err err = { 0 };
	int status;

	reporting->meanings = cg_meanings_new(&cg_subject_budget);
	if (!reporting->meanings)
		cg_err_memory(&err);
	if (err.code || cg_subject_read(reference, &reporting->target, &reporting->subject, &err) < 0)
		return cg_subject_fail(&err);
	status = refuse(&reporting->subject);
	if (status)
		return status;
	if (gather(reporting, reference, &err) < 0)
		return cg_subject_fail(&err);
	return write(reporting, form, language);
}

static int run(const struct cg_args *args)
{
	struct cg_reporting reporting = { .args = args };
	const char *reference = args->n_words ? args->words[0] : cg_cli_profile_reference(args);
	enum cg_language language;
	enum form form;
	int status = cg_cli_target(args, &reporting.target);

	if (status == CG_EXIT_YES)
		status = read_form(args, &form);
	if (status == CG_EXIT_YES)
		status = read_language(args, &language);
	if (status)
		return status;
	if (!reference)
		return cg_cli_usage(args, "a profile is needed");
	if (args->n_words > 1)
		return cg_cli_usage(args, "one profile at a time; recordings are given by --recording");
	status = report(&reporting, reference, form, language);
	cg_facts_done(&reporting.facts);
	cg_recording_free(reporting.recording);
	cg_meanings_free(reporting.meanings);
	cg_subject_done(&reporting.subject);
	return status;
}

const struct cg_command cg_command_report = {
	.name = "report",
	.group = CG_GROUP_JUDGE,
	.summary = "write a readable report about a profile",
	.synopsis = "PROFILE [--recording REC]… [--suite RESULT]… [--against PROFILE] [--lang en|ja] [-o FILE] [OPTION…]",
	.example = "callgate report profile.json --recording app.json -o report.html\n"
		   "callgate report profile.json --against old.json --lang ja -o report.ja.html\n"
		   "callgate report @container-default --format json",
	.options =
		(const struct cg_option[]){
			{ "recording", 0, "REC", "say who needs each call, and how complete that is (repeatable)",
			  CG_OPTION_REPEATS },
			{ "against", 0, "PROFILE", "compare with this instead of @container-default", 0 },
			{ "suite", 0, "RESULT", "what callgate test --json wrote (repeatable)", CG_OPTION_REPEATS },
			{ "history", 0, "DB", "violations that callgate monitor kept", 0 },
			{ "rollout", 0, "FILE", "the state of a rollout: its phase", 0 },
			{ "lang", 0, "LANGUAGE", "en (default) or ja", 0, "en ja" },
			{ "format", 0, "FORM", "md, html or json; without it as FILE ends, else md", 0, "md html json" },
			{ "output", 'o', "FILE", "where the report goes; - (default) is standard output", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
