/*
 * Merging diagrams. In: two of them. Out: the first of them to have an answer, or the second under the first's
 * condition: one recursive walk over both at once, remembered node by node, as with binary decision diagrams.
 */
#include "compile/diagram.h"

#define FIRST_MEMO_SIZE 1024

static uint32_t fail(struct cg_diagram *diagram, int error)
{
	diagram->error = error;
	return CG_DIAGRAM_NONE;
}

static uint32_t apply(struct cg_diagram *diagram, bool is_and, uint32_t a, uint32_t b);

static const struct cg_diagram_node *node_of(const struct cg_diagram *diagram, uint32_t id)
{
	return &diagram->nodes.items[id];
}

static uint32_t child_of(const struct cg_diagram *diagram, uint32_t id, size_t i)
{
	return diagram->spans.items[node_of(diagram, id)->first_span + i].child;
}

/* Where in the order of questions a node stands; ends come last. */
static int compare_places(const struct cg_diagram_node *a, const struct cg_diagram_node *b)
{
	if (a->kind == CG_DIAGRAM_END || b->kind == CG_DIAGRAM_END)
		return (a->kind == CG_DIAGRAM_END) - (b->kind == CG_DIAGRAM_END);
	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->mask != b->mask)
		return a->mask < b->mask ? -1 : 1;
	return a->datum == b->datum ? 0 : a->datum < b->datum ? -1 : 1;
}

/* Below a range of one value, masks on the same word have nothing left to ask. */
static uint32_t settle_masks(const struct cg_diagram *diagram, uint32_t id, unsigned int word, uint32_t value)
{
	for (;;) {
		const struct cg_diagram_node *node = node_of(diagram, id);

		if (node->kind != CG_DIAGRAM_MASK || node->word != word)
			return id;
		id = child_of(diagram, id, (value & node->mask) == node->datum);
	}
}

/* One side of a merge of RANGES: a node with its spans, or one that does not ask this word and stays as it is. */
struct side {
	uint32_t id;
	bool is_split;
	size_t i; /* the span that we are in */
};

static uint32_t side_child(const struct cg_diagram *diagram, const struct side *side)
{
	return side->is_split ? child_of(diagram, side->id, side->i) : side->id;
}

/* Where the side's next span begins, or 2^32. */
static uint64_t side_next(const struct cg_diagram *diagram, const struct side *side)
{
	const struct cg_diagram_node *node = node_of(diagram, side->id);

	if (!side->is_split || side->i + 1 == node->n_spans)
		return (uint64_t)UINT32_MAX + 1;
	return diagram->spans.items[node->first_span + side->i + 1].first;
}

static uint32_t apply_ranges(struct cg_diagram *diagram, bool is_and, struct side a, struct side b, unsigned int word)
{
	size_t start = diagram->scratch.n_items;
	uint64_t first = 0, next;

	for (; first <= UINT32_MAX && !diagram->error; first = next) {
		uint64_t next_a = side_next(diagram, &a), next_b = side_next(diagram, &b);
		uint32_t child_a = side_child(diagram, &a), child_b = side_child(diagram, &b);

		next = next_a < next_b ? next_a : next_b;
		if (next == first + 1) {
			child_a = settle_masks(diagram, child_a, word, (uint32_t)first);
			child_b = settle_masks(diagram, child_b, word, (uint32_t)first);
		}
		cg_diagram_push_span(diagram, start, (uint32_t)first, apply(diagram, is_and, child_a, child_b));
		a.i += next_a == next;
		b.i += next_b == next;
	}
	return cg_diagram_pop_ranges(diagram, start, word);
}

static uint32_t apply_mask(struct cg_diagram *diagram, bool is_and, struct side a, struct side b)
{
	struct cg_diagram_node top = *node_of(diagram, a.is_split ? a.id : b.id);
	uint32_t results[2];

	for (size_t i = 0; i < 2; i++) {
		a.i = b.i = i;
		results[i] = apply(diagram, is_and, side_child(diagram, &a), side_child(diagram, &b));
	}
	return cg_diagram_mask_node(diagram, top.word, top.mask, top.datum, results[0], results[1]);
}

/* The answer without looking deeper, or NONE. */
static uint32_t apply_end(const struct cg_diagram *diagram, bool is_and, uint32_t a, uint32_t b)
{
	if (is_and) {
		if (a == CG_DIAGRAM_NOTHING || b == CG_DIAGRAM_NOTHING)
			return CG_DIAGRAM_NOTHING;
		return a == CG_DIAGRAM_MATCH ? b : CG_DIAGRAM_NONE;
	}
	if (a == CG_DIAGRAM_NOTHING)
		return b;
	if (b == CG_DIAGRAM_NOTHING || a == b || node_of(diagram, a)->kind == CG_DIAGRAM_END)
		return a;
	return CG_DIAGRAM_NONE;
}

static int grow_memo(struct cg_diagram *diagram)
{
	size_t n_memo = diagram->n_memo ? diagram->n_memo * 4 : FIRST_MEMO_SIZE;
	struct cg_diagram_memo *memo = calloc(n_memo, sizeof(*memo));

	if (!memo)
		return -ENOMEM;
	free(diagram->memo);
	diagram->memo = memo;
	diagram->n_memo = n_memo;
	return 0;
}

static struct cg_diagram_memo *find_memo(struct cg_diagram *diagram, bool is_and, uint32_t a, uint32_t b)
{
	uint64_t hash = cg_diagram_mix(cg_diagram_mix(is_and, a), b);

	if (diagram->n_memo < diagram->nodes.n_items && grow_memo(diagram) < 0) {
		fail(diagram, -ENOMEM);
		return NULL;
	}
	return &diagram->memo[(hash ^ hash >> 32) & (diagram->n_memo - 1)];
}

static uint32_t apply_deeper(struct cg_diagram *diagram, bool is_and, uint32_t a, uint32_t b)
{
	int order = compare_places(node_of(diagram, a), node_of(diagram, b));
	struct side side_a = { .id = a, .is_split = order <= 0 }, side_b = { .id = b, .is_split = order >= 0 };
	const struct cg_diagram_node *top = node_of(diagram, order <= 0 ? a : b);

	if (top->kind == CG_DIAGRAM_RANGES)
		return apply_ranges(diagram, is_and, side_a, side_b, top->word);
	return apply_mask(diagram, is_and, side_a, side_b);
}

/* The recursion is as deep as the diagram: at most CG_DIAGRAM_MASKS_LIMIT masks and 12 ranges. */
static uint32_t apply(struct cg_diagram *diagram, bool is_and, uint32_t a, uint32_t b)
{
	struct cg_diagram_memo *memo;
	uint32_t result;

	if (diagram->error || a == CG_DIAGRAM_NONE || b == CG_DIAGRAM_NONE)
		return CG_DIAGRAM_NONE;
	result = apply_end(diagram, is_and, a, b);
	if (result != CG_DIAGRAM_NONE)
		return result;
	if (diagram->work++ >= diagram->limit)
		return fail(diagram, -E2BIG);

	memo = find_memo(diagram, is_and, a, b);
	if (!memo)
		return CG_DIAGRAM_NONE;
	/* a is never NOTHING here, so an empty entry fits no question. */
	if (memo->a == a && memo->b == b && memo->is_and == is_and)
		return memo->result;

	result = apply_deeper(diagram, is_and, a, b);
	if (result == CG_DIAGRAM_NONE)
		return CG_DIAGRAM_NONE;
	memo = find_memo(diagram, is_and, a, b); /* the memory may have grown meanwhile */
	if (!memo)
		return CG_DIAGRAM_NONE;
	*memo = (struct cg_diagram_memo){ is_and, a, b, result };
	return result;
}

uint32_t cg_diagram_first(struct cg_diagram *diagram, uint32_t a, uint32_t b)
{
	return apply(diagram, false, a, b);
}

uint32_t cg_diagram_and(struct cg_diagram *diagram, uint32_t a, uint32_t b)
{
	return apply(diagram, true, a, b);
}
