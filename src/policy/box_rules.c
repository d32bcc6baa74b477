/*
 * Boxes as conditions of rules, as few as come easily.
 *
 * Exceptions cut an argument into pieces with a hole between them: all values but 5 and 9 are three ranges, and one
 * condition, a != 5 and a != 9. So pieces that agree in every other argument are put together along one argument:
 * first those that touch, along each argument in turn; then, along the one argument where that saves most, those with
 * a single value between them. Which conditions come out is a matter of taste; what they say together is not.
 */
#include "policy/box.h"

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

/* Some boxes of the sorted list that make one condition. */
struct chain {
	const struct cg_box *first;
	size_t n_boxes;
	uint64_t holes[HOLES_MAX];
	unsigned int n_holes;
};

static void swap_argument(struct cg_boxes *boxes, unsigned int along)
{
	for (size_t i = 0; i < boxes->n_items; i++) {
		struct cg_cell *cells = boxes->items[i].cells, kept = cells[along];

		cells[along] = cells[ALONG];
		cells[ALONG] = kept;
	}
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

/* The chain that begins at a box of the sorted list. */
static struct chain chain_at(const struct cg_boxes *boxes, size_t at, uint64_t word)
{
	struct chain chain = { .first = &boxes->items[at], .n_boxes = 1 };
	uint64_t hole;

	for (; at + chain.n_boxes < boxes->n_items && chain.n_holes < HOLES_MAX; chain.n_boxes++) {
		const struct cg_box *last = &boxes->items[at + chain.n_boxes - 1];

		if (gap_between(last, last + 1, word, &hole) != GAP_ONE)
			break;
		chain.holes[chain.n_holes++] = hole;
	}
	return chain;
}

static size_t count_chains(struct cg_boxes *boxes, unsigned int along, uint64_t word)
{
	size_t n_chains = 0;

	sort_along(boxes, along);
	for (size_t i = 0; i < boxes->n_items; n_chains++)
		i += chain_at(boxes, i, word).n_boxes;
	swap_argument(boxes, along);
	return n_chains;
}

/* The comparisons of a chain, in order of arguments. */
static unsigned int say_chain(const struct chain *chain, unsigned int along, uint64_t word,
			      struct cg_comparison *ret_comparisons)
{
	unsigned int n = 0;

	for (unsigned int arg = 0; arg < N_ARGS; arg++) {
		unsigned int at = arg == along ? ALONG : arg == ALONG ? along : arg;
		struct cg_cell cell = chain->first->cells[at];

		if (arg == along)
			cell.most = chain->first[chain->n_boxes - 1].cells[at].most;
		n += cg_cell_comparisons(&cell, arg, word, ret_comparisons + n);
		for (unsigned int i = 0; arg == along && i < chain->n_holes; i++)
			ret_comparisons[n++] = (struct cg_comparison){ arg, CG_OP_NE, chain->holes[i], UINT64_MAX };
	}
	return n;
}

int cg_boxes_to_rules(struct cg_boxes *boxes, uint64_t word,
		      int (*add)(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons),
		      void *context)
{
	struct cg_comparison comparisons[CG_POLICY_COMPARISONS_LIMIT];
	size_t n_least = SIZE_MAX;
	unsigned int best = 0;
	int rc = 0;

	for (unsigned int along = 0; along < N_ARGS; along++)
		merge_along(boxes, along, word);
	for (unsigned int along = 0; along < N_ARGS; along++) {
		size_t n_chains = count_chains(boxes, along, word);

		if (n_chains < n_least) {
			n_least = n_chains;
			best = along;
		}
	}
	sort_along(boxes, best);
	for (size_t i = 0; rc == 0 && i < boxes->n_items;) {
		struct chain chain = chain_at(boxes, i, word);

		rc = add(context, comparisons, say_chain(&chain, best, word, comparisons));
		i += chain.n_boxes;
	}
	swap_argument(boxes, best);
	return rc;
}
