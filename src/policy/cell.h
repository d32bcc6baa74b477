/*
 * A set of values of one argument: a range of which some bits are fixed.
 *
 * In: comparisons, ranges, bits. Out: what they have in common, which is such a set again. Everything is within the
 * word of an architecture (32 or 64 bits: cg_arch_word_mask()). A cell is kept settled: least and most belong to it,
 * bits that the range fixes are not in the mask, and no cell is empty. So equal cells are equal bytes.
 */
#ifndef CG_POLICY_CELL_H
#define CG_POLICY_CELL_H

#include "policy/policy.h"

#include <stdbool.h>

/* least <= x <= most and (x & mask) == bits */
struct cg_cell {
	uint64_t least, most;
	uint64_t mask, bits;
};

/* Settles a cell; false when it is empty. */
bool cg_cell_settle(struct cg_cell *cell);

/* Every value there is? */
bool cg_cell_is_full(const struct cg_cell *cell, uint64_t word);

/* What two settled cells have in common; false when that is nothing. *ret_cell may be one of the two. */
bool cg_cell_intersect(const struct cg_cell *a, const struct cg_cell *b, struct cg_cell *ret_cell);

/* The least value of the cell that is not below `from`; false when there is none. */
bool cg_cell_next(const struct cg_cell *cell, uint64_t from, uint64_t *ret_value);

/* Settled cells: what a comparison holds for, cut to the word as eval.c does. Returns how many. */
#define CG_COMPARISON_CELLS_MAX 2
unsigned int cg_comparison_cells(const struct cg_comparison *comparison, uint64_t word,
				 struct cg_cell ret_cells[CG_COMPARISON_CELLS_MAX]);

/* The comparisons that say a cell: none for all values, up to three. Returns how many. */
#define CG_CELL_COMPARISONS_MAX 3
unsigned int cg_cell_comparisons(const struct cg_cell *cell, unsigned int arg, uint64_t word,
				 struct cg_comparison *ret_comparisons);

#endif
