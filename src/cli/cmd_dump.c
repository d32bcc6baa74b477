/*
 * callgate dump: the filters of a live process.
 *
 * In: a process id. Out: a table of its filters, thread by thread where these differ, and what they allow together; or
 * the filters themselves, as files in a folder or as listings.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/dump.h"

#include <errno.h>
#include <string.h>

static int read_format(const struct cg_args *args, struct cg_dump *dump)
{
	const char *format = cg_args_get(args, "format");

	if (format && strcmp(format, "raw") != 0 && strcmp(format, "asm") != 0)
		return cg_cli_usage(args, "unknown format '%s'; raw or asm", format);
	dump->is_listing = format && strcmp(format, "asm") == 0;
	dump->folder = cg_args_get(args, "output");
	dump->wants_filters = format || dump->folder;
	dump->is_json = cg_args_has(args, "json");
	if (dump->is_json && dump->wants_filters)
		return cg_cli_usage(args, "--json is for the table, not for the filters themselves");
	return 0;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject process = { 0 };
	struct cg_dump dump = { .process = &process };
	struct cg_target target;
	struct cg_err err = { 0 };
	int status = read_format(args, &dump), pid, r;

	if (status)
		return status;
	if (args->n_words != 1)
		return cg_cli_usage(args, "the id of a process is needed");
	r = cg_subject_process(args->words[0], true, &pid, &err);
	if (r < 0)
		return cg_subject_fail(&err);
	if (r == 0)
		return cg_cli_usage(args, "'%s' is no id of a process", args->words[0]);
	cg_target_init(&target);
	if (cg_subject_read_process(args->words[0], pid, &target, &process, &err) < 0)
		return cg_subject_fail(&err);
	return dump.wants_filters ? cg_dump_filters(&dump) : cg_dump_table(&dump);
}

const struct cg_command cg_command_dump = {
	.name = "dump",
	.group = CG_GROUP_USE,
	.summary = "take the filters out of a live process",
	.synopsis = "PID|container:NAME|unit:NAME [-o DIR] [--format raw|asm] [--json]",
	.example = "callgate dump 4711\n"
		   "callgate dump 4711 --format asm\n"
		   "callgate dump 4711 -o filters && callgate diff filters/0.bpf profile.json",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "DIR", "write each filter to a file of its own, in this folder", 0 },
			{ "format", 0, "FORM", "raw (default with -o): as seccomp(2) takes it; asm: a listing", 0, "raw asm" },
			{ "json", 0, NULL, "write the table as JSON", 0 },
			{ NULL },
		},
	.run = run,
};
