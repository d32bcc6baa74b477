/*
 * Can comparisons all hold at once? Contradictions are sought argument by argument.
 *
 * In: comparisons, in two lists or one. Out: false only if no call satisfies all of them.
 */
#ifndef CG_POLICY_ROOM_H
#define CG_POLICY_ROOM_H

#include "policy/policy.h"

bool cg_comparisons_can_hold(const struct cg_arch *arch, const struct cg_comparison *comparisons, size_t n_comparisons,
			     const struct cg_comparison *others, size_t n_others);

/* Can both rules, which are of one architecture, match one call? */
bool cg_rules_can_meet(const struct cg_rule *a, const struct cg_rule *b);

#endif
