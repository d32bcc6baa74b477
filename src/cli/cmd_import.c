/*
 * callgate import: logs of strace, of the kernel's audit and of perf become recordings.
 *
 * In: logs, and recordings, which are united with them. Out: one recording with a run for each (the files of one
 * strace -ff are one log); on standard error, how many lines of each log could not be read and the first few of them.
 * An unreadable line is no failure: a log may hold anything beside calls. A log without one is.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/split_log.h"
#include "learn/import.h"
#include "os/file.h"
#include "os/numbered.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void say_unreadable(const char *name, const struct cg_import_report *report)
{
	for (size_t i = 0; i < report->n_shown; i++)
		cg_cli_say("%s:%" PRIu64 ": cannot be read: %s", report->shown[i].name, report->shown[i].line,
			   report->shown[i].text);
	if (report->n_unreadable)
		cg_cli_say("%s: %" PRIu64 " of %" PRIu64 " lines could not be read as %s", name, report->n_unreadable,
			   report->n_lines, report->format->meaning);
	if (report->other)
		cg_cli_say("%s: %" PRIu64 " of these lines look like another log, the first like %s: import it once "
			   "more with --from %s",
			   name, report->n_other, report->other->meaning, report->other->name);
	if (report->n_lost)
		cg_cli_say("%s: %" PRIu64 " events are not in the log, it says so itself: the recording lacks them",
			   name, report->n_lost);
}

/* What the command line asks for. */
struct wishes {
	const struct cg_log_format *format; /* NULL: each log says itself what it is */
	bool is_recording;                  /* --from recording */
	const struct cg_arch *arch;
};

/* A log begins with no brace, but for a journal as json; a recording with nothing else. */
static bool is_recording(const struct cg_text *text)
{
	const char *at = cg_text_get(text);

	return at[strspn(at, " \t\r\n")] == '{' && !cg_import_choose(at, text->length);
}

/* What a word, or several that belong together, adds to the recording. */
struct task {
	const struct cg_args *args;
	const struct wishes *wishes;
	struct cg_recording *recording;
	bool *is_done; /* a word: it came with one before it */
	struct cg_split_texts split;
};

static int unite(struct task *task, struct cg_recording *imported, struct cg_err *err)
{
	int r = cg_recording_merge(task->recording, imported, err);

	cg_recording_free(imported);
	return r;
}

static int import_text(struct task *task, const char *name, const struct cg_text *text, struct cg_err *err)
{
	const struct wishes *wishes = task->wishes;
	bool is_own = wishes->is_recording || (!wishes->format && is_recording(text));
	struct cg_recording *imported = NULL;
	struct cg_import_report report;
	int r;

	if (is_own)
		r = cg_recording_read(name, cg_text_get(text), text->length, &imported, err);
	else
		r = cg_import(name, cg_text_get(text), text->length, wishes->format, wishes->arch, &imported, &report,
			      err);
	if (r < 0)
		return r;
	if (!is_own)
		say_unreadable(name, &report);
	return unite(task, imported, err);
}

/* A file that may be one of several: kept until all are there, or, when it says whose its lines are, imported. */
static int take_part(struct task *task, const char *path, int id, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r = cg_file_read(path, CG_IMPORT_SIZE_LIMIT, &text, err);
	enum cg_split_log kind;

	if (r < 0)
		return r;
	kind = cg_import_is_split(cg_text_get(&text), text.length);
	if (kind == CG_SPLIT_LOG_NO)
		return import_text(task, path, &text, err);
	return cg_split_log_add(&task->split, path, id, kind, &text, err);
}

static int import_split(struct task *task, const char *name, struct cg_err *err)
{
	struct cg_recording *imported;
	struct cg_import_report report;
	int r;

	if (task->split.parts.n_items == 0)
		return 0;
	cg_split_log_sort(&task->split);
	r = cg_import_parts(task->split.parts.items, task->split.parts.n_items, &cg_log_strace, task->wishes->arch,
			    &imported, &report, err);
	if (r == 0) {
		say_unreadable(name, &report);
		r = unite(task, imported, err);
	}
	cg_split_log_done(&task->split);
	return r;
}

/* LOG.12 and every later word LOG.N. */
static int import_numbered(struct task *task, size_t first, struct cg_err *err)
{
	const char *path = task->args->words[first];
	size_t length = 0, other;
	int r = 0;

	cg_split_log_id(path, &length);
	for (size_t i = first; r == 0 && i < task->args->n_words; i++) {
		const char *word = task->args->words[i];
		int id = cg_split_log_id(word, &other);

		if (id == 0 || other != length || strncmp(word, path, length) != 0)
			continue;
		task->is_done[i] = true;
		r = take_part(task, word, id, err);
	}
	return r == 0 ? import_split(task, path, err) : r;
}

/* There is no LOG, and *err says so: are there LOG.N? */
static int import_prefix(struct task *task, const char *prefix, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text path = { 0 };
	size_t n_numbers = 0;
	int *numbers = NULL;
	struct cg_err looking = { 0 };
	int r = cg_file_numbers(prefix, &numbers, &n_numbers, &looking);

	/* A folder that cannot be read says no more than *err. */
	if (n_numbers == 0 && r != -E2BIG && r != -ENOMEM)
		return err->code;
	*err = looking;
	for (size_t i = 0; r == 0 && i < n_numbers; i++) {
		cg_text_clear(&path);
		cg_text_addf(&path, "%s.%d", prefix, numbers[i]);
		r = path.has_failed ? cg_err_memory(err) : take_part(task, cg_text_get(&path), numbers[i], err);
	}
	free(numbers);
	return r == 0 ? import_split(task, prefix, err) : r;
}

static int import_word(struct task *task, size_t i, struct cg_err *err)
{
	bool may_be_split =
		!task->wishes->is_recording && (!task->wishes->format || task->wishes->format == &cg_log_strace);
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *path = task->args->words[i];
	size_t length;
	int r;

	if (may_be_split && cg_split_log_id(path, &length))
		return import_numbered(task, i, err);
	r = cg_file_read(path, CG_IMPORT_SIZE_LIMIT, &text, err);
	if (r == -ENOENT && may_be_split)
		return import_prefix(task, path, err);
	return r == 0 ? import_text(task, cg_input_name(path), &text, err) : r;
}

static int import_words(struct task *task, struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < task->args->n_words; i++)
		if (!task->is_done[i])
			r = import_word(task, i, err);
	return r;
}

static int import_all(const struct cg_args *args, const struct wishes *wishes)
{
	struct task task = {
		.args = args,
		.wishes = wishes,
		.recording = cg_recording_new(),
		.is_done = calloc(args->n_words, sizeof(bool)),
	};
	const char *output = cg_args_get(args, "output");
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int status;

	if (!task.recording || !task.is_done)
		cg_err_memory(&err);
	else
		import_words(&task, &err);
	if (err.code) {
		status = cg_cli_fail(&err);
	} else {
		cg_recording_write(task.recording, &text);
		status = cg_out_write(output ? output : "-", &text);
	}
	cg_split_log_done(&task.split);
	cg_recording_free(task.recording);
	free(task.is_done);
	return status;
}

static int unknown_format(const struct cg_args *args, const char *name)
{
	const char *best = cg_log_format_suggest(name);

	if (best)
		return cg_cli_usage(args, "there is no format '%s'; did you mean %s?", name, best);
	return cg_cli_usage(args, "there is no format '%s'; auto, strace, strace-summary, audit, kmsg, perf, recording",
			    name);
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
	.summary = "turn logs of strace, audit or perf into a recording; unite recordings",
	.synopsis = "[--from auto|strace|strace-summary|audit|kmsg|perf|recording] [--arch ARCH] FILE… [-o REC.json]",
	.example = "strace -f -o log ./app; callgate import log -o app.json\n"
		   "strace -c -f ./app 2>&1 >/dev/null | callgate import -\n"
		   "ausearch --raw -m SECCOMP | callgate import - -o denied.json\n"
		   "callgate import monday.json tuesday.json -o week.json",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the recording goes; standard output without it", 0 },
			{ "from", 0, "FORMAT",
			  "auto (default), strace, strace-summary (-c), audit (auditd), kmsg (dmesg, journal), perf, "
			  "recording",
			  0, "auto strace strace-summary audit kmsg perf recording" },
			{ "arch", 0, "ARCH", "architecture of the machine that the log is of; this one's without it",
			  0 },
			{ NULL },
		},
	.run = run,
};
