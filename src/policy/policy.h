/*
 * A policy: what we want, decided for one target. Plain data.
 *
 * In: rules, added one by one by profile/ or api/. Out: a struct that policy/eval.c gives its meaning (the
 * specification), that compile/ turns into a filter and check/ into a proof. It knows neither JSON nor filters.
 * docs/ARCHITECTURE.md, "The keystone", says in words what eval.c says in code.
 */
#ifndef CG_POLICY_POLICY_H
#define CG_POLICY_POLICY_H

#include "abi/action.h"
#include "abi/arch.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "callgate/policy.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_POLICY_RULES_LIMIT ((size_t)1 << 20)
#define CG_POLICY_COMPARISONS_LIMIT 64 /* in one rule */

struct cg_rule {
	const struct cg_arch *arch;
	uint32_t nr;     /* as a filter sees it: x32 numbers have bit 30 */
	uint32_t action; /* kernel value with data */
	const struct cg_comparison *comparisons; /* all must hold; in the policy's arena */
	unsigned int n_comparisons;
	uint32_t origin; /* line of the profile, or 0: what explain and lint print */
};

enum cg_policy_flag {
	CG_POLICY_TSYNC = 1 << 0,
	CG_POLICY_LOG = 1 << 1,
	CG_POLICY_SPEC_ALLOW = 1 << 2,
	CG_POLICY_WAIT_KILLABLE = 1 << 3,
};

struct cg_policy {
	struct cg_arena arena;
	uint32_t default_action;
	uint32_t bad_arch_action; /* for a call of an arch outside the policy */
	unsigned int flags;       /* how it wants to be loaded; no part of its meaning */
	const struct cg_arch *arches[CG_N_ARCHES_MAX];
	size_t n_arches;
	/*
	 * Numbers above newest[i] of arches[i] (UINT32_MAX: none) are newer than the policy: there newer_action stands
	 * for default_action. cg_policy_default() says which it is.
	 */
	uint32_t newest[CG_N_ARCHES_MAX];
	uint32_t newer_action;
	bool has_newer;
	/* The one that the engine adds without being told, or NULL; no part of its meaning. */
	const struct cg_arch *tacit_arch;
	CG_VEC(struct cg_rule) rules; /* in the order in which they were added */
};

/* cg_policy_new(), cg_policy_free() and comparisons are public: callgate/policy.h. bad_arch_action is KILL_THREAD. */

/* Adds an arch; twice is fine. -EDOM: another byte order than those already there. */
int cg_policy_add_arch(struct cg_policy *policy, const struct cg_arch *arch, struct cg_err *err);
bool cg_policy_has_arch(const struct cg_policy *policy, const struct cg_arch *arch);

/*
 * Calls of an arch of the policy above `newest` are newer than the policy, and get `action` where they would get the
 * default: so runtimes answer ENOSYS to programs that try a newer call first. One action for all arches: the last.
 */
void cg_policy_set_newest(struct cg_policy *policy, const struct cg_arch *arch, uint32_t newest, uint32_t action);

/* What a number of an arch of the policy gets where no rule decides. */
uint32_t cg_policy_default(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr);

/*
 * Adds one rule; comparisons are copied. A rule equal to the default in action and data is kept here and dropped by
 * meaning (eval.c), so that lint can speak of it.
 * Errors: -EINVAL (arch not in the policy, argument above 5, unknown operator), -E2BIG (a limit above), -ENOMEM.
 */
int cg_policy_add_rule(struct cg_policy *policy, const struct cg_rule *rule, struct cg_err *err);

/* Does the number belong to this arch's part of its token's number line (x32 against x86_64)? */
bool cg_policy_is_nr_of(const struct cg_arch *arch, uint32_t nr);

/* For qsort(3) of pointers to rules of one array: by call; of one call in the order of the array. */
int cg_rule_compare_calls(const void *left, const void *right);

const char *cg_op_name(enum cg_op op);   /* "==" "!=" "<" "<=" ">" ">=" "&" */

#endif
