/*
 * Search: from "which range" to tests. The part that an optimiser will take over.
 */
#ifndef CG_COMPILE_SEARCH_H
#define CG_COMPILE_SEARCH_H

#include "compile/dag.h"
#include "compile/diagram.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Tests that lead from a word to the child of its span. spans: sorted, the first begins at 0, children are nodes of
 * the dag, neighbours differ.
 */
uint32_t cg_search_spans(struct cg_dag *dag, unsigned int word, const struct cg_span *spans, size_t n_spans);

/* What cg_search_diagram() has already turned into tests: the node of each diagram's node, or CG_DAG_NONE. */
struct cg_search_memo {
	CG_VEC(uint32_t) nodes;
};

/*
 * A diagram as tests. `on_nothing` and `on_match` stand for those two ends, actions are RETs. `memo` (may be NULL)
 * carries over from call to call; it holds for one on_nothing and one on_match only. Failure: CG_DAG_NONE, dag->error.
 */
uint32_t cg_search_diagram(struct cg_dag *dag, const struct cg_diagram *diagram, uint32_t root, uint32_t on_nothing,
			   uint32_t on_match, struct cg_search_memo *memo);

#endif
