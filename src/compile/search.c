/*
 * Search trees. In: ranges of a word, each with what to do there. Out: tests.
 *
 * Halving by JGE, and where nearly everything left does the same, a short chain of JEQs for the exceptions: a single
 * value inside a range costs one JEQ instead of two JGEs. All values weigh the same. The recursion is log2(n) deep;
 * over a diagram it is as deep as the diagram (diagram.h).
 */
#include "compile/search.h"

#define LONGEST_CHAIN 3

/* A part of the ranges of one word: what lies in [spans[0].first, last] is all that can still come. */
struct part {
	unsigned int word;
	const struct cg_span *spans;
	size_t n_spans;
	uint32_t last;
};

static bool is_single(const struct part *part, size_t i)
{
	uint32_t last = i + 1 < part->n_spans ? part->spans[i + 1].first - 1 : part->last;

	return part->spans[i].first == last;
}

/* What all ranges of more than one value do, if they agree; what the last one does if there are none. */
static bool find_background(const struct part *part, uint32_t *ret_child)
{
	uint32_t background = CG_DAG_NONE;

	for (size_t i = 0; i < part->n_spans; i++) {
		if (is_single(part, i))
			continue;
		if (background != CG_DAG_NONE && background != part->spans[i].child)
			return false;
		background = part->spans[i].child;
	}
	*ret_child = background != CG_DAG_NONE ? background : part->spans[part->n_spans - 1].child;
	return true;
}

static size_t count_exceptions(const struct part *part, uint32_t background)
{
	size_t n_exceptions = 0;

	for (size_t i = 0; i < part->n_spans; i++)
		n_exceptions += part->spans[i].child != background;
	return n_exceptions;
}

static uint32_t chain(struct cg_dag *dag, const struct part *part, uint32_t background)
{
	uint32_t node = background;

	for (size_t i = part->n_spans; i-- > 0;)
		if (part->spans[i].child != background)
			node = cg_dag_test(dag, part->word, CG_DAG_EQ, part->spans[i].first, part->spans[i].child,
					   node);
	return node;
}

/* Cut behind an exception, its range is torn: the JEQ that would have taken both its ends takes only one. */
static bool is_torn(const struct part *part, size_t cut)
{
	return cut >= 2 && is_single(part, cut - 1) && part->spans[cut - 2].child == part->spans[cut].child;
}

static size_t choose_cut(const struct part *part)
{
	size_t cut = part->n_spans / 2;

	return is_torn(part, cut) && !is_torn(part, cut - 1) ? cut - 1 : cut;
}

static uint32_t search(struct cg_dag *dag, const struct part *part)
{
	struct part low = *part, high = *part;
	uint32_t background, on_low, on_high;
	size_t cut;

	if (part->n_spans == 1)
		return part->spans[0].child;
	if (part->n_spans <= 2 * LONGEST_CHAIN + 1 && find_background(part, &background) &&
	    count_exceptions(part, background) <= LONGEST_CHAIN)
		return chain(dag, part, background);

	cut = choose_cut(part);
	low.n_spans = cut;
	low.last = part->spans[cut].first - 1;
	high.spans += cut;
	high.n_spans -= cut;
	on_high = search(dag, &high);
	on_low = search(dag, &low);
	return cg_dag_test(dag, part->word, CG_DAG_GE, part->spans[cut].first, on_high, on_low);
}

uint32_t cg_search_spans(struct cg_dag *dag, unsigned int word, const struct cg_span *spans, size_t n_spans)
{
	return search(dag, &(struct part){ word, spans, n_spans, UINT32_MAX });
}

/* ---- diagrams */

struct walk {
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
	result = cg_search_spans(w->dag, node->word, w->scratch.items + start, w->scratch.n_items - start);
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

uint32_t cg_search_diagram(struct cg_dag *dag, const struct cg_diagram *diagram, uint32_t root, uint32_t on_nothing,
			   uint32_t on_match, struct cg_search_memo *memo)
{
	struct walk w = { dag, diagram, on_nothing, on_match, memo, { 0 } };
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
