/*
 * Boxes as conditions of rules, as few as come easily.
 *
 * Exceptions cut an argument into pieces with a hole between them: all values but 5 and 9 are three ranges, and one
 * condition, a != 5 and a != 9. So pieces that agree in every other argument are put together along one argument:
 * first those that touch, along each argument in turn; then those with a single value between them, along the argument
 * where that saves most and then along each of the others, so that a0 != 3 and a1 != 7 is one rule, too. Which
 * conditions come out is a matter of taste; what they say together is not.
 */
#include "policy/box.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define N_ARGS 6
#define ALONG 5 /* the argument along which boxes are put together stands here meanwhile */

/* So many at most, and there is still room for what the six arguments themselves need. */
#define HOLES_MAX (CG_POLICY_COMPARISONS_LIMIT - N_ARGS * CG_CELL_COMPARISONS_MAX)

/* The values between two neighbours. */
enum gap {
	GAP_NONE,
	GAP_ONE,
	GAP_WIDE,
};

/* A box without some values: what one rule says. */
struct piece {
	struct cg_box box;
	struct {
		uint64_t arg, value;
	} holes[HOLES_MAX]; /* in the order in which they were found: argument by argument, ascending */
	unsigned int n_holes;
};

static void swap_cells(struct cg_box *box, unsigned int along)
{
	struct cg_cell kept = box->cells[along];

	box->cells[along] = box->cells[ALONG];
	box->cells[ALONG] = kept;
}

static void swap_argument(struct cg_boxes *boxes, unsigned int along)
{
	for (size_t i = 0; i < boxes->n_items; i++)
		swap_cells(&boxes->items[i], along);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_cells(const struct cg_cell *a, const struct cg_cell *b)
{
	int order = compare_numbers(a->least, b->least);

	if (order == 0)
		order = compare_numbers(a->most, b->most);
	if (order == 0)
		order = compare_numbers(a->mask, b->mask);
	return order ? order : compare_numbers(a->bits, b->bits);
}

/* Boxes that may be put together stand side by side, in order of the argument. */
static int compare_boxes(const void *left, const void *right)
{
	const struct cg_box *a = left, *b = right;
	int order = 0;

	for (unsigned int arg = 0; order == 0 && arg < ALONG; arg++)
		order = compare_cells(&a->cells[arg], &b->cells[arg]);
	if (order == 0)
		order = compare_numbers(a->cells[ALONG].mask, b->cells[ALONG].mask);
	if (order == 0)
		order = compare_numbers(a->cells[ALONG].bits, b->cells[ALONG].bits);
	return order ? order : compare_cells(&a->cells[ALONG], &b->cells[ALONG]);
}

static void sort_along(struct cg_boxes *boxes, unsigned int along)
{
	swap_argument(boxes, along);
	if (boxes->n_items)
		qsort(boxes->items, boxes->n_items, sizeof(*boxes->items), compare_boxes);
}

/* What lies between `a` and the box behind it, which may overlap. */
static enum gap gap_between(const struct cg_box *a, const struct cg_box *b, uint64_t word, uint64_t *ret_hole)
{
	struct cg_cell whole = a->cells[ALONG];
	uint64_t next;

	if (memcmp(a->cells, b->cells, ALONG * sizeof(a->cells[0])) != 0 || whole.mask != b->cells[ALONG].mask ||
	    whole.bits != b->cells[ALONG].bits)
		return GAP_WIDE;
	if (b->cells[ALONG].least <= whole.most)
		return GAP_NONE;
	whole.most = word;
	if (!cg_cell_next(&whole, a->cells[ALONG].most + 1, &next))
		return GAP_WIDE;
	if (next == b->cells[ALONG].least)
		return GAP_NONE;
	*ret_hole = next;
	return cg_cell_next(&whole, next + 1, &next) && next == b->cells[ALONG].least ? GAP_ONE : GAP_WIDE;
}

/* Puts together what touches or overlaps along one argument. */
static void merge_along(struct cg_boxes *boxes, unsigned int along, uint64_t word)
{
	size_t n_kept = 0;
	uint64_t hole;

	sort_along(boxes, along);
	for (size_t i = 0; i < boxes->n_items; i++) {
		struct cg_box *last = n_kept ? &boxes->items[n_kept - 1] : NULL;
		uint64_t most = boxes->items[i].cells[ALONG].most;

		if (!last || gap_between(last, &boxes->items[i], word, &hole) != GAP_NONE)
			boxes->items[n_kept++] = boxes->items[i];
		else if (most > last->cells[ALONG].most)
			last->cells[ALONG].most = most;
	}
	boxes->n_items = n_kept;
	swap_argument(boxes, along);
}

/* How many boxes are left when those with one value between them are put together along one argument. */
static size_t count_along(struct cg_boxes *boxes, unsigned int along, uint64_t word)
{
	size_t n_left = boxes->n_items;
	uint64_t hole;

	sort_along(boxes, along);
	for (size_t i = 1; i < boxes->n_items; i++)
		n_left -= gap_between(&boxes->items[i - 1], &boxes->items[i], word, &hole) == GAP_ONE;
	swap_argument(boxes, along);
	return n_left;
}

static unsigned int find_best(struct cg_boxes *boxes, uint64_t word)
{
	size_t n_least = SIZE_MAX;
	unsigned int best = 0;

	for (unsigned int along = 0; along < N_ARGS; along++) {
		size_t n_left = count_along(boxes, along, word);

		if (n_left < n_least) {
			n_least = n_left;
			best = along;
		}
	}
	return best;
}

/* ---- pieces */

static int compare_holes(const struct piece *a, const struct piece *b)
{
	int order = compare_numbers(a->n_holes, b->n_holes);

	for (unsigned int i = 0; order == 0 && i < a->n_holes; i++) {
		order = compare_numbers(a->holes[i].arg, b->holes[i].arg);
		if (order == 0)
			order = compare_numbers(a->holes[i].value, b->holes[i].value);
	}
	return order;
}

/* As compare_boxes(); only those with the same holes in other arguments may be put together. */
static int compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = compare_holes(a, b);

	return order ? order : compare_boxes(&a->box, &b->box);
}

static bool has_same_holes(const struct piece *piece, unsigned int n_holes, const struct piece *other)
{
	return n_holes == other->n_holes && memcmp(piece->holes, other->holes, n_holes * sizeof(piece->holes[0])) == 0;
}

/* Puts together what has one value between, or none, along one argument; returns how many pieces are left. */
static size_t join_along(struct piece *pieces, size_t n_pieces, unsigned int along, uint64_t word)
{
	unsigned int n_before = 0; /* holes of the last kept piece in other arguments */
	size_t n_kept = 0;
	uint64_t hole;

	for (size_t i = 0; i < n_pieces; i++)
		swap_cells(&pieces[i].box, along);
	qsort(pieces, n_pieces, sizeof(*pieces), compare_pieces);
	for (size_t i = 0; i < n_pieces; i++) {
		struct piece *last = n_kept ? &pieces[n_kept - 1] : NULL;
		enum gap gap = last && has_same_holes(last, n_before, &pieces[i]) ?
				       gap_between(&last->box, &pieces[i].box, word, &hole) :
				       GAP_WIDE;

		if (gap == GAP_WIDE || (gap == GAP_ONE && last->n_holes == HOLES_MAX)) {
			n_before = pieces[i].n_holes;
			pieces[n_kept++] = pieces[i];
			continue;
		}
		if (gap == GAP_ONE) {
			last->holes[last->n_holes].arg = along;
			last->holes[last->n_holes++].value = hole;
		}
		if (pieces[i].box.cells[ALONG].most > last->box.cells[ALONG].most)
			last->box.cells[ALONG].most = pieces[i].box.cells[ALONG].most;
	}
	for (size_t i = 0; i < n_kept; i++)
		swap_cells(&pieces[i].box, along);
	return n_kept;
}

/* The comparisons of a piece, in order of arguments. */
static unsigned int say_piece(const struct piece *piece, uint64_t word, struct cg_comparison *ret_comparisons)
{
	unsigned int n = 0;

	for (unsigned int arg = 0; arg < N_ARGS; arg++) {
		n += cg_cell_comparisons(&piece->box.cells[arg], arg, word, ret_comparisons + n);
		for (unsigned int i = 0; i < piece->n_holes; i++)
			if (piece->holes[i].arg == arg)
				ret_comparisons[n++] =
					(struct cg_comparison){ arg, CG_OP_NE, piece->holes[i].value, UINT64_MAX };
	}
	return n;
}

static int compare_places(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	return compare_boxes(&a->box, &b->box);
}

int cg_boxes_to_rules(struct cg_boxes *boxes, uint64_t word,
		      int (*add)(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons),
		      void *context)
{
	struct cg_comparison comparisons[CG_POLICY_COMPARISONS_LIMIT];
	CG_FREE struct piece *pieces = NULL;
	size_t n_pieces;
	unsigned int best;
	int rc = 0;

	for (unsigned int along = 0; along < N_ARGS; along++)
		merge_along(boxes, along, word);
	best = find_best(boxes, word);
	n_pieces = boxes->n_items;
	pieces = calloc(n_pieces ? n_pieces : 1, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	for (size_t i = 0; i < n_pieces; i++)
		pieces[i].box = boxes->items[i];
	n_pieces = join_along(pieces, n_pieces, best, word);
	for (unsigned int along = 0; along < N_ARGS; along++)
		if (along != best)
			n_pieces = join_along(pieces, n_pieces, along, word);
	qsort(pieces, n_pieces, sizeof(*pieces), compare_places);
	for (size_t i = 0; rc == 0 && i < n_pieces; i++)
		rc = add(context, comparisons, say_piece(&pieces[i], word, comparisons));
	return rc;
}
