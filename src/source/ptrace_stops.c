/*
 * Stops of tracees: new threads, programs executed, job control, ends. Calls are in ptrace_calls.c.
 *
 * A new thread stays stopped until its parent has told of it, so that it does not run a call before we know what it has
 * inherited. A tracee may be gone at any time (SIGKILL); then every request fails, and its end comes as a stop.
 */
#include "source/ptrace.h"

#include "os/procfs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/*
 * How long a new thread is held for its parent to tell of it. Only a parent that was killed between the two does not;
 * then the child runs on, watched closely.
 */
#define HELD_MS 200

void cg_trace_fail(struct cg_trace *trace, int code)
{
	if (trace->failure == 0)
		trace->failure = code;
	cg_trace_end_all(trace);
}

static struct cg_tracee *add_tracee(struct cg_trace *trace, int tid)
{
	struct cg_tracee *tracee = cg_tracees_add(&trace->tracees, tid);

	if (!tracee)
		cg_trace_fail(trace, -ENOMEM);
	if (trace->is_ending)
		cg_trace_kill(tid);
	return tracee;
}

static int kill_each(void *context, struct cg_tracee *tracee)
{
	if (!tracee->is_gone)
		cg_trace_kill(tracee->tid);
	return 0;
}

void cg_trace_end_all(struct cg_trace *trace)
{
	if (trace->is_ending)
		return;
	trace->is_ending = true;
	cg_tracees_walk(&trace->tracees, kill_each, NULL);
}

/* The path, kept once; NULL when it cannot be read or there are too many. */
static const char *program_of(struct cg_trace *trace, int tid)
{
	char path[PATH_MAX];
	struct cg_map_entry *entry;
	const char *copy;

	if (cg_proc_exe(tid, path, sizeof(path)) < 0)
		return NULL;
	entry = cg_map_find(&trace->programs, path, strlen(path));
	if (entry)
		return entry->key;
	if (trace->programs.n_entries >= CG_PROGRAMS_SEEN_LIMIT)
		return NULL;
	copy = cg_arena_copy_text(&trace->arena, path);
	if (!copy || cg_map_put(&trace->programs, copy, strlen(copy), &entry) < 0) {
		cg_trace_fail(trace, -ENOMEM);
		return NULL;
	}
	return copy;
}

/* What a new thread has from the one that made it. Then it may run. */
static void inherit(struct cg_tracee *child, const struct cg_tracee *parent)
{
	child->exe = parent->exe;
	child->has_filter = parent->has_filter;
	child->watches_entry = parent->watches_entry;
	child->is_announced = true;
	if (child->is_held) {
		child->is_held = false;
		cg_trace_let_run(child, 0);
	}
}

static void on_child(struct cg_trace *trace, struct cg_tracee *parent, bool may_be_thread)
{
	struct cg_tracee *child;
	unsigned long tid;

	if (cg_trace_message(parent->tid, &tid) < 0)
		return;
	child = cg_tracees_find(&trace->tracees, (int)tid);
	if (!child)
		child = add_tracee(trace, (int)tid);
	if (child && child->is_gone) {
		cg_tracees_remove(&trace->tracees, child);
	} else if (child) {
		if (may_be_thread)
			child->group = cg_proc_group(child->tid);
		inherit(child, parent);
	}
	cg_trace_let_run(parent, 0);
}

/*
 * execve(2) in a thread that is not the leader: the others die, and it goes on under the leader's id, which is the one
 * that the stop comes from (ptrace(2), "execve(2) under ptrace").
 */
static struct cg_tracee *take_leaders_place(struct cg_trace *trace, struct cg_tracee *leader, int former_tid)
{
	struct cg_tracee *former = cg_tracees_find(&trace->tracees, former_tid);

	if (!former || former == leader)
		return leader;
	if (leader->is_in_call)
		cg_trace_emit(trace, leader, &leader->call, CG_OUTCOME_ENDED, 0);
	cg_tracees_set_stopped(&trace->tracees, leader, false);
	leader->call = former->call;
	leader->special = former->special;
	leader->is_in_call = former->is_in_call;
	leader->has_passed = former->has_passed;
	leader->has_filter = former->has_filter;
	leader->watches_entry = former->watches_entry;
	leader->exe = former->exe;
	cg_tracees_remove(&trace->tracees, former);
	return leader;
}

static void on_exec(struct cg_trace *trace, struct cg_tracee *tracee)
{
	unsigned long former_tid;

	if (cg_trace_message(tracee->tid, &former_tid) < 0)
		return;
	tracee = take_leaders_place(trace, tracee, (int)former_tid);
	if (!trace->has_begun) {
		trace->has_begun = true;
		trace->has_filter = tracee->has_filter;
		tracee->watches_entry = !tracee->has_filter;
		tracee->exe = NULL;
	}
	if (tracee->is_in_call)
		cg_trace_emit(trace, tracee, &tracee->call, CG_OUTCOME_BEGAN, 0);
	tracee->is_in_call = false;
	tracee->exe = program_of(trace, tracee->tid);
	cg_trace_tell_file(trace, tracee->tid, tracee->exe);
	cg_trace_note_exec(trace, tracee);
	cg_trace_let_run(tracee, 0);
}

static void on_group_stop(struct cg_trace *trace, struct cg_tracee *tracee, int signal)
{
	cg_tracees_set_stopped(&trace->tracees, tracee, true);
	if (tracee->tid == trace->main_pid)
		trace->main_stop = signal;
	cg_trace_listen(tracee->tid);
}

static void on_trap(struct cg_trace *trace, struct cg_tracee *tracee)
{
	if (!tracee->is_announced) {
		tracee->is_held = true;
		tracee->held_ms = cg_clock_ms();
		return;
	}
	cg_tracees_set_stopped(&trace->tracees, tracee, false);
	if (tracee->tid == trace->main_pid)
		trace->main_stop = 0;
	cg_trace_let_run(tracee, 0);
}

static int release_held(void *context, struct cg_tracee *tracee)
{
	const struct cg_trace *trace = context;

	if (tracee->is_held && cg_clock_ms() - tracee->held_ms > HELD_MS) {
		tracee->is_held = false;
		tracee->has_filter = trace->has_filter;
		tracee->watches_entry = true;
		cg_trace_let_run(tracee, 0);
	}
	return 0;
}

void cg_trace_release_held(struct cg_trace *trace)
{
	cg_tracees_walk(&trace->tracees, release_held, trace);
}

static void on_gone(struct cg_trace *trace, struct cg_tracee *tracee, int status)
{
	bool is_denied = tracee->has_filter && tracee->watches_entry && !tracee->has_passed && WIFSIGNALED(status) &&
			 WTERMSIG(status) == SIGSYS;

	if (tracee->is_in_call)
		cg_trace_emit(trace, tracee, &tracee->call, is_denied ? CG_OUTCOME_DENIED : CG_OUTCOME_ENDED,
			      CG_TRACE_KILLED);
	if (tracee->tid == trace->main_pid) {
		trace->exit_status = status;
		trace->main_stop = 0;
	}
	if (tracee->is_announced)
		cg_tracees_remove(&trace->tracees, tracee);
	else
		cg_tracees_set_gone(&trace->tracees, tracee);
}

/*
 * Who stopped. A child may stop before its parent tells of it (TRAP). GONE of somebody unknown is such a child killed
 * at once, or a child of this process that is none of ours.
 */
static struct cg_tracee *tracee_of(struct cg_trace *trace, const struct cg_stop *stop)
{
	struct cg_tracee *tracee = cg_tracees_find(&trace->tracees, stop->tid);

	if (tracee)
		return tracee;
	tracee = add_tracee(trace, stop->tid);
	if (tracee && stop->kind != CG_STOP_TRAP && stop->kind != CG_STOP_GONE) {
		tracee->is_announced = true;
		tracee->has_filter = trace->has_filter;
		tracee->watches_entry = true;
	}
	return tracee;
}

void cg_trace_handle(struct cg_trace *trace, const struct cg_stop *stop)
{
	struct cg_tracee *tracee = tracee_of(trace, stop);

	if (!tracee)
		return;
	switch (stop->kind) {
	case CG_STOP_FILTER:
		cg_trace_on_filter(trace, tracee);
		break;
	case CG_STOP_CALL:
		cg_trace_on_call(trace, tracee);
		break;
	case CG_STOP_CHILD:
	case CG_STOP_CLONE:
		on_child(trace, tracee, stop->kind == CG_STOP_CLONE);
		break;
	case CG_STOP_EXEC:
		on_exec(trace, tracee);
		break;
	case CG_STOP_SIGNAL:
		cg_trace_let_run(tracee, stop->signal);
		break;
	case CG_STOP_GROUP:
		on_group_stop(trace, tracee, stop->signal);
		break;
	case CG_STOP_TRAP:
		on_trap(trace, tracee);
		break;
	case CG_STOP_GONE:
		on_gone(trace, tracee, stop->status);
		break;
	}
}
