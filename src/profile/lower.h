/*
 * One rule of a profile to rules of a policy. Only for the files of this folder.
 */
#ifndef CG_PROFILE_LOWER_H
#define CG_PROFILE_LOWER_H

#include "base/map.h"
#include "profile/profile.h"

/* What is known while a profile is resolved. `policy` has its default action and architectures. */
struct cg_resolver {
	const struct cg_profile *profile;
	const struct cg_target *target;
	const struct cg_engine *engine; /* the target's */
	struct cg_notes *notes;
	struct cg_err *err;
	struct cg_policy *policy;
	struct cg_arena arena;   /* keys of `conditions` */
	struct cg_map conditions; /* CG_TRAIT_LIBSECCOMP: (arch, nr, comparisons) to line and action */
};

/*
 * The kernel's value of an action with its data: errnoRet or errno where the action takes it, else EPERM. `at` is the
 * place of the action. Errors: -EINVAL what the engine refuses.
 */
int cg_resolve_action(struct cg_resolver *resolver, uint32_t action, bool has_errno_ret, uint64_t errno_ret,
		      const struct cg_profile_word *errno_name, const struct cg_profile_word *at,
		      uint32_t *ret_action);

/* -EINVAL when libseccomp would refuse the data of this action, or the standard where the engine is `oci`. */
int cg_resolve_check_data(struct cg_resolver *resolver, uint32_t action, const struct cg_profile_word *at);

/* Adds what one rule that applies comes to. */
int cg_resolve_rule(struct cg_resolver *resolver, const struct cg_profile_rule *rule);

/* -EINVAL: unknown action, with the one that may have been meant. */
int cg_resolve_fail_action(struct cg_resolver *resolver, const struct cg_profile_word *action);

#endif
