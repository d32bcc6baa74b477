/*
 * When start-up ends: what the request wishes for, watched by whichever source runs. Within source/.
 *
 * In: looks, a few times a second, and for "listen" what a call told. Out: one mark, given to the sink with the sentence
 * that explains it; at the end a remark where no mark came.
 */
#ifndef CG_SOURCE_PHASE_H
#define CG_SOURCE_PHASE_H

#include "source/sources.h"

struct cg_phase_watch {
	const struct cg_source_request *request;
	const struct cg_source_sink *sink;
	/* Called just before the sink is told: the source notes what is counted by now. Or NULL. */
	int (*snapshot)(void *context);
	void *context;
	uint64_t began_ms;
	bool is_signalled;
	bool is_marked;
};

void cg_phase_begin(struct cg_phase_watch *watch, const struct cg_source_request *request,
		    const struct cg_source_sink *sink);

/* Is a mark waited for, so that a look is worth more often? */
bool cg_phase_is_awaited(const struct cg_phase_watch *watch);
bool cg_phase_awaits(const struct cg_phase_watch *watch, enum cg_phase_by by);

/* A signal that came to us: true when it was meant as the mark, and is nobody else's. */
bool cg_phase_take_signal(struct cg_phase_watch *watch, int number);

/* Marks if it is time to. 0, or the sink's or the snapshot's negative errno. */
int cg_phase_look(struct cg_phase_watch *watch);

/* For BY_LISTEN: `waiter` (a program's path, or NULL) makes a call that waits, after a listen(2) had succeeded. */
int cg_phase_waits(struct cg_phase_watch *watch, const char *call, const char *waiter, int pid, int listener);

/* Once, when all is recorded. */
int cg_phase_end(const struct cg_phase_watch *watch);

#endif
