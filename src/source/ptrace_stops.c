/*
 * Stops of tracees, answered one by one: the heart of the ptrace source.
 *
 * Usually a call has two stops: our filter's RET_TRACE, which comes after every other filter has agreed and tells
 * number and arguments, and the exit, which tells the result. Calls that cannot fail (special.c) have only the first.
 * Where no filter of ours is in force, or the program has loaded one of its own that may answer before ours does,
 * entries are watched too: entry, [filter,] exit. An entry that comes to its exit without our filter's stop was
 * answered by the program's filter.
 *
 * DESIGN.md, "Counting": an attempt that leaves with ERESTART* is a restart; exit, exit_group and a successful execve
 * count when they begin; the launcher's calls before its execve are not the command's.
 */
#include "source/ptrace.h"

#include "abi/action.h"
#include "os/procfs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* No result of a call: the thread was killed for it. */
#define RESULT_OF_KILL INT64_MIN

/*
 * How long a new thread is held for its parent to tell of it. Only a parent that was killed between the two does not;
 * then the child runs on, watched closely.
 */
#define HELD_MS 200

static void fail(struct cg_trace *trace, int code)
{
	if (trace->failure == 0)
		trace->failure = code;
	cg_trace_end_all(trace);
}

/* How a filter of the program's own refused: as far as the result tells it. */
static uint32_t denial(const struct cg_call *call, int64_t result)
{
	if (result == RESULT_OF_KILL)
		return CG_ACTION_KILL_THREAD;
	return (uint32_t)result == call->nr ? CG_ACTION_TRAP : cg_action_errno(-result);
}

static void emit(struct cg_trace *trace, const struct cg_tracee *tracee, const struct cg_call *call,
		 enum cg_outcome outcome, int64_t result)
{
	const struct cg_event event = {
		.call = *call,
		.has_args = true,
		.outcome = outcome,
		.result = result,
		.action = outcome == CG_OUTCOME_DENIED ? denial(call, result) : 0,
		.pid = tracee->group,
		.tid = tracee->tid,
		.exe = tracee->exe,
		.n_calls = 1,
	};
	int r;

	if (!trace->has_begun || trace->failure)
		return;
	r = trace->sink->event(trace->sink->context, &event);
	if (r < 0)
		fail(trace, r);
}

/* -ESRCH: killed while it stood; its end will be told. Nothing else can go wrong with a tracee that is stopped. */
static void resume(struct cg_tracee *tracee, int signal)
{
	cg_trace_resume(tracee->tid, tracee->is_in_call || tracee->watches_entry, signal);
}

static struct cg_tracee *add_tracee(struct cg_trace *trace, int tid)
{
	struct cg_tracee *tracee = cg_tracees_add(&trace->tracees, tid);

	if (!tracee)
		fail(trace, -ENOMEM);
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
		fail(trace, -ENOMEM);
		return NULL;
	}
	return copy;
}

/* A call is about to be made: all filters have agreed, or there are none. */
static void begin(struct cg_trace *trace, struct cg_tracee *tracee, const struct cg_call *call)
{
	enum cg_special special = cg_specials_find(&trace->specials, call);

	tracee->call = *call;
	tracee->special = special;
	tracee->is_in_call = special != CG_SPECIAL_SURE && special != CG_SPECIAL_ENDS;
	if (special == CG_SPECIAL_CLONE || special == CG_SPECIAL_CLONE3)
		cg_trace_note_clone(trace, tracee, special);
	resume(tracee, 0);
	if (special == CG_SPECIAL_SURE)
		emit(trace, tracee, call, CG_OUTCOME_RETURNED, 0);
	else if (special == CG_SPECIAL_ENDS)
		emit(trace, tracee, call, CG_OUTCOME_BEGAN, 0);
}

/* The kernel emulates old vsyscalls: they have a filter's stop, but none at their end. The next stop tells. */
static void end_without_exit(struct cg_trace *trace, struct cg_tracee *tracee, bool has_begun)
{
	if (tracee->is_in_call && has_begun)
		emit(trace, tracee, &tracee->call, CG_OUTCOME_RETURNED, 0);
	tracee->is_in_call &= !has_begun;
}

static void on_filter(struct cg_trace *trace, struct cg_tracee *tracee)
{
	struct cg_trace_call info;

	if (cg_trace_call(tracee->tid, &info) < 0 || info.phase != CG_TRACE_FILTER)
		return;
	end_without_exit(trace, tracee, tracee->has_passed);
	tracee->has_filter = true;
	tracee->has_passed = true;
	if (info.filter_data == CG_TRACE_DATA) {
		begin(trace, tracee, &info.call);
		return;
	}
	/* The program's own filter asks for a tracer that it does not have: such a call is not made (seccomp(2)). */
	tracee->has_passed = false;
	tracee->call = info.call;
	tracee->special = CG_SPECIAL_NONE;
	tracee->is_in_call = true;
	if (cg_trace_skip(tracee->tid) < 0)
		cg_trace_note_foreign_filter(trace, tracee);
	resume(tracee, 0);
}

static void on_entry(struct cg_trace *trace, struct cg_tracee *tracee, const struct cg_call *call)
{
	end_without_exit(trace, tracee, true);
	if (!tracee->has_filter) {
		begin(trace, tracee, call);
		return;
	}
	tracee->call = *call;
	tracee->special = CG_SPECIAL_NONE;
	tracee->is_in_call = true;
	tracee->has_passed = false;
	resume(tracee, 0);
}

static void watch_thread(void *context, int tid)
{
	struct cg_trace *trace = context;
	struct cg_tracee *tracee = cg_tracees_find(&trace->tracees, tid);

	/* One that runs now is stopped at entries from its next stop on. */
	if (tracee)
		tracee->watches_entry = true;
}

/*
 * How the program's own filter answered a call that did not come to ours: ERRNO gives an error, TRAP leaves the number
 * where the result would be (seccomp's rollback), a listener any value: then the call was made, or is as good as made.
 */
static enum cg_outcome outcome_without_pass(const struct cg_tracee *tracee, int64_t result)
{
	return result < 0 || (uint32_t)result == tracee->call.nr ? CG_OUTCOME_DENIED : CG_OUTCOME_RETURNED;
}

static enum cg_outcome outcome_of(const struct cg_tracee *tracee, int64_t result)
{
	if (tracee->watches_entry && tracee->has_filter && !tracee->has_passed)
		return outcome_without_pass(tracee, result);
	return cg_result_is_restart(result) ? CG_OUTCOME_RESTARTED : CG_OUTCOME_RETURNED;
}

/* Before the thread runs on, and may be stopped in another way or be gone. */
static void look_closer(struct cg_trace *trace, struct cg_tracee *tracee, int64_t result)
{
	bool for_all = false;

	if (cg_trace_loads_filter(&tracee->call, tracee->special, result, &for_all)) {
		tracee->watches_entry = true;
		if (for_all)
			cg_proc_threads(tracee->tid, watch_thread, trace);
	}
	cg_trace_note_call(trace, tracee, tracee->special, result);
}

static void on_exit(struct cg_trace *trace, struct cg_tracee *tracee, int64_t result)
{
	struct cg_call call = tracee->call;
	enum cg_outcome outcome = outcome_of(tracee, result);
	bool is_told = tracee->is_in_call;

	tracee->is_in_call = false;
	if (is_told && tracee->special != CG_SPECIAL_NONE && trace->has_begun)
		look_closer(trace, tracee, result);
	/* First let it run: counting goes on beside it. */
	resume(tracee, 0);
	if (is_told)
		emit(trace, tracee, &call, outcome, result);
}

static void on_call(struct cg_trace *trace, struct cg_tracee *tracee)
{
	struct cg_trace_call info;

	if (cg_trace_call(tracee->tid, &info) < 0)
		return;
	if (info.phase == CG_TRACE_ENTRY)
		on_entry(trace, tracee, &info.call);
	else if (info.phase == CG_TRACE_EXIT)
		on_exit(trace, tracee, info.result);
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
		resume(child, 0);
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
	resume(parent, 0);
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
		emit(trace, leader, &leader->call, CG_OUTCOME_ENDED, 0);
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
		emit(trace, tracee, &tracee->call, CG_OUTCOME_BEGAN, 0);
	tracee->is_in_call = false;
	tracee->exe = program_of(trace, tracee->tid);
	cg_trace_note_exec(trace, tracee);
	resume(tracee, 0);
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
	resume(tracee, 0);
}

static int release_held(void *context, struct cg_tracee *tracee)
{
	const struct cg_trace *trace = context;

	if (tracee->is_held && cg_clock_ms() - tracee->held_ms > HELD_MS) {
		tracee->is_held = false;
		tracee->has_filter = trace->has_filter;
		tracee->watches_entry = true;
		resume(tracee, 0);
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
		emit(trace, tracee, &tracee->call, is_denied ? CG_OUTCOME_DENIED : CG_OUTCOME_ENDED, RESULT_OF_KILL);
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
 * Who stopped. A child may stop before its parent tells of it (TRAP). GONE of somebody unknown is such a child killed at
 * once, or a child of this process that is none of ours.
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
		on_filter(trace, tracee);
		break;
	case CG_STOP_CALL:
		on_call(trace, tracee);
		break;
	case CG_STOP_CHILD:
	case CG_STOP_CLONE:
		on_child(trace, tracee, stop->kind == CG_STOP_CLONE);
		break;
	case CG_STOP_EXEC:
		on_exec(trace, tracee);
		break;
	case CG_STOP_SIGNAL:
		resume(tracee, stop->signal);
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
