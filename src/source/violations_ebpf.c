/*
 * Violations seen by programs in the kernel: every call that a filter stopped, with its arguments and without any flag
 * at the filter.
 *
 * In: denials and sums of them (os/ebpf_watch.h). Out: violations. Which action it was, the filters themselves say,
 * which come with the first denial; where they are not known (a kernel without CONFIG_CHECKPOINT_RESTORE, sums without
 * arguments), what was seen says it, and then an answer by a listener or a tracer looks like ERRNO, and KILL_THREAD in a
 * process of one thread like KILL_PROCESS.
 */
#include "source/violations.h"

#include "abi/arch.h"
#include "base/cleanup.h"
#include "os/cgroup.h"
#include "os/ebpf_watch.h"
#include "source/ebpf.h"
#include "source/ebpf_cgroups.h"
#include "source/ebpf_filters.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define STARVED_READS 8 /* of a ring that never is empty, before sums have their turn all the same */

struct cg_violation_reader {
	const struct cg_violation_tell *tell;
	struct cg_ebpf_watch *watch;
	struct cg_ebpf_cgroups cgroups;
	struct cg_ebpf_filters filters;
	struct cg_watch_totals told; /* losses that were told */
	uint64_t n_told_misses;
	bool is_due; /* the sums are */
	unsigned int n_waiting; /* reads since they are */
	bool has_failed; /* the sink wants no more */
	char exe[PATH_MAX];
	char comm[CG_WATCH_COMM + 1];
};

/* Without the filters: from what became of the call. */
static uint32_t guess_action(const struct cg_watch_denial *denial)
{
	int64_t result = denial->call.result;

	switch (denial->call.kind) {
	case CG_WATCH_TRAPPED:
		return CG_ACTION_TRAP;
	case CG_WATCH_KILLED:
		return CG_ACTION_KILL_PROCESS;
	case CG_WATCH_KILLED_THREAD:
		return CG_ACTION_KILL_THREAD;
	default:
		break;
	}
	if (result <= 0 && result >= -(int64_t)CG_ERRNO_MAX)
		return cg_action_errno(-result);
	return denial->flags & CG_WATCH_HAS_LISTENER ? CG_ACTION_NOTIFY : CG_ACTION_TRACE;
}

static bool find_action(struct cg_violation_reader *reader, const struct cg_watch_denial *denial,
			struct cg_violation *violation)
{
	uint32_t action = CG_ACTION_TRACE;

	/* A tracer that is asked skips a call by setting its number to this: which it was is not known any more. */
	if (denial->call.nr != CG_NR_SKIPPED || !(denial->flags & CG_WATCH_HAS_TRACER)) {
		switch (cg_ebpf_filters_ask(&reader->filters, &denial->call, denial->asked_ns, &violation->call,
					    &action)) {
		case CG_EBPF_ANSWERED:
			break;
		case CG_EBPF_OTHER:
			return false;
		case CG_EBPF_MISFIT:
			/* A tracer that answers calls itself, and has let go of the task meanwhile. */
			if (denial->call.kind == CG_WATCH_ANSWERED && denial->flags & CG_WATCH_HAS_TRACER)
				return false;
			/* fall through */
		default:
			action = guess_action(denial);
			break;
		}
	}
	violation->has_data = cg_action_row(action)->value == CG_ACTION_ERRNO;
	/* As the program got it: the kernel cuts what a filter says to CG_ERRNO_MAX. */
	violation->action = violation->has_data ? cg_action_errno(-denial->call.result) : cg_action_row(action)->value;
	if (denial->call.kind == CG_WATCH_KILLED_THREAD)
		violation->signal = (int)denial->call.result;
	else if (denial->call.kind != CG_WATCH_ANSWERED)
		violation->signal = SIGSYS;
	return true;
}

/* Of a sum without arguments the process is not known: of one among many it would be told otherwise. */
static void find_who(struct cg_violation_reader *reader, const struct cg_watch_denial *denial, uint64_t n,
		     struct cg_violation *violation)
{
	violation->uid = CG_ID_UNKNOWN;
	if (cg_ebpf_watch_program(reader->watch, &denial->program, reader->exe, sizeof(reader->exe)) == 0)
		violation->exe = reader->exe;
	violation->cgroup = cg_ebpf_cgroups_find(&reader->cgroups, reader->watch, denial);
	if (denial->call.is_coarse)
		return;
	memcpy(reader->comm, denial->comm, CG_WATCH_COMM);
	violation->comm = reader->comm;
	violation->uid = denial->uid;
	violation->pid = (int)denial->pid;
	violation->tid = n == 1 ? (int)denial->tid : 0;
	violation->ns_pid = (int)denial->ns_pid;
	violation->has_args = true;
}

static int take_denial(void *context, const struct cg_watch_denial *denial, uint64_t n)
{
	struct cg_violation_reader *reader = context;
	const struct cg_arch *arch = cg_ebpf_arch(denial->call.arch);
	struct cg_violation violation = {
		.time_ns = cg_ebpf_watch_time(denial->boot_ns),
		.n = n,
		.call = { .arch = arch ? arch->token : 0, .nr = denial->call.nr, .ip = denial->call.ip },
		.seen_by = CG_SEEN_BY_EBPF,
	};

	for (size_t i = 0; i < CG_N_ITEMS(violation.call.args); i++)
		violation.call.args[i] = denial->call.args[i];
	if (!find_action(reader, denial, &violation))
		return 0;
	find_who(reader, denial, n, &violation);
	return reader->tell->violation(reader->tell->context, &violation);
}

static int take_filter(void *context, const struct cg_watch_filter *filter)
{
	struct cg_violation_reader *reader = context;

	return cg_ebpf_filters_add(&reader->filters, filter);
}

static int tell_loss(const struct cg_violation_reader *reader, const char *reason, uint64_t now, uint64_t before)
{
	if (now <= before)
		return 0;
	return reader->tell->loss(reader->tell->context, cg_violation_source_ebpf.name, reason, now - before);
}

static int tell_losses(struct cg_violation_reader *reader)
{
	struct cg_watch_totals totals;
	uint64_t n_misses;
	int r;

	cg_ebpf_watch_totals(reader->watch, &totals, &n_misses);
	r = tell_loss(reader, "ring", totals.n_lost, reader->told.n_lost);
	if (r == 0)
		r = tell_loss(reader, "memory", totals.n_untold_tasks, reader->told.n_untold_tasks);
	if (r == 0)
		r = tell_loss(reader, "skipped", n_misses, reader->n_told_misses);
	reader->told = totals;
	reader->n_told_misses = n_misses;
	return r;
}

static int take_sums(struct cg_violation_reader *reader, const struct cg_ebpf_watch_sink *sink)
{
	int r = cg_ebpf_watch_sums(reader->watch, sink);

	reader->is_due = false;
	reader->n_waiting = 0;
	return r < 0 ? r : tell_losses(reader);
}

/* The ring first: a sum is of denials whose first, with the filter, is or was in it. */
static int read_some(struct cg_violation_reader *reader)
{
	const struct cg_ebpf_watch_sink sink = { take_denial, take_filter, reader };
	int r;

	reader->is_due = cg_ebpf_watch_is_due(reader->watch) || reader->is_due;
	if (reader->is_due && reader->n_waiting >= STARVED_READS) {
		r = take_sums(reader, &sink);
		return r < 0 ? r : 1;
	}
	reader->n_waiting += reader->is_due;
	r = cg_ebpf_watch_read(reader->watch, &sink);
	if (r != 0 || !reader->is_due)
		return r;
	return take_sums(reader, &sink);
}

static int read_violations(struct cg_violation_reader *reader, struct cg_err *err)
{
	int r = read_some(reader);

	reader->has_failed = r < 0;
	return r < 0 ? cg_err_set(err, r, NULL, "violations seen by eBPF cannot be read: %s", strerror(-r)) : r;
}

/* What was seen until now is told still. */
static struct cg_violation_reader *close_reader(struct cg_violation_reader *reader)
{
	const struct cg_ebpf_watch_sink sink = { take_denial, take_filter, reader };
	int r = reader && reader->watch && !reader->has_failed ? 1 : -ECANCELED;

	if (!reader)
		return NULL;
	for (int i = 0; r > 0 && i <= CG_WATCH_RING / (CG_EBPF_WATCH_BATCH * (int)sizeof(struct cg_watch_denial)); i++)
		r = cg_ebpf_watch_read(reader->watch, &sink);
	if (r >= 0)
		take_sums(reader, &sink);
	cg_ebpf_watch_free(reader->watch);
	cg_ebpf_filters_done(&reader->filters);
	cg_ebpf_cgroups_done(&reader->cgroups);
	free(reader);
	return NULL;
}

static int open_reader(const struct cg_violation_request *request, const struct cg_violation_tell *tell,
		       struct cg_violation_reader **ret_reader, struct cg_err *err)
{
	struct cg_violation_reader *reader = calloc(1, sizeof(*reader));
	struct cg_ebpf_watch_options options = {
		.tells_all = request->tells_all,
		.pid = request->pid,
		.cgroup = request->cgroup,
		.hierarchy = request->hierarchy,
		.other_hierarchy = cg_cgroup_other_hierarchy(),
	};
	int r;

	if (!reader)
		return cg_err_memory(err);
	reader->tell = tell;
	r = cg_ebpf_watch_open(&options, &reader->watch, err);
	if (r == 0) {
		r = cg_ebpf_cgroups_begin(&reader->cgroups, options.other_hierarchy);
		if (r < 0)
			cg_err_memory(err);
	}
	reader->has_failed = r < 0;
	if (r < 0)
		close_reader(reader);
	else
		*ret_reader = reader;
	return r;
}

static int descriptor(const struct cg_violation_reader *reader)
{
	return cg_ebpf_watch_descriptor(reader->watch);
}

static int can(struct cg_err *err)
{
	static const struct cg_ebpf_watch_options options;
	struct cg_ebpf_watch *watch;
	int r = cg_ebpf_watch_open(&options, &watch, err);

	if (r == 0)
		cg_ebpf_watch_free(watch);
	return r;
}

const struct cg_violation_source cg_violation_source_ebpf = {
	.name = "ebpf",
	.seen_by = CG_SEEN_BY_EBPF,
	.sees = CG_SEES_KILL_PROCESS | CG_SEES_KILL_THREAD | CG_SEES_TRAP | CG_SEES_ERRNO | CG_SEES_NOTIFY | CG_SEES_TRACE,
	.has_args = true,
	.meaning = "programs in the kernel: all that is stopped, with arguments, whatever the filter's flags",
	.misses = "LOG: such a call is made like any other, and only the kernel's log tells it apart",
	.can = can,
	.open = open_reader,
	.fd = descriptor,
	.read = read_violations,
	.close = close_reader,
};
