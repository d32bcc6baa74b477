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

/* The x32 numbers with bit 30 cut away, as a line of their own; what lies above them all goes on to the end. */
static int plan_x32(struct cg_lower *lower, const struct cg_span *spans, size_t n_spans, uint32_t *ret_node)
{
	CG_VEC(struct cg_span) cut = { 0 };
	struct cg_tree_weights weights = { .first = 0, .last = N_EMULATED - 1 };
	int r = 0;

	for (size_t i = 0; i < n_spans && r == 0; i++) {
		uint32_t first = spans[i].first > CG_X32_BIT ? spans[i].first - CG_X32_BIT : 0;

		r = cg_vec_push(&cut, (struct cg_span){ first, spans[i].child });
	}
	if (r == 0)
		*ret_node = cg_dag_and(&lower->dag, CG_WORD_NR, ~CG_X32_BIT,
				       cg_tree_make(&lower->maker, &(struct cg_tree){ .word = CG_WORD_NR,
											.spans = cut.items,
											.n_spans = cut.n_items,
											.weights = &weights,
											.price = PRICE_OF_X32,
											.other = &lower->first_line }));
	cg_vec_done(&cut);
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
	r = plan_x32(lower, spans + first_x32, n_spans - first_x32, &line->spans.items[n_native].child);
	if (r < 0 || lower->dag.error)
		return r < 0 ? r : lower->dag.error;
	line->trees.n_items = 0;
	*ret_node = cg_tree_make(&lower->maker, plan);
	return lower->dag.error;
}

int cg_lower_line(struct cg_lower *lower, uint32_t token, const struct cg_span *spans, size_t n_spans,
		  uint32_t *ret_node)
{
	struct cg_tree_weights weights = weigh(token);
	struct cg_tree plan = { .word = CG_WORD_NR,
				.spans = spans,
				.n_spans = n_spans,
				.weights = &weights,
				.price = CG_TREE_PRICE_OF_LOAD };
	/* Each test on the way there is made twice, the second time for x32's own way through. */
	struct cg_tree_heavy way_to_x32 = { CG_X32_BIT, CG_TREE_PRICE_OF_LOAD };
	bool is_first = lower->first_line.spans.n_items == 0;
	size_t n_native = token == AUDIT_ARCH_X86_64 && is_first ? find_x32(spans, n_spans) : 0;

	if (is_first)
		plan.ret_line = &lower->first_line;
	else
		plan.other = &lower->first_line;
	if (n_native) {
		weights.heavy = &way_to_x32;
		weights.n_heavy = 1;
	}
	if (n_native)
		return plan_pair(lower, spans, n_spans, n_native, &plan, ret_node);
	if (is_first && copy_spans(&lower->first_line, spans, n_spans) < 0)
		return -ENOMEM;
	*ret_node = cg_tree_make(&lower->maker, &plan);
	return lower->dag.error;
}
