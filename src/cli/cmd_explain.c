/*
 * callgate explain: what does a profile do with a call, and which rule decides? Without a call: what does it do at all?
 *
 * In: a profile, a target, a call as people write it. Out: the answer on each architecture, the rule with its place,
 * the rules that it beat; on request the way of the call through the compiled filter.
 */
#include "cli/commands.h"
#include "cli/explain.h"

#include <string.h>

static int explain(const struct cg_args *args, const char *reference, const char *call, struct cg_explain *explain,
		   struct cg_input *input)
{
	struct cg_text out = { 0 };
	struct cg_err err = { 0 };
	int status;

	if (cg_input_read(reference, explain->target, input, &err) < 0)
		return cg_cli_fail(&err);
	cg_input_say_notes(input, reference);
	if (!input->policy) {
		cg_cli_say("%s: %s applies no seccomp at all for such a profile: every call is made", reference,
			   explain->target->engine->name);
		return CG_EXIT_BAD_INPUT;
	}
	explain->is_json = cg_args_has(args, "json");
	explain->has_path = cg_args_has(args, "path");
	status = call ? cg_explain_call(explain, call, &out) : cg_explain_profile(explain, &out);
	if (status == CG_EXIT_YES)
		status = cg_out_print(&out);
	cg_text_done(&out);
	return status;
}

/* A call has its parentheses, which no profile's name should have: so the profile may come from the environment. */
static bool is_call(const char *word)
{
	size_t length = strlen(word);

	return length > 2 && word[length - 1] == ')' && strchr(word, '(');
}

static int run(const struct cg_args *args)
{
	const char *reference = cg_cli_profile_reference(args);
	const char *call = NULL;
	struct cg_target target;
	struct cg_input input = { 0 };
	struct cg_explain what = { .input = &input, .target = &target };
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
	if (cg_args_has(args, "path") && !call)
		return cg_cli_usage(args, "--path shows the way of one call: name it");
	what.reference = reference;
	status = explain(args, reference, call, &what, &input);
	cg_input_done(&input);
	return status;
}

const struct cg_command cg_command_explain = {
	.name = "explain",
	.group = CG_GROUP_JUDGE,
	.summary = "say what a profile does with a call, and which rule decides",
	.synopsis = "PROFILE ['CALL(ARGUMENTS)'] [--path] [--json] [TARGET…]",
	.example = "callgate explain profile.json 'socket(AF_INET, SOCK_STREAM, 0)'\n"
		   "callgate explain @container-default 'clone(CLONE_NEWUSER|SIGCHLD)' --path\n"
		   "callgate explain profile.json --engine docker",
	.options =
		(const struct cg_option[]){
			{ "path", 0, NULL, "show the instructions that the compiled filter runs for the call", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
