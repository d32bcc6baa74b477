/*
 * See room.h. Several NE on one argument are taken as leaving room; all else is decided exactly.
 */
#include "policy/room.h"

#include "policy/cell.h"

/* What was asked of one argument so far. */
struct room {
	struct cg_cell cell;
	bool is_empty;
};

/* All but NE, which alone holds for two cells. */
static void narrow(struct room *room, const struct cg_comparison *comparison, uint64_t word)
{
	struct cg_cell cells[CG_COMPARISON_CELLS_MAX];

	if (comparison->op == CG_OP_NE)
		return;
	room->is_empty |= cg_comparison_cells(comparison, word, cells) == 0 ||
			  !cg_cell_intersect(&room->cell, &cells[0], &room->cell);
}

/* One value left, and a comparison excludes it. */
static bool is_excluded(const struct room *room, const struct cg_comparison *comparison, uint64_t word)
{
	return comparison->op == CG_OP_NE && room->cell.least == room->cell.most &&
	       (comparison->value & word) == room->cell.least;
}

static bool has_room(uint64_t word, const struct cg_comparison *comparisons, size_t n_comparisons,
		     const struct cg_comparison *others, size_t n_others, unsigned int arg)
{
	struct room room = { .cell = { .most = word } };

	for (size_t i = 0; !room.is_empty && i < n_comparisons; i++)
		if (comparisons[i].arg == arg)
			narrow(&room, &comparisons[i], word);
	for (size_t i = 0; !room.is_empty && i < n_others; i++)
		if (others[i].arg == arg)
			narrow(&room, &others[i], word);
	for (size_t i = 0; !room.is_empty && i < n_comparisons; i++)
		room.is_empty = comparisons[i].arg == arg && is_excluded(&room, &comparisons[i], word);
	for (size_t i = 0; !room.is_empty && i < n_others; i++)
		room.is_empty = others[i].arg == arg && is_excluded(&room, &others[i], word);
	return !room.is_empty;
}

bool cg_comparisons_can_hold(const struct cg_arch *arch, const struct cg_comparison *comparisons, size_t n_comparisons,
			     const struct cg_comparison *others, size_t n_others)
{
	uint64_t word = cg_arch_word_mask(arch);

	for (unsigned int arg = 0; arg < 6; arg++)
		if (!has_room(word, comparisons, n_comparisons, others, n_others, arg))
			return false;
	return true;
}

bool cg_rules_can_meet(const struct cg_rule *a, const struct cg_rule *b)
{
	return cg_comparisons_can_hold(a->arch, a->comparisons, a->n_comparisons, b->comparisons, b->n_comparisons);
}
