/*
 * A traced command: a child that waits until it is seized, asks for a stop at each of its calls, and executes.
 *
 * In: a path (already searched for) and arguments. Out: a child whose only calls under the filter are its execve and,
 * when that fails, its exit. The filter needs no_new_privs or CAP_SYS_ADMIN: it is tried without first, so that for
 * root nothing about the command changes. Where no filter can be had at all the tracer stops at entries instead.
 */
#include "os/ptrace.h"
#include "os/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define TRACE_OPTIONS                                                                                                  \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |                    \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* In the child. Memory and calls that are safe after fork(2) only (signal-safety(7)). */
static void load_filter(volatile struct cg_held_report *report)
{
	struct sock_filter insns[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | CG_TRACE_DATA) };
	struct cg_filter filter = {
		.insns = insns,
		.n_insns = 1,
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	};

	/* Without SPEC_ALLOW, kernels before 5.16 would also turn on speculation barriers: not our business. */
	int r = cg_seccomp_load(&filter, CG_SECCOMP_SPEC_ALLOW, NULL, NULL);

	if (r == -EACCES && cg_no_new_privs_set(NULL) == 0) {
		report->set_no_new_privs = true;
		r = cg_seccomp_load(&filter, CG_SECCOMP_SPEC_ALLOW, NULL, NULL);
	}
	if (r == -EINVAL)
		r = cg_seccomp_load(&filter, 0, NULL, NULL);
	report->has_filter = r == 0;
}

static int wait_for_stop(int pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSTOPPED(status) ? 0 : -ESRCH;
}

/* Seizes the child and sets it on its way: to the gate, and from there from call to call. */
static int seize(int pid, struct cg_err *err)
{
	struct cg_trace_call call;
	int r = 0;

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)TRACE_OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		r = -errno;
	if (r == -EPERM)
		return cg_err_set(err, r, NULL,
				  "may not trace: callgate is being traced itself, or kernel.yama.ptrace_scope or a "
				  "container's seccomp profile forbids ptrace(2)");
	if (r == 0)
		r = wait_for_stop(pid);
	if (r == 0 && cg_trace_call(pid, &call) == -EIO)
		return cg_err_set(
			err, -ENOSYS, NULL,
			"this kernel does not tell a tracer what a call is (PTRACE_GET_SYSCALL_INFO, Linux 5.3)");
	if (r == 0)
		r = cg_trace_resume(pid, true, 0);
	return r < 0 ? cg_err_set(err, r, NULL, "cannot trace: %s", strerror(-r)) : 0;
}

int cg_trace_spawn(const char *path, char *const *argv, const struct cg_signals *signals, struct cg_held *ret_held,
		   struct cg_err *err)
{
	struct cg_held held;
	int r = cg_held_spawn(path, argv, signals, load_filter, &held, err);

	if (r < 0)
		return r;
	r = seize(held.pid, err);
	if (r < 0) {
		cg_held_abandon(&held);
		return r;
	}
	*ret_held = held;
	return 0;
}

int cg_trace_can(struct cg_err *err)
{
	char *const nothing[] = { NULL };
	struct cg_held held;
	int r = cg_trace_spawn("", nothing, NULL, &held, err);

	if (r == 0)
		cg_held_abandon(&held);
	return r;
}
