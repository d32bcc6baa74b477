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

/* libseccomp.c: -EINVAL when it would refuse the data of this action; without it, when the kernel would cut it. */
int cg_resolve_check_data(struct cg_resolver *resolver, uint32_t action, const struct cg_profile_word *at);

/*
 * libseccomp.c: -EINVAL when a rule before this one has the same conditions and another action. `name` is the word that
 * the error is about. -ENOMEM.
 */
int cg_resolve_check_conflict(struct cg_resolver *resolver, const struct cg_rule *rule,
			      const struct cg_profile_word *name);

/* Adds what one rule that applies comes to. */
int cg_resolve_rule(struct cg_resolver *resolver, const struct cg_profile_rule *rule);

/* -EINVAL at a word of the profile (NULL: the profile as a whole). */
int cg_resolve_fail(struct cg_resolver *resolver, const struct cg_profile_word *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* -EINVAL: unknown action, with the one that may have been meant. */
int cg_resolve_fail_action(struct cg_resolver *resolver, const struct cg_profile_word *action);

#endif
