/*
 * Planning by intervals. In: spans. Out: the cheapest tests that tree_form.c knows and that cuts put together.
 *
 * Every range of neighbouring spans is a problem of its own, and its best cut is looked for among all: n spans cost
 * n^3 / 6 additions, which for the few hundred spans of a number line take less than what comes before and after. (A
 * window around the cuts of the next smaller ranges, as is right for plain search trees, loses one test in ten here.)
 * Long lines are halved until they are short enough.
 */
#include "compile/tree.h"

#include "compile/tree_form.h"

#define WHOLE_LIMIT 256       /* spans planned as one */
#define PIECE_LIMIT 32        /* spans of each piece of a longer line */
#define SMALL_PIECE_LIMIT 256 /* the same where the filter must become small: one cut for so many */
#define SMALL_ABOVE 6000      /* spans: with more, no filter holds what is made for speed as well */
#define LONGEST_CHAIN 12      /* JEQs in a row, where it need not */
#define SMALL_PRICE 4096      /* times as dear as otherwise is a test then */

/* Four costs at once, wherever they lie: a vector as GCC and clang have it on every processor in question. */
typedef float lanes __attribute__((vector_size(16), aligned(4), may_alias));

static inline lanes add_costs(const float *low, const float *high)
{
	return *(const lanes *)low + *(const lanes *)high;
}

/* Written lane by lane, this is one instruction to both compilers. */
static inline lanes lesser(lanes a, lanes b)
{
	lanes least;

	for (int i = 0; i < 4; i++)
		least[i] = a[i] < b[i] ? a[i] : b[i];
	return least;
}

/*
 * The least that the two sides of any cut cost together, by two fours at a time, which do not wait for each other. The
 * last step may read past the rows' ends, where costs are CG_TREE_COST_MAX on the side of `high`.
 * Never inlined: among other code GCC takes the lanes apart again, and that is twice as slow.
 */
static __attribute__((noinline)) float cost_of_cuts(const float *low, const float *high, size_t n)
{
	lanes least = { CG_TREE_COST_MAX, CG_TREE_COST_MAX, CG_TREE_COST_MAX, CG_TREE_COST_MAX }, other = least;
	float two[2];

	for (size_t k = 0; k < n; k += CG_TREE_STRIDE) {
		least = lesser(add_costs(low + k, high + k), least);
		other = lesser(add_costs(low + k + 4, high + k + 4), other);
	}
	least = lesser(least, other);
	two[0] = least[0] < least[1] ? least[0] : least[1];
	two[1] = least[2] < least[3] ? least[2] : least[3];
	return two[0] < two[1] ? two[0] : two[1];
}

static const float *row_of_end(const struct cg_tree_piece *piece, size_t j)
{
	return piece->by_end + j * cg_tree_row(piece);
}

size_t cg_tree_find_cut(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	const float *low = cg_tree_cost(piece, i, 0), *high = row_of_end(piece, j);
	size_t cut = i + 1;

	for (size_t k = i + 1; k < j; k++)
		if (low[k] + high[k] < low[cut] + high[cut])
			cut = k;
	return cut;
}

static void offer_cuts(const struct cg_tree_piece *piece, size_t i, size_t j)
{
	float *cost = cg_tree_cost(piece, i, j), test = cg_tree_float(cg_tree_test_cost(piece, i, j)), sum;

	/* No cut is cheaper than one test that settles all. */
	if (*cost <= test)
		return;
	sum = test + cost_of_cuts(cg_tree_cost(piece, i, i + 1), row_of_end(piece, j) + i + 1, j - i - 1);
	if (sum >= *cost)
		return;
	*cost = sum;
	cg_tree_cell(piece, i, j)->how = CG_TREE_CUT;
}

/*
 * What all ranges of more than one value lead to, if the rest can be taken out value by value. Where size is all that
 * counts, hardly anything is smaller than that, and nothing is found sooner.
 */
static bool find_background(const struct cg_tree_piece *piece, uint32_t *ret_child)
{
	uint32_t background = CG_DAG_NONE;
	size_t n_others = 0;

	for (size_t i = 0; i < piece->n_spans && background == CG_DAG_NONE; i++)
		if (!cg_tree_is_single(piece, i))
			background = piece->spans[i].child;
	for (size_t i = 0; i < piece->n_spans; i++) {
		if (piece->spans[i].child == background)
			continue;
		if (!cg_tree_is_single(piece, i) || n_others++ == CG_TREE_CHAIN_LIMIT)
			return false;
	}
	*ret_child = background;
	return background != CG_DAG_NONE && background != CG_TREE_AGREES;
}

/* The cells of the piece, in the maker's memory. */
static int find_room(struct cg_tree_piece *piece)
{
	size_t n = piece->n_spans;

	if (cg_vec_reserve(&piece->maker->cells, n * (n + 1) / 2) < 0 ||
	    cg_vec_reserve(&piece->maker->costs, 2 * (n + 1) * cg_tree_row(piece)) < 0) {
		piece->maker->dag->error = -ENOMEM;
		return -ENOMEM;
	}
	piece->cells = piece->maker->cells.items;
	piece->by_begin = piece->maker->costs.items;
	piece->by_end = piece->by_begin + (n + 1) * cg_tree_row(piece);
	return 0;
}

/* What cost_of_cuts() may read behind the costs of a range is no bargain. */
static void close_rows(const struct cg_tree_piece *piece)
{
	for (size_t i = 0; i <= piece->n_spans; i++) {
		for (size_t k = 0; k < CG_TREE_STRIDE; k++)
			piece->by_end[i * cg_tree_row(piece) + i + k] = CG_TREE_COST_MAX;
		for (size_t k = piece->n_spans + 1; k < cg_tree_row(piece); k++)
			*cg_tree_cost(piece, i, k) = CG_TREE_COST_MAX;
	}
}

static uint32_t plan_piece(struct cg_tree_piece *piece)
{
	size_t n = piece->n_spans;
	uint32_t background;

	if (n == 1)
		return piece->spans[0].child;
	if (piece->is_small && n >= SMALL_PIECE_LIMIT / 2 && find_background(piece, &background))
		return cg_tree_build_chain(piece, background);
	if (find_room(piece) < 0)
		return CG_DAG_NONE;
	close_rows(piece);
	for (size_t i = n; i-- > 0;) {
		cg_tree_forms(piece, i);
		for (size_t j = i + 1; j <= n; j++) {
			if (j > i + 1)
				offer_cuts(piece, i, j);
			if (j > i + 2 && piece->spans[i].child == piece->spans[j - 1].child &&
			    piece->spans[i].child != CG_TREE_AGREES)
				cg_tree_inside(piece, i, j);
			piece->by_end[j * cg_tree_row(piece) + i] = *cg_tree_cost(piece, i, j);
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
	if (piece->n_spans <= (piece->is_small ? SMALL_PIECE_LIMIT : PIECE_LIMIT))
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

/*
 * Where both lines agree by accident, within one span of each, there is nothing to be led into: the cut there is
 * undone.
 * Worth keeping is a stretch in which both change to the same.
 */
static size_t drop_strangers(struct cg_span *spans, uint32_t *twins, size_t n_spans)
{
	size_t n_kept = 0;

	for (size_t begin = 0, end; begin < n_spans; begin = end) {
		bool is_worth = false, agrees = spans[begin].child == twins[begin];

		for (end = begin + 1; end < n_spans && (spans[end].child == twins[end]) == agrees; end++)
			is_worth |= agrees && spans[end].child != spans[end - 1].child;
		for (size_t i = begin; i < end; i++) {
			uint32_t twin = is_worth ? twins[i] : CG_DAG_NONE;

			if (n_kept && spans[n_kept - 1].child == spans[i].child && twins[n_kept - 1] == CG_DAG_NONE &&
			    twin == CG_DAG_NONE)
				continue;
			spans[n_kept] = spans[i];
			twins[n_kept++] = twin;
		}
	}
	return n_kept;
}

/*
 * Each stretch in which both lines agree becomes one span, or several where no one tree has it all: a plan without them
 * has far fewer ranges to look at, and would hardly cut there.
 */
static size_t join_agreeing(const struct cg_tree_line *other, struct cg_span *spans, uint32_t *twins, size_t n_spans)
{
	size_t n_kept = 0;

	for (size_t begin = 0, end; begin < n_spans; begin = end) {
		for (end = begin + 1; end < n_spans && spans[begin].child == twins[begin]; end++) {
			uint32_t last = end + 1 < n_spans ? spans[end + 1].first - 1 : UINT32_MAX;

			if (spans[end].child != twins[end] || cg_tree_find(other, spans[begin].first, last) == SIZE_MAX)
				break;
		}
		spans[n_kept] = spans[begin];
		twins[n_kept] = twins[begin];
		if (end > begin + 1)
			spans[n_kept].child = twins[n_kept] = CG_TREE_AGREES;
		n_kept++;
	}
	return n_kept;
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
	n = drop_strangers(maker->spans.items, maker->twins.items, n);
	if (piece->plan->is_rare)
		n = join_agreeing(piece->plan->other, maker->spans.items, maker->twins.items, n);
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

static bool is_whole(const struct cg_tree_piece *piece)
{
	size_t n = piece->n_spans;
	size_t n_additions = n <= WHOLE_LIMIT ? n * n * n / 6 : SIZE_MAX;

	if (n_additions > CG_TREE_ADDITIONS_LIMIT - piece->maker->n_additions)
		return false;
	piece->maker->n_additions += n_additions;
	return true;
}

static struct cg_tree_piece begin_piece(struct cg_tree_maker *maker, const struct cg_tree *plan)
{
	bool is_small = maker->is_small || plan->n_spans > SMALL_ABOVE;

	return (struct cg_tree_piece){
		.maker = maker,
		.plan = plan,
		.spans = plan->spans,
		.n_spans = plan->n_spans,
		.last = UINT32_MAX,
		.is_small = is_small,
		.price = plan->price * (is_small ? SMALL_PRICE : 1),
		.longest_chain = is_small ? CG_TREE_CHAIN_LIMIT : LONGEST_CHAIN,
	};
}

uint32_t cg_tree_make(struct cg_tree_maker *maker, const struct cg_tree *plan)
{
	struct cg_tree_piece piece = begin_piece(maker, plan);
	uint32_t node;

	maker->n_planned = 0;
	if (maker->dag->error)
		return CG_DAG_NONE;
	if (plan->n_spans > CG_TREE_SPANS_LIMIT) {
		maker->dag->error = -E2BIG;
		return CG_DAG_NONE;
	}
	if (!plan->other && !plan->ret_line && plan_short(maker, plan, &node))
		return node;
	if ((plan->other && find_twins(&piece) < 0) || find_sums(&piece) < 0) {
		maker->dag->error = -ENOMEM;
		return CG_DAG_NONE;
	}
	if (!is_whole(&piece))
		return plan_long(&piece);
	node = plan_piece(&piece);
	if (piece.cells)
		maker->n_planned = plan->n_spans;
	return node;
}

static bool is_news(const struct cg_tree *plan)
{
	for (size_t i = 0; i + 1 < plan->n_spans; i++)
		if (plan->spans[i].child == plan->spans[plan->n_spans - 1].child)
			return false;
	return true;
}

uint32_t cg_tree_make_again(struct cg_tree_maker *maker, const struct cg_tree *plan)
{
	struct cg_tree_piece piece = begin_piece(maker, plan);

	if (maker->dag->error)
		return CG_DAG_NONE;
	if (maker->n_planned != plan->n_spans || plan->other || !is_news(plan) || find_room(&piece) < 0)
		return cg_tree_make(maker, plan);
	piece.sums = maker->sums.items;
	for (size_t i = 0; i < plan->n_spans; i++) {
		struct cg_tree_cell *cell = cg_tree_cell(&piece, i, plan->n_spans);

		if ((cell->how == CG_TREE_CHAIN || cell->how == CG_TREE_LEAF) && cell->datum == CG_DAG_NONE)
			cell->datum = plan->spans[plan->n_spans - 1].child;
	}
	return cg_tree_build(&piece);
}

void cg_tree_maker_done(struct cg_tree_maker *maker)
{
	cg_vec_done(&maker->cells);
	cg_vec_done(&maker->costs);
	cg_vec_done(&maker->sums);
	cg_vec_done(&maker->spans);
	cg_vec_done(&maker->twins);
}
