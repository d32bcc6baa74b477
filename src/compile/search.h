/*
 * Search: from a diagram to tests.
 */
#ifndef CG_COMPILE_SEARCH_H
#define CG_COMPILE_SEARCH_H

#include "compile/dag.h"
#include "compile/diagram.h"
#include "compile/tree.h"

#include <stddef.h>
#include <stdint.h>

/* What cg_search_diagram() has already turned into tests: the node of each diagram's node, or CG_DAG_NONE. */
struct cg_search_memo {
	CG_VEC(uint32_t) nodes;
};

/*
 * A diagram as tests. `on_nothing` and `on_match` stand for those two ends, actions are RETs. `memo` (may be NULL)
 * carries over from call to call; it holds for one on_nothing and one on_match only. Failure: CG_DAG_NONE and an error
 * in the maker's dag.
 */
uint32_t cg_search_diagram(struct cg_tree_maker *maker, const struct cg_diagram *diagram, uint32_t root,
			   uint32_t on_nothing, uint32_t on_match, struct cg_search_memo *memo);

#endif
