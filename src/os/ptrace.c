/*
 * See ptrace.h; ptrace(2), kernel/ptrace.c, kernel/seccomp.c.
 */
#include "os/ptrace.h"

#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux 6.16; headers of Debian 12 do not have it. */
#define SET_SYSCALL_INFO 0x4212

/* glibc's enum of requests does not hold all that the kernel has; its ptrace() is variadic and takes any. */
#define request(tid, number, address, data)                                                                            \
	ptrace((enum __ptrace_request)(number), (tid), (void *)(uintptr_t)(address), (void *)(uintptr_t)(data))

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* ptrace(2), "Stopped states": what a status of a seized tracee means. */
static enum cg_stop_kind kind_of(int status)
{
	static const enum cg_stop_kind events[] = {
		[PTRACE_EVENT_FORK] = CG_STOP_CHILD,     [PTRACE_EVENT_VFORK] = CG_STOP_CHILD,
		[PTRACE_EVENT_CLONE] = CG_STOP_CLONE,    [PTRACE_EVENT_EXEC] = CG_STOP_EXEC,
		[PTRACE_EVENT_SECCOMP] = CG_STOP_FILTER,
	};
	unsigned int event = (unsigned int)status >> 16;

	if (!WIFSTOPPED(status))
		return CG_STOP_GONE;
	if (event == PTRACE_EVENT_STOP)
		return is_stop_signal(WSTOPSIG(status)) ? CG_STOP_GROUP : CG_STOP_TRAP;
	if (event == PTRACE_EVENT_VFORK_DONE || event == PTRACE_EVENT_EXIT)
		return CG_STOP_TRAP;
	if (event > 0 && event < CG_N_ITEMS(events))
		return events[event];
	return WSTOPSIG(status) == (SIGTRAP | 0x80) ? CG_STOP_CALL : CG_STOP_SIGNAL;
}

int cg_trace_wait(bool may_block, struct cg_stop *ret_stop)
{
	int status;
	int tid = waitpid(-1, &status, __WALL | (may_block ? 0 : WNOHANG));

	if (tid < 0)
		return -errno;
	if (tid == 0)
		return 0;
	ret_stop->tid = tid;
	ret_stop->status = status;
	ret_stop->kind = kind_of(status);
	ret_stop->signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
	return 1;
}

static void take_entry(struct cg_trace_call *call, uint64_t nr, const uint64_t *args)
{
	call->call.nr = (uint32_t)nr;
	for (size_t i = 0; i < CG_N_ITEMS(call->call.args); i++)
		call->call.args[i] = args[i];
}

int cg_trace_call(int tid, struct cg_trace_call *ret_call)
{
	struct __ptrace_syscall_info info;
	struct cg_trace_call call = { .phase = CG_TRACE_NONE };

	if (request(tid, PTRACE_GET_SYSCALL_INFO, sizeof(info), &info) < 0)
		return -errno;
	call.call.arch = info.arch;
	call.call.ip = info.instruction_pointer;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
		call.phase = CG_TRACE_ENTRY;
		take_entry(&call, info.entry.nr, info.entry.args);
		break;
	case PTRACE_SYSCALL_INFO_SECCOMP:
		call.phase = CG_TRACE_FILTER;
		call.filter_data = info.seccomp.ret_data;
		take_entry(&call, info.seccomp.nr, info.seccomp.args);
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		call.phase = CG_TRACE_EXIT;
		call.result = info.exit.rval;
		break;
	default:
		break;
	}
	*ret_call = call;
	return 0;
}

int cg_trace_message(int tid, unsigned long *ret_message)
{
	unsigned long message;

	if (request(tid, PTRACE_GETEVENTMSG, 0, &message) < 0)
		return -errno;
	*ret_message = message;
	return 0;
}

int cg_trace_resume(int tid, bool to_call, int signal)
{
	return request(tid, to_call ? PTRACE_SYSCALL : PTRACE_CONT, 0, signal) < 0 ? -errno : 0;
}

int cg_trace_listen(int tid)
{
	return request(tid, PTRACE_LISTEN, 0, 0) < 0 ? -errno : 0;
}

int cg_trace_skip(int tid)
{
	struct __ptrace_syscall_info info;

	if (request(tid, PTRACE_GET_SYSCALL_INFO, sizeof(info), &info) < 0)
		return -errno;
	info.seccomp.nr = (uint64_t)-1;
	return request(tid, SET_SYSCALL_INFO, sizeof(info), &info) < 0 ? -errno : 0;
}

int cg_trace_peek(int tid, uint64_t address, long *ret_word)
{
	long word;

	errno = 0;
	word = request(tid, PTRACE_PEEKDATA, address, 0);
	if (word == -1 && errno)
		return -errno;
	*ret_word = word;
	return 0;
}

void cg_trace_signal(int pid, int signal)
{
	if (pid > 0)
		kill(pid, signal);
}

void cg_trace_kill(int pid)
{
	cg_trace_signal(pid, SIGKILL);
}
