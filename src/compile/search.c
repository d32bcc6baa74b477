/*
 * See search.h. Each node of a diagram is planned by itself (tree.h): of arguments nobody knows how often which value
 * comes, so all ranges weigh the same. The recursion is as deep as the diagram (diagram.h).
 */
#include "compile/search.h"

struct walk {
	struct cg_tree_maker *maker;
	struct cg_dag *dag;
	const struct cg_diagram *diagram;
	uint32_t on_nothing, on_match;
	struct cg_search_memo *memo;
	CG_VEC(struct cg_span) scratch; /* a stack: spans of the nodes under way, children in the dag */
};

static uint32_t walk(struct walk *walk, uint32_t id);

static uint32_t walk_ranges(struct walk *w, const struct cg_diagram_node *node)
{
	size_t start = w->scratch.n_items;
	uint32_t result;

	for (size_t i = 0; i < node->n_spans; i++) {
		struct cg_span span = w->diagram->spans.items[node->first_span + i];

		span.child = walk(w, span.child);
		if (w->scratch.n_items > start && w->scratch.items[w->scratch.n_items - 1].child == span.child)
			continue;
		if (cg_vec_push(&w->scratch, span) < 0) {
			w->dag->error = -ENOMEM;
			return CG_DAG_NONE;
		}
	}
	result = cg_tree_make(w->maker, &(struct cg_tree){ .word = node->word,
							     .spans = w->scratch.items + start,
							     .n_spans = w->scratch.n_items - start,
							     .price = CG_TREE_PRICE });
	w->scratch.n_items = start;
	return result;
}

static uint32_t walk_node(struct walk *w, uint32_t id)
{
	const struct cg_diagram_node *node = &w->diagram->nodes.items[id];
	const struct cg_span *spans;
	uint32_t if_so, if_differs;

	if (id == CG_DIAGRAM_NOTHING)
		return w->on_nothing;
	if (id == CG_DIAGRAM_MATCH)
		return w->on_match;
	if (node->kind == CG_DIAGRAM_END)
		return cg_dag_ret(w->dag, node->datum);
	if (node->kind == CG_DIAGRAM_RANGES)
		return walk_ranges(w, node);
	spans = w->diagram->spans.items + node->first_span;
	if_differs = walk(w, spans[0].child);
	if_so = walk(w, spans[1].child);
	return cg_dag_test_masked(w->dag, node->word, node->mask, node->datum, if_so, if_differs);
}

static uint32_t walk(struct walk *w, uint32_t id)
{
	uint32_t result;

	if (w->dag->error)
		return CG_DAG_NONE;
	if (w->memo && w->memo->nodes.items[id] != CG_DAG_NONE)
		return w->memo->nodes.items[id];
	result = walk_node(w, id);
	if (w->memo)
		w->memo->nodes.items[id] = result;
	return result;
}

uint32_t cg_search_diagram(struct cg_tree_maker *maker, const struct cg_diagram *diagram, uint32_t root,
			   uint32_t on_nothing, uint32_t on_match, struct cg_search_memo *memo)
{
	struct cg_dag *dag = maker->dag;
	struct walk w = { maker, dag, diagram, on_nothing, on_match, memo, { 0 } };
	uint32_t result = CG_DAG_NONE;

	if (memo && cg_vec_reserve(&memo->nodes, diagram->nodes.n_items) < 0)
		dag->error = -ENOMEM;
	while (memo && !dag->error && memo->nodes.n_items < diagram->nodes.n_items)
		memo->nodes.items[memo->nodes.n_items++] = CG_DAG_NONE;

	if (!dag->error)
		result = walk(&w, root);
	cg_vec_done(&w.scratch);
	return result;
}
