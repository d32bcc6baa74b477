/*
 * From a plan to tests. In: a piece whose cells say how every range of spans is best told apart. Out: nodes of the dag,
 * and for the lines to come a list of the trees that now exist.
 */
#include "compile/tree_form.h"

static uint32_t build(const struct cg_tree_piece *piece, size_t i, size_t j);

static uint64_t span_weight(const struct cg_tree_piece *piece, size_t i)
{
	return cg_tree_weight(piece, i, i + 1);
}

/* The values that are taken out, the heaviest asked first: made from the last on. */
static uint32_t build_chain(const struct cg_tree_piece *piece, size_t i, size_t j, uint32_t node,
			    const uint32_t *backgrounds)
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

static uint32_t build_tests(const struct cg_tree_piece *piece, size_t i, size_t j, const struct cg_tree_cell *cell)
{
	size_t k = i;
	uint32_t on_high;

	switch ((enum cg_tree_how)cell->how) {
	case CG_TREE_LEAF:
		break;
	case CG_TREE_CHAIN:
		return build_chain(piece, i, j, cell->datum, NULL);
	case CG_TREE_OTHER:
		return build_chain(piece, i, j, piece->plan->other->trees.items[cell->datum].node, piece->twins);
	case CG_TREE_BITS:
		while (piece->spans[k].child == piece->spans[i].child)
			k++;
		return build_bits(piece, i, cell->datum, piece->spans[k].child);
	case CG_TREE_INSIDE:
		return build_bits(piece, i, cell->datum, build(piece, i + 1, j - 1));
	case CG_TREE_CUT:
		on_high = build(piece, cell->cut, j);
		return cg_dag_test(piece->maker->dag, piece->plan->word, CG_DAG_GE, piece->spans[cell->cut].first,
				   on_high, build(piece, i, cell->cut));
	}
	return piece->spans[i].child;
}

static uint32_t build(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	const struct cg_tree_cell *cell = cg_tree_cell(piece, i, j);
	struct cg_tree_line *line = piece->plan->ret_line;
	uint32_t node = build_tests(piece, i, j, cell);
	uint64_t weight = cg_tree_weight(piece, i, j);
	uint64_t steps = cell->cost - cell->size * piece->plan->price;

	if (!line || cell->how == CG_TREE_LEAF || node == CG_DAG_NONE)
		return node;
	if (cg_vec_push(&line->trees, (struct cg_tree_made){ piece->spans[i].first, cg_tree_last(piece, j), node,
							     weight ? (uint32_t)(steps * 16 / weight) : 0 }) < 0) {
		piece->maker->dag->error = -ENOMEM;
		return CG_DAG_NONE;
	}
	return node;
}

uint32_t cg_tree_build(const struct cg_tree_piece *piece)
{
	return build(piece, 0, piece->n_spans);
}
