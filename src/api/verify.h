/*
 * What is really in force in a live process, and whether that is what a profile says.
 *
 * In: a process id, a policy, an engine. Out: the filters of each of its threads; a proof that they mean the policy, or
 * a call that shows the contrary.
 */
#ifndef CG_API_VERIFY_H
#define CG_API_VERIFY_H

#include "base/err.h"
#include "base/vec.h"
#include "check/check.h"
#include "os/ptrace_filter.h"
#include "policy/policy.h"
#include "profile/target.h"

#include <stdbool.h>

#define CG_LIVE_THREADS_LIMIT ((size_t)1 << 16)

/* Threads that have the same filters. */
struct cg_live_stack {
	struct cg_filter_stack stack;
	CG_VEC(int) tids;
};

/* Start with {0}; end with cg_live_done(). */
struct cg_live {
	CG_VEC(struct cg_live_stack) stacks; /* the first is that of the id asked for, or of the oldest thread left */
	size_t n_threads;
};

/*
 * Reads every thread of a process; of the id of a thread that is no process's, this thread alone. Threads that begin
 * meanwhile are read too, those that end are left out. Each is stopped for a moment, one after the other.
 * Errors: those of cg_thread_filters(); -E2BIG CG_LIVE_THREADS_LIMIT.
 */
int cg_live_read(int pid, struct cg_live *ret_live, struct cg_err *err);
void cg_live_done(struct cg_live *live);

/* What a stack of filters does (cg_meaning_of_effect() of what they answer together). Errors: as check.h. */
int cg_live_meaning(struct cg_meanings *meanings, const struct cg_filter_stack *stack, uint32_t *ret_root,
		    struct cg_err *err);

/* A policy and the engine that puts it in force; profile/stub.h says what an engine does beyond it. */
struct cg_wanted {
	const struct cg_policy *policy;   /* NULL: no seccomp at all, everything passes */
	const struct cg_policy *in_force; /* cg_stub_resolve(); NULL: `policy` itself */
	const struct cg_engine *engine;
};

/* What that does: a root of cg_meaning_of_effect(). Errors: as check.h. */
int cg_wanted_meaning(struct cg_meanings *meanings, const struct cg_wanted *wanted, uint32_t *ret_root,
		      struct cg_err *err);

struct cg_verification {
	/* 0: some thread, and then which, and a call: witness.a is what the thread does, witness.b what the policy. */
	int tid;
	struct cg_witness witness;
	/* 1: every thread means the policy, but that callgate's own execve was let in once (filter/rewrite.h). */
	bool has_admission;
};

/*
 * 1: every thread of the process means exactly the policy; 0: not. Errors: -EOVERFLOW not decided within the budget of
 * the set; -ENOMEM.
 */
int cg_verify(struct cg_meanings *meanings, const struct cg_live *live, const struct cg_wanted *wanted,
	      struct cg_verification *ret_verification, struct cg_err *err);

#endif
