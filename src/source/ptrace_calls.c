/*
 * Calls, from stop to stop: the heart of the ptrace source.
 *
 * Usually a call has two stops: our filter's RET_TRACE, which comes after every other filter has agreed and tells
 * number and arguments, and the exit, which tells the result. Calls that cannot fail (special.c) have only the first.
 * Where no filter of ours is in force, or the program has loaded one of its own that may answer before ours does,
 * entries are watched too: entry, [filter,] exit. An entry that comes to its exit without our filter's stop was
 * answered by the program's filter.
 *
 * docs/ARCHITECTURE.md, "Recording": an attempt that leaves with ERESTART* is a restart; exit, exit_group and a
 * successful execve count when they begin; the launcher's calls before its execve are not the command's.
 */
#include "source/ptrace.h"

#include "abi/action.h"
#include "os/procfs.h"

/* How a filter of the program's own refused: as far as the result tells it. */
static uint32_t denial(const struct cg_call *call, int64_t result)
{
	if (result == CG_TRACE_KILLED)
		return CG_ACTION_KILL_THREAD;
	return (uint32_t)result == call->nr ? CG_ACTION_TRAP : cg_action_errno(-result);
}

void cg_trace_emit(struct cg_trace *trace, const struct cg_tracee *tracee, const struct cg_call *call,
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
		cg_trace_fail(trace, r);
}

void cg_trace_let_run(struct cg_tracee *tracee, int signal)
{
	/* -ESRCH: killed while it stood; its end will be told. Nothing else can go wrong with one that is stopped. */
	cg_trace_resume(tracee->tid, tracee->is_in_call || tracee->watches_entry, signal);
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
	else if (special == CG_SPECIAL_WAITS)
		cg_trace_note_wait(trace, tracee);
	cg_trace_let_run(tracee, 0);
	if (special == CG_SPECIAL_SURE)
		cg_trace_emit(trace, tracee, call, CG_OUTCOME_RETURNED, 0);
	else if (special == CG_SPECIAL_ENDS)
		cg_trace_emit(trace, tracee, call, CG_OUTCOME_BEGAN, 0);
}

/* The kernel emulates old vsyscalls: they have a filter's stop, but none at their end. The next stop tells. */
static void end_without_exit(struct cg_trace *trace, struct cg_tracee *tracee, bool has_begun)
{
	if (tracee->is_in_call && has_begun)
		cg_trace_emit(trace, tracee, &tracee->call, CG_OUTCOME_RETURNED, 0);
	tracee->is_in_call &= !has_begun;
}

void cg_trace_on_filter(struct cg_trace *trace, struct cg_tracee *tracee)
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
	cg_trace_let_run(tracee, 0);
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
	cg_trace_let_run(tracee, 0);
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

	if (tracee->special == CG_SPECIAL_MAP) {
		cg_trace_tell_mapping(trace, tracee, result);
		return;
	}
	if (cg_trace_loads_filter(&tracee->call, tracee->special, result, &for_all)) {
		tracee->watches_entry = true;
		if (for_all)
			cg_proc_threads(tracee->tid, watch_thread, trace);
	}
	cg_trace_note_call(trace, tracee, tracee->special, result);
}

static void on_return(struct cg_trace *trace, struct cg_tracee *tracee, int64_t result)
{
	struct cg_call call = tracee->call;
	enum cg_outcome outcome = outcome_of(tracee, result);
	bool is_told = tracee->is_in_call;

	tracee->is_in_call = false;
	if (is_told && tracee->special != CG_SPECIAL_NONE && trace->has_begun)
		look_closer(trace, tracee, result);
	/* First let it run: counting goes on beside it. */
	cg_trace_let_run(tracee, 0);
	if (is_told)
		cg_trace_emit(trace, tracee, &call, outcome, result);
}

void cg_trace_on_call(struct cg_trace *trace, struct cg_tracee *tracee)
{
	struct cg_trace_call info;

	if (cg_trace_call(tracee->tid, &info) < 0)
		return;
	if (info.phase == CG_TRACE_ENTRY)
		on_entry(trace, tracee, &info.call);
	else if (info.phase == CG_TRACE_EXIT)
		on_return(trace, tracee, info.result);
}
