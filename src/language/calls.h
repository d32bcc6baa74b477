/*
 * A policy's rules call by call, in an order in which the last that holds decides: what the language means by order.
 *
 * In: a policy, with eval's precedence. Out: for each call its rules without those that never decide: where one is
 * unconditional that one alone, else the least restrictive first, of equals the last first. Only for the files of this
 * folder.
 */
#ifndef CG_LANGUAGE_CALLS_H
#define CG_LANGUAGE_CALLS_H

#include "policy/policy.h"

/* Start with {0}; end with cg_ordered_rules_done(). Sorted by architecture and number, then as above. */
struct cg_ordered_rules {
	const struct cg_rule **items;
	size_t n_items;
};

/* 0 or -ENOMEM. */
int cg_rules_order(const struct cg_policy *policy, struct cg_ordered_rules *ret_rules);

/* How many rules from `first` on are of the same call. */
size_t cg_rules_count_call(const struct cg_ordered_rules *rules, size_t first);

void cg_ordered_rules_done(struct cg_ordered_rules *rules);

#endif
