/*
 * See compare.h. What each operator means is in policy/eval.c.
 */
#include "compile/compare.h"

#include "compile/dag.h"

static int interval(struct cg_interval *ret_intervals, uint64_t least, uint64_t most)
{
	ret_intervals[0] = (struct cg_interval){ least, most };
	return 1;
}

/* Everything but one value. */
static int all_but(struct cg_interval *ret_intervals, uint64_t value, uint64_t word)
{
	int n_intervals = 0;

	if (value > 0)
		ret_intervals[n_intervals++] = (struct cg_interval){ 0, value - 1 };
	if (value < word)
		ret_intervals[n_intervals++] = (struct cg_interval){ value + 1, word };
	return n_intervals;
}

/* Is the mask all bits from the highest down to some bit? Then the values that agree on it are one interval. */
static bool is_prefix(uint64_t mask, uint64_t word)
{
	uint64_t rest = ~mask & word;

	return (rest & (rest + 1)) == 0;
}

int cg_compare_intervals(const struct cg_comparison *comparison, bool is_wide,
			 struct cg_interval ret_intervals[CG_COMPARE_INTERVALS])
{
	uint64_t word = is_wide ? UINT64_MAX : UINT32_MAX;
	uint64_t value = comparison->value & word;
	uint64_t mask = comparison->mask & word;

	switch (comparison->op) {
	case CG_OP_NE:
		return all_but(ret_intervals, value, word);
	case CG_OP_LT:
		return value > 0 ? interval(ret_intervals, 0, value - 1) : 0;
	case CG_OP_LE:
		return interval(ret_intervals, 0, value);
	case CG_OP_EQ:
		return interval(ret_intervals, value, value);
	case CG_OP_GE:
		return interval(ret_intervals, value, word);
	case CG_OP_GT:
		return value < word ? interval(ret_intervals, value + 1, word) : 0;
	case CG_OP_MASKED_EQ:
		if (!is_prefix(mask, word))
			return -1;
		return interval(ret_intervals, value & mask, (value & mask) | (~mask & word));
	}
	return 0;
}

uint32_t cg_compare_diagram(struct cg_diagram *diagram, const struct cg_comparison *comparison, bool is_wide)
{
	struct cg_interval intervals[CG_COMPARE_INTERVALS];
	uint64_t datum = comparison->value & comparison->mask;
	int n_intervals = cg_compare_intervals(comparison, is_wide, intervals);
	uint32_t high, low;

	if (n_intervals >= 0)
		return cg_diagram_intervals(diagram, comparison->arg, is_wide, intervals, (size_t)n_intervals,
					    CG_DIAGRAM_MATCH);

	low = cg_diagram_mask(diagram, CG_WORD_LOW(comparison->arg), (uint32_t)comparison->mask, (uint32_t)datum);
	if (!is_wide)
		return low;
	high = cg_diagram_mask(diagram, CG_WORD_HIGH(comparison->arg), (uint32_t)(comparison->mask >> 32),
			       (uint32_t)(datum >> 32));
	return cg_diagram_and(diagram, high, low);
}
