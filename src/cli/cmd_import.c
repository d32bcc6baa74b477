/*
 * callgate import: logs of strace become recordings.
 *
 * In: logs, and recordings, which are united with them. Out: one recording with a run for each; on standard error, how
 * many lines of each log could not be read and the first few of them. An unreadable line is no failure: a log may hold
 * anything beside calls. A log without one is.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/input.h"
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

/* What the command line asks for. */
struct wishes {
	const struct cg_log_format *format; /* NULL: each log says itself what it is */
	bool is_recording; /* --from recording */
	const struct cg_arch *arch;
};

/* A log begins with no brace, a recording with nothing else. */
static bool is_json(const struct cg_text *text)
{
	const char *at = cg_text_get(text);

	return at[strspn(at, " \t\r\n")] == '{';
}

static int import_text(const char *name, const struct cg_text *text, const struct wishes *wishes,
		       struct cg_recording **ret_recording, struct cg_err *err)
{
	struct cg_import_report report;
	int r;

	if (wishes->is_recording || (!wishes->format && is_json(text)))
		return cg_recording_read(name, cg_text_get(text), text->length, ret_recording, err);
	r = cg_import(name, cg_text_get(text), text->length, wishes->format, wishes->arch, ret_recording, &report, err);
	if (r == 0)
		say_unreadable(name, &report);
	return r;
}

static int import_one(const char *path, const struct wishes *wishes, struct cg_recording *recording, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *name = cg_input_name(path);
	struct cg_recording *imported = NULL;
	int r = cg_file_read(path, CG_IMPORT_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = import_text(name, &text, wishes, &imported, err);
	if (r == 0)
		r = cg_recording_merge(recording, imported, err);
	cg_recording_free(imported);
	return r;
}

static int import_all(const struct cg_args *args, const struct wishes *wishes)
{
	const char *output = cg_args_get(args, "output");
	struct cg_recording *recording = cg_recording_new();
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int status = CG_EXIT_YES;

	if (!recording)
		cg_err_memory(&err);
	for (size_t i = 0; err.code == 0 && i < args->n_words; i++)
		import_one(args->words[i], wishes, recording, &err);
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
	return cg_cli_usage(args, "there is no format '%s'; auto, strace, strace-summary, recording", name);
}

static int run(const struct cg_args *args)
{
	const char *from = cg_args_get(args, "from"), *arch = cg_args_get(args, "arch");
	struct wishes wishes = {
		.is_recording = from && strcmp(from, "recording") == 0,
		.arch = arch ? cg_arch_find(arch) : cg_arch_native(),
	};

	if (args->n_words == 0)
		return cg_cli_usage(args, "a log is needed; - is standard input");
	if (!wishes.arch)
		return cg_cli_usage(args, "there is no architecture '%s'", arch);
	if (from && !wishes.is_recording && strcmp(from, "auto") != 0) {
		wishes.format = cg_log_format_find(from);
		if (!wishes.format)
			return unknown_format(args, from);
	}
	return import_all(args, &wishes);
}

const struct cg_command cg_command_import = {
	.name = "import",
	.group = CG_GROUP_LEARN,
	.summary = "turn logs of strace into a recording; unite recordings",
	.synopsis = "[--from auto|strace|strace-summary|recording] [--arch ARCH] FILE… [-o REC.json]",
	.example = "strace -f -o log ./app; callgate import log -o app.json\n"
		   "strace -c -f ./app 2>&1 >/dev/null | callgate import -\n"
		   "callgate import monday.json tuesday.json -o week.json",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the recording goes; standard output without it", 0 },
			{ "from", 0, "FORMAT",
			  "auto (default), strace: a log, strace-summary: the table of strace -c, recording", 0,
			  "auto strace strace-summary recording" },
			{ "arch", 0, "ARCH", "architecture of the machine that the log is of; this one's without it",
			  0 },
			{ NULL },
		},
	.run = run,
};
