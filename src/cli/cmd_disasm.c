/*
 * callgate disasm: a raw filter back to text.
 */
#include "cli/commands.h"
#include "filter/filter.h"
#include "os/file.h"

#define SIZE_LIMIT ((size_t)1 << 20) /* a filter has at most 4,096 instructions of 8 bytes; the rest gets its own error */

static int disassemble(const char *path, bool is_big_endian, struct cg_text *bytes, struct cg_text *text)
{
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	if (cg_file_read(path, SIZE_LIMIT, bytes, &err) < 0 ||
	    cg_filter_decode(path, cg_text_get(bytes), bytes->length, is_big_endian, &filter, &err) < 0)
		return cg_cli_fail(&err);

	cg_filter_disasm(filter, text);
	/* A listing of a filter that no kernel takes is still worth reading. */
	if (cg_filter_check(filter, &err) < 0)
		cg_cli_say("%s: the kernel would not take this filter: %s", path, err.message);
	cg_filter_free(filter);
	return cg_out_print(text);
}

static int run(const struct cg_args *args)
{
	struct cg_text bytes = { 0 }, text = { 0 };
	int status;

	if (args->n_words != 1)
		return cg_cli_usage(args, "one raw filter is needed (- is standard input)");
	status = disassemble(args->words[0], cg_args_has(args, "big-endian"), &bytes, &text);
	cg_text_done(&bytes);
	cg_text_done(&text);
	return status;
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
