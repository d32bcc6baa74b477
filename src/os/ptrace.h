/*
 * ptrace(2), for a tracer that seizes: one function a request, and the stops of tracees told apart.
 *
 * In: a thread id. Out: what it stopped for. A tracee that was killed meanwhile answers -ESRCH to everything; its end
 * still comes through cg_trace_wait(). All functions must be called by the thread that seized.
 */
#ifndef CG_OS_PTRACE_H
#define CG_OS_PTRACE_H

#include "base/err.h"
#include "callgate/call.h"
#include "os/held.h"

#include <stdbool.h>
#include <stdint.h>

/* The data of our RET_TRACE, by which a filter's TRACE that is not ours is told. */
#define CG_TRACE_DATA 0xca11U

enum cg_stop_kind {
	CG_STOP_FILTER, /* RET_TRACE: a call has passed all filters and is about to be made */
	CG_STOP_CALL, /* entry or exit of a call; cg_trace_call() says which */
	CG_STOP_CHILD, /* fork, vfork; cg_trace_message() is the new process's id */
	CG_STOP_CLONE, /* clone, clone3 when it is no fork: perhaps a thread; the message is its id */
	CG_STOP_EXEC, /* execve succeeded; cg_trace_message() is the id that the thread had before */
	CG_STOP_SIGNAL, /* `signal` is about to be delivered */
	CG_STOP_GROUP, /* `signal` has stopped the process */
	CG_STOP_TRAP, /* the first stop of a new tracee, or the end of a group-stop */
	CG_STOP_GONE, /* exited or killed: `status` */
};

struct cg_stop {
	int tid;
	enum cg_stop_kind kind;
	int signal;
	int status; /* as wait(2) gave it */
};

/*
 * The next stop of any tracee. 1 and *ret_stop; 0 when there is none now and !may_block; -EINTR a signal came;
 * -ECHILD no child is left. Takes the statuses of all children of the calling process.
 */
int cg_trace_wait(bool may_block, struct cg_stop *ret_stop);

enum cg_trace_phase {
	CG_TRACE_NONE, /* in no call's stop */
	CG_TRACE_ENTRY,
	CG_TRACE_EXIT,
	CG_TRACE_FILTER,
};

struct cg_trace_call {
	enum cg_trace_phase phase;
	struct cg_call call; /* ENTRY, FILTER; EXIT: arch and ip only */
	uint32_t filter_data; /* FILTER: the data of RET_TRACE */
	int64_t result; /* EXIT: the value, or -errno */
};

/* What a tracee in CG_STOP_FILTER or CG_STOP_CALL is doing (PTRACE_GET_SYSCALL_INFO, Linux 5.3). */
int cg_trace_call(int tid, struct cg_trace_call *ret_call);

int cg_trace_message(int tid, unsigned long *ret_message);

/* Lets it run on, with `signal` delivered (0: none); to the next entry or exit of a call when `to_call`. */
int cg_trace_resume(int tid, bool to_call, int signal);

/* Leaves it in its group-stop, but wakes us when that ends. */
int cg_trace_listen(int tid);

/* In CG_STOP_FILTER: the call is not made and fails with ENOSYS. -EIO before Linux 6.16. */
int cg_trace_skip(int tid);

/* One word of a tracee's memory. 0, -EIO, -ESRCH. */
int cg_trace_peek(int tid, uint64_t address, long *ret_word);

/*
 * A command, held at its gate and seized. From the start the child stops at every entry and exit of a call.
 * Errors: -EPERM (no right to trace; the message says why), -ENOSYS (a kernel before 5.3), -EAGAIN, -ENOMEM, …
 */
int cg_trace_spawn(const char *path, char *const *argv, const struct cg_signals *signals, struct cg_held *ret_held,
		   struct cg_err *err);

/* 0 when this process may trace its children, with all that is needed here; found by doing it. */
int cg_trace_can(struct cg_err *err);

/* SIGKILL to the process of this thread; `pid` 0 and below are refused. */
void cg_trace_kill(int pid);
/* kill(2) for forwarding a signal to one process. */
void cg_trace_signal(int pid, int signal);

#endif
