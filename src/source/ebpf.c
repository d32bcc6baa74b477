/*
 * The eBPF source: programs in the kernel count the calls of a process tree; we start it, and read the counts at its end.
 *
 * In: a command. Out: its calls, and those of everything that it starts, summed up, once the last of them has ended.
 * The programs are attached and the child is marked before it executes the command, so that the first call is seen.
 * Nothing is stopped: if we are killed, the programs go with our descriptors and the command runs on.
 */
#include "source/ebpf.h"
#include "source/watch.h"

#include "base/cleanup.h"
#include "os/held.h"
#include "os/procfs.h"
#include "os/ptrace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define ENDING_MS 5000 /* how long what was killed may take to be gone */
#define MARK_MS 2 /* between two looks while a mark of the phase is awaited */
#define POLL_MS 5 /* between two looks for background processes that have ended */

struct observation {
	const struct cg_source_request *request;
	struct cg_ebpf *ebpf;
	struct cg_wire_call *calls;
	struct cg_held held;
	struct cg_watch watch;
	struct cg_ebpf_phase phase;
	const struct cg_source_sink *sink;
	int failure; /* a mark's */
	int exit_status; /* -1: it has not ended */
	uint64_t ending_ms; /* when everything was killed, 0: it was not */
};

static void end_all(void *context)
{
	struct observation *observation = context;

	if (!observation->ending_ms)
		observation->ending_ms = cg_clock_ms();
	if (observation->exit_status < 0)
		cg_trace_kill(observation->held.pid);
	cg_ebpf_kill_all(observation->ebpf);
}

static void count_thread(void *context, int tid)
{
	(*(uint64_t *)context)++;
}

/* Has the main process been stopped, with nothing else left that runs? */
static bool are_all_stopped(const struct observation *observation, uint64_t n_live)
{
	uint64_t n_threads = 0;

	if (!observation->watch.main_stop)
		return false;
	cg_proc_threads(observation->held.pid, count_thread, &n_threads);
	return n_threads == n_live;
}

/* For the main process while there is one; afterwards for a moment. */
static void wait_a_little(struct observation *observation)
{
	/* The mark is to come soon after what it is to mark. */
	bool is_awaited = cg_phase_is_awaited(observation->phase.watch);
	const struct timespec moment = { .tv_nsec = (is_awaited ? MARK_MS : POLL_MS) * 1000000L };
	int status;

	if (observation->exit_status >= 0 || is_awaited)
		nanosleep(&moment, NULL);
	if (observation->exit_status >= 0)
		return;
	if (waitpid(observation->held.pid, &status, WUNTRACED | WCONTINUED | (is_awaited ? WNOHANG : 0)) <= 0)
		return;
	if (WIFSTOPPED(status)) {
		observation->watch.main_stop = WSTOPSIG(status);
	} else if (WIFCONTINUED(status)) {
		observation->watch.main_stop = 0;
	} else {
		observation->watch.main_stop = 0;
		observation->exit_status = status;
	}
}

static bool is_over(const struct observation *observation, uint64_t n_live)
{
	if (observation->exit_status < 0)
		return false;
	return n_live == 0 || (observation->ending_ms && cg_clock_ms() - observation->ending_ms > ENDING_MS);
}

static uint64_t follow(struct observation *observation)
{
	struct cg_wire_totals totals;

	cg_watch_begin(&observation->watch, observation->request);
	cg_ebpf_phase_begin(&observation->phase, &observation->watch.phase, observation->ebpf,
			    observation->request, observation->sink);
	for (;;) {
		cg_ebpf_totals(observation->ebpf, &totals);
		if (is_over(observation, totals.n_live))
			return totals.n_live;
		observation->watch.has_main_ended = observation->exit_status >= 0;
		observation->watch.are_all_stopped = are_all_stopped(observation, totals.n_live);
		cg_watch_look(&observation->watch);
		if (!observation->failure)
			observation->failure = cg_ebpf_phase_look(&observation->phase);
		if (observation->ending_ms)
			end_all(observation);
		wait_a_little(observation);
	}
}

int cg_ebpf_prepare(const struct cg_source_request *request, struct cg_ebpf **ret_ebpf,
		    struct cg_wire_call **ret_calls, struct cg_err *err)
{
	struct cg_ebpf_options options = {
		.keeps_args = !request->without_args,
		.keeps_time = request->with_time,
		.keeps_phases = request->phase.by != CG_PHASE_BY_NOTHING,
		.marks_listen = request->phase.by == CG_PHASE_BY_LISTEN,
		.attaches = request->target != NULL,
	};
	struct cg_wire_call *calls = cg_ebpf_calls_new(&options.n_sets);
	int r;

	if (!calls)
		return cg_err_memory(err);
	options.calls = calls;
	r = cg_ebpf_open(&options, ret_ebpf, err);
	if (r < 0)
		free(calls);
	else
		*ret_calls = calls;
	return r;
}

static int start(struct observation *observation, const struct cg_source_sink *sink, struct cg_err *err)
{
	struct cg_ebpf_target target = { .selector = CG_EBPF_TREE };
	int r = cg_ebpf_prepare(observation->request, &observation->ebpf, &observation->calls, err);

	if (r == 0)
		r = cg_held_spawn(observation->request->path, observation->request->argv,
				  observation->request->signals, NULL, &observation->held, err);
	if (r < 0)
		return r;
	target.pid = observation->held.pid;
	r = cg_ebpf_select(observation->ebpf, &target, err);
	if (r == 0)
		r = sink->begun(sink->context);
	if (r < 0) {
		cg_held_abandon(&observation->held);
		return r;
	}
	observation->watch.main_pid = observation->held.pid;
	observation->watch.end_all = end_all;
	observation->watch.context = observation;
	cg_held_release(&observation->held);
	return 0;
}

static int finish(struct observation *observation, uint64_t n_left, const struct cg_source_sink *sink,
		  struct cg_source_result *ret_result, struct cg_err *err)
{
	struct cg_wire_totals totals;
	struct cg_source_result result = {
		.start_errno = observation->held.report->exec_errno,
		.exit_status = observation->exit_status,
		.is_partial = observation->watch.is_partial,
	};
	int r = observation->failure ? observation->failure : cg_ebpf_phase_look(&observation->phase);

	cg_ebpf_totals(observation->ebpf, &totals);
	result.has_started = totals.has_begun;
	if (r == 0)
		r = cg_ebpf_give(observation->ebpf, observation->calls, observation->request, &observation->phase,
				 sink, &result);
	if (r == 0 && n_left)
		r = sink->remark(sink->context, "processes of the command were still running when the recording ended");
	if (r < 0)
		return cg_err_set(err, r, NULL, "the recording cannot be kept: %s", strerror(-r));
	*ret_result = result;
	return 0;
}

static int run(const struct cg_source_request *request, const struct cg_source_sink *sink,
	       struct cg_source_result *ret_result, struct cg_err *err)
{
	struct observation observation = {
		.request = request, .sink = sink, .exit_status = -1, .held.gate = -1
	};
	int r;

	if (request->target)
		return cg_ebpf_attach(request, sink, ret_result, err);
	r = start(&observation, sink, err);
	if (r == 0)
		r = finish(&observation, follow(&observation), sink, ret_result, err);
	cg_held_done(&observation.held);
	cg_ebpf_free(observation.ebpf);
	free(observation.calls);
	return r;
}

const struct cg_source cg_source_ebpf = {
	.name = "ebpf",
	.meaning = "programs in the kernel count: exact, and nearly as fast as unrecorded; needs root or CAP_BPF and CAP_PERFMON",
	.has_time = true,
	.has_processes = true,
	.has_cgroups = true,
	.has_phases = true,
	.can = cg_ebpf_can,
	.run = run,
};
