/*
 * Forms of tests that are more than a cut. In: a piece and a row of its cells: all ranges of spans that begin with one
 * span. Out: the cheapest form of each.
 *
 * Each form walks the row once, from short to long, and stops where a longer range cannot take the form any more.
 */
#include "compile/tree_form.h"

#include <string.h>

static void offer(const struct cg_tree_piece *piece, size_t i, size_t j, uint64_t cost, struct cg_tree_cell cell)
{
	float *least = cg_tree_cost(piece, i, j);

	if (cg_tree_float(cost) >= *least)
		return;
	*least = cg_tree_float(cost);
	*cg_tree_cell(piece, i, j) = cell;
}

/* ---- values taken out one by one */

/* Weights of the values taken out, heaviest first; what the rest weighs; and the steps of all of them. */
struct chain {
	uint64_t weights[CG_TREE_CHAIN_LIMIT];
	size_t n_values;
	uint64_t rest;
	uint64_t steps;
};

static bool take_out(struct chain *chain, uint64_t weight, size_t limit)
{
	size_t at = chain->n_values;

	if (at == limit)
		return false;
	for (; at > 0 && chain->weights[at - 1] < weight; at--) {
		chain->weights[at] = chain->weights[at - 1];
		chain->steps += chain->weights[at];
	}
	chain->weights[at] = weight;
	chain->steps += (at + 1) * weight + chain->rest;
	chain->n_values++;
	return true;
}

static void leave(struct chain *chain, uint64_t weight)
{
	chain->rest += weight;
	chain->steps += chain->n_values * weight;
}

static uint64_t chain_cost(const struct chain *chain, uint64_t price)
{
	return chain->n_values * price + chain->steps;
}

static void offer_chains(const struct cg_tree_piece *piece, size_t i, uint32_t background)
{
	struct chain chain = { .n_values = 0 };

	for (size_t j = i + 1; j <= piece->n_spans; j++) {
		uint64_t weight = cg_tree_weight(piece, j - 1, j);

		if (piece->spans[j - 1].child == background)
			leave(&chain, weight);
		else if (!cg_tree_is_single(piece, j - 1) || !take_out(&chain, weight, piece->longest_chain))
			return;
		offer(piece, i, j, chain_cost(&chain, piece->price),
		      (struct cg_tree_cell){ background, chain.n_values ? CG_TREE_CHAIN : CG_TREE_LEAF });
	}
}

size_t cg_tree_find(const struct cg_tree_line *other, uint32_t first, uint32_t last)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < other->trees.n_items; i++) {
		const struct cg_tree_made *tree = &other->trees.items[i];

		if (tree->first <= first && tree->last >= last &&
		    (found == SIZE_MAX || tree->last - tree->first <
						  other->trees.items[found].last - other->trees.items[found].first))
			found = i;
	}
	return found;
}

static void offer_other(const struct cg_tree_piece *piece, size_t i)
{
	const struct cg_tree_line *other = piece->plan->other;
	struct chain chain = { .n_values = 0 };
	size_t found = SIZE_MAX;

	for (size_t j = i + 1; j <= piece->n_spans; j++) {
		uint64_t weight = cg_tree_weight(piece, j - 1, j);
		uint32_t last = cg_tree_last(piece, j);

		if (piece->spans[j - 1].child == piece->twins[j - 1])
			leave(&chain, weight);
		else if (!cg_tree_is_single(piece, j - 1) || !take_out(&chain, weight, piece->longest_chain))
			return;
		if (found == SIZE_MAX || other->trees.items[found].last < last)
			found = cg_tree_find(other, piece->spans[i].first, last);
		if (found == SIZE_MAX)
			return;
		offer(piece, i, j,
		      chain_cost(&chain, piece->price) + 1 + chain.rest * other->trees.items[found].steps / 16,
		      (struct cg_tree_cell){ (uint32_t)found, CG_TREE_OTHER });
	}
}

/* ---- bits */

/* All bits that are set in any value from first to last. */
static uint32_t bits_of(uint32_t first, uint32_t last)
{
	uint32_t differing = first ^ last;

	for (unsigned int i = 1; i < 32; i *= 2)
		differing |= differing >> i;
	return last | differing;
}

/* Is there a value from first to last with none of the mask's bits? */
static bool has_clear(uint32_t first, uint32_t last, uint32_t mask)
{
	uint32_t highest, room;

	if ((first & mask) == 0)
		return true;
	highest = 1U << (31 - __builtin_clz(first & mask));
	/* The next such value sets a bit above, which the mask leaves free, and clears all below it. */
	room = ~first & ~mask & ~(highest | (highest - 1));
	if (room == 0)
		return false;
	room &= 0U - room;
	return ((first & ~(room | (room - 1))) | room) <= last;
}

static bool is_told_apart(const struct cg_tree_piece *piece, size_t i, size_t j, uint32_t child, uint32_t mask)
{
	for (; i < j; i++)
		if (piece->spans[i].child == child &&
		    has_clear(piece->spans[i].first, cg_tree_last(piece, i + 1), mask))
			return false;
	return true;
}

/* Two children only: the bits that no value of the one has, and every value of the other has one of. */
static void offer_bits(const struct cg_tree_piece *piece, size_t i)
{
	const struct cg_span *spans = piece->spans;
	uint32_t children[2] = { spans[i].child, spans[i].child }, bits[2] = { 0, 0 };
	bool is_over[2] = { false, false };

	for (size_t j = i + 1; j <= piece->n_spans; j++) {
		size_t which = spans[j - 1].child != children[0];

		if (which && children[1] == children[0])
			children[1] = spans[j - 1].child;
		if (spans[j - 1].child != children[which] || spans[j - 1].child == CG_TREE_AGREES)
			return;
		bits[which] |= bits_of(spans[j - 1].first, cg_tree_last(piece, j));
		if (children[1] == children[0])
			continue;
		for (size_t set = 0; set < 2; set++) {
			is_over[set] = is_over[set] || !is_told_apart(piece, i, j, children[set], ~bits[!set]);
			if (!is_over[set])
				offer(piece, i, j, cg_tree_test_cost(piece, i, j),
				      (struct cg_tree_cell){ ~bits[!set], CG_TREE_BITS });
		}
		if (is_over[0] && is_over[1])
			return;
	}
}

void cg_tree_inside(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	const struct cg_span *spans = piece->spans;
	uint32_t begin, end, last, masks[2];
	float cost;

	cost = cg_tree_float(cg_tree_test_cost(piece, i, j)) + *cg_tree_cost(piece, i + 1, j - 1);
	if (cost >= *cg_tree_cost(piece, i, j))
		return;

	begin = spans[i + 1].first;
	end = spans[j - 1].first - 1;
	last = cg_tree_last(piece, j);
	masks[0] = ~(bits_of(spans[i].first, begin - 1) | bits_of(end + 1, last));
	masks[1] = ~bits_of(begin, end);
	if (!has_clear(begin, end, masks[0]))
		masks[1] = masks[0];
	else if (has_clear(spans[i].first, begin - 1, masks[1]) || has_clear(end + 1, last, masks[1]))
		return;
	*cg_tree_cost(piece, i, j) = cost;
	*cg_tree_cell(piece, i, j) = (struct cg_tree_cell){ masks[1], CG_TREE_INSIDE };
}

/* ---- all of them */

void cg_tree_forms(const struct cg_tree_piece *piece, size_t i)
{
	uint32_t tried[3];
	size_t n_tried = 0;

	for (size_t j = i + 1; j <= piece->n_spans; j++) {
		*cg_tree_cost(piece, i, j) = CG_TREE_COST_MAX;
		*cg_tree_cell(piece, i, j) = (struct cg_tree_cell){ 0, CG_TREE_CUT };
	}

	/* Chains around what the first spans lead to: one of them is what most lead to, or there is no short chain. */
	for (size_t j = i; j < piece->n_spans && j < i + 3; j++) {
		uint32_t child = piece->spans[j].child;
		bool is_new = child != CG_TREE_AGREES;

		for (size_t n = 0; n < n_tried; n++)
			is_new &= tried[n] != child;
		if (is_new) {
			tried[n_tried++] = child;
			offer_chains(piece, i, child);
		}
	}
	offer_bits(piece, i);
	if (piece->twins)
		offer_other(piece, i);
}
