/*
 * The specification: what a policy says of a call. See eval.c.
 */
#ifndef CG_POLICY_EVAL_H
#define CG_POLICY_EVAL_H

#include "callgate/call.h"
#include "policy/policy.h"

/* Why an answer is what it is. */
enum cg_eval_reason {
	CG_EVAL_RULE,     /* `rule` decided */
	CG_EVAL_DEFAULT,  /* no rule matched */
	CG_EVAL_BAD_ARCH, /* the call's arch is outside the policy */
};

struct cg_verdict {
	uint32_t action;
	enum cg_eval_reason reason;
	const struct cg_rule *rule; /* CG_EVAL_RULE only */
};

/* The answer, and what decided. Never fails: a policy answers every call. O(rules). */
struct cg_verdict cg_policy_decide(const struct cg_policy *policy, const struct cg_call *call);

/* The answer alone. */
uint32_t cg_policy_eval(const struct cg_policy *policy, const struct cg_call *call);

/* Does one comparison hold for a register's value on this arch? */
bool cg_comparison_holds(const struct cg_comparison *comparison, const struct cg_arch *arch, const uint64_t args[6]);

#endif
