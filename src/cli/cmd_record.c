/*
 * callgate record: run a command and record its system calls, or those of what runs already.
 *
 * In: a command or a target. Out: with -o a recording; without, a table on standard error, as strace -c has it. The
 * command's input, output and exit status are its own. A recording that cannot be written is lost work: that is said, with the
 * status that the command had, and callgate's own status is 4 whatever that was.
 */
#include "abi/call_text.h"
#include "api/record.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/phase.h"
#include "cli/record_all.h"
#include "learn/coverage.h"
#include "os/container.h"
#include "os/file.h"
#include "os/output.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *output_of(const struct cg_args *args)
{
	const char *path = cg_args_get(args, "output");

	return path ? path : cg_args_has(args, "json") ? "-" : NULL;
}

/* What the run has added to those before it, and whether more runs would add much. */
static void say_coverage(const struct cg_recording *recording)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_coverage coverage;

	if (cg_coverage_measure(recording, &coverage) < 0)
		return;
	cg_coverage_format(&coverage, &text);
	if (coverage.n_runs > 1 && !text.has_failed)
		cg_cli_say("%s", cg_text_get(&text));
	cg_coverage_done(&coverage);
}

static int write_recording(const struct cg_args *args, struct cg_recording *recording, const char *path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	bool is_appended = cg_args_has(args, "append");
	int held = is_appended ? cg_output_hold(path) : -1;
	struct cg_err err = { 0 };
	int status;

	if (is_appended && cg_record_add_existing(path, recording, &err) < 0) {
		cg_cli_fail(&err);
		status = CG_EXIT_CANNOT;
	} else {
		cg_recording_write(recording, &text);
		status = cg_out_write(path, &text);
	}
	if (is_appended && status == CG_EXIT_YES)
		say_coverage(recording);
	cg_output_release(held);
	return status;
}

static void say_phases(const struct cg_recording *recording)
{
	for (size_t i = 0; i < recording->runs.n_items; i++) {
		const struct cg_run *run = recording->runs.items[i];

		if (run->phase_by[0])
			cg_cli_say("note: start-up ended after %" PRIu64 " ms: %s", run->phase_ms, run->phase_why);
	}
}

static void say_remarks(const struct cg_recording *recording)
{
	for (size_t i = 0; i < recording->runs.n_items; i++)
		for (size_t k = 0; k < recording->runs.items[i]->remarks.n_items; k++)
			cg_cli_say("note: %s", recording->runs.items[i]->remarks.items[k]);
}

static int by_count(const void *left, const void *right)
{
	const struct cg_summary_call *a = left, *b = right;

	if (a->call.count != b->call.count)
		return a->call.count > b->call.count ? -1 : 1;
	if (a->call.arch_token != b->call.arch_token)
		return a->call.arch_token < b->call.arch_token ? -1 : 1;
	return a->call.nr < b->call.nr ? -1 : a->call.nr > b->call.nr;
}

static uint64_t count_errors(const struct cg_recorded_call *call)
{
	uint64_t count = 0;

	for (size_t i = 0; i < call->errors.n_items; i++)
		count += call->errors.items[i].count;
	return count;
}

enum {
	COUNT_CALLS,
	COUNT_ERRORS,
	COUNT_RESTARTS,
	COUNT_UNFINISHED,
	COUNT_DENIED,
	COUNT_TIME,
	COUNT_MEAN,
	COUNT_MAX,
	N_COUNTS,
};

static const struct cg_column count_columns[N_COUNTS] = {
	[COUNT_CALLS] = { "count", "CALLS", CG_CELL_NUMBER },
	[COUNT_ERRORS] = { "errors", "ERRORS", CG_CELL_NUMBER },
	[COUNT_RESTARTS] = { "restarts", "RESTARTED", CG_CELL_NUMBER },
	[COUNT_UNFINISHED] = { "unfinished", "UNFINISHED", CG_CELL_NUMBER },
	[COUNT_DENIED] = { "denied", "DENIED", CG_CELL_NUMBER },
	[COUNT_TIME] = { "total_us", "TOTAL us", CG_CELL_NUMBER },
	[COUNT_MEAN] = { "mean_ns", "MEAN ns", CG_CELL_NUMBER },
	[COUNT_MAX] = { "max_us", "MAX us", CG_CELL_NUMBER },
};

static uint64_t count_of(const struct cg_recorded_call *call, unsigned int which)
{
	static const struct cg_call_time none = { .n_calls = 0 };
	const struct cg_call_time *time = call->time ? call->time : &none;
	const uint64_t counts[N_COUNTS] = {
		[COUNT_CALLS] = call->count,
		[COUNT_ERRORS] = count_errors(call),
		[COUNT_RESTARTS] = call->n_restarts,
		[COUNT_UNFINISHED] = call->n_unfinished,
		[COUNT_DENIED] = call->n_denied,
		[COUNT_TIME] = time->total_ns / 1000,
		[COUNT_MEAN] = time->n_calls ? time->total_ns / time->n_calls : 0,
		[COUNT_MAX] = (time->max_ns + 999) / 1000,
	};

	return counts[which];
}

/* The native arch goes without saying. */
static void add_name(struct cg_table *table, const struct cg_recorded_call *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (!call->arch)
		cg_text_addf(&text, "0x%08x:%u", call->arch_token, call->nr);
	else
		cg_call_format_name(&text, call->arch, call->nr);
	if (call->arch && call->arch != cg_arch_native() && cg_syscall_of_nr(call->arch, call->nr))
		cg_text_addf(&text, " (%s)", call->arch->name);
	cg_table_text(table, cg_text_get(&text));
}

/* Columns in which there is nothing but zeros are left out. */
static void fill_table(struct cg_table *table, const struct cg_summary *summary, const uint64_t *totals)
{
	for (size_t i = 0; i < summary->calls.n_items; i++) {
		const struct cg_recorded_call *call = &summary->calls.items[i].call;

		for (unsigned int c = 0; c < N_COUNTS; c++) {
			if (totals[c] && count_of(call, c))
				cg_table_number(table, count_of(call, c));
			else if (totals[c])
				cg_table_text(table, NULL);
		}
		add_name(table, call);
	}
}

static void print_summary(struct cg_summary *summary, const char *backend)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_column columns[N_COUNTS + 2];
	uint64_t totals[N_COUNTS] = { 0 };
	struct cg_table table;
	size_t n_columns = 0;

	qsort(summary->calls.items, summary->calls.n_items, sizeof(summary->calls.items[0]), by_count);
	for (unsigned int c = 0; c < N_COUNTS; c++) {
		for (size_t i = 0; i < summary->calls.n_items; i++)
			totals[c] += count_of(&summary->calls.items[i].call, c);
		if (totals[c])
			columns[n_columns++] = count_columns[c];
	}
	columns[n_columns++] = (struct cg_column){ "name", "CALL", CG_CELL_TEXT };
	columns[n_columns] = (struct cg_column){ NULL };

	cg_table_init(&table, columns);
	fill_table(&table, summary, totals);
	cg_table_format(&table, &text);
	fprintf(stderr, "%s%" PRIu64 " calls, %zu different ones (%s)\n", cg_text_get(&text), totals[COUNT_CALLS],
		summary->calls.n_items, backend);
	cg_table_done(&table);
}

/* Where there is no -o: what was recorded, the most frequent first. */
static int print_table(const struct cg_recording *recording)
{
	struct cg_summary summary;

	if (cg_recording_summarise(recording, &summary) < 0) {
		cg_cli_say("out of memory");
		return CG_EXIT_CANNOT;
	}
	print_summary(&summary, recording->runs.items[0]->backend);
	cg_summary_done(&summary);
	return CG_EXIT_YES;
}

/* What became of the command stands; unless the recording is lost. */
static int keep(const struct cg_args *args, struct cg_recording *recording, int command_status)
{
	const char *path = output_of(args);

	say_remarks(recording);
	say_phases(recording);
	if (!path) {
		int status = print_table(recording);

		return status ? status : command_status;
	}
	if (write_recording(args, recording, path) == CG_EXIT_YES)
		return command_status;
	cg_cli_say("the recording is lost; the command itself ended with status %d", command_status);
	return CG_EXIT_CANNOT;
}

static int run_and_keep(const struct cg_args *args, struct cg_record_options *options)
{
	CG_CLEANUP(cg_text_done) struct cg_text refusals = { 0 };
	struct cg_recording *recording = NULL;
	struct cg_signals signals;
	struct cg_err err = { 0 };
	int status = CG_EXIT_NOT_STARTED, lent = -1, r;

	options->refusals = &refusals;

	/* Held until the recording is written: a second ^C must not lose it. */
	r = cg_signals_begin(&signals, &err);
	if (r == 0) {
		options->signals = &signals;
		/* The recording goes there: what the command prints must not stand in it. */
		if (output_of(args) && strcmp(output_of(args), "-") == 0)
			lent = cg_output_lend();
		r = cg_record(options, &recording, &status, &err);
		cg_output_return(lent);
		if (r == 0 && refusals.length)
			cg_cli_say("note: recorded by %s; %s", recording->runs.items[0]->backend,
				   cg_text_get(&refusals));
		if (r == 0)
			status = keep(args, recording, status);
		cg_recording_free(recording);
		cg_signals_end(&signals);
	}
	if (r != 0)
		cg_cli_fail(&err);
	return r > 0 ? r : r < 0 ? CG_EXIT_NOT_STARTED : status;
}

/* What would make the work be for nothing, asked before it begins. */
static int check_output(const struct cg_args *args)
{
	const char *path = output_of(args);
	struct cg_err err = { 0 };

	if (cg_args_has(args, "append") && (!path || strcmp(path, "-") == 0))
		return cg_cli_usage(args, "--append needs -o FILE");
	if (path && cg_output_can(path, &err) < 0)
		return cg_cli_fail(&err);
	if (cg_args_has(args, "append") && cg_record_add_existing(path, NULL, &err) < 0)
		return cg_cli_fail(&err);
	return CG_EXIT_YES;
}

/* What runs already: what --pid, --cgroup, --unit or --container names. */
struct attached {
	struct cg_record_target target;
	struct cg_cgroup cgroup;
	char name[320];
};

static int find_cgroup(const char *option, const char *value, struct attached *attached, struct cg_err *err)
{
	bool is_container = strcmp(option, "container") == 0;
	int r = is_container ? cg_container_find(value, &attached->cgroup, err) :
			       cg_unit_find(value, &attached->cgroup, err);

	snprintf(attached->name, sizeof(attached->name), "%s %s", option, value);
	attached->target = (struct cg_record_target){
		.cgroup = attached->cgroup.folder,
		.name = attached->name,
		.lasts = !is_container,
	};
	return r;
}

/* At most one of these options is given: 0 and whether one is; or an exit status, and it is told. */
static int take_target(const struct cg_args *args, struct attached *attached, bool *ret_is_given)
{
	static const char *const options[] = { "pid", "cgroup", "unit", "container", "all-containers" };
	const char *option = NULL, *value;
	struct cg_err err = { 0 };
	uint64_t number = 0;

	for (size_t i = 0; i < CG_N_ITEMS(options); i++) {
		if (!cg_args_get(args, options[i]))
			continue;
		if (option)
			return cg_cli_usage(args, "--%s and --%s: one target is recorded at a time", option, options[i]);
		option = options[i];
	}
	*ret_is_given = option && strcmp(option, "all-containers") != 0;
	if (!*ret_is_given)
		return 0;
	value = cg_args_get(args, option);
	if (strcmp(option, "pid") == 0 && !cg_num_parse_decimal(value, 1, INT_MAX, &number))
		return cg_cli_usage(args, "'%s' is no process id", value);
	if (strcmp(option, "pid") == 0)
		attached->target.pid = (int)number;
	else if (strcmp(option, "cgroup") == 0)
		attached->target = (struct cg_record_target){ .cgroup = value, .lasts = true };
	else if (find_cgroup(option, value, attached, &err) < 0)
		return cg_cli_fail(&err);
	return 0;
}

/* -o is a folder then, and nothing is run beside. */
static int record_all(const struct cg_args *args, struct cg_record_options *options)
{
	const char *folder = cg_args_get(args, "output");

	if (!folder || strcmp(folder, "-") == 0)
		cg_cli_usage(args, "--all-containers needs -o FOLDER");
	else if (args->n_words)
		cg_cli_usage(args, "--all-containers records until --duration has passed or ^C: a command is not run beside");
	else if (options->backend && strcmp(options->backend, "auto") != 0 && strcmp(options->backend, "ebpf") != 0)
		cg_cli_usage(args, "%s cannot record containers that run; use --backend ebpf", options->backend);
	else if (cg_args_has(args, "append") || cg_args_has(args, "json"))
		cg_cli_usage(args, "--all-containers writes files into a folder, and always adds to those that are there");
	else {
		options->backend = "ebpf";
		return cg_record_all(options, folder);
	}
	return CG_EXIT_NOT_STARTED;
}

static int run(const struct cg_args *args)
{
	struct cg_record_options options = {
		.backend = cg_args_get(args, "backend"),
		.argv = args->n_words ? args->words : NULL,
		.without_args = cg_args_has(args, "no-args"),
		.with_time = cg_args_has(args, "time"),
	};
	const char *duration = cg_args_get(args, "duration"), *phase = cg_args_get(args, "phase");
	struct cg_err err = { 0 };
	struct attached attached = { .target.pid = 0 };
	bool is_attached, are_all = cg_args_has(args, "all-containers");

	if (take_target(args, &attached, &is_attached) != CG_EXIT_YES)
		return CG_EXIT_NOT_STARTED;
	options.target = is_attached ? &attached.target : NULL;
	if (args->n_words == 0 && !options.target && !are_all)
		cg_cli_usage(args, "a command is needed, or what to attach to: --pid, --cgroup, --unit, --container, --all-containers");
	else if (duration && (!cg_duration_parse(duration, &options.duration_ms) || options.duration_ms == 0))
		cg_cli_usage(args, "'%s' is no duration; 500ms, 10s, 5m, 2h", duration);
	else if (phase && cg_phase_option_parse(phase, &options.phase, &err) < 0)
		cg_cli_usage(args, "%s", err.message);
	else if (options.phase.by == CG_PHASE_BY_OUTPUT && (options.target || are_all))
		cg_cli_usage(args, "--phase output: needs a command that is recorded: what a target prints is not seen");
	else if (are_all)
		return record_all(args, &options);
	else if (check_output(args) == CG_EXIT_YES)
		return run_and_keep(args, &options);
	return CG_EXIT_NOT_STARTED;
}

const struct cg_command cg_command_record = {
	.name = "record",
	.group = CG_GROUP_LEARN,
	.summary = "run a command, or attach to what runs, and record system calls",
	.synopsis = "[-o REC.json] [OPTION…] [--pid PID|--unit NAME|--cgroup PATH|--container ID|--all-containers] [--] CMD…",
	.example = "callgate record -o git.json -- git status\n"
		   "callgate record -o app.json --append -- ./app --self-test\n"
		   "callgate record -- ls\n"
		   "callgate record --pid 4711 --duration 1m -o server.json\n"
		   "callgate record --all-containers --duration 1d -o recordings",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE",
			  "where the recording goes; - is standard output; without it a table is shown", 0 },
			{ "append", 0, NULL, "add to the recording that is in FILE", 0 },
			{ "no-args", 0, NULL, "keep no values of arguments", 0 },
			{ "time", 0, NULL, "also measure how long calls take (ebpf)", 0 },
			{ "duration", 0, "T", "end the command after this time: 500ms, 10s, 5m, 2h", 0 },
			{ "phase", 0, "MARK", "where start-up ends: signal, listen, output:PATTERN, after:10s (ebpf, ptrace)", 0 },
			{ "pid", 0, "PID", "record this process, its threads and descendants, as it runs", 0 },
			{ "cgroup", 0, "PATH", "record who is in this cgroup or comes into it", 0 },
			{ "unit", 0, "NAME", "the same of a unit of systemd", 0 },
			{ "container", 0, "ID", "the same of a container, by id or name", 0 },
			{ "all-containers", 0, NULL, "each container that runs, into a file of its own in the folder -o names (ebpf)", 0 },
			{ "backend", 0, "NAME", "how calls are observed: auto (default), ebpf, notify, ptrace", 0, "auto ebpf notify ptrace" },
			{ "json", 0, NULL, "the same as -o -", 0 },
			{ NULL },
		},
	.takes_command = true,
	.run = run,
};
