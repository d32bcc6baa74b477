/*
 * A command about to run, held at a gate: a child that executes it once it is let go.
 *
 * In: a path (already searched for) and arguments. Out: a child of which the recorder can take hold before the first
 * call of the command. What the child does before its execve is its own; what became of that can be read here, without
 * a call, in memory shared with it.
 */
#ifndef CG_OS_HELD_H
#define CG_OS_HELD_H

#include "base/err.h"
#include "os/signals.h"

#include <stdbool.h>

struct cg_held_report {
	bool has_filter; /* a tracer's RET_TRACE for every call is in force */
	bool set_no_new_privs;
	int exec_errno; /* why execve failed; 0 while it has not */
};

struct cg_held {
	int pid;
	int gate; /* a descriptor: closing it lets the child end, writing lets it go on */
	volatile struct cg_held_report *report;
};

/* In the child, once it is let go, before the execve. Memory and calls that are safe after fork(2) only. */
typedef void (*cg_held_prepare)(volatile struct cg_held_report *report);

/*
 * `signals`: what the child undoes, so that the command finds what we found. `path` as cg_spawn_find() gave it.
 * `prepare` may be NULL. Errors: -EAGAIN, -ENOMEM, -EMFILE, ….
 */
int cg_held_spawn(const char *path, char *const *argv, const struct cg_signals *signals, cg_held_prepare prepare,
		  struct cg_held *ret_held, struct cg_err *err);
void cg_held_release(struct cg_held *held);
/* Once the child is gone or its execve has succeeded. */
void cg_held_done(struct cg_held *held);
/* Ends and reaps a child that was not released. */
void cg_held_abandon(struct cg_held *held);

#endif
