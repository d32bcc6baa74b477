/*
 * callgate compile: a profile to the filter that the kernel takes.
 *
 * In: a profile and a target. Out: a raw filter (struct sock_filter in the target's byte order) or its listing. It
 * goes through gate/, so nothing is written that was not checked against the policy.
 */
#include "cli/commands.h"
#include "cli/input.h"
#include "gate/gate.h"

#include <string.h>

static int format_filter(const struct cg_args *args, const struct cg_filter *filter, struct cg_text *text)
{
	const char *format = cg_args_get(args, "format");

	if (!format || strcmp(format, "raw") == 0)
		cg_filter_encode(filter, text);
	else if (strcmp(format, "asm") == 0)
		cg_filter_disasm(filter, text);
	else
		return cg_cli_usage(args, "unknown format '%s'; raw or asm", format);
	return CG_EXIT_YES;
}

static int write_filter(const struct cg_args *args, const struct cg_filter *filter)
{
	struct cg_text text = { 0 };
	int status = format_filter(args, filter, &text);

	if (status == CG_EXIT_YES)
		status = cg_out_write(cg_args_get(args, "output"), &text);
	cg_text_done(&text);
	return status;
}

static int compile(const struct cg_args *args, const struct cg_target *target, struct cg_input *input)
{
	struct cg_gate_options options = { .is_unproven = cg_args_has(args, "no-prove") };
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	int status;

	if (cg_input_read(args->words[0], target, input, &err) < 0)
		return cg_cli_fail(&err);
	cg_input_say_notes(input, args->words[0]);
	if (!input->policy) {
		cg_cli_say("%s: this engine applies no seccomp at all for such a profile: there is no filter to write",
			   args->words[0]);
		return CG_EXIT_BAD_INPUT;
	}
	if (cg_gate_compile(input->policy, &options, &filter, &err) < 0)
		return cg_cli_fail(&err);

	status = write_filter(args, filter);
	if (status == CG_EXIT_YES && cg_args_has(args, "stats"))
		cg_cli_say("%zu instructions for %zu architectures", filter->n_insns, input->policy->n_arches);
	cg_filter_free(filter);
	return status;
}

static int run(const struct cg_args *args)
{
	struct cg_input input = { 0 };
	struct cg_target target;
	int status = cg_cli_target(args, &target);

	if (status)
		return status;
	if (args->n_words != 1)
		return cg_cli_usage(args, "one profile is needed");
	if (!cg_args_has(args, "output"))
		return cg_cli_usage(args, "-o FILE says where the filter goes (- is standard output)");

	status = compile(args, &target, &input);
	cg_input_done(&input);
	return status;
}

const struct cg_command cg_command_compile = {
	.name = "compile",
	.group = CG_GROUP_USE,
	.summary = "write the filter (raw or as a listing)",
	.synopsis = "PROFILE -o FILE [--format raw|asm] [--stats] [--no-prove] [TARGET…]",
	.example = "callgate compile @container-default -o default.bpf --stats\n"
		   "callgate compile profile.json --arch aarch64 --format asm -o -",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the filter goes; - is standard output", 0 },
			{ "format", 0, "FORM", "raw (default): what seccomp(2) takes; asm: a listing", 0 },
			{ "stats", 0, NULL, "say how long the filter is", 0 },
			{ "no-prove", 0, NULL, "do not check the filter against the policy (for measuring)", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
