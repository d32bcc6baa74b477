/*
 * Which architectures something decides call by call, and what it answers to all the others.
 *
 * In: a policy, which says so; or a diagram, which is asked. Out: a struct that explain prints the head of its answers
 * from.
 */
#ifndef CG_CLI_SCOPE_H
#define CG_CLI_SCOPE_H

#include "abi/arch.h"
#include "check/check.h"
#include "policy/policy.h"
#include "profile/target.h"

struct cg_scope {
	const struct cg_arch *arches[CG_N_ARCHES_MAX]; /* decided call by call; the native one first, where it is there */
	size_t n_arches;
	struct {
		const struct cg_arch *arch;
		uint32_t action;
	} whole[CG_N_ARCHES_MAX]; /* every call of these gets one answer, which is not bad_arch_action */
	size_t n_whole;
	uint32_t default_action;  /* to most numbers of `arches` */
	uint32_t bad_arch_action; /* to architectures outside; not where is_blind */
	bool is_blind; /* architectures outside are told by their numbers too: the arch is not looked at, or not first */
};

void cg_scope_of_policy(const struct cg_policy *policy, struct cg_scope *ret_scope);

/*
 * Of a diagram (cg_meaning_of_effect()). Where it does not look at the arch, the target's arches stand for all.
 * Errors: -EOVERFLOW, -ENOMEM.
 */
int cg_scope_of_meaning(struct cg_meanings *meanings, uint32_t root, const struct cg_target *target,
			struct cg_scope *ret_scope, struct cg_err *err);

/*
 * The same diagram where the calls are of the scope's architectures, KILL_PROCESS elsewhere: so that what is_blind told
 * of all architectures at once is told of these. Errors: -EOVERFLOW, -ENOMEM.
 */
int cg_scope_restrict(struct cg_meanings *meanings, const struct cg_scope *scope, uint32_t root, uint32_t *ret_root,
		      struct cg_err *err);

/* Do all calls of this architecture get one answer, whatever the number and the arguments? */
bool cg_scope_has_one_answer(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch);

/* The target's own: --arch, or the native arch with x32 where that shares its token. For what was not decided. */
void cg_scope_of_target(const struct cg_target *target, struct cg_scope *ret_scope);

#endif
