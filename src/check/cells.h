/*
 * The gate's question for small policies that look at no argument. For equiv.c.
 */
#ifndef CG_CHECK_CELLS_H
#define CG_CHECK_CELLS_H

#include "filter/filter.h"
#include "policy/policy.h"

#include <stdbool.h>

/*
 * True: proven, the filter (a valid one) answers every call as the policy does. False says nothing: it is too large for
 * this, looks at more than architecture and number, or differs. Allocates nothing.
 */
bool cg_cells_prove(const struct cg_policy *policy, const struct cg_filter *filter);

#endif
