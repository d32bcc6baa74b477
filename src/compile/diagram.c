/*
 * See diagram.h. Here: hash-consed nodes, and how single comparisons become nodes; merge.c does the rest.
 */
#include "compile/diagram.h"

#include "compile/dag.h"

#include <string.h>

static uint32_t fail(struct cg_diagram *diagram, int error)
{
	diagram->error = error;
	return CG_DIAGRAM_NONE;
}

/* ---- nodes */

static uint64_t hash_node(const struct cg_diagram_node *node, const struct cg_span *spans)
{
	uint64_t hash =
		cg_diagram_mix((uint64_t)node->kind << 8 | node->word, (uint64_t)node->mask << 32 | node->datum);

	for (size_t i = 0; i < node->n_spans; i++)
		hash = cg_diagram_mix(hash, (uint64_t)spans[i].first << 32 | spans[i].child);
	return hash ^ hash >> 32;
}

static bool is_same(const struct cg_diagram *diagram, const struct cg_diagram_node *a, const struct cg_diagram_node *b,
		    const struct cg_span *b_spans)
{
	return a->kind == b->kind && a->word == b->word && a->mask == b->mask && a->datum == b->datum &&
	       a->n_spans == b->n_spans &&
	       (a->n_spans == 0 ||
		memcmp(diagram->spans.items + a->first_span, b_spans, a->n_spans * sizeof(*b_spans)) == 0);
}

static size_t find_slot(const struct cg_diagram *diagram, const struct cg_diagram_node *node,
			const struct cg_span *spans)
{
	size_t slot = hash_node(node, spans) & (diagram->n_slots - 1);

	while (diagram->slots[slot] && !is_same(diagram, &diagram->nodes.items[diagram->slots[slot] - 1], node, spans))
		slot = (slot + 1) & (diagram->n_slots - 1);
	return slot;
}

static int grow_slots(struct cg_diagram *diagram)
{
	size_t n_slots = diagram->n_slots ? diagram->n_slots * 2 : 256;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(diagram->slots);
	diagram->slots = slots;
	diagram->n_slots = n_slots;
	for (size_t i = 0; i < diagram->nodes.n_items; i++) {
		const struct cg_diagram_node *node = &diagram->nodes.items[i];
		const struct cg_span *spans = node->n_spans ? diagram->spans.items + node->first_span : NULL;

		diagram->slots[find_slot(diagram, node, spans)] = (uint32_t)i + 1;
	}
	return 0;
}

static int add_node(struct cg_diagram *diagram, struct cg_diagram_node *node, const struct cg_span *spans)
{
	if (cg_vec_reserve(&diagram->spans, diagram->spans.n_items + node->n_spans) < 0)
		return -ENOMEM;
	node->first_span = (uint32_t)diagram->spans.n_items;
	if (cg_vec_push(&diagram->nodes, *node) < 0)
		return -ENOMEM;
	if (node->n_spans)
		memcpy(diagram->spans.items + diagram->spans.n_items, spans, node->n_spans * sizeof(*spans));
	diagram->spans.n_items += node->n_spans;
	return 0;
}

static uint32_t intern(struct cg_diagram *diagram, struct cg_diagram_node *node, const struct cg_span *spans)
{
	size_t slot;

	if (diagram->error)
		return CG_DIAGRAM_NONE;
	if (diagram->n_slots < 2 * (diagram->nodes.n_items + 1) && grow_slots(diagram) < 0)
		return fail(diagram, -ENOMEM);

	slot = find_slot(diagram, node, spans);
	if (!diagram->slots[slot]) {
		diagram->work += node->n_spans;
		if (add_node(diagram, node, spans) < 0)
			return fail(diagram, -ENOMEM);
		diagram->slots[slot] = (uint32_t)diagram->nodes.n_items;
	}
	return diagram->slots[slot] - 1;
}

int cg_diagram_init(struct cg_diagram *diagram)
{
	*diagram = (struct cg_diagram){ .limit = SIZE_MAX };
	/* NOTHING and MATCH, told from every action by `mask`. */
	intern(diagram, &(struct cg_diagram_node){ .kind = CG_DIAGRAM_END, .mask = 1, .datum = 0 }, NULL);
	intern(diagram, &(struct cg_diagram_node){ .kind = CG_DIAGRAM_END, .mask = 1, .datum = 1 }, NULL);
	return diagram->error;
}

void cg_diagram_begin(struct cg_diagram *diagram, size_t limit)
{
	diagram->work = 0;
	diagram->limit = limit;
	diagram->n_masks = 0;
	if (diagram->error == -E2BIG)
		diagram->error = 0;
}

void cg_diagram_done(struct cg_diagram *diagram)
{
	cg_vec_done(&diagram->nodes);
	cg_vec_done(&diagram->spans);
	cg_vec_done(&diagram->scratch);
	free(diagram->slots);
	free(diagram->memo);
	*diagram = (struct cg_diagram){ 0 };
}

uint32_t cg_diagram_action(struct cg_diagram *diagram, uint32_t action)
{
	return intern(diagram, &(struct cg_diagram_node){ .kind = CG_DIAGRAM_END, .datum = action }, NULL);
}

/* ---- RANGES nodes, built on the scratch stack from `start` on */

void cg_diagram_push_span(struct cg_diagram *diagram, size_t start, uint32_t first, uint32_t child)
{
	size_t n_items = diagram->scratch.n_items;

	if (child == CG_DIAGRAM_NONE || diagram->error)
		return;
	if (n_items > start && diagram->scratch.items[n_items - 1].first == first)
		diagram->scratch.n_items = --n_items;
	if (n_items > start && diagram->scratch.items[n_items - 1].child == child)
		return;
	if (cg_vec_push(&diagram->scratch, (struct cg_span){ first, child }) < 0)
		fail(diagram, -ENOMEM);
}

uint32_t cg_diagram_pop_ranges(struct cg_diagram *diagram, size_t start, unsigned int word)
{
	const struct cg_span *spans = diagram->scratch.items + start;
	struct cg_diagram_node node = { .kind = CG_DIAGRAM_RANGES,
					.word = (uint8_t)word,
					.n_spans = (uint32_t)(diagram->scratch.n_items - start) };
	uint32_t result;

	if (diagram->error)
		result = CG_DIAGRAM_NONE;
	else if (node.n_spans == 1)
		result = spans[0].child;
	else
		result = intern(diagram, &node, spans);
	diagram->scratch.n_items = start;
	return result;
}

/* [first, last] gets `child`, what follows NOTHING. */
static void push_interval(struct cg_diagram *diagram, size_t start, uint32_t first, uint32_t last, uint32_t child)
{
	if (diagram->scratch.n_items == start && first > 0)
		cg_diagram_push_span(diagram, start, 0, CG_DIAGRAM_NOTHING);
	cg_diagram_push_span(diagram, start, first, child);
	if (last != UINT32_MAX)
		cg_diagram_push_span(diagram, start, last + 1, CG_DIAGRAM_NOTHING);
}

/*
 * The low word's node under the high word `high`: those of the intervals that lie there. *ret_n_done: how many of them
 * are finished with it; the next one, if any, goes on beyond.
 */
static uint32_t low_node(struct cg_diagram *diagram, unsigned int arg, uint32_t high,
			 const struct cg_interval *intervals, size_t n_intervals, uint32_t inside, size_t *ret_n_done)
{
	size_t start = diagram->scratch.n_items;
	size_t i = 0;

	for (; i < n_intervals && intervals[i].least >> 32 == high; i++) {
		bool goes_on = intervals[i].most >> 32 > high;
		uint32_t last = goes_on ? UINT32_MAX : (uint32_t)intervals[i].most;

		push_interval(diagram, start, (uint32_t)intervals[i].least, last, inside);
		if (goes_on)
			break;
	}
	*ret_n_done = i;
	return cg_diagram_pop_ranges(diagram, start, CG_WORD_LOW(arg));
}

static uint32_t wide_intervals(struct cg_diagram *diagram, unsigned int arg, struct cg_interval *intervals,
			       size_t n_intervals, uint32_t inside)
{
	size_t start = diagram->scratch.n_items;
	size_t i = 0, n_done;

	while (i < n_intervals && !diagram->error) {
		uint32_t high = (uint32_t)(intervals[i].least >> 32);
		uint32_t node = low_node(diagram, arg, high, intervals + i, n_intervals - i, inside, &n_done);

		push_interval(diagram, start, high, high, node);
		i += n_done;
		if (i < n_intervals && intervals[i].least >> 32 == high) {
			/* It goes on: whole high words up to its last one, which is left for the next turn. */
			uint32_t last_high = (uint32_t)(intervals[i].most >> 32);

			if (last_high > high + 1)
				push_interval(diagram, start, high + 1, last_high - 1, inside);
			intervals[i].least = (uint64_t)last_high << 32;
		}
	}
	return cg_diagram_pop_ranges(diagram, start, CG_WORD_HIGH(arg));
}

uint32_t cg_diagram_intervals(struct cg_diagram *diagram, unsigned int arg, bool is_wide, struct cg_interval *intervals,
			      size_t n_intervals, uint32_t inside)
{
	size_t start = diagram->scratch.n_items;

	if (diagram->error)
		return CG_DIAGRAM_NONE;
	if (n_intervals == 0)
		return CG_DIAGRAM_NOTHING;
	if (is_wide)
		return wide_intervals(diagram, arg, intervals, n_intervals, inside);

	for (size_t i = 0; i < n_intervals; i++)
		push_interval(diagram, start, (uint32_t)intervals[i].least, (uint32_t)intervals[i].most, inside);
	return cg_diagram_pop_ranges(diagram, start, CG_WORD_LOW(arg));
}

/* ---- masks */

uint32_t cg_diagram_mask_node(struct cg_diagram *diagram, unsigned int word, uint32_t mask, uint32_t datum,
			      uint32_t if_differs, uint32_t if_so)
{
	struct cg_diagram_node node = {
		.kind = CG_DIAGRAM_MASK, .word = (uint8_t)word, .mask = mask, .datum = datum, .n_spans = 2
	};
	struct cg_span spans[2] = { { 0, if_differs }, { 1, if_so } };

	if (if_differs == CG_DIAGRAM_NONE || if_so == CG_DIAGRAM_NONE)
		return CG_DIAGRAM_NONE;
	return if_differs == if_so ? if_so : intern(diagram, &node, spans);
}

/* Bits from the highest down, without a gap: the values that agree on them are one range. */
static bool is_prefix(uint32_t mask)
{
	return (~mask & (~mask + 1)) == 0;
}

/* How many different mask tests a call has decides how deep its diagrams get. */
static uint32_t count_mask(struct cg_diagram *diagram, uint32_t id)
{
	if (diagram->error)
		return CG_DIAGRAM_NONE;
	for (size_t i = 0; i < diagram->n_masks; i++)
		if (diagram->masks[i] == id)
			return id;
	if (diagram->n_masks == CG_DIAGRAM_MASKS_LIMIT)
		return fail(diagram, -E2BIG);
	diagram->masks[diagram->n_masks++] = id;
	return id;
}

uint32_t cg_diagram_mask(struct cg_diagram *diagram, unsigned int word, uint32_t mask, uint32_t datum)
{
	size_t start = diagram->scratch.n_items;

	if (datum & ~mask)
		return CG_DIAGRAM_NOTHING;
	if (mask == 0)
		return CG_DIAGRAM_MATCH;
	if (is_prefix(mask)) {
		push_interval(diagram, start, datum, datum | ~mask, CG_DIAGRAM_MATCH);
		return cg_diagram_pop_ranges(diagram, start, word);
	}
	/* One bit: "clear" is asked as "not set", so that the two are one test. */
	if ((mask & (mask - 1)) == 0 && datum == 0)
		return count_mask(
			diagram, cg_diagram_mask_node(diagram, word, mask, mask, CG_DIAGRAM_MATCH, CG_DIAGRAM_NOTHING));
	return count_mask(diagram,
			  cg_diagram_mask_node(diagram, word, mask, datum, CG_DIAGRAM_NOTHING, CG_DIAGRAM_MATCH));
}
