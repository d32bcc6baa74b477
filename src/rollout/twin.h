/*
 * The audit twin of a profile: what it refuses is logged and let through, but for calls of the critical tier, which get
 * what they get from the profile itself. The same as `callgate run --mode audit` does, as a profile that engines read.
 *
 * In: a profile as it was read, conditions of Docker and all. Out: the same struct, changed. Calls of architectures
 * outside the profile are the engine's matter: it refuses them still.
 */
#ifndef CG_ROLLOUT_TWIN_H
#define CG_ROLLOUT_TWIN_H

#include "profile/profile.h"

/*
 * Errors: -EOPNOTSUPP a critical call is allowed under conditions on its arguments, of which this form cannot say the
 * opposite (err has its place, and what to do); -ENOMEM. On failure the profile is good for nothing but to be freed.
 */
int cg_rollout_make_audit(struct cg_profile *profile, struct cg_err *err);

#endif
