/*
 * See cell.h.
 */
#include "policy/cell.h"

/* The least x >= least with (x & mask) == bits; false when there is none up to 2^64 - 1. */
static bool find_least(uint64_t least, uint64_t mask, uint64_t bits, uint64_t *ret_least)
{
	if ((least & mask) == bits) {
		*ret_least = least;
		return true;
	}
	/* x and `least` agree above some bit that x has and `least` has not; the lowest such bit gives the least x. */
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i, below = bit - 1, above = ~(bit | below);

		if ((least & bit) || ((mask & bit) && !(bits & bit)) || ((least ^ bits) & mask & above))
			continue;
		*ret_least = (least & above) | bit | (bits & below);
		return true;
	}
	return false;
}

/* The same from above, by counting down from 2^64 - 1. */
static bool find_most(uint64_t most, uint64_t mask, uint64_t bits, uint64_t *ret_most)
{
	uint64_t found;

	if (!find_least(~most, mask, ~bits & mask, &found))
		return false;
	*ret_most = ~found;
	return true;
}

/* The bits above the highest one in which two numbers differ. */
static uint64_t common_bits(uint64_t a, uint64_t b)
{
	if (a == b)
		return UINT64_MAX;
	return a >> 63 != b >> 63 ? 0 : ~(UINT64_MAX >> __builtin_clzll(a ^ b));
}

bool cg_cell_settle(struct cg_cell *cell)
{
	uint64_t fixed;

	if (!find_least(cell->least, cell->mask, cell->bits, &cell->least) ||
	    !find_most(cell->most, cell->mask, cell->bits, &cell->most) || cell->least > cell->most)
		return false;
	fixed = common_bits(cell->least, cell->most);
	cell->mask &= ~fixed;
	cell->bits &= ~fixed;
	return true;
}

bool cg_cell_next(const struct cg_cell *cell, uint64_t from, uint64_t *ret_value)
{
	uint64_t value;

	if (from < cell->least)
		from = cell->least;
	if (!find_least(from, cell->mask, cell->bits & cell->mask, &value) || value > cell->most)
		return false;
	*ret_value = value;
	return true;
}

bool cg_cell_is_full(const struct cg_cell *cell, uint64_t word)
{
	return cell->least == 0 && cell->most == word && cell->mask == 0;
}

bool cg_cell_intersect(const struct cg_cell *a, const struct cg_cell *b, struct cg_cell *ret_cell)
{
	struct cg_cell both = { .least = a->least > b->least ? a->least : b->least,
				.most = a->most < b->most ? a->most : b->most,
				.mask = a->mask | b->mask,
				.bits = a->bits | b->bits };

	if (both.least > both.most || ((a->bits ^ b->bits) & a->mask & b->mask) || !cg_cell_settle(&both))
		return false;
	*ret_cell = both;
	return true;
}

unsigned int cg_comparison_cells(const struct cg_comparison *comparison, uint64_t word,
				 struct cg_cell ret_cells[CG_COMPARISON_CELLS_MAX])
{
	uint64_t value = comparison->value & word;
	struct cg_cell cell = { .most = word };
	bool has_below = comparison->op == CG_OP_LT || comparison->op == CG_OP_NE;
	bool has_above = comparison->op == CG_OP_GT || comparison->op == CG_OP_NE;
	unsigned int n = 0;

	switch (comparison->op) {
	case CG_OP_EQ:
		ret_cells[n++] = (struct cg_cell){ .least = value, .most = value };
		break;
	case CG_OP_LE:
		ret_cells[n++] = (struct cg_cell){ .most = value };
		break;
	case CG_OP_GE:
		ret_cells[n++] = (struct cg_cell){ .least = value, .most = word };
		break;
	case CG_OP_MASKED_EQ:
		cell.mask = comparison->mask & word;
		cell.bits = value & cell.mask;
		if (cg_cell_settle(&cell))
			ret_cells[n++] = cell;
		break;
	case CG_OP_NE:
	case CG_OP_LT:
	case CG_OP_GT:
		if (has_below && value > 0)
			ret_cells[n++] = (struct cg_cell){ .most = value - 1 };
		if (has_above && value < word)
			ret_cells[n++] = (struct cg_cell){ .least = value + 1, .most = word };
		break;
	}
	return n;
}

unsigned int cg_cell_comparisons(const struct cg_cell *cell, unsigned int arg, uint64_t word,
				 struct cg_comparison *ret_comparisons)
{
	unsigned int n = 0;

	if (cell->least == cell->most) {
		ret_comparisons[n++] = (struct cg_comparison){ arg, CG_OP_EQ, cell->least, UINT64_MAX };
		return n;
	}
	if (cell->least != cell->bits)
		ret_comparisons[n++] = (struct cg_comparison){ arg, CG_OP_GE, cell->least, UINT64_MAX };
	if (cell->most != ((word & ~cell->mask) | cell->bits))
		ret_comparisons[n++] = (struct cg_comparison){ arg, CG_OP_LE, cell->most, UINT64_MAX };
	if (cell->mask)
		ret_comparisons[n++] = (struct cg_comparison){ arg, CG_OP_MASKED_EQ, cell->bits, cell->mask };
	return n;
}
