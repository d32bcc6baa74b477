/*
 * The algebra of boxes. See box.h.
 *
 * Subtraction peels: of a \ b, first what differs in argument 0, then, where argument 0 agrees, what differs in
 * argument 1, and so on; within an argument first what lies below b's range, then above, then bit by bit what differs
 * in b's fixed bits. The pieces are disjoint, so that further subtractions do not multiply what was split before.
 */
#include "policy/box.h"

#include <errno.h>
#include <string.h>

#define N_ARGS 6

struct cg_box cg_box_full(uint64_t word)
{
	struct cg_box box = { 0 };

	for (unsigned int arg = 0; arg < N_ARGS; arg++)
		box.cells[arg].most = word;
	return box;
}

bool cg_box_is_full(const struct cg_box *box, uint64_t word)
{
	for (unsigned int arg = 0; arg < N_ARGS; arg++) {
		if (!cg_cell_is_full(&box->cells[arg], word))
			return false;
	}
	return true;
}

bool cg_boxes_have_full(const struct cg_boxes *boxes, uint64_t word)
{
	for (size_t i = 0; i < boxes->n_items; i++) {
		if (cg_box_is_full(&boxes->items[i], word))
			return true;
	}
	return false;
}

int cg_boxes_add(struct cg_boxes *boxes, const struct cg_box *box)
{
	return boxes->n_items == CG_BOXES_LIMIT ? -E2BIG : cg_vec_push(boxes, *box);
}

int cg_boxes_copy(struct cg_boxes *boxes, const struct cg_boxes *from)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < from->n_items; i++)
		rc = cg_boxes_add(boxes, &from->items[i]);
	return rc;
}

static int add_cell(struct cg_boxes *boxes, unsigned int arg, struct cg_cell cell, uint64_t word)
{
	struct cg_box box = cg_box_full(word);

	if (cell.least > cell.most || !cg_cell_settle(&cell))
		return 0;
	box.cells[arg] = cell;
	return cg_boxes_add(boxes, &box);
}

int cg_boxes_add_range(struct cg_boxes *boxes, unsigned int arg, uint64_t least, uint64_t most,
		       const struct cg_box_work *work)
{
	return add_cell(boxes, arg, (struct cg_cell){ .least = least, .most = most }, work->word);
}

int cg_boxes_add_bits(struct cg_boxes *boxes, unsigned int arg, uint64_t mask, uint64_t bits,
		      const struct cg_box_work *work)
{
	struct cg_cell cell = { .most = work->word, .mask = mask & work->word };

	cell.bits = bits & cell.mask;
	return add_cell(boxes, arg, cell, work->word);
}

static bool intersect_boxes(const struct cg_box *a, const struct cg_box *b, struct cg_box *ret_box)
{
	struct cg_box both;

	for (unsigned int arg = 0; arg < N_ARGS; arg++) {
		if (!cg_cell_intersect(&a->cells[arg], &b->cells[arg], &both.cells[arg]))
			return false;
	}
	*ret_box = both;
	return true;
}

/* Counts a pair of boxes looked at. */
static int spend(struct cg_box_work *work)
{
	if (work->n_steps == 0)
		return -E2BIG;
	work->n_steps--;
	return 0;
}

int cg_boxes_intersect(struct cg_boxes *boxes, const struct cg_boxes *other, struct cg_box_work *work)
{
	struct cg_boxes both = { 0 };
	struct cg_box box;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < boxes->n_items; i++) {
		for (size_t k = 0; rc == 0 && k < other->n_items; k++) {
			rc = spend(work);
			if (rc == 0 && intersect_boxes(&boxes->items[i], &other->items[k], &box))
				rc = cg_boxes_add(&both, &box);
		}
	}
	cg_boxes_done(boxes);
	*boxes = both;
	return rc;
}

/* Adds the part of `box` whose argument is also in `cell`. */
static int add_part(struct cg_boxes *boxes, const struct cg_box *box, unsigned int arg, const struct cg_cell *cell)
{
	struct cg_box part = *box;

	return cg_cell_intersect(&box->cells[arg], cell, &part.cells[arg]) ? cg_boxes_add(boxes, &part) : 0;
}

/* Adds the parts of `box` that differ from `cell` in a fixed bit, the highest first. The range is the same. */
static int add_parts_by_bit(struct cg_boxes *boxes, const struct cg_box *box, unsigned int arg,
			    const struct cg_cell *cell)
{
	struct cg_cell part = { .least = cell->least, .most = cell->most };
	int rc = 0;

	for (unsigned int i = 64; rc == 0 && i-- > 0;) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(cell->mask & bit))
			continue;
		part.mask |= bit;
		part.bits ^= ~cell->bits & bit;
		rc = add_part(boxes, box, arg, &part);
		part.bits ^= bit; /* from here on as in `cell` */
	}
	return rc;
}

/*
 * Adds the parts of `box` whose argument is not in `cell`. A bound that the fixed bits imply needs no part of its own.
 */
static int add_parts_outside(struct cg_boxes *boxes, const struct cg_box *box, unsigned int arg,
			     const struct cg_cell *cell, uint64_t word)
{
	struct cg_cell inner = *cell, below = { .most = cell->least - 1 }, above = { cell->most + 1, word, 0, 0 };
	bool has_below = cell->least != cell->bits, has_above = cell->most != ((word & ~cell->mask) | cell->bits);
	int rc = 0;

	if (has_below)
		rc = add_part(boxes, box, arg, &below);
	else
		inner.least = 0;
	if (rc == 0 && has_above)
		rc = add_part(boxes, box, arg, &above);
	else if (!has_above)
		inner.most = word;
	return rc < 0 ? rc : add_parts_by_bit(boxes, box, arg, &inner);
}

/* Adds a \ b. */
static int add_difference(struct cg_boxes *boxes, const struct cg_box *a, const struct cg_box *b, uint64_t word)
{
	struct cg_box rest = *a, both;
	int rc = 0;

	if (!intersect_boxes(a, b, &both))
		return cg_boxes_add(boxes, a);
	for (unsigned int arg = 0; rc == 0 && arg < N_ARGS; arg++) {
		rc = add_parts_outside(boxes, &rest, arg, &b->cells[arg], word);
		rest.cells[arg] = both.cells[arg];
	}
	return rc;
}

static int subtract_box(struct cg_boxes *boxes, const struct cg_box *box, struct cg_box_work *work)
{
	struct cg_boxes left = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < boxes->n_items; i++) {
		rc = spend(work);
		if (rc == 0)
			rc = add_difference(&left, &boxes->items[i], box, work->word);
	}
	cg_boxes_done(boxes);
	*boxes = left;
	return rc;
}

int cg_boxes_subtract(struct cg_boxes *boxes, const struct cg_boxes *other, struct cg_box_work *work)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && boxes->n_items && i < other->n_items; i++)
		rc = subtract_box(boxes, &other->items[i], work);
	return rc;
}

int cg_boxes_complement(struct cg_boxes *boxes, struct cg_box_work *work)
{
	struct cg_boxes rest = { 0 };
	struct cg_box full = cg_box_full(work->word);
	int rc = cg_boxes_add(&rest, &full);

	for (size_t i = 0; rc == 0 && i < boxes->n_items; i++)
		rc = subtract_box(&rest, &boxes->items[i], work);
	cg_boxes_done(boxes);
	*boxes = rest;
	return rc;
}

/* What one comparison holds for. */
static int add_comparison(struct cg_boxes *boxes, const struct cg_comparison *comparison,
			  const struct cg_box_work *work)
{
	struct cg_cell cells[CG_COMPARISON_CELLS_MAX];
	unsigned int n = cg_comparison_cells(comparison, work->word, cells);
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < n; i++)
		rc = add_cell(boxes, comparison->arg, cells[i], work->word);
	return rc;
}

int cg_boxes_add_rule(struct cg_boxes *boxes, const struct cg_comparison *comparisons, unsigned int n_comparisons,
		      struct cg_box_work *work)
{
	struct cg_boxes all = { 0 }, one = { 0 };
	struct cg_box full = cg_box_full(work->word);
	int rc = cg_boxes_add(&all, &full);

	for (unsigned int i = 0; rc == 0 && i < n_comparisons; i++) {
		one.n_items = 0;
		rc = add_comparison(&one, &comparisons[i], work);
		if (rc == 0)
			rc = cg_boxes_intersect(&all, &one, work);
	}
	if (rc == 0)
		rc = cg_boxes_copy(boxes, &all);
	cg_boxes_done(&all);
	cg_boxes_done(&one);
	return rc;
}

/* *ret_holds: is everything of `a` in `b`? */
static int holds(const struct cg_boxes *a, const struct cg_boxes *b, struct cg_box_work *work, bool *ret_holds)
{
	struct cg_boxes rest = { 0 };
	int rc = cg_boxes_copy(&rest, a);

	if (rc == 0)
		rc = cg_boxes_subtract(&rest, b, work);
	if (rc == 0)
		*ret_holds = rest.n_items == 0;
	cg_boxes_done(&rest);
	return rc;
}

int cg_boxes_compare(const struct cg_boxes *a, const struct cg_boxes *b, struct cg_box_work *work, bool *ret_same)
{
	bool is_in_b = false, is_in_a = false;
	int rc = 0;

	if (a->n_items == b->n_items &&
	    (a->n_items == 0 || memcmp(a->items, b->items, a->n_items * sizeof(*a->items)) == 0)) {
		*ret_same = true;
		return 0;
	}
	rc = holds(a, b, work, &is_in_b);
	if (rc == 0 && is_in_b)
		rc = holds(b, a, work, &is_in_a);
	if (rc == 0)
		*ret_same = is_in_b && is_in_a;
	return rc;
}

void cg_boxes_done(struct cg_boxes *boxes)
{
	cg_vec_done(boxes);
}
