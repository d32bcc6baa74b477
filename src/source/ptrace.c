/*
 * The ptrace source: runs a command, stopped at each call by a seccomp filter, without any privilege.
 *
 * In: a command. Out: its calls, and those of everything that it starts, as events, until the last of them has ended.
 */
#include "source/ptrace.h"
#include "source/watch.h"

#include <errno.h>
#include <string.h>

#define QUIET_STOPS 256 /* look for signals at least this often while stops never end */
#define STOPS_AT_ONCE 64 /* taken together, so that no thread starves another */

static void end_all(void *context)
{
	cg_trace_end_all(context);
}

static void mark_phase(struct cg_trace *trace)
{
	int r = trace->has_begun && !trace->failure ? cg_phase_look(trace->phase) : 0;

	if (r < 0)
		cg_trace_fail(trace, r);
}

/* What is to be done besides stops: a few times a second, and after many stops. */
static void look_around(struct cg_trace *trace, struct cg_watch *watch)
{
	watch->main_stop = trace->main_stop;
	watch->has_main_ended = trace->exit_status >= 0;
	watch->are_all_stopped = trace->tracees.n_stopped == trace->tracees.n_live;
	cg_watch_look(watch);
	trace->is_partial = watch->is_partial;
	mark_phase(trace);
	if (cg_clock_ms() >= trace->held_ms) {
		trace->held_ms = cg_clock_ms() + 100;
		cg_trace_release_held(trace);
	}
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

static void take_all(struct cg_trace *trace, struct cg_watch *watch)
{
	struct cg_stop stops[STOPS_AT_ONCE];
	size_t n_stops, n_quiet = 0;

	while (trace->tracees.n_live) {
		int r = take_stops(trace, stops, &n_stops);

		if (r == -ECHILD)
			return;
		for (size_t i = 0; r == 0 && i < n_stops; i++)
			if (stops[i].tid)
				cg_trace_handle(trace, &stops[i]);
		n_quiet += n_stops;
		if (r < 0 || n_quiet >= QUIET_STOPS || cg_phase_is_awaited(&watch->phase)) {
			n_quiet = 0;
			look_around(trace, watch);
		}
	}
}

static void follow(struct cg_trace *trace)
{
	struct cg_watch watch = { .main_pid = trace->main_pid, .end_all = end_all, .context = trace };
	int r;

	cg_watch_begin(&watch, trace->request);
	cg_phase_begin(&watch.phase, trace->request, trace->sink);
	trace->phase = &watch.phase;
	take_all(trace, &watch);
	r = trace->has_begun && !trace->failure ? cg_phase_end(&watch.phase) : 0;
	if (r < 0)
		cg_trace_fail(trace, r);
	trace->phase = NULL;
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
		cg_held_abandon(&trace->child);
		return cg_err_memory(err);
	}
	r = trace->sink->begun(trace->sink->context);
	if (r < 0) {
		cg_held_abandon(&trace->child);
		return r;
	}
	first->is_announced = true;
	first->watches_entry = true;
	trace->main_pid = trace->child.pid;
	cg_held_release(&trace->child);
	return 0;
}

static void done(struct cg_trace *trace)
{
	cg_held_done(&trace->child);
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
	.has_phases = true,
	.meaning = "every call stops for callgate: exact, slow, needs no privilege",
	.can = cg_trace_can,
	.run = run,
};
