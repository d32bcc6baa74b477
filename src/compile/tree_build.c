/*
 * From a plan to tests. In: a piece whose cells say how every range of spans is best told apart. Out: nodes of the dag,
 * and for the lines to come a list of the trees that now exist.
 */
#include "compile/tree_form.h"

static uint32_t build(const struct cg_tree_piece *piece, size_t i, size_t j, size_t *n_tests);

static uint64_t span_weight(const struct cg_tree_piece *piece, size_t i)
{
	return cg_tree_weight(piece, i, i + 1);
}

/* The values that are taken out, the heaviest asked first: made from the last on. */
static uint32_t build_chain(const struct cg_tree_piece *piece, size_t i, size_t j, uint32_t node,
			    const uint32_t *backgrounds, size_t *n_tests)
{
	size_t values[CG_TREE_CHAIN_LIMIT], n_values = 0;

	for (size_t k = i; k < j; k++) {
		size_t at = n_values;

		if (piece->spans[k].child == (backgrounds ? backgrounds[k] : node))
			continue;
		for (; at > 0 && span_weight(piece, values[at - 1]) < span_weight(piece, k); at--)
			values[at] = values[at - 1];
		values[at] = k;
		n_values++;
	}
	*n_tests += n_values;
	while (n_values-- > 0)
		node = cg_dag_test(piece->maker->dag, piece->plan->word, CG_DAG_EQ,
				   piece->spans[values[n_values]].first, piece->spans[values[n_values]].child, node);
	return node;
}

/* Does the first span's child lie where the mask's bits are set? Its first value tells for all of them. */
static bool is_set_first(const struct cg_tree_piece *piece, size_t i, uint32_t mask)
{
	return piece->spans[i].first & mask;
}

static uint32_t build_bits(const struct cg_tree_piece *piece, size_t i, uint32_t mask, uint32_t other)
{
	uint32_t first = piece->spans[i].child;
	bool is_set = is_set_first(piece, i, mask);

	return cg_dag_test(piece->maker->dag, piece->plan->word, CG_DAG_SET, mask, is_set ? first : other,
			   is_set ? other : first);
}

static uint32_t build_tests(const struct cg_tree_piece *piece, size_t i, size_t j, const struct cg_tree_cell *cell,
			    size_t *n_tests)
{
	size_t k = i;
	uint32_t on_high, at;

	switch (cell->how) {
	case CG_TREE_LEAF:
		break;
	case CG_TREE_CHAIN:
		return build_chain(piece, i, j, cell->datum, NULL, n_tests);
	case CG_TREE_OTHER:
		return build_chain(piece, i, j, piece->plan->other->trees.items[cell->datum].node, piece->twins,
				   n_tests);
	case CG_TREE_BITS:
		++*n_tests;
		while (piece->spans[k].child == piece->spans[i].child)
			k++;
		return build_bits(piece, i, cell->datum, piece->spans[k].child);
	case CG_TREE_INSIDE:
		++*n_tests;
		return build_bits(piece, i, cell->datum, build(piece, i + 1, j - 1, n_tests));
	case CG_TREE_CUT:
		++*n_tests;
		k = cg_tree_find_cut(piece, i, j);
		at = piece->spans[k].first;
		on_high = build(piece, k, j, n_tests);
		return cg_dag_test(piece->maker->dag, piece->plan->word, CG_DAG_GE, at, on_high,
				   build(piece, i, k, n_tests));
	}
	return piece->spans[i].child;
}

static uint32_t build(const struct cg_tree_piece *piece, size_t i, size_t j, size_t *n_tests)
{
	struct cg_tree_line *line = piece->plan->ret_line;
	uint64_t weight = cg_tree_weight(piece, i, j);
	float steps;
	size_t n_before = *n_tests;
	uint32_t node = build_tests(piece, i, j, cg_tree_cell(piece, i, j), n_tests);

	if (!line || node == CG_DAG_NONE || *n_tests == n_before)
		return node;
	/* What is left of the cost when the tests are paid for. */
	steps = *cg_tree_cost(piece, i, j) - cg_tree_float((*n_tests - n_before) * piece->price);
	steps = steps > 0 ? steps * 16 : 0;
	if (cg_vec_push(&line->trees, (struct cg_tree_made){ piece->spans[i].first, cg_tree_last(piece, j), node,
							     weight ? (uint32_t)((uint64_t)steps / weight) : 0 }) < 0) {
		piece->maker->dag->error = -ENOMEM;
		return CG_DAG_NONE;
	}
	return node;
}

uint32_t cg_tree_build(const struct cg_tree_piece *piece)
{
	size_t n_tests = 0;

	return build(piece, 0, piece->n_spans, &n_tests);
}

uint32_t cg_tree_build_chain(const struct cg_tree_piece *piece, uint32_t background)
{
	size_t n_tests = 0;

	return build_chain(piece, 0, piece->n_spans, background, NULL, &n_tests);
}
