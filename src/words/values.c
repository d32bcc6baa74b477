/*
 * See values.h. Two steps: the pair of diagrams, walked together through one word, gives a graph whose exits are the
 * pairs below; then for each exit its own diagram (does this value lead there?) is made of that graph and read as
 * ranges or as masks.
 */
#include "words/values.h"

#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A bit of the word, or an exit. Children stand before their parents. */
struct vertex {
	uint32_t a, b; /* the pair: the key */
	bool is_exit;
	unsigned int bit; /* 63 is the most significant */
	uint32_t low, high;
};

#define SAME 0U /* the vertex of all pairs of equal diagrams */

struct graph {
	const struct cg_meanings *meanings;
	uint32_t level_end;
	bool is_half;
	struct vertex *vertices; /* CG_CUT_VERTICES_LIMIT: never moves, as the map borrows keys */
	uint32_t n_vertices;
	struct cg_map index;
};

/* The diagram of one exit: nodes 0 and 1 are its leaves. */
struct node {
	uint32_t bit, low, high; /* the key */
};

#define NO 0U
#define YES 1U

struct set {
	struct node nodes[CG_CUT_VERTICES_LIMIT + 2];
	uint32_t of_vertex[CG_CUT_VERTICES_LIMIT];
	uint32_t n_nodes;
	uint32_t root;
	struct cg_map index;
};

/* ---- the graph of the pair */

static uint32_t follow(const struct cg_meanings *meanings, uint32_t root, uint32_t level, bool bit)
{
	struct cg_meaning_view view = cg_meaning_look(meanings, root);

	if (view.level != level)
		return root;
	return bit ? view.high : view.low;
}

static int add_vertex(struct graph *graph, const struct vertex *vertex, uint32_t *ret_index)
{
	struct vertex *stored = &graph->vertices[graph->n_vertices];
	struct cg_map_entry *entry;

	if (graph->n_vertices >= CG_CUT_VERTICES_LIMIT)
		return -EOVERFLOW;
	*stored = *vertex;
	if (cg_map_put(&graph->index, &stored->a, 2 * sizeof(uint32_t), &entry) < 0)
		return -ENOMEM;
	entry->value.number = graph->n_vertices;
	*ret_index = graph->n_vertices++;
	return 0;
}

static int visit(struct graph *graph, uint32_t a, uint32_t b, uint32_t *ret_index)
{
	uint32_t level_a = cg_meaning_look(graph->meanings, a).level;
	uint32_t level_b = cg_meaning_look(graph->meanings, b).level;
	uint32_t level = level_a < level_b ? level_a : level_b;
	struct vertex vertex = { .a = a, .b = b, .is_exit = level >= graph->level_end };
	uint32_t key[2] = { a, b };
	const struct cg_map_entry *known;
	int r = 0;

	if (a == b) {
		*ret_index = SAME;
		return 0;
	}
	known = cg_map_find(&graph->index, key, sizeof(key));
	if (known) {
		*ret_index = (uint32_t)known->value.number;
		return 0;
	}
	if (!vertex.is_exit) {
		vertex.bit = graph->level_end - 1 - level;
		r = visit(graph, follow(graph->meanings, a, level, false), follow(graph->meanings, b, level, false),
			  &vertex.low);
		if (r == 0)
			r = visit(graph, follow(graph->meanings, a, level, true),
				  follow(graph->meanings, b, level, true), &vertex.high);
	}
	return r < 0 ? r : add_vertex(graph, &vertex, ret_index);
}

/* ---- the diagram of an exit */

static int add_node(struct set *set, unsigned int bit, uint32_t low, uint32_t high, uint32_t *ret_node)
{
	struct node *stored = &set->nodes[set->n_nodes];
	struct cg_map_entry *entry;

	if (low == high) {
		*ret_node = low;
		return 0;
	}
	*stored = (struct node){ bit, low, high };
	if (cg_map_put(&set->index, stored, sizeof(*stored), &entry) < 0)
		return -ENOMEM;
	if (entry->value.number == 0)
		entry->value.number = set->n_nodes++;
	*ret_node = (uint32_t)entry->value.number;
	return 0;
}

/* Equal nodes are one, as other exits than this no longer differ: then bits that do not matter are not asked. */
static int make_set(const struct graph *graph, uint32_t root, uint32_t exit, struct set *set)
{
	int r = 0;

	set->n_nodes = 2;
	for (uint32_t i = 0; i <= root && r == 0; i++) {
		const struct vertex *vertex = &graph->vertices[i];

		if (vertex->is_exit)
			set->of_vertex[i] = i == exit ? YES : NO;
		else
			r = add_node(set, vertex->bit, set->of_vertex[vertex->low], set->of_vertex[vertex->high],
				     &set->of_vertex[i]);
	}
	cg_map_done(&set->index);
	set->root = set->of_vertex[root];
	return r;
}

/* Which bits the set asks for. */
static uint64_t support_of(const struct set *set)
{
	bool is_reached[CG_CUT_VERTICES_LIMIT + 2] = { false };
	uint64_t support = 0;

	is_reached[set->root] = true;
	for (uint32_t i = set->root; i > YES; i--) {
		const struct node *node = &set->nodes[i];

		if (!is_reached[i])
			continue;
		support |= (uint64_t)1 << node->bit;
		is_reached[node->low] = is_reached[node->high] = true;
	}
	return support;
}

/* ---- reading it */

static uint64_t low_bits(int n)
{
	return n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

/* The values below `node` that begin with `first`, `bit` being the next one: false when there are too many ranges. */
static bool add_ranges(const struct set *set, uint32_t node, int bit, uint64_t first, struct cg_values *values)
{
	uint32_t low = node, high = node;
	uint64_t last = first | low_bits(bit + 1);

	if (node == NO)
		return true;
	if (node == YES) {
		if (values->n_items && values->items[values->n_items - 1].last + 1 == first) {
			values->items[values->n_items - 1].last = last;
			return true;
		}
		if (values->n_items == CG_VALUES_MAX)
			return false;
		values->items[values->n_items].first = first;
		values->items[values->n_items++].last = last;
		return true;
	}
	if (set->nodes[node].bit == (uint32_t)bit) {
		low = set->nodes[node].low;
		high = set->nodes[node].high;
	}
	return add_ranges(set, low, bit - 1, first, values) &&
	       add_ranges(set, high, bit - 1, first | (uint64_t)1 << bit, values);
}

/* The paths to `leaf`, each a mask and a datum: false when there are too many. */
static bool add_masks(const struct set *set, uint32_t node, uint32_t leaf, uint64_t mask, uint64_t datum,
		      struct cg_values *values)
{
	uint64_t bit;

	if (node <= YES) {
		if (node != leaf)
			return true;
		if (values->n_items == CG_VALUES_MASKS_MAX)
			return false;
		values->items[values->n_items].first = mask;
		values->items[values->n_items++].last = datum;
		return true;
	}
	bit = (uint64_t)1 << set->nodes[node].bit;
	return add_masks(set, set->nodes[node].low, leaf, mask | bit, datum, values) &&
	       add_masks(set, set->nodes[node].high, leaf, mask | bit, datum | bit, values);
}

static bool has_points_only(const struct cg_values *values)
{
	for (size_t i = 0; i < values->n_items; i++) {
		if (values->items[i].first != values->items[i].last)
			return false;
	}
	return true;
}

/* Adds first … last as points, while there are no more of them than `most`. */
static bool add_points(struct cg_values *points, uint64_t first, uint64_t last, size_t most)
{
	if (last - first >= most - points->n_items)
		return false;
	for (uint64_t value = first;; value++) {
		points->items[points->n_items].first = value;
		points->items[points->n_items++].last = value;
		if (value == last)
			return true;
	}
}

/* What lies between the ranges, up to `most`; true when these are points, and no more than there are ranges. */
static bool find_holes(const struct cg_values *ranges, uint64_t most, struct cg_values *holes)
{
	uint64_t next = 0;

	for (size_t i = 0; i < ranges->n_items; i++) {
		if (ranges->items[i].first > next &&
		    !add_points(holes, next, ranges->items[i].first - 1, ranges->n_items))
			return false;
		if (ranges->items[i].last == most)
			return holes->n_items > 0;
		next = ranges->items[i].last + 1;
	}
	return add_points(holes, next, most, ranges->n_items);
}

/* Ranges where they are few or plain points, for a person knows those; masks where they say it in fewer words. */
static void read_set(const struct set *set, bool is_half, struct cg_values *ret_values)
{
	uint64_t support = support_of(set);
	bool is_low = !is_half && support <= UINT32_MAX;
	int top = is_low || is_half ? 31 : 63;
	struct cg_values ranges = { .form = CG_VALUES_RANGES }, holes = { .form = CG_VALUES_NOT_POINTS };
	struct cg_values masks = { .form = CG_VALUES_MASKS }, others = { .form = CG_VALUES_NOT_MASKS };
	bool has_ranges = add_ranges(set, set->root, top, 0, &ranges), has_holes;
	bool has_masks = add_masks(set, set->root, YES, 0, 0, &masks);
	bool has_others = add_masks(set, set->root, NO, 0, 0, &others);
	const struct cg_values *best = has_masks ? &masks : NULL;

	has_holes = has_ranges && find_holes(&ranges, low_bits(top + 1), &holes);
	if (has_others && (!best || others.n_items < best->n_items))
		best = &others;
	if (set->root == YES)
		*ret_values = (struct cg_values){ .form = CG_VALUES_ALL };
	else if (has_holes && !has_points_only(&ranges))
		*ret_values = holes;
	else if (has_ranges && (has_points_only(&ranges) || !best || 2 * best->n_items >= ranges.n_items))
		*ret_values = ranges;
	else if (best)
		*ret_values = *best;
	else
		*ret_values = (struct cg_values){ .form = CG_VALUES_FURTHER };
	ret_values->is_low = is_low;
	ret_values->is_high = is_half;
}

static uint64_t smallest(const struct set *set)
{
	uint64_t value = 0;
	uint32_t node = set->root;

	while (node != YES) {
		if (set->nodes[node].low != NO) {
			node = set->nodes[node].low;
		} else {
			value |= (uint64_t)1 << set->nodes[node].bit;
			node = set->nodes[node].high;
		}
	}
	return value;
}

static int compare_parts(const void *a, const void *b)
{
	const struct cg_values_part *part_a = a, *part_b = b;

	if (part_a->values.example == part_b->values.example)
		return 0;
	return part_a->values.example < part_b->values.example ? -1 : 1;
}

static int add_parts(const struct graph *graph, uint32_t root, struct set *set, struct cg_cut *cut)
{
	for (uint32_t i = 1; i <= root; i++) {
		const struct vertex *vertex = &graph->vertices[i];
		struct cg_values_part part = { .a = vertex->a, .b = vertex->b };
		int r;

		if (!vertex->is_exit)
			continue;
		if (cut->n_items == CG_CUT_PARTS_LIMIT)
			return -EOVERFLOW;
		r = make_set(graph, root, i, set);
		if (r < 0)
			return r;
		read_set(set, graph->is_half, &part.values);
		part.values.example = smallest(set) << (graph->is_half ? 32 : 0);
		if (cg_vec_push(cut, part) < 0)
			return -ENOMEM;
	}
	qsort(cut->items, cut->n_items, sizeof(*cut->items), compare_parts);
	return 0;
}

int cg_values_cut(const struct cg_meanings *meanings, uint32_t a, uint32_t b, uint32_t level, bool is_half,
		  struct cg_cut *ret_cut)
{
	struct graph graph = {
		.meanings = meanings, .level_end = level + (is_half ? 32 : 64), .is_half = is_half, .n_vertices = 1
	};
	CG_FREE struct set *set = calloc(1, sizeof(*set));
	struct cg_cut cut = { 0 };
	uint32_t root;
	int r = -ENOMEM;

	graph.vertices = calloc(CG_CUT_VERTICES_LIMIT, sizeof(*graph.vertices));
	if (set && graph.vertices) {
		graph.vertices[SAME].is_exit = true;
		r = visit(&graph, a, b, &root);
	}
	if (r == 0)
		r = add_parts(&graph, root, set, &cut);
	cg_map_done(&graph.index);
	free(graph.vertices);
	if (r < 0)
		cg_cut_done(&cut);
	else
		*ret_cut = cut;
	return r;
}

void cg_cut_done(struct cg_cut *cut)
{
	cg_vec_done(cut);
}
