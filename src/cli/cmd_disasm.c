/*
 * callgate disasm: a raw filter back to text.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "filter/filter.h"
#include "os/file.h"

#include <stdio.h>

#define SIZE_LIMIT ((size_t)1 << 20) /* a filter has at most 4,096 instructions of 8 bytes; the rest gets its own error */

#define INSN_SIZE 8

/* Whatever has a length that can be divided by 8 can be listed; whether it is a filter at all, the kernel's rules say. */
static int say_refused(const char *name, const struct cg_err *err)
{
	size_t index;

	if (sscanf(err->message, "instruction %zu:", &index) == 1)
		cg_cli_say("%s: no filter that the kernel would take, if it is one at all: at byte %zu, %s", name,
			   index * INSN_SIZE, err->message);
	else
		cg_cli_say("%s: no filter that the kernel would take: %s", name, err->message);
	return CG_EXIT_BAD_INPUT;
}

static int disassemble(const char *path, bool is_big_endian, struct cg_text *bytes, struct cg_text *text)
{
	const char *name = cg_input_name(path);
	int status, is_taken;
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	if (cg_file_read(path, SIZE_LIMIT, bytes, &err) < 0 ||
	    cg_filter_decode(name, cg_text_get(bytes), bytes->length, is_big_endian, &filter, &err) < 0)
		return cg_cli_fail(&err);

	cg_filter_disasm(filter, text);
	is_taken = cg_filter_check(filter, &err);
	cg_filter_free(filter);
	/* A listing of a filter that no kernel takes is still worth reading. */
	status = cg_out_print(text);
	return status == CG_EXIT_YES && is_taken < 0 ? say_refused(name, &err) : status;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_text_done) struct cg_text bytes = { 0 }, text = { 0 };

	if (args->n_words != 1)
		return cg_cli_usage(args, "one raw filter is needed (- is standard input)");
	return disassemble(args->words[0], cg_args_has(args, "big-endian"), &bytes, &text);
}

const struct cg_command cg_command_disasm = {
	.name = "disasm",
	.group = CG_GROUP_USE,
	.summary = "read a filter back",
	.synopsis = "[--big-endian] FILTER",
	.example = "callgate disasm default.bpf\ncallgate compile profile.json -o - | callgate disasm -",
	.options =
		(const struct cg_option[]){
			{ "big-endian", 0, NULL, "the filter is for a big-endian machine (s390x, mips, ppc64, …)", 0 },
			{ NULL },
		},
	.run = run,
};
