/*
 * What a line of strace says of a call, in terms of registers: its number and its arguments. Within event/.
 */
#ifndef CG_EVENT_STRACE_ARGS_H
#define CG_EVENT_STRACE_ARGS_H

#include "event/strace_line.h"
#include "event/strace_threads.h"

/* By name; "syscall_0x1d7" is what strace calls a number without one. False: no such call on this arch. */
bool cg_strace_call_number(const struct cg_arch *arch, const struct cg_piece *piece, uint32_t *ret_nr);

/* Adds the arguments on this line to the thread's call, as far as they can be read back. */
void cg_strace_keep_args(struct cg_strace_thread *thread, const struct cg_strace_line *line);

#endif
