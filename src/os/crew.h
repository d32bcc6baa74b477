/*
 * Children that work beside us until they are told to end, each on its own piece: one recorder a container.
 *
 * In: a function. Out: its exit status, once it has ended by itself or was told to. Should we be killed, they are told
 * to end, so that nothing is left attached and what they have is kept.
 */
#ifndef CG_OS_CREW_H
#define CG_OS_CREW_H

#include "base/err.h"
#include "os/signals.h"

/*
 * Forks; the child starts with the signal state from before `signals`, calls `work`, and exits with what that returns.
 * Errors: those of fork(2).
 */
int cg_crew_start(int (*work)(void *context), void *context, const struct cg_signals *signals, int *ret_pid,
		  struct cg_err *err);
void cg_crew_tell_to_end(int pid);

/* One that has ended, which is forgotten then; *ret_status is its exit status, 128 + N for a signal. 0: none has. Never waits. */
int cg_crew_next_ended(int *ret_status);

/* Sleeps for so long, less when a signal comes. */
void cg_crew_pause(uint64_t ms);

#endif
