/*
 * Calls that a tracer interrupts and that go on by another one: restart_syscall(2).
 *
 * nanosleep, poll, futex and a few more, interrupted without a signal handler, are continued by restart_syscall, which
 * the kernel puts in place of the call, and which the thread's filters are asked about. Filters often forget it: then a
 * thread that is stopped for a moment would fail, or be killed. One file for each kind of machine that this is solved
 * for; on the others nothing is found.
 */
#ifndef CG_OS_PTRACE_RESTART_H
#define CG_OS_PTRACE_RESTART_H

#include "callgate/call.h"

#include <stdbool.h>

/* Is this stopped tracee about to make restart_syscall? The call as its filters will see it. */
bool cg_trace_find_restart(int tid, struct cg_call *ret_call);

/* Makes it begin its call anew instead, with the same arguments: it waits as long again. Only in a stop without signal. */
void cg_trace_begin_anew(int tid);

#endif
