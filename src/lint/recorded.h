/*
 * A profile against recordings: what programs were seen to do, and may not.
 */
#ifndef CG_LINT_RECORDED_H
#define CG_LINT_RECORDED_H

#include "base/notes.h"
#include "learn/recording.h"
#include "profile/profile.h"

#define CG_RECORDED_TRIES_LIMIT 4096 /* values of arguments tried together, for one call */

/*
 * Findings recorded-refused go to `notes`, one a call (or an architecture that the policy does not have): as errors, or
 * as notes where the call failed each time that it was recorded, or is clone3 and gets ENOSYS. A call that is allowed under conditions is refused if
 * some recorded value of an argument is allowed with none of the recorded values of the others. -ENOMEM.
 */
int cg_lint_recorded(const struct cg_profile *profile, const struct cg_policy *policy, const struct cg_summary *summary,
		     struct cg_notes *notes, struct cg_err *err);

#endif
