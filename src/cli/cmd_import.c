/*
 * callgate import: logs of strace become recordings.
 *
 * In: logs. Out: one recording with a run for each; on standard error, how many lines of each could not be read and the
 * first few of them. An unreadable line is no failure: a log may hold anything beside calls. A log without one is.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "learn/import.h"
#include "os/file.h"

#include <inttypes.h>
#include <string.h>

static void say_unreadable(const char *name, const struct cg_import_report *report)
{
	for (size_t i = 0; i < report->n_shown; i++)
		cg_cli_say("%s:%" PRIu64 ": cannot be read: %s", name, report->shown[i].line, report->shown[i].text);
	if (report->n_unreadable)
		cg_cli_say("%s: %" PRIu64 " of %" PRIu64 " lines could not be read as %s", name, report->n_unreadable,
			   report->n_lines, report->format->meaning);
}

static int import_one(const char *path, const struct cg_log_format *format, const struct cg_arch *arch,
		      struct cg_recording *recording, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	struct cg_recording *imported = NULL;
	struct cg_import_report report;
	int r = cg_file_read(path, CG_IMPORT_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = cg_import(name, cg_text_get(&text), text.length, format, arch, &imported, &report, err);
	if (r == 0) {
		say_unreadable(name, &report);
		r = cg_recording_merge(recording, imported, err);
	}
	cg_recording_free(imported);
	return r;
}

static int import_all(const struct cg_args *args, const struct cg_log_format *format, const struct cg_arch *arch)
{
	const char *output = cg_args_get(args, "output");
	struct cg_recording *recording = cg_recording_new();
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int status = CG_EXIT_YES;

	if (!recording)
		cg_err_memory(&err);
	for (size_t i = 0; err.code == 0 && i < args->n_words; i++)
		import_one(args->words[i], format, arch, recording, &err);
	if (err.code) {
		status = cg_cli_fail(&err);
	} else {
		cg_recording_write(recording, &text);
		status = cg_out_write(output ? output : "-", &text);
	}
	cg_recording_free(recording);
	return status;
}

static int unknown_format(const struct cg_args *args, const char *name)
{
	const char *best = cg_log_format_suggest(name);

	if (best)
		return cg_cli_usage(args, "there is no format '%s'; did you mean %s?", name, best);
	return cg_cli_usage(args, "there is no format '%s'; auto, strace, strace-summary", name);
}

static int run(const struct cg_args *args)
{
	const char *from = cg_args_get(args, "from"), *arch_name = cg_args_get(args, "arch");
	const struct cg_arch *arch = arch_name ? cg_arch_find(arch_name) : cg_arch_native();
	const struct cg_log_format *format = NULL;

	if (args->n_words == 0)
		return cg_cli_usage(args, "a log is needed; - is standard input");
	if (!arch)
		return cg_cli_usage(args, "there is no architecture '%s'", arch_name);
	if (from && strcmp(from, "auto") != 0) {
		format = cg_log_format_find(from);
		if (!format)
			return unknown_format(args, from);
	}
	return import_all(args, format, arch);
}

const struct cg_command cg_command_import = {
	.name = "import",
	.group = CG_GROUP_LEARN,
	.summary = "turn logs of strace into a recording",
	.synopsis = "[--from auto|strace|strace-summary] FILE… [-o REC.json]",
	.example = "strace -f -o log ./app; callgate import log -o app.json\n"
		   "strace -c -f ./app 2>&1 >/dev/null | callgate import -",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the recording goes; standard output without it", 0 },
			{ "from", 0, "FORMAT", "auto (default), strace: a log, strace-summary: the table of strace -c",
			  0 },
			{ "arch", 0, "ARCH", "architecture of the machine that the log is of; this one's without it",
			  0 },
			{ NULL },
		},
	.run = run,
};
