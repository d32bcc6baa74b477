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
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE_OPTIONS                                                                                                  \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |                    \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* As a shell has it: 127 not found, 126 found but not to be executed. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126

/* In the child. Memory and calls that are safe after fork(2) only (signal-safety(7)). */
static void load_filter(volatile struct cg_trace_report *report)
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

/* A file that is executable but in no format that the kernel knows is a shell script, as execvp(3) has it. */
static void execute_script(const char *path, char *const *argv)
{
	char *words[1024] = { (char *)"/bin/sh", (char *)path };
	size_t n_words = 2;

	while (argv[0] && argv[n_words - 1]) {
		if (n_words == sizeof(words) / sizeof(words[0]) - 1) {
			errno = E2BIG;
			return;
		}
		words[n_words] = argv[n_words - 1];
		n_words++;
	}
	execve(words[0], words, environ);
}

static void __attribute__((noreturn))
become(const char *path, char *const *argv, int gate, volatile struct cg_trace_report *report)
{
	char byte;

	/* End of file: the tracer is gone, or may not trace. */
	if (read(gate, &byte, 1) != 1)
		_exit(STATUS_NOT_EXECUTABLE);
	load_filter(report);
	execve(path, argv, environ);
	if (errno == ENOEXEC)
		execute_script(path, argv);
	report->exec_errno = errno;
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
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

void cg_trace_child_abandon(struct cg_trace_child *child)
{
	int status;

	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, __WALL) < 0 ? errno == EINTR : WIFSTOPPED(status))
		;
	cg_trace_child_done(child);
}

int cg_trace_spawn(const char *path, char *const *argv, const struct cg_signals *signals,
		   struct cg_trace_child *ret_child, struct cg_err *err)
{
	struct cg_trace_child child = { .gate = -1 };
	int gates[2], r;

	child.report = mmap(NULL, sizeof(*child.report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (child.report == MAP_FAILED)
		return cg_err_memory(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gates) < 0) {
		r = -errno;
		cg_trace_child_done(&child);
		return cg_err_set(err, r, NULL, "cannot make a pair of sockets: %s", strerror(-r));
	}
	child.pid = fork();
	if (child.pid == 0) {
		close(gates[1]);
		if (signals)
			cg_signals_undo(signals);
		become(path, argv, gates[0], child.report);
	}
	r = child.pid < 0 ? -errno : 0;
	close(gates[0]);
	child.gate = gates[1];
	if (r < 0) {
		cg_trace_child_done(&child);
		return cg_err_set(err, r, NULL, "cannot fork: %s", strerror(-r));
	}
	r = seize(child.pid, err);
	if (r < 0) {
		cg_trace_child_abandon(&child);
		return r;
	}
	*ret_child = child;
	return 0;
}

int cg_trace_can(struct cg_err *err)
{
	char *const nothing[] = { NULL };
	struct cg_trace_child child;
	int r = cg_trace_spawn("", nothing, NULL, &child, err);

	if (r == 0)
		cg_trace_child_abandon(&child);
	return r;
}

void cg_trace_release(struct cg_trace_child *child)
{
	/* A child that is gone leaves nobody to read: EPIPE, and its end will be told. */
	while (send(child->gate, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
	close(child->gate);
	child->gate = -1;
}

void cg_trace_child_done(struct cg_trace_child *child)
{
	if (child->gate >= 0)
		close(child->gate);
	if (child->report && child->report != MAP_FAILED)
		munmap((void *)(uintptr_t)child->report, sizeof(*child->report));
	*child = (struct cg_trace_child){ .gate = -1 };
}
