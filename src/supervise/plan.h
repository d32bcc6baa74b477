/*
 * What is loaded to put a filter in force in a certain way.
 *
 * In: the proven filter, and how it is to be run. Out: the filters that are really loaded, and with what: the proven
 * one itself wherever that does. Pure; os/spawn.c does what the plan says.
 *
 *              enforce                                audit (denials are let through, the critical tier stays)
 *     notify   denials become notifications           everything but ALLOW becomes a notification
 *     log      the filter, with the LOG flag          denials become LOG; and the filter itself for critical calls
 *     none     the filter                             denials become ALLOW; and the filter itself for critical calls
 */
#ifndef CG_SUPERVISE_PLAN_H
#define CG_SUPERVISE_PLAN_H

#include "base/err.h"
#include "filter/filter.h"
#include "os/spawn.h"

#include <stdbool.h>
#include <stdint.h>

enum cg_run_mode {
	CG_RUN_ENFORCE,
	CG_RUN_AUDIT,
};

enum cg_tell {
	CG_TELL_NOTIFY,
	CG_TELL_LOG,
	CG_TELL_NONE,
};

/* Start with {0}; end with cg_plan_done(). */
struct cg_plan {
	struct cg_filter *filters[CG_LAUNCH_FILTERS_MAX]; /* in the order of loading */
	size_t n_filters;
	unsigned int flags; /* CG_SECCOMP_* */
	bool wants_listener;
	bool may_exit; /* exit_group and write(2) to standard error pass the filters: how a failed execve can be told */
	bool may_write;
	uint64_t token[CG_TOKEN_WORDS];
};

/*
 * `token` admits the launcher's execve where the filter does not. `flags`: those of the profile (CG_SECCOMP_LOG,
 * CG_SECCOMP_SPEC_ALLOW).
 * Errors: -EOPNOTSUPP the filter computes its answers (RET A), so only enforce with log or none can be had; -E2BIG no
 * room for what has to be added; -ENOMEM.
 */
int cg_plan_make(const struct cg_filter *filter, enum cg_run_mode mode, enum cg_tell tell, unsigned int flags,
		 const uint64_t *token, struct cg_plan *ret_plan, struct cg_err *err);
void cg_plan_done(struct cg_plan *plan);

/* The launch that the plan asks for; path, command and the like are for the caller to add. */
struct cg_launch cg_plan_launch(const struct cg_plan *plan);

/* Is this a call of the critical tier (abi/), which audit does not let through either? */
bool cg_call_is_critical(const struct cg_call *call);

#endif
