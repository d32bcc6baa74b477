/*
 * callgate monitor: violations as they happen, from what works here; or out of logs.
 *
 * In: sources, a filter, where it goes. Out: violations, each kind once with sums of what came again, or every one; at
 * the start what is watched and what cannot be seen, at the end what was seen and what is known to be lost. The history,
 * metrics and HTTP are the keeper's (monitor/keeper.h).
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/monitor_keeper.h"
#include "cli/monitor_print.h"
#include "os/file.h"
#include "os/follow.h"
#include "os/procmem.h"
#include "os/signals.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define STEP_MS CG_KEEPER_FRAME_MS

struct watch {
	struct cg_stream_options options;
	uint64_t duration_ms; /* 0: until a signal */
	struct cg_monitor_printer printer;
	struct cg_keeper *keeper; /* or NULL */
	struct cg_signals signals;
};

/* The kernel may be set not to log some answers at all: seccomp(2), actions_logged. */
static void say_unlogged(void)
{
	static const char path[] = "/proc/sys/kernel/seccomp/actions_logged";
	static const char *const words[] = { "kill_process", "kill_thread", "log", "errno", "trap" };
	CG_CLEANUP(cg_text_done) struct cg_text logged = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text missing = { 0 };

	if (cg_file_read(path, 4096, &logged, NULL) < 0)
		return;
	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		const char *at = strstr(cg_text_get(&logged), words[i]);

		if (!at)
			cg_text_addf(&missing, " %s", words[i]);
	}
	if (missing.length)
		cg_cli_say("this kernel is set not to log%s; see sysctl kernel.seccomp.actions_logged",
			   cg_text_get(&missing));
}

static bool is_told_to_end(struct watch *watch)
{
	bool is_told = false;
	struct cg_signal signal;

	while (cg_signals_next(&watch->signals, &signal)) {
		if (cg_signal_stops(signal.number))
			cg_signals_stop_self(signal.number);
		is_told |= cg_signal_ends(signal.number);
	}
	return is_told;
}

static int turn_keeper(struct watch *watch, struct cg_err *err)
{
	return watch->keeper ? cg_keeper_turn(watch->keeper, err) : 0;
}

/* 0: told to end; CG_VIOLATIONS_OVER: the log has ended; negative: an error. */
static int follow(struct watch *watch, struct cg_stream *stream, struct cg_err *err)
{
	uint64_t end_ms = watch->duration_ms ? cg_clock_ms() + watch->duration_ms : UINT64_MAX;
	int r = 0;

	while (r == 0 && !is_told_to_end(watch)) {
		uint64_t now = cg_clock_ms();

		if (now >= end_ms)
			break;
		r = cg_stream_step(stream, end_ms - now < STEP_MS ? (int)(end_ms - now) : STEP_MS, err);
		if (r >= 0) {
			int flushed = cg_monitor_flush(&watch->printer);
			int turned = flushed < 0 ? flushed : turn_keeper(watch, err);

			r = turned < 0 ? turned : r;
		}
	}
	return r;
}

/* Nobody reads our output any more: no failure of ours, as for any program in a pipe. */
static int fail(struct cg_err *err, int r)
{
	if (r == -EPIPE && !err->code)
		return CG_EXIT_YES;
	if (!err->code)
		cg_err_set(err, r, NULL, "%s", strerror(-r));
	return cg_cli_fail(err);
}

static int finish(struct watch *watch, struct cg_stream *stream, int r, struct cg_err *err)
{
	int status = CG_EXIT_YES, kept = CG_EXIT_YES, printed;
	struct cg_err last = { 0 };

	if (r >= 0)
		r = cg_stream_finish(stream, err);
	/* What was seen and lost is told also when it ends badly. */
	printed = cg_monitor_print_end(&watch->printer, stream);
	if (watch->keeper)
		kept = cg_monitor_keeper_finish(watch->keeper);
	if (r < 0)
		status = fail(err, r);
	else if (printed < 0)
		status = fail(&last, printed);
	return status ? status : kept;
}

static int watch_on(const struct cg_args *args, struct watch *watch, struct cg_stream_sink *sinks)
{
	struct cg_stream *stream = NULL;
	struct cg_err err = { 0 };
	int r, status;

	r = cg_stream_open(&watch->options, &stream, &err);
	if (r < 0)
		return cg_cli_fail(&err);
	if (watch->keeper)
		cg_stream_wake_by(stream, cg_keeper_fd(watch->keeper));
	status = cg_monitor_confine(args);
	if (status == CG_EXIT_YES) {
		r = cg_monitor_print_start(&watch->printer, stream);
		if (r == 0)
			r = cg_monitor_flush(&watch->printer);
		if (r == 0)
			r = follow(watch, stream, &err);
		status = finish(watch, stream, r, &err);
	}
	cg_stream_free(stream);
	return status;
}

static int watch_with_keeper(const struct cg_args *args, struct watch *watch)
{
	struct cg_stream_sink sinks[2] = { cg_monitor_sink(&watch->printer) };
	struct cg_err err = { 0 };
	int status = cg_monitor_keeper_start(args, &watch->keeper);

	if (status)
		return status;
	watch->options.sinks = sinks;
	watch->options.n_sinks = 1;
	if (watch->keeper)
		sinks[watch->options.n_sinks++] = *cg_keeper_sink(watch->keeper);
	if (cg_signals_begin(&watch->signals, &err) < 0) {
		status = cg_cli_fail(&err);
	} else {
		status = watch_on(args, watch, sinks);
		cg_signals_end(&watch->signals);
	}
	cg_keeper_free(watch->keeper);
	cg_text_done(&watch->printer.text);
	return status;
}

/* A name of the table, or the path of a log. */
static int take_source(const struct cg_args *args, struct cg_stream_options *options)
{
	const char *word = cg_args_get(args, "source");
	const struct cg_violation_source *source;
	struct cg_err err = { 0 };
	bool is_named;

	options->source = word ? word : "auto";
	if (!word || strcmp(word, "auto") == 0)
		return 0;
	is_named = cg_violation_source_find(word, &source, &err) == 0 && !source->wants_path;
	if (is_named)
		return 0;
	if (strcmp(word, "-") != 0 && !strpbrk(word, "./") && !cg_follow_is_there(word) && err.code)
		return cg_cli_usage(args, "%s: %s", word, err.message);
	options->path = word;
	return 0;
}

static int take_options(const struct cg_args *args, struct watch *watch)
{
	struct cg_stream_options *options = &watch->options;
	const char *pid = cg_args_get(args, "pid"), *duration = cg_args_get(args, "duration");
	const char *interval = cg_args_get(args, "interval");
	static const char *const named[] = { "source", "cgroup", "container", "unit", "history", "textfile" };
	uint64_t number = 0;

	if (args->n_words)
		return cg_cli_usage(args, "'%s' is no option; a log is read by --source %s", args->words[0],
				    args->words[0]);
	for (size_t i = 0; i < CG_N_ITEMS(named); i++)
		if (cg_args_has(args, named[i]) && !*cg_args_get(args, named[i]))
			return cg_cli_usage(args, "--%s is empty", named[i]);
	if (pid && !cg_num_parse_decimal(pid, 1, INT_MAX, &number))
		return cg_cli_usage(args, "'%s' is no id of a process", pid);
	if (duration && (!cg_duration_parse(duration, &watch->duration_ms) || watch->duration_ms == 0))
		return cg_cli_usage(args, "'%s' is no duration; 500ms, 10s, 5m, 2h", duration);
	if (interval && (!cg_duration_parse(interval, &options->repeat_ms) || options->repeat_ms == 0))
		return cg_cli_usage(args, "'%s' is no duration; 500ms, 10s, 5m, 2h", interval);
	options->filter = (struct cg_stream_filter){ .cgroup = cg_args_get(args, "cgroup"),
						     .container = cg_args_get(args, "container"),
						     .unit = cg_args_get(args, "unit"),
						     .pid = (int)number };
	options->profile = cg_args_get(args, "profile");
	options->is_new_only = cg_args_has(args, "new");
	options->follows = cg_args_has(args, "follow") || options->is_new_only || watch->duration_ms;
	watch->printer.is_json = cg_args_has(args, "json");
	watch->printer.shows_all = options->wants_all = cg_args_has(args, "all");
	return take_source(args, options);
}

/* Options that would do nothing: whoever gives them means something else than what they get. 0, or USAGE. */
static int check_together(const struct cg_args *args)
{
	static const char *const watching[] = { "source", "all", "cgroup", "duration", "interval", "follow", "new", "listen",
		"textfile", "metric-prefix", "rollout", "user", "keep-for", "keep-bytes" };
	static const char *const asking[] = { "since", "until", "call", "action", "unique", "limit" };
	static const struct {
		const char *name;
		const char *needs[3];
	} kept[] = {
		{ "keep-for", { "history" } },
		{ "keep-bytes", { "history" } },
		{ "metric-prefix", { "listen", "textfile" } },
		{ "rollout", { "listen", "textfile" } },
		{ "user", { "history", "listen", "textfile" } },
	};
	bool is_query = cg_args_has(args, "query");

	for (size_t i = 0; is_query && i < CG_N_ITEMS(watching); i++)
		if (cg_args_has(args, watching[i]))
			return cg_cli_usage(args, "--%s is for watching, and --query reads what was kept", watching[i]);
	for (size_t i = 0; !is_query && i < CG_N_ITEMS(asking); i++)
		if (cg_args_has(args, asking[i]))
			return cg_cli_usage(args, "--%s is a question to the history: add --query", asking[i]);
	for (size_t i = 0; i < CG_N_ITEMS(kept); i++) {
		const char *const *needs = kept[i].needs;

		if (cg_args_has(args, kept[i].name) && !cg_args_has(args, needs[0]) &&
		    !(needs[1] && cg_args_has(args, needs[1])) && !(needs[2] && cg_args_has(args, needs[2])))
			return cg_cli_usage(args, "--%s does nothing without --%s%s", kept[i].name, needs[0],
					    needs[1] ? " or --textfile" : "");
	}
	return 0;
}

/* It cannot begin to exist under a number that is known before. */
static int check_process(const struct watch *watch)
{
	const struct cg_stream_options *options = &watch->options;
	struct cg_err err = { 0 };
	char name[32];

	if (options->path || !options->filter.pid || cg_process_name(options->filter.pid, name, sizeof(name)) == 0)
		return 0;
	cg_err_set(&err, -ESRCH, NULL, "there is no process %d", options->filter.pid);
	return cg_cli_fail(&err);
}

static int run(const struct cg_args *args)
{
	struct watch watch = { .duration_ms = 0 };
	int status = check_together(args);

	if (status)
		return status;
	if (cg_args_has(args, "query"))
		return cg_monitor_query(args);
	status = take_options(args, &watch);
	if (!status)
		status = check_process(&watch);
	if (status)
		return status;
	if (!watch.options.path)
		say_unlogged();
	return watch_with_keeper(args, &watch);
}

const struct cg_command cg_command_monitor = {
	.name = "monitor",
	.group = CG_GROUP_WATCH,
	.summary = "stream violations as they happen, keep their history, serve metrics",
	.synopsis = "[--source auto|ebpf|audit|kmsg|FILE] [--all] [--json] [OPTION…]",
	.example = "callgate monitor\n"
		   "callgate monitor --container web --json\n"
		   "callgate monitor --source /var/log/audit/audit.log --follow\n"
		   "journalctl -k | callgate monitor --source -\n"
		   "callgate monitor --history " CG_HISTORY_DEFAULT " --listen 127.0.0.1:9464",
	.options =
		(const struct cg_option[]){
			{ "source", 0, "SOURCE", "auto (default), ebpf, audit, kmsg, or a log; - is standard input", 0,
			  "auto ebpf audit kmsg" },
			{ "all", 0, NULL, "every violation, not each kind once with sums", 0 },
			{ "json", 0, NULL, "JSON Lines", 0 },
			{ "cgroup", 0, "PATH", "only of this cgroup and those below it", 0 },
			{ "container", 0, "ID", "only of this container, by name, id or its beginning", 0 },
			{ "unit", 0, "NAME", "only of this unit of systemd", 0 },
			{ "pid", 0, "PID", "only of this process", 0 },
			{ "profile", 0, "NAME", "a label: the profile that is in force", 0 },
			{ "duration", 0, "T", "end after this time: 500ms, 10s, 5m, 2h", 0 },
			{ "interval", 0, "T", "how often repetitions are summed up (30s)", 0 },
			{ "follow", 'f', NULL, "a log: go on at its end, across rotation", 0 },
			{ "new", 0, NULL, "a log: follow it, without what is in it already", 0 },
			CG_MONITOR_KEEPER_OPTIONS,
			CG_MONITOR_QUERY_OPTIONS,
			{ NULL },
		},
	.run = run,
};
