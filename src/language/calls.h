/*
 * A policy's rules call by call, as they are said: what write.c and to_profile.c have in common.
 *
 * In: a policy, with eval's precedence. Out: for each call its rules in an order in which the last that holds decides,
 * without those that never do: where one is unconditional that one alone, else the least restrictive first, of equals
 * the last first. A call of which the same is said on every architecture that has it is one; else there is one for each
 * architecture. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_CALLS_H
#define CG_LANGUAGE_CALLS_H

#include "base/text.h"
#include "policy/box.h"
#include "policy/policy.h"

/* order.c: sorted by architecture and number, then as above. Start with {0}; end with cg_ordered_rules_done(). */
struct cg_ordered_rules {
	const struct cg_rule **items;
	size_t n_items;
};

/* 0 or -ENOMEM. */
int cg_rules_order(const struct cg_policy *policy, struct cg_ordered_rules *ret_rules);

/* How many rules from `first` on are of the same call. */
size_t cg_rules_count_call(const struct cg_ordered_rules *rules, size_t first);

void cg_ordered_rules_done(struct cg_ordered_rules *rules);

/* calls.c: a call, and what is said of it. */
struct cg_said_call {
	const char *name;           /* NULL: a number without a name */
	const struct cg_arch *only; /* NULL: so on every architecture of the policy that has the name */
	const struct cg_rule *const *rules; /* of the widest architecture that it is said of; at least one */
	size_t n_rules;
};

/* Start with {0}; end with cg_said_calls_done(). By architecture and number. */
struct cg_said_calls {
	struct cg_ordered_rules rules;
	struct cg_said_call *items;
	size_t n_items;
};

/* 0, -E2BIG (too tangled to be compared, box.h), -ENOMEM. */
int cg_policy_say(const struct cg_policy *policy, struct cg_said_calls *ret_calls);

/* Is `arch` one that the call is said of? Then *ret_nr is its number there. */
bool cg_said_call_is_on(const struct cg_said_call *call, const struct cg_arch *arch, uint32_t *ret_nr);

/*
 * write_condition.c: what some rules of one call hold for together, as the language says it; nothing is added when they
 * hold for everything. A line may be broken at each CG_SOFT_BREAK, which else stands for a blank. 0 or -ENOMEM.
 */
#define CG_SOFT_BREAK '\v'

int cg_said_call_condition(const struct cg_said_call *call, const struct cg_policy *policy,
			   const struct cg_rule *const *rules, size_t n_rules, struct cg_text *text);

void cg_said_calls_done(struct cg_said_calls *calls);

#endif
