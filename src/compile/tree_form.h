/*
 * What tree.c, tree_form.c and tree_build.c share: one piece of a line, small enough to be planned as a whole.
 */
#ifndef CG_COMPILE_TREE_FORM_H
#define CG_COMPILE_TREE_FORM_H

#include "compile/tree.h"

#define CG_TREE_COST_MAX 1e30F
#define CG_TREE_AGREES (CG_DAG_NONE - 1) /* child and twin of a stretch of several spans in which both lines agree */
#define CG_TREE_STRIDE 8 /* costs that are read at once */
#define CG_TREE_CHAIN_LIMIT 128 /* JEQs in a row */

struct cg_tree_piece {
	struct cg_tree_maker *maker;
	const struct cg_tree *plan;
	const struct cg_span *spans;
	const uint32_t *twins;  /* where the other line leads for each span, or NULL */
	const uint64_t *sums;   /* of weights: sums[j] - sums[i] is what the spans [i, j) weigh */
	size_t n_spans;
	uint32_t last;          /* the last value of the last span */
	/*
	 * What every range of spans [i, j) costs, twice: one row for each i, indexed by j, and one row for each j,
	 * indexed by i, so that the costs of all cuts of a range lie in two rows. Whole numbers all of them, and exact as
	 * long as they stay below 2^24; of floats every processor finds the least of four at once.
	 */
	float *by_begin, *by_end;
	struct cg_tree_cell *cells;
	bool is_small;          /* as few tests as can be, however long it takes to run them */
	uint64_t price;         /* of a test */
	size_t longest_chain;   /* up to CG_TREE_CHAIN_LIMIT */
};

static inline struct cg_tree_cell *cg_tree_cell(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return &piece->cells[i * (2 * piece->n_spans - i + 1) / 2 + (j - i - 1)];
}

/* Costs in a row: up to n_spans, and some behind them for whoever reads several at once. */
static inline size_t cg_tree_row(const struct cg_tree_piece *piece)
{
	return piece->n_spans + CG_TREE_STRIDE;
}

static inline float *cg_tree_cost(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return &piece->by_begin[i * cg_tree_row(piece) + j];
}

/* Signed numbers become floats in one instruction. */
static inline float cg_tree_float(uint64_t cost)
{
	return (float)(int64_t)cost;
}

static inline uint64_t cg_tree_weight(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return piece->sums[j] - piece->sums[i];
}

/* What a test costs that all values of the spans [i, j) take. */
static inline uint64_t cg_tree_test_cost(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	return piece->price + cg_tree_weight(piece, i, j);
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

/* ... and INSIDE, which rests on cells of the next row, for spans whose first and last lead to one child. */
void cg_tree_inside(const struct cg_tree_piece *piece, size_t i, size_t j);

/* The smallest tree of the other line that answers from `first` to `last` at least; its index or SIZE_MAX. */
size_t cg_tree_find(const struct cg_tree_line *other, uint32_t first, uint32_t last);

/* tree.c: where the range [i, j) is best cut. */
size_t cg_tree_find_cut(const struct cg_tree_piece *piece, size_t i, size_t j);

/* tree_build.c: the tests of the whole piece, once all cells are filled. */
uint32_t cg_tree_build(const struct cg_tree_piece *piece);

/* ... and without cells: every value that does not lead to `background`, one by one. */
uint32_t cg_tree_build_chain(const struct cg_tree_piece *piece, uint32_t background);

#endif
