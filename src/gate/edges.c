/*
 * See edges.h.
 */
#include "gate/edges.h"

#include "policy/eval.h"

size_t cg_edges_of(const struct cg_comparison *comparison, uint64_t ret_values[CG_EDGES_MAX])
{
	uint64_t value = comparison->value, mask = comparison->mask;
	uint64_t datum = value & mask;
	size_t n = 0;

	ret_values[n++] = value;
	ret_values[n++] = value - 1;
	ret_values[n++] = value + 1;
	ret_values[n++] = value ^ 1ULL << 32;
	ret_values[n++] = (uint32_t)value;
	ret_values[n++] = value | UINT64_MAX << 32;
	ret_values[n++] = value - (1ULL << 32);
	ret_values[n++] = (uint32_t)value - 1U;
	ret_values[n++] = value & UINT64_MAX << 32;
	if (comparison->op != CG_OP_MASKED_EQ)
		return n;
	ret_values[n++] = datum;
	ret_values[n++] = datum | ~mask;
	ret_values[n++] = datum ^ (mask & -mask); /* the lowest bit of the mask */
	ret_values[n++] = datum ^ (mask ? 1ULL << (63 - __builtin_clzll(mask)) : 0);
	ret_values[n++] = datum ^ mask;
	return n;
}

static bool holds_for(const struct cg_rule *rule, unsigned int arg, const uint64_t args[6])
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		if (rule->comparisons[i].arg == arg && !cg_comparison_holds(&rule->comparisons[i], rule->arch, args))
			return false;
	return true;
}

void cg_edges_satisfy(const struct cg_rule *rule, unsigned int arg, uint64_t args[6])
{
	uint64_t edges[CG_EDGES_MAX];

	if (holds_for(rule, arg, args))
		return;
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		size_t n_edges = rule->comparisons[i].arg == arg ? cg_edges_of(&rule->comparisons[i], edges) : 0;

		for (size_t j = 0; j < n_edges; j++) {
			args[arg] = edges[j];
			if (holds_for(rule, arg, args))
				return;
		}
	}
}
