/*
 * See ptrace_restart.h: a machine whose registers nobody has looked into yet.
 */
#include "os/ptrace_restart.h"

bool cg_trace_find_restart(int tid, struct cg_call *ret_call)
{
	return false;
}

void cg_trace_begin_anew(int tid)
{
}
