/*
 * What a runtime and its library do beyond what the profile says, for those who hold a live filter against a profile.
 *
 * libseccomp, under every engine: a rule for `socket` is also one for socketcall, on architectures that have that
 * (multiplex.h). A policy made for compiling leaves socketcall as it was called.
 *
 * runc (and so docker, podman, … where they stand on it): numbers above the largest that the profile names on an
 * architecture that it lists are answered with ENOSYS, whatever the default is, so that libraries which probe for newer
 * calls fall back. The native architecture has a filter without being listed, but no such answer. Seen: runc 1.1.5, run.
 *
 * Names that the engine's libseccomp does not know are passed over (engines.c, calls_before).
 */
#ifndef CG_PROFILE_STUB_H
#define CG_PROFILE_STUB_H

#include "base/err.h"
#include "filter/filter.h"
#include "policy/policy.h"
#include "profile/profile.h"
#include "profile/target.h"

#include <errno.h>

#define CG_STUB_ANSWER cg_action_errno(ENOSYS)

/*
 * *ret_mask: a filter that lets through exactly the calls that the runtime answers with CG_STUB_ANSWER before the
 * profile's own filter is asked; NULL when it answers none.
 */
int cg_stub_mask(const struct cg_policy *policy, const struct cg_engine *engine, struct cg_filter **ret_mask,
		 struct cg_err *err);

/*
 * True: the runtime answers numbers of this architecture of the policy above *ret_largest with CG_STUB_ANSWER. (x32's
 * numbers have bit 30. s390's setup, 0, is answered so too.)
 */
bool cg_stub_largest(const struct cg_policy *policy, const struct cg_engine *engine, const struct cg_arch *arch,
		     uint32_t *ret_largest);

/*
 * The policy that is really in force once the engine's runtime has started something: cg_profile_resolve(), and under
 * engines that stand on libseccomp its multiplexed calls, without the calls that it does not know. The stub is not in it. Errors: those of cg_profile_resolve().
 */
int cg_stub_resolve(const struct cg_profile *profile, const struct cg_target *target, struct cg_policy **ret_policy,
		    struct cg_err *err);

#endif
