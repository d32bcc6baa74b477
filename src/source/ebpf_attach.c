/*
 * The eBPF source, of what runs already: a process with its descendants, or a cgroup.
 *
 * In: a target, and perhaps a command whose end ends the recording. Out: as ebpf.c. Nobody is stopped or signalled: the
 * target is marked while it runs, and when we end, however we end, it runs on.
 */
#include "source/ebpf.h"

#include "base/cleanup.h"
#include "os/file.h"
#include "os/held.h"
#include "os/procfs.h"
#include "os/ptrace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define POLL_MS 10
#define MARK_MS 2 /* while a mark of the phase is awaited */
#define RECOUNT_MS 500 /* between two walks over all tasks, when the target seems to be gone */

struct attachment {
	const struct cg_source_request *request;
	struct cg_ebpf *ebpf;
	struct cg_wire_call *calls;
	struct cg_held held; /* the command, or pid 0 */
	int exit_status; /* of it; -1: it has not ended */
	uint64_t end_ms; /* 0: never */
	uint64_t recount_ms;
	bool is_told_to_end;
	struct cg_phase_watch watch;
	struct cg_ebpf_phase phase;
	int failure; /* a mark's */
};

static bool has_ended(const struct attachment *attachment, uint64_t now)
{
	const struct cg_source_target *target = attachment->request->target;
	struct cg_wire_totals totals;

	if (attachment->is_told_to_end || attachment->exit_status >= 0 || (attachment->end_ms && now >= attachment->end_ms))
		return true;
	cg_ebpf_totals(attachment->ebpf, &totals);
	if (totals.n_live)
		return false;
	return target->pid || !target->lasts || !cg_folder_is_there(target->folder);
}

/* Is it worth asking whether those that are counted as alive are? */
static bool seems_gone(const struct cg_source_target *target)
{
	return target->pid ? !cg_proc_is_alive(target->pid) : !cg_folder_is_there(target->folder);
}

static void look(struct attachment *attachment, uint64_t now)
{
	bool recount = now >= attachment->recount_ms && seems_gone(attachment->request->target);
	struct cg_signal signal;
	int status;

	if (recount)
		attachment->recount_ms = now + RECOUNT_MS;
	cg_ebpf_look_again(attachment->ebpf, recount);
	while (cg_signals_next(attachment->request->signals, &signal)) {
		if (cg_phase_take_signal(&attachment->watch, signal.number))
			continue;
		if (attachment->held.pid && !signal.is_from_kernel)
			cg_trace_signal(attachment->held.pid, signal.number);
		else if (cg_signal_stops(signal.number))
			cg_signals_stop_self(signal.number);
		else if (!attachment->held.pid && cg_signal_ends(signal.number))
			attachment->is_told_to_end = true;
	}
	if (attachment->held.pid && waitpid(attachment->held.pid, &status, WNOHANG) > 0)
		attachment->exit_status = status;
}

static void follow(struct attachment *attachment, const struct cg_source_sink *sink)
{
	struct timespec moment = { .tv_nsec = POLL_MS * 1000000L };
	uint64_t now = cg_clock_ms();

	if (attachment->request->duration_ms)
		attachment->end_ms = now + attachment->request->duration_ms;
	cg_ebpf_phase_begin(&attachment->phase, &attachment->watch, attachment->ebpf, attachment->request,
			    sink);
	while (!has_ended(attachment, now)) {
		moment.tv_nsec = (cg_phase_is_awaited(&attachment->watch) ? MARK_MS : POLL_MS) * 1000000L;
		nanosleep(&moment, NULL);
		now = cg_clock_ms();
		look(attachment, now);
		if (!attachment->failure)
			attachment->failure = cg_ebpf_phase_look(&attachment->phase);
	}
}

/* The command comes last: it begins when everything is watched. */
static int start(struct attachment *attachment, const struct cg_source_sink *sink, struct cg_err *err)
{
	const struct cg_source_request *request = attachment->request;
	const struct cg_source_target *on = request->target;
	const struct cg_ebpf_target target = {
		.selector = on->pid ? CG_EBPF_PROCESS : CG_EBPF_CGROUP,
		.pid = on->pid,
		.is_launcher = on->is_launcher,
		.hierarchy = on->hierarchy,
		.cgroup = on->cgroup,
	};
	int r = cg_ebpf_prepare(request, &attachment->ebpf, &attachment->calls, err);

	if (r == 0)
		r = cg_ebpf_select(attachment->ebpf, &target, err);
	if (r == 0 && request->path)
		r = cg_held_spawn(request->path, request->argv, request->signals, NULL, &attachment->held, err);
	if (r == 0)
		r = sink->begun(sink->context);
	if (r == 0 && request->path)
		cg_held_release(&attachment->held);
	return r;
}

static int finish(struct attachment *attachment, const struct cg_source_sink *sink,
		  struct cg_source_result *ret_result, struct cg_err *err)
{
	struct cg_wire_totals totals;
	struct cg_source_result result = { .has_started = true, .exit_status = attachment->exit_status };
	int r = attachment->failure ? attachment->failure : cg_ebpf_phase_look(&attachment->phase);

	if (attachment->request->path && attachment->exit_status < 0) {
		/* Nobody else would end it or wait for it. */
		cg_trace_kill(attachment->held.pid);
		waitpid(attachment->held.pid, &result.exit_status, 0);
	}
	if (attachment->held.report && attachment->held.report->exec_errno) {
		result.has_started = false;
		result.start_errno = attachment->held.report->exec_errno;
	}
	cg_ebpf_totals(attachment->ebpf, &totals);
	result.is_partial = totals.n_live != 0;
	if (r == 0)
		r = cg_ebpf_give(attachment->ebpf, attachment->calls, attachment->request, &attachment->phase, sink,
				 &result);
	if (r < 0)
		return cg_err_set(err, r, NULL, "the recording cannot be kept: %s", strerror(-r));
	*ret_result = result;
	return 0;
}

int cg_ebpf_attach(const struct cg_source_request *request, const struct cg_source_sink *sink,
		   struct cg_source_result *ret_result, struct cg_err *err)
{
	struct attachment attachment = { .request = request, .exit_status = -1, .held.gate = -1 };
	int r = start(&attachment, sink, err);

	if (r == 0) {
		follow(&attachment, sink);
		r = finish(&attachment, sink, ret_result, err);
	} else if (attachment.held.pid) {
		cg_held_abandon(&attachment.held);
	}
	cg_held_done(&attachment.held);
	cg_ebpf_free(attachment.ebpf);
	free(attachment.calls);
	return r;
}
