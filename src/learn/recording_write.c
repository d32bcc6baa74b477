/*
 * A recording as JSON: callgate-recording(5).
 *
 * In: a recording. Out: text whose bytes depend on the content only: everything is sorted, one line a call, so that
 * two recordings can be compared line by line. Names stand beside numbers for people; numbers are what is read back.
 */
#include "learn/recording.h"

#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "learn/recorded_call.h"
#include "learn/recording_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Known members first, then those of a newer or another writer; the reader has sorted them and taken ours out. */
static void write_unknown(struct cg_json_writer *writer, const struct cg_json *unknown)
{
	for (const struct cg_json *member = unknown ? unknown->first : NULL; member; member = member->next)
		cg_json_value(writer, member->key, member);
}

static void write_errors(struct cg_json_writer *writer, const struct cg_recorded_call *call)
{
	if (call->errors.n_items == 0)
		return;
	cg_json_open_inline_object(writer, "errors");
	for (size_t i = 0; i < call->errors.n_items; i++) {
		const struct cg_error_count *error = &call->errors.items[i];
		const char *name = cg_errno_name(error->number);
		char digits[16];

		snprintf(digits, sizeof(digits), "%" PRIu32, error->number);
		if (error->number == CG_ERRNO_UNKNOWN)
			name = CG_RECORDING_UNKNOWN_ERROR;
		cg_json_u64(writer, name ? name : digits, error->count);
	}
	cg_json_close_object(writer);
}

static void write_arg(struct cg_json_writer *writer, const struct cg_recorded_call *call, unsigned int arg)
{
	const struct cg_arg_info *info = call->arch ? cg_syscall_arg(call->arch, call->nr, arg) : NULL;
	const struct cg_value_set *set = call->args[arg];

	cg_json_open_inline_object(writer, NULL);
	cg_json_u64(writer, "index", arg);
	if (info)
		cg_json_string(writer, "name", info->name);
	cg_json_open_inline_array(writer, "values");
	for (size_t i = 0; i < set->n_values; i++)
		cg_json_u64(writer, NULL, set->values[i]);
	cg_json_close_array(writer);
	if (set->has_overflow)
		cg_json_bool(writer, "overflow", true);
	cg_json_close_object(writer);
}

static void write_args(struct cg_json_writer *writer, const struct cg_recorded_call *call)
{
	bool is_open = false;

	for (unsigned int i = 0; i < CG_N_ITEMS(call->args); i++) {
		if (!call->args[i])
			continue;
		if (!is_open)
			cg_json_open_inline_array(writer, "args");
		is_open = true;
		write_arg(writer, call, i);
	}
	if (is_open)
		cg_json_close_array(writer);
}

static void write_programs(struct cg_json_writer *writer, const struct cg_recorded_call *call)
{
	if (call->programs.n_items == 0)
		return;
	cg_json_open_inline_object(writer, "programs");
	for (size_t i = 0; i < call->programs.n_items; i++)
		cg_json_u64(writer, call->programs.items[i].path, call->programs.items[i].count);
	cg_json_close_object(writer);
	if (call->has_program_overflow)
		cg_json_bool(writer, "more_programs", true);
}

static void write_time(struct cg_json_writer *writer, const struct cg_call_time *time)
{
	size_t n_buckets = CG_TIME_BUCKETS;

	if (!time)
		return;
	while (n_buckets && time->buckets[n_buckets - 1] == 0)
		n_buckets--;
	cg_json_open_inline_object(writer, "time");
	cg_json_u64(writer, "calls", time->n_calls);
	cg_json_u64(writer, "total_ns", time->total_ns);
	cg_json_u64(writer, "max_ns", time->max_ns);
	cg_json_open_inline_array(writer, "log2_ns");
	for (size_t i = 0; i < n_buckets; i++)
		cg_json_u64(writer, NULL, time->buckets[i]);
	cg_json_close_array(writer);
	cg_json_close_object(writer);
}

static void write_count(struct cg_json_writer *writer, const char *key, uint64_t count)
{
	if (count)
		cg_json_u64(writer, key, count);
}

static void write_call(struct cg_json_writer *writer, const struct cg_recorded_call *call)
{
	const struct cg_syscall *known = call->arch ? cg_syscall_of_nr(call->arch, call->nr) : NULL;
	char token[16];

	snprintf(token, sizeof(token), "0x%08" PRIx32, call->arch_token);
	cg_json_open_inline_object(writer, NULL);
	cg_json_string(writer, "arch", call->arch ? call->arch->name : token);
	cg_json_u64(writer, "nr", call->nr);
	if (known)
		cg_json_string(writer, "name", known->name);
	cg_json_u64(writer, "count", call->count);
	write_count(writer, "restarts", call->n_restarts);
	write_count(writer, "unfinished", call->n_unfinished);
	write_count(writer, "denied", call->n_denied);
	write_count(writer, "startup", call->n_startup);
	write_errors(writer, call);
	write_args(writer, call);
	write_programs(writer, call);
	write_time(writer, call->time);
	write_unknown(writer, call->unknown);
	cg_json_close_object(writer);
}

static int compare_pointers(const void *left, const void *right)
{
	const struct cg_recorded_call *const *a = left, *const *b = right;

	return cg_recorded_call_compare(*a, *b);
}

/* Sorted by pointers: the run is const, and may not be finished. */
static void write_calls(struct cg_json_writer *writer, const struct cg_run *run)
{
	const struct cg_recorded_call **calls = calloc(run->calls.n_items + 1, sizeof(const struct cg_recorded_call *));

	if (!calls) {
		writer->text->has_failed = true;
		return;
	}
	for (size_t i = 0; i < run->calls.n_items; i++)
		calls[i] = &run->calls.items[i];
	qsort(calls, run->calls.n_items, sizeof(const struct cg_recorded_call *), compare_pointers);

	cg_json_open_array(writer, "calls");
	for (size_t i = 0; i < run->calls.n_items; i++)
		write_call(writer, calls[i]);
	cg_json_close_array(writer);
	free(calls);
}

static void write_words(struct cg_json_writer *writer, const char *key, const char *const *words, size_t n_words)
{
	cg_json_open_array(writer, key);
	for (size_t i = 0; i < n_words; i++)
		cg_json_string(writer, NULL, words[i]);
	cg_json_close_array(writer);
}

static void write_files(struct cg_json_writer *writer, const struct cg_run *run)
{
	if (run->files.n_items == 0)
		return;
	cg_json_open_array(writer, "files");
	for (size_t i = 0; i < run->files.n_items; i++) {
		const struct cg_recorded_file *file = &run->files.items[i];

		cg_json_open_inline_object(writer, NULL);
		cg_json_string(writer, "path", file->path);
		if (file->build_id[0])
			cg_json_string(writer, "build_id", file->build_id);
		if (file->package[0])
			cg_json_string(writer, "package", file->package);
		if (file->version[0])
			cg_json_string(writer, "version", file->version);
		cg_json_close_object(writer);
	}
	cg_json_close_array(writer);
}

static void write_phase(struct cg_json_writer *writer, const struct cg_run *run)
{
	if (!run->phase_by[0])
		return;
	cg_json_open_inline_object(writer, "phase");
	cg_json_string(writer, "by", run->phase_by);
	cg_json_u64(writer, "at_ms", run->phase_ms);
	cg_json_string(writer, "why", run->phase_why);
	cg_json_close_object(writer);
}

static void write_run_fields(struct cg_json_writer *writer, const struct cg_run *run)
{
	cg_json_string(writer, "id", run->id);
	cg_json_string(writer, "backend", run->backend);
	cg_json_string(writer, "started", run->started);
	cg_json_u64(writer, "duration_ms", run->duration_ms);
	write_words(writer, "command", run->command.items, run->command.n_items);
	cg_json_string(writer, "kernel", run->kernel);
	cg_json_string(writer, "machine", run->machine);
	if (run->exit_status >= 0 && WIFEXITED(run->exit_status))
		cg_json_u64(writer, "exit", WEXITSTATUS(run->exit_status));
	else if (run->exit_status >= 0 && WIFSIGNALED(run->exit_status))
		cg_json_u64(writer, "signal", WTERMSIG(run->exit_status));
	cg_json_bool(writer, "partial", run->is_partial);
	write_count(writer, "unlisted", run->n_unlisted);
	write_phase(writer, run);
	write_words(writer, "remarks", run->remarks.items, run->remarks.n_items);
}

void cg_run_write(struct cg_json_writer *writer, const struct cg_run *run)
{
	cg_json_open_object(writer, NULL);
	write_run_fields(writer, run);
	write_files(writer, run);
	write_calls(writer, run);
	write_unknown(writer, run->unknown);
	cg_json_close_object(writer);
}

int cg_recording_write(const struct cg_recording *recording, struct cg_text *text)
{
	struct cg_json_writer writer = { .text = text };

	cg_json_open_object(&writer, NULL);
	cg_json_string(&writer, "callgate", "recording");
	cg_json_u64(&writer, "version", CG_RECORDING_VERSION);
	cg_json_open_array(&writer, "runs");
	for (size_t i = 0; i < recording->runs.n_items; i++)
		cg_run_write(&writer, recording->runs.items[i]);
	cg_json_close_array(&writer);
	write_unknown(&writer, recording->unknown);
	cg_json_close_object(&writer);
	cg_text_add_char(text, '\n');
	return text->has_failed ? -ENOMEM : 0;
}
