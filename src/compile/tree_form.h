/*
 * What tree.c, tree_form.c and tree_build.c share: one piece of a line, small enough to be planned as a whole.
 */
#ifndef CG_COMPILE_TREE_FORM_H
#define CG_COMPILE_TREE_FORM_H

#include "compile/tree.h"

#define CG_TREE_CHAIN_LIMIT 12 /* JEQs in a row */

struct cg_tree_piece {
	struct cg_tree_maker *maker;
	const struct cg_tree *plan;
	const struct cg_span *spans;
	const uint32_t *twins;  /* where the other line leads for each span, or NULL */
	const uint64_t *sums;   /* of weights: sums[j] - sums[i] is what the spans [i, j) weigh */
	size_t n_spans;
	uint32_t last;          /* the last value of the last span */
	struct cg_tree_cell *cells;
};

static inline struct cg_tree_cell *cg_tree_cell(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return &piece->cells[i * (2 * piece->n_spans - i + 1) / 2 + (j - i - 1)];
}

static inline uint64_t cg_tree_weight(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return piece->sums[j] - piece->sums[i];
}

/* The last value of the span before `end`. */
static inline uint32_t cg_tree_last(const struct cg_tree_piece *piece, size_t end)
{
	return end < piece->n_spans ? piece->spans[end].first - 1 : piece->last;
}

static inline bool cg_tree_is_single(const struct cg_tree_piece *piece, size_t i)
{
	return piece->spans[i].first == cg_tree_last(piece, i + 1);
}

/*
 * tree_form.c: for the row `i`, everything that is no cut: fills the cells (i, i + 1 …) with their best form so far.
 */
void cg_tree_forms(const struct cg_tree_piece *piece, size_t i);

/* ... and INSIDE, which rests on cells of the next row. */
void cg_tree_inside(const struct cg_tree_piece *piece, size_t i, size_t j);

/* tree_build.c: the tests of the whole piece, once all cells are filled. */
uint32_t cg_tree_build(const struct cg_tree_piece *piece);

#endif
