/*
 * The threads of a strace log, and which of them a line is about. Within event/.
 *
 * With -f every line names its process, but not while there is only one and the log goes to a terminal: those lines
 * belong to a nameless thread, which gets its name when it is first told apart. Lines of a child may come before the
 * line that tells of it: until then it is taken to be like the thread that last began to fork.
 */
#ifndef CG_EVENT_STRACE_THREADS_H
#define CG_EVENT_STRACE_THREADS_H

#include "abi/arch.h"
#include "base/arena.h"
#include "base/map.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>

struct cg_strace_thread {
	int tid; /* 0: nameless */
	const struct cg_arch *arch;
	const char *exe;      /* or NULL */
	const char *next_exe; /* what the execve that it is in will run */
	bool is_in_call;
	bool has_ended;
	struct cg_strace_thread *before; /* in the list of those that have not ended */
	struct cg_strace_thread *behind;
	struct cg_event event; /* of the call that it is in */
	size_t n_args;         /* of that, how many arguments were shown */
};

/* Start with {.arch = …}; end with cg_strace_threads_done(). */
struct cg_strace_threads {
	const struct cg_arch *arch; /* of threads of which nothing else is known */
	struct cg_arena arena;
	struct cg_map map; /* tid -> struct cg_strace_thread; 0: the nameless one, under its name too once it has one */
	struct cg_strace_thread *first;
	struct cg_strace_thread *living; /* a list: whether there is only one must not take a walk over all */
	struct cg_strace_thread *only;   /* where nameless lines belong now */
	struct cg_strace_thread *forker; /* began to fork last */
	int part;                        /* whose file this is (-ff), or 0: where nameless lines belong */
};

/* Who it is that has this id: how an id that is new is understood. */
enum cg_strace_seen {
	CG_STRACE_SEEN_CALLING,
	CG_STRACE_SEEN_RESUMING, /* so it was in a call already */
	CG_STRACE_SEEN_AS_CHILD,
};

/* 0 and *ret_thread; 1 when there are too many; -ENOMEM. */
int cg_strace_thread_find(struct cg_strace_threads *threads, int tid, enum cg_strace_seen seen,
			  struct cg_strace_thread **ret_thread);

/* It has ended, or its id is that of a new one. */
void cg_strace_thread_end(struct cg_strace_threads *threads, struct cg_strace_thread *thread);
void cg_strace_thread_revive(struct cg_strace_threads *threads, struct cg_strace_thread *thread);

void cg_strace_threads_done(struct cg_strace_threads *threads);

#endif
