/*
 * What a recorder does for its command beside recording: signals, job control, an end in time.
 *
 * The command keeps our process group, terminal, descriptors and signal state, so that shells and terminals see it as
 * if we were not there; what reaches us instead of it is passed on:
 * - a key of the terminal reaches the whole group: the command has it already, and decides;
 * - a signal sent to callgate alone is sent on to the command; if that asks for an end and the command does not end
 *   within a grace, or a second one comes, everything is killed. The recording so far is whole in any case;
 * - when the terminal has stopped the command (^Z), we stop too, for the shell that waits for us.
 */
#ifndef CG_SOURCE_WATCH_H
#define CG_SOURCE_WATCH_H

#include "source/phase.h"
#include "source/sources.h"

struct cg_watch {
	/* Said by the source. */
	int main_pid;
	void (*end_all)(void *context); /* kills everything that is recorded */
	void *context;
	int main_stop; /* the signal by which main_pid is stopped, or 0 */
	bool has_main_ended;
	bool are_all_stopped;
	/* Answered. */
	bool is_partial; /* the command was asked to end */
	/* Of cg_clock_ms(); 0 is never. */
	uint64_t end_ms; /* the command is asked to end */
	uint64_t kill_ms; /* everything is killed */
	uint64_t stop_ms; /* until then, a stop of the command stops us */
	uint64_t continued_ms; /* when we went on after having stopped ourselves */
	int stop_signal;
	unsigned int n_ends; /* how often we were asked to end */
	struct cg_signals *signals;
	struct cg_phase_watch phase; /* its begin, end and marks are the source's; signals for it are taken here */
};

void cg_watch_begin(struct cg_watch *watch, const struct cg_source_request *request);

/* A few times a second. */
void cg_watch_look(struct cg_watch *watch);

#endif
