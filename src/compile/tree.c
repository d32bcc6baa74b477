/*
 * Planning by intervals. In: spans. Out: the cheapest tests that tree_form.c knows and that cuts put together.
 *
 * Every range of neighbouring spans is a problem of its own; its best cut lies between those of the two ranges that are
 * one span shorter (Knuth's observation on search trees). With the other forms beside cuts that is no theorem any more,
 * and a little more is looked at; whatever is chosen is right, only perhaps not the cheapest. So n spans cost about
 * n^2. Long lines are halved until they are short enough.
 */
#include "compile/tree.h"

#include "compile/tree_form.h"

#define WHOLE_LIMIT 256 /* spans planned as one */
#define PIECE_LIMIT 64  /* spans of each piece of a longer line */
#define LOOK_ASIDE 3    /* cuts beyond those that Knuth's observation leaves */

static void offer_cuts(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	struct cg_tree_cell *cell = cg_tree_cell(piece, i, j);
	uint64_t least = UINT64_MAX;
	size_t first = i + 1, last = j - 1, cut = i + 1;

	if (j - i > 2) {
		first = cg_tree_cell(piece, i, j - 1)->cut;
		last = cg_tree_cell(piece, i + 1, j)->cut;
		first = first > i + 1 + LOOK_ASIDE ? first - LOOK_ASIDE : i + 1;
		last = last + LOOK_ASIDE < j - 1 ? last + LOOK_ASIDE : j - 1;
	}
	for (size_t k = first; k <= last; k++) {
		uint64_t cost = cg_tree_cell(piece, i, k)->cost + cg_tree_cell(piece, k, j)->cost;

		if (cost < least) {
			least = cost;
			cut = k;
		}
	}
	cell->cut = (uint16_t)cut;
	least += piece->plan->price + cg_tree_weight(piece, i, j);
	if (least < cell->cost) {
		cell->cost = least;
		cell->how = CG_TREE_CUT;
		cell->size = 0xfff & (1U + cg_tree_cell(piece, i, cut)->size + cg_tree_cell(piece, cut, j)->size);
	}
}

static uint32_t plan_piece(struct cg_tree_piece *piece)
{
	size_t n = piece->n_spans;

	if (n == 1)
		return piece->spans[0].child;
	if (cg_vec_reserve(&piece->maker->cells, n * (n + 1) / 2) < 0) {
		piece->maker->dag->error = -ENOMEM;
		return CG_DAG_NONE;
	}
	piece->cells = piece->maker->cells.items;
	for (size_t i = n; i-- > 0;) {
		cg_tree_forms(piece, i);
		cg_tree_cell(piece, i, i + 1)->cut = (uint16_t)(i + 1);
		for (size_t j = i + 2; j <= n; j++) {
			cg_tree_inside(piece, i, j);
			offer_cuts(piece, i, j);
		}
	}
	return cg_tree_build(piece);
}

/* Cut behind a single value, the range around it is torn: the JEQ that would have taken both ends takes only one. */
static bool is_torn(const struct cg_tree_piece *piece, size_t cut)
{
	return cut >= 2 && cg_tree_is_single(piece, cut - 1) &&
	       piece->spans[cut - 2].child == piece->spans[cut].child;
}

static uint32_t plan_long(struct cg_tree_piece *piece)
{
	struct cg_tree_piece low = *piece, high = *piece;
	size_t cut = piece->n_spans / 2;
	uint32_t on_low, on_high;

	if (piece->maker->dag->error)
		return CG_DAG_NONE;
	if (piece->n_spans <= PIECE_LIMIT)
		return plan_piece(piece);
	if (is_torn(piece, cut) && !is_torn(piece, cut - 1))
		cut--;
	low.n_spans = cut;
	low.last = piece->spans[cut].first - 1;
	high.spans += cut;
	high.twins += piece->twins ? cut : 0;
	high.sums += cut;
	high.n_spans -= cut;
	on_high = plan_long(&high);
	on_low = plan_long(&low);
	return cg_dag_test(piece->maker->dag, piece->plan->word, CG_DAG_GE, piece->spans[cut].first, on_high, on_low);
}

/* ---- what a plan needs beside its spans */

static uint64_t weigh(const struct cg_tree_weights *weights, uint32_t first, uint32_t last)
{
	uint32_t low = first > weights->first ? first : weights->first;
	uint32_t high = last < weights->last ? last : weights->last;
	uint64_t weight = low <= high ? (uint64_t)high - low + 1 : 0;

	for (size_t i = 0; i < weights->n_heavy && weights->heavy[i].value <= last; i++)
		if (weights->heavy[i].value >= first)
			weight += weights->heavy[i].weight;
	return weight;
}

static int find_sums(struct cg_tree_piece *piece)
{
	const struct cg_tree_weights *weights = piece->plan->weights;
	struct cg_tree_maker *maker = piece->maker;
	uint64_t sum = 0;

	if (cg_vec_reserve(&maker->sums, piece->n_spans + 1) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < piece->n_spans; i++) {
		maker->sums.items[i] = sum;
		sum += weights ? weigh(weights, piece->spans[i].first, cg_tree_last(piece, i + 1)) : 1;
	}
	maker->sums.items[piece->n_spans] = sum;
	piece->sums = maker->sums.items;
	return 0;
}

/* Where another line may be led into, spans are cut at its borders too, so that each agrees as a whole or not. */
static int find_twins(struct cg_tree_piece *piece)
{
	const struct cg_span *own = piece->spans, *other = piece->plan->other->spans.items;
	size_t n_own = piece->n_spans, n_other = piece->plan->other->spans.n_items;
	struct cg_tree_maker *maker = piece->maker;
	size_t i = 0, j = 0, n = 0;

	if (cg_vec_reserve(&maker->spans, n_own + n_other) < 0 || cg_vec_reserve(&maker->twins, n_own + n_other) < 0)
		return -ENOMEM;
	for (uint32_t first = 0;;) {
		uint64_t next_own = i + 1 < n_own ? own[i + 1].first : UINT64_MAX;
		uint64_t next_other = j + 1 < n_other ? other[j + 1].first : UINT64_MAX;
		uint64_t next = next_own < next_other ? next_own : next_other;

		maker->spans.items[n] = (struct cg_span){ first, own[i].child };
		maker->twins.items[n++] = other[j].child;
		if (next == UINT64_MAX)
			break;
		i += next == next_own;
		j += next == next_other;
		first = (uint32_t)next;
	}
	piece->spans = maker->spans.items;
	piece->twins = maker->twins.items;
	piece->n_spans = n;
	return 0;
}

/* The shortest ways, for the many ranges that are so small. */
static bool plan_short(struct cg_tree_maker *maker, const struct cg_tree *plan, uint32_t *ret_node)
{
	const struct cg_span *spans = plan->spans;

	if (plan->n_spans == 1)
		*ret_node = spans[0].child;
	else if (plan->n_spans == 2 && spans[1].first == 1)
		*ret_node = cg_dag_test(maker->dag, plan->word, CG_DAG_EQ, 0, spans[0].child, spans[1].child);
	else if (plan->n_spans == 2)
		*ret_node = cg_dag_test(maker->dag, plan->word, CG_DAG_GE, spans[1].first, spans[1].child,
					spans[0].child);
	else if (plan->n_spans == 3 && spans[0].child == spans[2].child && spans[1].first + 1 == spans[2].first)
		*ret_node = cg_dag_test(maker->dag, plan->word, CG_DAG_EQ, spans[1].first, spans[1].child,
					spans[0].child);
	else
		return false;
	return true;
}

uint32_t cg_tree_make(struct cg_tree_maker *maker, const struct cg_tree *plan)
{
	struct cg_tree_piece piece = {
		.maker = maker, .plan = plan, .spans = plan->spans, .n_spans = plan->n_spans, .last = UINT32_MAX
	};
	uint32_t node;

	if (maker->dag->error)
		return CG_DAG_NONE;
	if (!plan->other && !plan->ret_line && plan_short(maker, plan, &node))
		return node;
	if ((plan->other && find_twins(&piece) < 0) || find_sums(&piece) < 0) {
		maker->dag->error = -ENOMEM;
		return CG_DAG_NONE;
	}
	return piece.n_spans <= WHOLE_LIMIT ? plan_piece(&piece) : plan_long(&piece);
}

void cg_tree_maker_done(struct cg_tree_maker *maker)
{
	cg_vec_done(&maker->cells);
	cg_vec_done(&maker->sums);
	cg_vec_done(&maker->spans);
	cg_vec_done(&maker->twins);
}
