/*
 * callgate check: is a profile valid, does it resolve and compile, and is it wise?
 *
 * In: profiles and a target. Out: findings, one a line with its remedy below it, `file:line:column: severity: message
 * [rule]` as compilers have it, so that editors find the place; with --json one document. A profile that cannot be read
 * is an error on standard error; the others are judged all the same, and the worst decides the status.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "gate/gate.h"
#include "lint/lint.h"

#include <stdio.h>
#include <string.h>

/* What became of all profiles. */
struct checking {
	const struct cg_args *args;
	struct cg_target target;
	enum cg_severity fail_on;
	struct cg_text text; /* what is printed: lines, or the document */
	struct cg_json_writer json;
	bool is_json;
	int status;
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

static void write_finding(struct checking *checking, const char *reference, const struct cg_note *note)
{
	struct cg_json_writer *json = &checking->json;
	char place[CG_ERR_PLACE_SIZE];

	if (checking->is_json) {
		cg_json_open_object(json, NULL);
		cg_json_string(json, "rule", note->rule);
		cg_json_string(json, "severity", cg_severity_name(note->severity));
		cg_json_u64(json, "line", note->line);
		cg_json_u64(json, "column", note->column);
		cg_json_string(json, "message", note->message);
		cg_json_string(json, "remedy", note->remedy[0] ? note->remedy : NULL);
		cg_json_close_object(json);
		return;
	}
	cg_err_place(place, reference, note->line, note->column);
	cg_text_addf(&checking->text, "%s: %s: %s [%s]\n", place, cg_severity_name(note->severity), note->message,
		     note->rule);
	if (note->remedy[0])
		cg_text_addf(&checking->text, "\tremedy: %s\n", note->remedy);
}

static void write_findings(struct checking *checking, const char *reference, const struct cg_notes *notes,
			   size_t ret_counts[3])
{
	if (checking->is_json)
		cg_json_open_array(&checking->json, "findings");
	for (size_t i = 0; i < notes->list.n_items; i++) {
		write_finding(checking, reference, &notes->list.items[i]);
		ret_counts[notes->list.items[i].severity]++;
		if (notes->list.items[i].severity >= checking->fail_on)
			worsen(checking, CG_EXIT_NO);
	}
	if (checking->is_json)
		cg_json_close_array(&checking->json);
}

static void write_arches(struct checking *checking, const struct cg_policy *policy)
{
	if (checking->is_json)
		cg_json_open_inline_array(&checking->json, "architectures");
	for (size_t i = 0; i < policy->n_arches; i++) {
		if (checking->is_json)
			cg_json_string(&checking->json, NULL, policy->arches[i]->name);
		else
			cg_text_addf(&checking->text, " %s", policy->arches[i]->name);
	}
	if (checking->is_json)
		cg_json_close_array(&checking->json);
}

/* "p.json: 0 errors, 1 warning, 2 notes; x86_64 x86: 120 instructions". No filter: no seccomp would be applied. */
static void write_end(struct checking *checking, const char *reference, const struct cg_input *input,
		      const struct cg_filter *filter, const size_t counts[3])
{
	struct cg_text *text = &checking->text;

	if (checking->is_json) {
		if (filter) {
			write_arches(checking, input->policy);
			cg_json_u64(&checking->json, "instructions", filter->n_insns);
		}
		return;
	}
	cg_text_addf(text, "%s: %zu error%s, %zu warning%s, %zu note%s", reference, counts[CG_SEVERITY_ERROR],
		     counts[CG_SEVERITY_ERROR] == 1 ? "" : "s", counts[CG_SEVERITY_WARNING],
		     counts[CG_SEVERITY_WARNING] == 1 ? "" : "s", counts[CG_SEVERITY_NOTE],
		     counts[CG_SEVERITY_NOTE] == 1 ? "" : "s");
	if (filter) {
		cg_text_add(text, ";");
		write_arches(checking, input->policy);
		cg_text_addf(text, ": a filter of %zu instructions", filter->n_insns);
	}
	cg_text_add_char(text, '\n');
}

/* Valid, resolves, compiles, is wise. The notes of reading and resolving come first into input->notes. */
static int judge(struct checking *checking, const char *reference, struct cg_input *input,
		 struct cg_filter **ret_filter, struct cg_err *err)
{
	int r = cg_input_read(reference, &checking->target, input, err);

	if (r == 0)
		r = cg_lint(input->profile, &checking->target, input->policy, &input->notes, err);
	if (r == 0 && input->policy)
		r = cg_gate_compile(input->policy, NULL, ret_filter, err);
	/* A reader's error has its place; the compiler's has none. */
	if (r < 0 && !err->place[0])
		snprintf(err->place, sizeof(err->place), "%s", reference);
	return r;
}

static void write_failure(struct checking *checking, const struct cg_err *err)
{
	worsen(checking, cg_cli_fail(err));
	if (!checking->is_json)
		return;
	cg_json_open_object(&checking->json, "error");
	cg_json_string(&checking->json, "place", err->place);
	cg_json_string(&checking->json, "message", err->message);
	cg_json_close_object(&checking->json);
}

static void check(struct checking *checking, const char *reference)
{
	struct cg_input input = { 0 };
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	size_t counts[3] = { 0 };

	if (checking->is_json) {
		cg_json_open_object(&checking->json, NULL);
		cg_json_string(&checking->json, "profile", reference);
		cg_json_string(&checking->json, "engine", checking->target.engine->name);
	}
	if (judge(checking, reference, &input, &filter, &err) < 0) {
		write_failure(checking, &err);
	} else {
		cg_notes_sort(&input.notes);
		write_findings(checking, reference, &input.notes, counts);
		write_end(checking, reference, &input, filter, counts);
	}
	if (checking->is_json)
		cg_json_close_object(&checking->json);
	cg_filter_free(filter);
	cg_input_done(&input);
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

static int check_all(struct checking *checking)
{
	const struct cg_args *args = checking->args;
	int printed;

	if (checking->is_json) {
		cg_json_open_object(&checking->json, NULL);
		cg_json_open_array(&checking->json, "profiles");
	}
	for (size_t i = 0; i < args->n_words; i++)
		check(checking, args->words[i]);
	if (args->n_words == 0)
		check(checking, cg_cli_profile_reference(args));
	if (checking->is_json) {
		cg_json_close_array(&checking->json);
		cg_json_close_object(&checking->json);
		cg_text_add_char(&checking->text, '\n');
	}
	printed = cg_out_print(&checking->text);
	cg_text_done(&checking->text);
	return printed ? printed : checking->status;
}

static int run(const struct cg_args *args)
{
	struct checking checking = { .args = args, .fail_on = CG_SEVERITY_ERROR, .is_json = cg_args_has(args, "json") };
	const char *fail_on = cg_args_get(args, "fail-on");
	int status = cg_cli_target(args, &checking.target);

	if (status)
		return status;
	if (fail_on && !find_severity(fail_on, &checking.fail_on))
		return cg_cli_usage(args, "--fail-on takes error, warning or note, not '%s'", fail_on);
	if (args->n_words == 0 && !cg_cli_profile_reference(args))
		return cg_cli_usage(args, "a profile is needed");
	checking.json.text = &checking.text;
	return check_all(&checking);
}

const struct cg_command cg_command_check = {
	.name = "check",
	.group = CG_GROUP_JUDGE,
	.summary = "validate, lint and compile a profile",
	.synopsis = "PROFILE… [--fail-on error|warning|note] [--json] [TARGET…]",
	.example = "callgate check profile.json\n"
		   "callgate check --engine docker --caps default,CAP_SYS_ADMIN profile.json\n"
		   "callgate check --fail-on warning --json profiles/*.json",
	.options =
		(const struct cg_option[]){
			{ "fail-on", 0, "SEVERITY",
			  "least severity that makes the status 1: error (default), warning, note", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
