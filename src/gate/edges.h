/*
 * Edges: the values of an argument at which a comparison may change its mind.
 */
#ifndef CG_GATE_EDGES_H
#define CG_GATE_EDGES_H

#include "policy/policy.h"

#include <stddef.h>
#include <stdint.h>

#define CG_EDGES_MAX 16

/*
 * The value and its neighbours, the same with other high words, and for a mask the datum with bits of the mask and bits
 * outside it changed. Returns how many, at most CG_EDGES_MAX.
 */
size_t cg_edges_of(const struct cg_comparison *comparison, uint64_t ret_values[CG_EDGES_MAX]);

/* Gives the argument a value that all the rule's comparisons of it hold for, if one of their edges is such a value. */
void cg_edges_satisfy(const struct cg_rule *rule, unsigned int arg, uint64_t args[6]);

#endif
