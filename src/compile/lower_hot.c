/*
 * Calls that are made often. In: how often each number of a token comes, as a recording tells, and the token's spans.
 * Out: what each number weighs beside its share of the load, and which few are asked for before the tree.
 *
 * A number that is plainly allowed costs nothing once the filter is loaded, since the kernel has it in its cache: what
 * it weighs is left out. x32's numbers are in no cache.
 */
#include "compile/lower.h"

#include <stdlib.h>

/* All weights of a policy together: as much as so many emulated steps, or some 290 instructions. */
#define WEIGHT_OF_CALLS 16384
#define N_EMULATED 470 /* numbers for which a step more is one more at load */

static bool is_cached(const struct cg_lower *lower, uint32_t nr, uint32_t node)
{
	const struct cg_dag_node *test = &lower->dag.nodes.items[node];

	return test->op == CG_DAG_RET && test->k == CG_ACTION_ALLOW && !cg_nr_is_x32(nr);
}

/* The span that holds a number. */
static size_t find_span(const struct cg_span *spans, size_t n_spans, uint32_t nr)
{
	size_t low = 0, high = n_spans;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (spans[middle].first <= nr)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int compare_values(const void *left, const void *right)
{
	const struct cg_tree_heavy *a = left, *b = right;

	return (a->value > b->value) - (a->value < b->value);
}

static double sum_weights(const struct cg_lower *lower)
{
	double sum = 0;

	for (size_t i = 0; i < lower->n_weights; i++)
		sum += (double)lower->weights[i].weight;
	return sum;
}

static int find_heavy(struct cg_lower *lower, uint32_t token, struct cg_lower_hot *hot)
{
	double sum = sum_weights(lower);

	for (size_t i = 0; i < lower->n_weights && sum > 0; i++) {
		const struct cg_compile_weight *weight = &lower->weights[i];
		struct cg_tree_heavy heavy = { weight->nr,
					       (uint64_t)((double)weight->weight / sum * WEIGHT_OF_CALLS) };
		size_t span = find_span(hot->spans.items, hot->spans.n_items, weight->nr);

		if (weight->arch->token != token || is_cached(lower, weight->nr, hot->spans.items[span].child))
			continue;
		if (cg_vec_push(&hot->heavy, heavy) < 0)
			return -ENOMEM;
	}
	if (hot->heavy.n_items)
		qsort(hot->heavy.items, hot->heavy.n_items, sizeof(*hot->heavy.items), compare_values);
	return 0;
}

/* Takes the span of one number out of the line where the same lies on both sides: it is asked for before. */
static void take_span(struct cg_lower_hot *hot, size_t i)
{
	struct cg_span *spans = hot->spans.items;
	size_t n = hot->spans.n_items;

	if (i == 0 || i + 1 >= n || spans[i - 1].child != spans[i + 1].child ||
	    spans[i].first + 1 != spans[i + 1].first)
		return;
	for (size_t j = i; j + 2 < n; j++)
		spans[j] = spans[j + 2];
	hot->spans.n_items = n - 2;
}

/* The heaviest number, if one step more for all others is less than it saves, which is three steps or more. */
static bool take_heaviest(struct cg_lower_hot *hot, uint64_t *rest)
{
	size_t heaviest = 0, span;
	struct cg_tree_heavy *heavy = hot->heavy.items;

	for (size_t i = 1; i < hot->heavy.n_items; i++)
		if (heavy[i].weight > heavy[heaviest].weight)
			heaviest = i;
	if (hot->heavy.n_items == 0 || 3 * heavy[heaviest].weight < *rest + CG_TREE_PRICE_OF_LOAD)
		return false;

	span = find_span(hot->spans.items, hot->spans.n_items, heavy[heaviest].value);
	hot->taken[hot->n_taken++] = (struct cg_span){ heavy[heaviest].value, hot->spans.items[span].child };
	*rest -= heavy[heaviest].weight;
	heavy[heaviest].weight = 0;
	take_span(hot, span);
	return true;
}

int cg_lower_find_hot(struct cg_lower *lower, uint32_t token, const struct cg_span *spans, size_t n_spans,
		      struct cg_lower_hot *hot)
{
	uint64_t rest = N_EMULATED;

	for (size_t i = 0; i < n_spans; i++)
		if (cg_vec_push(&hot->spans, spans[i]) < 0)
			return -ENOMEM;
	if (find_heavy(lower, token, hot) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < hot->heavy.n_items; i++)
		rest += hot->heavy.items[i].weight;
	while (hot->n_taken < CG_LOWER_N_TAKEN && take_heaviest(hot, &rest))
		;
	return 0;
}

uint32_t cg_lower_ask_hot(struct cg_lower *lower, const struct cg_lower_hot *hot, uint32_t node)
{
	for (size_t i = hot->n_taken; i-- > 0;)
		node = cg_dag_test(&lower->dag, CG_WORD_NR, CG_DAG_EQ, hot->taken[i].first, hot->taken[i].child, node);
	return node;
}

void cg_lower_hot_done(struct cg_lower_hot *hot)
{
	cg_vec_done(&hot->spans);
	cg_vec_done(&hot->heavy);
}
