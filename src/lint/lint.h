/*
 * Lint: what is valid, and still not wise.
 *
 * In: a profile, the target that it is judged for, and the policy that the target's engine would make of it. Out:
 * notes with the place of what they are about, each with a remedy. Reading and resolving have added theirs already
 * (unknown calls, keys without effect, …); the rules here need the whole picture.
 */
#ifndef CG_LINT_LINT_H
#define CG_LINT_LINT_H

#include "base/err.h"
#include "base/notes.h"
#include "policy/policy.h"
#include "profile/profile.h"

/* Pairs of rules of one call that are compared for overlaps, in one profile: 2,000 rules of one call are 2 million. */
#define CG_LINT_PAIRS_LIMIT ((size_t)4 << 20)

/* Findings of one rule that are told one by one: a list of four million unknown names must not become as many lines. */
#define CG_LINT_FINDINGS_LIMIT ((size_t)1000)

/* One finding a rule, call and place. Errors: -ENOMEM. `policy` is NULL where the engine would apply no seccomp. */
int cg_lint(const struct cg_profile *profile, const struct cg_target *target, const struct cg_policy *policy,
	    struct cg_notes *notes, struct cg_err *err);

#endif
