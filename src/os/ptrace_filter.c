/*
 * See ptrace_filter.h; kernel/seccomp.c, seccomp_get_filter() and get_nth_filter().
 */
#include "os/ptrace_filter.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "os/procfs.h"
#include "os/ptrace_restart.h"
#include "os/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_TRIES 2000 /* times STOP_PAUSE: two seconds */
#define STOP_PAUSE_NS 1000000
#define MODE_STRICT 1

/* The bare call: glibc's ptrace() knows neither all requests nor the result of this one. */
static long request(long number, int tid, unsigned long address, void *data)
{
	return syscall(SYS_ptrace, number, (long)tid, address, data);
}

/* ---- why not */

static int explain_seize(int tid, int code, struct cg_err *err)
{
	unsigned long tracer = 0;

	if (code == -ESRCH)
		return cg_err_set(err, -ENOENT, NULL, "there is no process or thread %d", tid);
	if (code != -EPERM)
		return cg_err_set(err, code, NULL, "cannot trace %d: %s", tid, strerror(-code));
	if (tid == (int)syscall(SYS_gettid) || cg_proc_group(tid) == getpid())
		return cg_err_set(err, code, NULL, "%d is callgate itself, which cannot trace itself", tid);
	if (cg_proc_number(tid, "TracerPid", &tracer) == 0 && tracer)
		return cg_err_set(err, code, NULL,
				  "may not trace %d: process %lu traces it (a debugger, strace, callgate record)", tid,
				  tracer);
	if (!cg_proc_has_capability(CAP_SYS_PTRACE))
		return cg_err_set(err, code, NULL, "may not trace %d: this needs CAP_SYS_PTRACE; run it as root", tid);
	return cg_err_set(err, code, NULL,
			  "may not trace %d: it is a kernel thread, or kernel.yama.ptrace_scope is 3, or this is a "
			  "container whose seccomp profile forbids ptrace(2)",
			  tid);
}

static int explain_get(int tid, int code, struct cg_err *err)
{
	if (code == -EIO)
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "this kernel gives no filters out: it is built without CONFIG_CHECKPOINT_RESTORE");
	if (code == -EMEDIUMTYPE)
		return cg_err_set(err, -EOPNOTSUPP, NULL, "a filter of %d is no classic BPF: it cannot be read", tid);
	if (code == -ESRCH)
		return cg_err_set(err, -ENOENT, NULL, "process or thread %d has ended", tid);
	if (code != -EACCES)
		return cg_err_set(err, code, NULL, "cannot read the filters of %d: %s", tid, strerror(-code));
	if (cg_seccomp_mode() != 0)
		return cg_err_set(err, -EPERM, NULL,
				  "callgate runs under a seccomp filter itself, and the kernel then gives no filters "
				  "out: run it outside of the container or sandbox");
	return cg_err_set(err, -EPERM, NULL,
			  "the kernel gives filters to CAP_SYS_ADMIN only (in the first user namespace): run it as root");
}

/* Before anybody is stopped: without this right all would be for nothing. */
static int check_right(struct cg_err *err)
{
	if (!cg_proc_has_capability(CAP_SYS_ADMIN) || cg_seccomp_mode() != 0)
		return explain_get(0, -EACCES, err);
	return 0;
}

/* ---- stopping */

/* *ret_signal: what was about to be delivered when it stopped, to be delivered later. */
static int wait_for_stop(int tid, int *ret_signal)
{
	static const struct timespec pause = { .tv_nsec = STOP_PAUSE_NS };
	int status;

	for (int i = 0; i < STOP_TRIES; i++) {
		int r = waitpid(tid, &status, __WALL | WNOHANG);

		if (r < 0 && errno != EINTR)
			return -ESRCH;
		if (r > 0 && !WIFSTOPPED(status))
			return -ESRCH;
		if (r > 0) {
			/* A signal's own stop has no event; ours and a group-stop do. */
			*ret_signal = status >> 16 ? 0 : WSTOPSIG(status);
			return 0;
		}
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

static int stop(int tid, int *ret_signal, struct cg_err *err)
{
	int r;

	if (request(PTRACE_SEIZE, tid, 0, NULL) < 0)
		return explain_seize(tid, -errno, err);
	r = request(PTRACE_INTERRUPT, tid, 0, NULL) < 0 ? -errno : wait_for_stop(tid, ret_signal);
	if (r == -EBUSY)
		return cg_err_set(err, r, NULL, "%d does not stop: it waits in the kernel, uninterruptibly", tid);
	return r < 0 ? explain_get(tid, r, err) : 0;
}

/* ---- reading */

/* 1 when there is no filter of that number. */
static int read_filter(int tid, unsigned long index, struct cg_loaded_filter *ret_loaded)
{
	struct seccomp_metadata metadata = { .filter_off = index };
	struct cg_loaded_filter loaded = { 0 };
	long n_insns = request(PTRACE_SECCOMP_GET_FILTER, tid, index, NULL);

	if (n_insns < 0)
		return errno == ENOENT ? 1 : -errno;
	loaded.filter = cg_filter_new(NULL, (size_t)n_insns, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	if (!loaded.filter)
		return -ENOMEM;
	if (request(PTRACE_SECCOMP_GET_FILTER, tid, index, loaded.filter->insns) < 0) {
		int r = -errno;

		cg_filter_free(loaded.filter);
		return r;
	}
	if (request(PTRACE_SECCOMP_GET_METADATA, tid, sizeof(metadata), &metadata) >= 0) {
		loaded.knows_flags = true;
		loaded.is_logged = metadata.flags & SECCOMP_FILTER_FLAG_LOG;
	}
	*ret_loaded = loaded;
	return 0;
}

static int read_stack(int tid, struct cg_filter_stack *stack)
{
	for (;;) {
		struct cg_loaded_filter loaded;
		int r = read_filter(tid, stack->filters.n_items, &loaded);

		if (r > 0)
			return 0;
		if (r == 0 && stack->filters.n_items >= CG_STACK_FILTERS_LIMIT)
			r = -E2BIG;
		else if (r == 0)
			r = cg_vec_push(&stack->filters, loaded);
		else
			return r;
		if (r < 0) {
			cg_filter_free(loaded.filter);
			return r;
		}
	}
}

/* -EINVAL is the answer for a thread without filters; one in strict mode must not be taken for that. */
static int read_stopped(int tid, struct cg_filter_stack *stack, struct cg_err *err)
{
	unsigned long mode = 0;
	int r = read_stack(tid, stack);

	if (r == -EINVAL && cg_proc_number(tid, "Seccomp", &mode) == 0 && mode == MODE_STRICT)
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "%d is in strict mode, which has no filter: read, write, exit and sigreturn, and "
				  "SIGKILL for all else",
				  tid);
	if (r == -EINVAL && mode == 0)
		return 0;
	return r < 0 ? explain_get(tid, r, err) : 0;
}

/* The thread must not be punished for having been stopped by us: see ptrace_restart.h. */
static void spare(int tid, const struct cg_filter_stack *stack)
{
	struct cg_call call;

	if (!cg_trace_find_restart(tid, &call))
		return;
	for (size_t i = 0; i < stack->filters.n_items; i++) {
		const struct cg_filter *filter = stack->filters.items[i].filter;

		if (cg_filter_check(filter, NULL) < 0 || cg_action_is_permit(cg_filter_run(filter, &call, NULL)))
			continue;
		cg_trace_begin_anew(tid);
		return;
	}
}

int cg_thread_filters(int tid, struct cg_filter_stack *ret_stack, struct cg_err *err)
{
	struct cg_filter_stack stack = { 0 };
	int signal = 0;
	int r = check_right(err);

	if (r == 0)
		r = stop(tid, &signal, err);
	if (r < 0)
		return r;
	r = read_stopped(tid, &stack, err);
	if (signal == 0)
		spare(tid, &stack);
	request(PTRACE_DETACH, tid, 0, (void *)(intptr_t)signal);
	if (r < 0)
		cg_filter_stack_done(&stack);
	else
		*ret_stack = stack;
	return r;
}

void cg_filter_stack_done(struct cg_filter_stack *stack)
{
	for (size_t i = 0; i < stack->filters.n_items; i++)
		cg_filter_free(stack->filters.items[i].filter);
	cg_vec_done(&stack->filters);
}

bool cg_filter_stack_equals(const struct cg_filter_stack *a, const struct cg_filter_stack *b)
{
	if (a->filters.n_items != b->filters.n_items)
		return false;
	for (size_t i = 0; i < a->filters.n_items; i++) {
		const struct cg_filter *one = a->filters.items[i].filter, *other = b->filters.items[i].filter;

		if (one->n_insns != other->n_insns ||
		    memcmp(one->insns, other->insns, one->n_insns * sizeof(*one->insns)) != 0)
			return false;
	}
	return true;
}
