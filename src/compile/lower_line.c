/*
 * A token's numbers to tests. In: spans of the number line. Out: the node that answers for a number in hand.
 *
 * What a number weighs is what the kernel makes of it: when a filter is loaded it emulates the filter once for each
 * number of the native and the compat table (seccomp_cache_prepare() in kernel/seccomp.c), and from then on a plain
 * allow costs nothing. So each weighs the same, and an instruction as much as the load takes for it (tree.h).
 *
 * x32 mostly repeats x86_64, with bit 30 set. Where the policy has both, that bit is cut away and the x32 numbers are
 * led into x86_64's trees wherever the two agree; the test of it stands in the one leaf where x32 numbers arrive, so
 * that native calls do not pay for it. That leaf's own way from the root is no tree that could be led into: it would be
 * a loop.
 */
#include "compile/lower.h"

#include "abi/syscalls.h"

#include <linux/audit.h>

#define N_EMULATED 470 /* numbers that the kernel asks: about the length of its tables */
#define PRICE_OF_X32 (16 * CG_TREE_PRICE_OF_LOAD) /* nothing of x32 is emulated, and hardly any program is x32 */

static int copy_spans(struct cg_tree_line *line, const struct cg_span *spans, size_t n_spans)
{
	line->spans.n_items = line->trees.n_items = 0;
	for (size_t i = 0; i < n_spans; i++)
		if (cg_vec_push(&line->spans, spans[i]) < 0)
			return -ENOMEM;
	return 0;
}

static struct cg_tree_weights weigh(uint32_t token)
{
	const struct cg_arch *arch = cg_arch_of_token(token);
	uint32_t first = arch && arch->n_rows ? arch->rows[0].nr : 0;

	return (struct cg_tree_weights){ .first = first, .last = first + N_EMULATED - 1 };
}

/* x32's own weights, with bit 30 cut away. The last of all is the way there (plan_line), and no call's. */
static int cut_heavy(struct cg_lower_hot *cut, const struct cg_tree_weights *weights)
{
	for (size_t i = 0; i + 1 < weights->n_heavy; i++)
		if (cg_nr_is_x32(weights->heavy[i].value) &&
		    cg_vec_push(&cut->heavy, (struct cg_tree_heavy){ weights->heavy[i].value & ~CG_X32_BIT,
								     weights->heavy[i].weight }) < 0)
			return -ENOMEM;
	return 0;
}

/* The x32 numbers with bit 30 cut away, as a line of their own; what lies above them all goes on to the end. */
static int plan_x32(struct cg_lower *lower, const struct cg_span *spans, size_t n_spans,
		    const struct cg_tree_weights *native, uint32_t *ret_node)
{
	struct cg_lower_hot cut = { 0 };
	struct cg_tree_weights weights = { .first = 0, .last = N_EMULATED - 1 };
	struct cg_tree plan = { .word = CG_WORD_NR,
				.weights = &weights,
				.price = PRICE_OF_X32,
				.other = &lower->first_line,
				.is_rare = true };
	int r = cut_heavy(&cut, native);

	for (size_t i = 0; i < n_spans && r == 0; i++) {
		uint32_t first = spans[i].first > CG_X32_BIT ? spans[i].first - CG_X32_BIT : 0;

		r = cg_vec_push(&cut.spans, (struct cg_span){ first, spans[i].child });
	}
	weights.heavy = cut.heavy.items;
	weights.n_heavy = cut.heavy.n_items;
	plan.spans = cut.spans.items;
	plan.n_spans = cut.spans.n_items;
	if (r == 0)
		*ret_node = cg_dag_and(&lower->dag, CG_WORD_NR, ~CG_X32_BIT, cg_tree_make(&lower->x32_maker, &plan));
	cg_lower_hot_done(&cut);
	return r;
}

/* How many spans begin below x32's numbers, if those can be cut to their low bits at all; else 0. */
static size_t find_x32(const struct cg_span *spans, size_t n_spans)
{
	size_t n_native = 0;

	while (n_native < n_spans && spans[n_native].first < CG_X32_BIT)
		n_native++;
	/* Numbers with bit 31 keep it, and so must all have one answer: the last one. */
	return n_native < n_spans && spans[n_spans - 1].first < 2 * CG_X32_BIT ? n_native : 0;
}

static int plan_pair(struct cg_lower *lower, const struct cg_span *spans, size_t n_spans, size_t n_native,
		     struct cg_tree *plan, uint32_t *ret_node)
{
	struct cg_tree_line *line = &lower->first_line;
	size_t first_x32 = spans[n_native].first == CG_X32_BIT ? n_native : n_native - 1;
	int r = copy_spans(line, spans, n_native);

	if (r < 0 || cg_vec_push(&line->spans, (struct cg_span){ CG_X32_BIT, CG_DAG_NONE }) < 0)
		return -ENOMEM;
	plan->spans = line->spans.items;
	plan->n_spans = n_native + 1;

	/* First without knowing x32's node: all trees that do not lead there. */
	cg_tree_make(&lower->maker, plan);
	r = plan_x32(lower, spans + first_x32, n_spans - first_x32, plan->weights, &line->spans.items[n_native].child);
	if (r < 0 || lower->dag.error)
		return r < 0 ? r : lower->dag.error;
	line->trees.n_items = 0;
	*ret_node = cg_tree_make_again(&lower->maker, plan);
	return lower->dag.error;
}

static int plan_line(struct cg_lower *lower, uint32_t token, struct cg_lower_hot *hot, uint32_t *ret_node)
{
	struct cg_tree_weights weights = weigh(token);
	bool is_first = lower->first_line.spans.n_items == 0;
	const struct cg_span *spans = hot->spans.items;
	size_t n_spans = hot->spans.n_items;
	size_t n_native = token == AUDIT_ARCH_X86_64 && is_first ? find_x32(spans, n_spans) : 0;
	struct cg_tree plan = { .word = CG_WORD_NR,
				.spans = spans,
				.n_spans = n_spans,
				.weights = &weights,
				.price = CG_TREE_PRICE_OF_LOAD };

	/* Each test on the way to x32's numbers is made twice, the second time for their own way through. */
	if (n_native && cg_vec_push(&hot->heavy, (struct cg_tree_heavy){ CG_X32_BIT, CG_TREE_PRICE_OF_LOAD }) < 0)
		return -ENOMEM;
	weights.heavy = hot->heavy.items;
	weights.n_heavy = hot->heavy.n_items;
	if (is_first)
		plan.ret_line = &lower->first_line;
	else
		plan.other = &lower->first_line;
	if (n_native)
		return plan_pair(lower, spans, n_spans, n_native, &plan, ret_node);
	if (is_first && copy_spans(&lower->first_line, spans, n_spans) < 0)
		return -ENOMEM;
	*ret_node = cg_tree_make(&lower->maker, &plan);
	return lower->dag.error;
}

int cg_lower_line(struct cg_lower *lower, uint32_t token, const struct cg_span *spans, size_t n_spans,
		  uint32_t *ret_node)
{
	struct cg_lower_hot hot = { 0 };
	uint32_t node = CG_DAG_NONE;
	int r = cg_lower_find_hot(lower, token, spans, n_spans, &hot);

	if (r == 0)
		r = plan_line(lower, token, &hot, &node);
	if (r == 0)
		*ret_node = cg_lower_ask_hot(lower, &hot, node);
	cg_lower_hot_done(&hot);
	return r < 0 ? r : lower->dag.error;
}
