/*
 * What a filter costs, predicted: the kernel's action cache, and the time to load.
 *
 * In: a filter that passed cg_filter_check(), and the architecture of the kernel that is to load it. Out: figures; how
 * they come about stands in cost.c.
 */
#ifndef CG_FILTER_COST_H
#define CG_FILTER_COST_H

#include "abi/arch.h"
#include "filter/filter.h"

struct cg_filter_cost {
	const struct cg_arch *native, *compat; /* whose numbers the kernel asks the filter for; compat may be NULL */
	bool has_cache;     /* kernels for `native` keep an action cache */
	size_t n_numbers;   /* native and compat numbers; those of x32 are never in it */
	size_t n_cached;    /* of them answered without running the filter again */
	uint64_t n_steps;   /* emulated at load, to find out */
	uint64_t load_ns;   /* about: on the machine that the constants were measured on */
};

void cg_filter_cost(const struct cg_filter *filter, const struct cg_arch *native, struct cg_filter_cost *ret_cost);

/* Of some architectures the one whose kernel would load a filter for all of them: the widest, the first of equals. */
const struct cg_arch *cg_arch_of_kernel(const struct cg_arch *const *arches, size_t n_arches);

#endif
