/*
 * One comparison of a rule, as the compiler's normal form. Widths are settled here: where an arch compares 32 bits,
 * argument, datum and mask are cut to the low word before anything else.
 */
#ifndef CG_COMPILE_COMPARE_H
#define CG_COMPILE_COMPARE_H

#include "compile/diagram.h"
#include "policy/policy.h"

#include <stdbool.h>

#define CG_COMPARE_INTERVALS 2

/*
 * The values for which it holds, as up to two intervals, sorted and apart; returns how many, or -1 when a mask makes it
 * no such set.
 */
int cg_compare_intervals(const struct cg_comparison *comparison, bool is_wide,
			 struct cg_interval ret_intervals[CG_COMPARE_INTERVALS]);

/* MATCH where it holds. */
uint32_t cg_compare_diagram(struct cg_diagram *diagram, const struct cg_comparison *comparison, bool is_wide);

#endif
