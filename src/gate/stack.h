/*
 * A stack of filters as one filter: what seccomp_run_filters() makes of all of them, in one program.
 */
#ifndef CG_GATE_STACK_H
#define CG_GATE_STACK_H

#include "gate/gate.h"

/*
 * filters[0] is the newest, all as cg_filter_check() takes them. The filter answers every call as the stack does, which
 * is proven, or with is_unproven true by construction; weights do not matter. A policy that means the same is compiled
 * where there is one (cg_meaning_to_policy()); else the programs are joined (filter/stack.h), whatever they ask.
 * Errors: -EOVERFLOW not decided within the budget; -EBADE a bug in callgate; those of cg_meaning_of_stack() and
 * cg_filter_join().
 */
int cg_gate_stack(const struct cg_filter *const *filters, size_t n_filters, const struct cg_gate_options *options,
		  struct cg_filter **ret_filter, struct cg_err *err);

#endif
