/*
 * The threads that a tracer holds, by thread id. Within source/.
 */
#ifndef CG_SOURCE_TRACEES_H
#define CG_SOURCE_TRACEES_H

#include "event/event.h"
#include "source/special.h"

#include <stdbool.h>
#include <stddef.h>

struct cg_tracee {
	int tid;
	int group; /* its process */
	const char *exe; /* the program it runs, or NULL */
	struct cg_call call; /* the call that it is in, while is_in_call */
	enum cg_special special; /* of that call */
	bool is_in_call;
	bool has_passed; /* that call has passed all filters (only told where entries are watched) */
	bool has_filter; /* our RET_TRACE is in force */
	bool watches_entry; /* also stopped at entries: no filter of ours, or another that may answer before ours */
	bool is_announced; /* its parent has told of it (the first tracee: from the start) */
	bool is_held; /* stopped before it was announced: waits to be told what it inherits */
	uint64_t held_ms; /* since when */
	bool is_gone; /* ended before it was announced: kept only so that the announcement finds it */
	bool is_stopped; /* in a group-stop */
	struct cg_tracee *next;
};

#define CG_TRACEE_BUCKETS 1024

/* Start with {0}; end with cg_tracees_done(). */
struct cg_tracees {
	struct cg_tracee *buckets[CG_TRACEE_BUCKETS];
	struct cg_tracee *spare; /* removed ones, for the next that are added */
	size_t n_live; /* those that have not gone */
	size_t n_stopped; /* of these, in a group-stop */
};

struct cg_tracee *cg_tracees_find(const struct cg_tracees *tracees, int tid);

/* A new one, zeroed but for its id (which is also its group), counted as live. NULL when out of memory. */
struct cg_tracee *cg_tracees_add(struct cg_tracees *tracees, int tid);

/* Ended, but not yet announced: no longer live, still found. */
void cg_tracees_set_gone(struct cg_tracees *tracees, struct cg_tracee *tracee);
void cg_tracees_set_stopped(struct cg_tracees *tracees, struct cg_tracee *tracee, bool is_stopped);
void cg_tracees_remove(struct cg_tracees *tracees, struct cg_tracee *tracee);

/* Calls `each` for all; it must not add or remove. Stops at and returns the first answer that is not 0. */
int cg_tracees_walk(struct cg_tracees *tracees, int (*each)(void *context, struct cg_tracee *tracee), void *context);

void cg_tracees_done(struct cg_tracees *tracees);

#endif
