/*
 * The signals of a program that waits on another's behalf: held back, and asked for between two waits.
 *
 * In: nothing. Out: the signals that came, one by one. While this is in force waitpid(2) and the like return EINTR
 * about ten times a second, so that nothing has to be done in a signal handler and no signal can fall between asking
 * and waiting. What our parent made us ignore (nohup, a shell's background) stays ignored. Acts on the calling thread.
 */
#ifndef CG_OS_SIGNALS_H
#define CG_OS_SIGNALS_H

#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct cg_signals {
	sigset_t watched;
	sigset_t old_mask;
	struct sigaction old_tick;
	struct sigaction old_child;
	timer_t timer;
};

struct cg_signal {
	int number;
	bool is_from_kernel; /* the terminal's keys; then the whole foreground group has it too */
};

/* Errors: -EAGAIN, -ENOMEM: no timer to be had. Nothing has changed then. */
int cg_signals_begin(struct cg_signals *signals, struct cg_err *err);

/* The next one that has come: true and *ret_signal, or false. Never waits. */
bool cg_signals_next(const struct cg_signals *signals, struct cg_signal *ret_signal);

/* Puts back what was, and forgets what has come meanwhile. */
void cg_signals_end(struct cg_signals *signals);

/* In a child of fork(2): the signal state that we were started with, for the command. Safe there. */
void cg_signals_undo(const struct cg_signals *signals);

/* Is this one of those that ask a program to end, or to stop? */
bool cg_signal_ends(int number);
bool cg_signal_stops(int number);

/*
 * Stops this process as `number` (SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP) would have, and returns once it is continued. In
 * an orphaned process group all but SIGSTOP do nothing, as for everybody.
 */
void cg_signals_stop_self(int number);

/* Is this process in the foreground of its terminal? False without one. */
bool cg_terminal_is_ours(void);

/* Milliseconds of a clock that only goes forward; and of the calendar's. */
uint64_t cg_clock_ms(void);
uint64_t cg_clock_epoch_ms(void);

#endif
