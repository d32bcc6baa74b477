/*
 * Running a command under a filter whose denials are told: the listener's side of `run --tell notify`.
 *
 * In: a policy (or only its filter), and a launch planned with CG_TELL_NOTIFY. Out: the command's exit status, and
 * lines of text. Every answer comes from the policy and the call's registers alone; what is read of the process is for
 * telling.
 */
#ifndef CG_SUPERVISE_SUPERVISE_H
#define CG_SUPERVISE_SUPERVISE_H

#include "base/err.h"
#include "filter/filter.h"
#include "os/spawn.h"
#include "policy/policy.h"

#include <stdbool.h>

struct cg_told_call; /* tell.h */

struct cg_supervise {
	const struct cg_policy *policy; /* decides; NULL: */
	const struct cg_filter *filter; /* the proven filter decides, in the simulator */
	bool is_audit;
	struct cg_launch launch;       /* `signals` is set here */
	void (*say)(const char *text); /* lines without our name before them; in another process than the caller's */
	/* Each kind of call once, as it is first refused or would be, to programs; there too. Or NULL. */
	void (*hear)(void *context, const struct cg_told_call *told);
	void *context;
};

/*
 * Runs the command to its end. 0 and *ret_status: the command's status, 128 + N for a signal; signals stay blocked
 * then, for the caller is to leave with that. Errors, with the stage in *ret_stage: those of cg_launch_child(), of
 * which -EBUSY (a listener is there already) and -EINVAL (no notification in this kernel) leave the caller other ways
 * to run it; -ECHILD: the process that answers was killed.
 *
 * What the command leaves behind in the background is answered, silently, for as long as it lives.
 */
int cg_supervise_run(const struct cg_supervise *supervise, int *ret_status, enum cg_launch_stage *ret_stage,
		     struct cg_err *err);

#endif
