/*
 * The ptrace source: runs a command, stopped at each call by a seccomp filter, without any privilege.
 *
 * In: a command. Out: its calls, and those of everything that it starts, as events, until the last of them has ended.
 * The command keeps our process group, terminal, descriptors and signal state, so that shells and terminals see it as
 * if we were not there; what reaches us instead of it is passed on:
 * - a key of the terminal reaches the whole group: the command has it already, and decides;
 * - a signal sent to callgate alone is sent on to the command; if that asks for an end and the command does not end
 *   within GRACE_MS, or a second one comes, everything is killed. The recording so far is whole in any case;
 * - when the terminal has stopped the command (^Z), we stop too, for the shell that waits for us.
 */
#include "source/ptrace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define GRACE_MS 2000
#define STOP_MS 2000 /* how long after a ^Z the command may take to stop itself, as editors do */
#define QUIET_STOPS 256 /* look for signals at least this often while stops never end */
#define STOPS_AT_ONCE 64 /* taken together, so that no thread starves another */

/* What is pending between two looks at the clock; times are of cg_clock_ms(), 0 is never. */
struct watch {
	uint64_t end_ms; /* the command is asked to end */
	uint64_t kill_ms; /* everything is killed */
	uint64_t stop_ms; /* until then, a stop of the command stops us */
	int stop_signal;
	uint64_t continued_ms; /* when we went on after having stopped ourselves */
	uint64_t held_ms; /* the next look at new threads that nobody told of */
	unsigned int n_ends; /* how often we were asked to end */
};

static void ask_to_end(struct cg_trace *trace, struct watch *watch, int signal)
{
	trace->is_partial = true;
	watch->n_ends++;
	if (watch->n_ends > 1 || trace->exit_status >= 0) {
		cg_trace_end_all(trace);
		return;
	}
	cg_trace_signal(trace->main_pid, signal);
	/* A stopped process acts on a signal only when it is continued. */
	if (trace->main_stop)
		cg_trace_signal(trace->main_pid, SIGCONT);
	watch->kill_ms = cg_clock_ms() + GRACE_MS;
}

static void take_signal(struct cg_trace *trace, struct watch *watch, const struct cg_signal *signal)
{
	if (cg_signal_stops(signal->number)) {
		watch->stop_signal = signal->number;
		watch->stop_ms = cg_clock_ms() + STOP_MS;
		if (!signal->is_from_kernel)
			cg_trace_signal(trace->main_pid, signal->number);
	} else if (!cg_signal_ends(signal->number)) {
		cg_trace_signal(trace->main_pid, signal->number);
	} else if (!signal->is_from_kernel || trace->exit_status >= 0) {
		/* After the command, its background processes: the terminal's keys do not reach them, only us. */
		ask_to_end(trace, watch, signal->number);
	}
}

static void stop_with_command(struct cg_trace *trace, struct watch *watch, int signal)
{
	watch->stop_ms = 0;
	cg_signals_stop_self(signal);
	watch->continued_ms = cg_clock_ms();
}

/*
 * Stopping ourselves would freeze whatever else the command runs, so it must have been the terminal (the group's stop
 * signal reached us too), or else nothing must be left running and the terminal must be waiting for us.
 */
static void follow_stops(struct cg_trace *trace, struct watch *watch, uint64_t now)
{
	if (!trace->main_stop) {
		watch->continued_ms = 0;
	} else if (watch->continued_ms) {
		/* Whoever continued us may have meant the command, and not known of it. */
		if (now - watch->continued_ms > 100)
			cg_trace_signal(trace->main_pid, SIGCONT);
	} else if (now < watch->stop_ms) {
		stop_with_command(trace, watch, watch->stop_signal);
	} else if (trace->tracees.n_stopped == trace->tracees.n_live && cg_terminal_is_ours()) {
		stop_with_command(trace, watch, SIGSTOP);
	}
}

/* What is to be done besides stops: a few times a second, and after many stops. */
static void look_around(struct cg_trace *trace, struct watch *watch)
{
	uint64_t now = cg_clock_ms();
	struct cg_signal signal;

	while (cg_signals_next(trace->request->signals, &signal))
		take_signal(trace, watch, &signal);
	if (watch->end_ms && now >= watch->end_ms) {
		watch->end_ms = 0;
		ask_to_end(trace, watch, SIGTERM);
	}
	if (watch->kill_ms && now >= watch->kill_ms)
		cg_trace_end_all(trace);
	if (now >= watch->held_ms) {
		watch->held_ms = now + 100;
		cg_trace_release_held(trace);
	}
	follow_stops(trace, watch, now);
}

/*
 * Takes the stops that are there, at least one: 0 and how many, or -EINTR, -ECHILD. Of two stops under one id the
 * earlier is of a thread that is gone: it was killed, or another took its place at execve.
 */
static int take_stops(const struct cg_trace *trace, struct cg_stop *stops, size_t *ret_n_stops)
{
	int r = cg_trace_wait(true, &stops[0]);
	size_t n_stops = 1;

	if (r < 0)
		return r;
	while (trace->tracees.n_live > 1 && n_stops < STOPS_AT_ONCE) {
		if (cg_trace_wait(false, &stops[n_stops]) != 1)
			break;
		for (size_t i = 0; i < n_stops; i++)
			if (stops[i].tid == stops[n_stops].tid)
				stops[i].tid = 0;
		n_stops++;
	}
	*ret_n_stops = n_stops;
	return 0;
}

static void follow(struct cg_trace *trace)
{
	struct watch watch = { .end_ms = 0 };
	struct cg_stop stops[STOPS_AT_ONCE];
	size_t n_stops, n_quiet = 0;

	if (trace->request->duration_ms)
		watch.end_ms = cg_clock_ms() + trace->request->duration_ms;
	while (trace->tracees.n_live) {
		int r = take_stops(trace, stops, &n_stops);

		if (r == -ECHILD)
			return;
		for (size_t i = 0; r == 0 && i < n_stops; i++)
			if (stops[i].tid)
				cg_trace_handle(trace, &stops[i]);
		n_quiet += n_stops;
		if (r < 0 || n_quiet >= QUIET_STOPS) {
			n_quiet = 0;
			look_around(trace, &watch);
		}
	}
}

static int start(struct cg_trace *trace, struct cg_err *err)
{
	struct cg_tracee *first;
	int r = cg_specials_fill(&trace->specials);

	if (r < 0)
		return cg_err_memory(err);
	r = cg_trace_spawn(trace->request->path, trace->request->argv, trace->request->signals, &trace->child, err);
	if (r < 0)
		return r;
	first = cg_tracees_add(&trace->tracees, trace->child.pid);
	if (!first) {
		cg_trace_child_abandon(&trace->child);
		return cg_err_memory(err);
	}
	first->is_announced = true;
	first->watches_entry = true;
	trace->main_pid = trace->child.pid;
	cg_trace_release(&trace->child);
	return 0;
}

static void done(struct cg_trace *trace)
{
	cg_trace_child_done(&trace->child);
	cg_tracees_done(&trace->tracees);
	cg_specials_done(&trace->specials);
	cg_map_done(&trace->programs);
	cg_arena_done(&trace->arena);
}

static int run(const struct cg_source_request *request, const struct cg_source_sink *sink,
	       struct cg_source_result *ret_result, struct cg_err *err)
{
	struct cg_trace trace = { .request = request, .sink = sink, .exit_status = -1, .child.gate = -1 };
	int r = start(&trace, err);

	if (r == 0) {
		follow(&trace);
		r = trace.failure;
	}
	if (r == 0)
		*ret_result = (struct cg_source_result){
			.has_started = trace.has_begun,
			.start_errno = trace.child.report->exec_errno,
			.exit_status = trace.exit_status,
			.is_partial = trace.is_partial,
		};
	else if (trace.failure)
		cg_err_set(err, r, NULL, "the recording cannot be kept: %s", strerror(-r));
	done(&trace);
	return r;
}

const struct cg_source cg_source_ptrace = {
	.name = "ptrace",
	.meaning = "every call stops for callgate: exact, slow, needs no privilege",
	.can = cg_trace_can,
	.run = run,
};
