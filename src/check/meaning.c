/*
 * A set of diagrams: nodes that exist once each, the budget, and how failure is kept.
 *
 * In: levels and children. Out: node numbers. One hash table with open addressing holds the numbers; a node's children
 * are older than itself, so numbers are an order from the leaves upwards. Nothing is removed: a set lives as long as
 * one comparison. Tables double as they fill, up to the budget, so that a small one stays in the processor's cache.
 */
#include "check/meaning.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM_BITS 9

/*
 * A slot is a node's number and, above it, some bits of its hash: so a search looks at nodes, which are seldom in the
 * processor's cache, only where it is nearly sure to find the one.
 */
#define NUMBER_BITS 26
#define NUMBER_MASK (((uint32_t)1 << NUMBER_BITS) - 1)
static_assert(CG_CHECK_NODES_LIMIT == (size_t)1 << NUMBER_BITS, "a slot holds any number");

static uint64_t hash_node(uint32_t level, uint32_t low, uint32_t high)
{
	uint64_t hash = ((uint64_t)high << 32 | low) * 0x9e3779b97f4a7c15U + level;

	return (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9U;
}

/* The slot that holds the node, or the empty one where it belongs; and what a slot of it has above the number. */
static size_t find_slot(const struct cg_meanings *meanings, const struct cg_node *node, uint32_t *ret_tag)
{
	unsigned int bits = meanings->room_bits + 1;
	uint64_t hash = hash_node(node->level, node->low, node->high);
	uint32_t tag = (uint32_t)hash & ~NUMBER_MASK, held;
	size_t slot = (size_t)(hash >> (64 - bits));

	while ((held = meanings->slots[slot]) != 0) {
		const struct cg_node *other = &meanings->nodes[held & NUMBER_MASK];

		if ((held & ~NUMBER_MASK) == tag && other->low == node->low && other->high == node->high &&
		    other->level == node->level)
			break;
		slot = (slot + 1) & (((size_t)1 << bits) - 1);
	}
	*ret_tag = tag;
	return slot;
}

static void fill_slots(struct cg_meanings *meanings)
{
	for (uint32_t number = 1; number < meanings->n_nodes; number++) {
		uint32_t tag;
		size_t slot = find_slot(meanings, &meanings->nodes[number], &tag);

		meanings->slots[slot] = tag | number;
	}
}

/* Room for 2^bits nodes; what was remembered is forgotten. -ENOMEM: nothing has changed. */
static int resize(struct cg_meanings *meanings, unsigned int bits)
{
	size_t room = (size_t)1 << bits, n_results = (size_t)1 << (bits - CG_RESULTS_FEWER_BITS);
	uint32_t *slots = calloc(2 * room, sizeof(*slots));
	struct cg_result *results = malloc(n_results * sizeof(*results));
	struct cg_node *nodes = realloc(meanings->nodes, room * sizeof(*nodes));

	if (nodes)
		meanings->nodes = nodes;
	if (!slots || !results || !nodes) {
		free(slots);
		free(results);
		return -ENOMEM;
	}
	memset(results, 0xff, n_results * sizeof(*results)); /* in each CG_NONE */
	free(meanings->slots);
	free(meanings->results);
	meanings->slots = slots;
	meanings->results = results;
	meanings->room_bits = bits;
	fill_slots(meanings);
	return 0;
}

struct cg_meanings *cg_meanings_new(const struct cg_check_budget *budget)
{
	size_t n_nodes = budget && budget->n_nodes ? budget->n_nodes : CG_CHECK_NODES_DEFAULT;
	struct cg_meanings *meanings = calloc(1, sizeof(*meanings));

	if (!meanings)
		return NULL;
	meanings->n_nodes_most = (uint32_t)(n_nodes > CG_CHECK_NODES_LIMIT ? CG_CHECK_NODES_LIMIT : n_nodes);
	meanings->n_steps_budget = budget && budget->n_steps ? budget->n_steps : CG_CHECK_STEPS_DEFAULT;
	if (resize(meanings, FIRST_ROOM_BITS) < 0)
		return cg_meanings_free(meanings);

	meanings->nodes[CG_NO] = (struct cg_node){ CG_LEVEL_LEAF, 0, 0 };
	meanings->nodes[CG_YES] = (struct cg_node){ CG_LEVEL_LEAF, 1, 0 };
	meanings->n_nodes = 2;
	fill_slots(meanings);
	return meanings;
}

struct cg_meanings *cg_meanings_free(struct cg_meanings *meanings)
{
	if (!meanings)
		return NULL;
	free(meanings->nodes);
	free(meanings->slots);
	free(meanings->results);
	free(meanings);
	return NULL;
}

size_t cg_meanings_size(const struct cg_meanings *meanings)
{
	return meanings->n_nodes;
}

void cg_meanings_begin(struct cg_meanings *meanings)
{
	meanings->code = 0;
	meanings->n_steps = 0;
	meanings->n_steps_most = meanings->n_steps_budget;
	meanings->n_nodes_before = meanings->n_nodes;
}

void cg_meanings_retry(struct cg_meanings *meanings)
{
	size_t room = (size_t)1 << meanings->room_bits;

	meanings->code = 0;
	meanings->n_nodes = meanings->n_nodes_before;
	memset(meanings->slots, 0, 2 * room * sizeof(*meanings->slots));
	memset(meanings->results, 0xff, (room >> CG_RESULTS_FEWER_BITS) * sizeof(*meanings->results));
	fill_slots(meanings);
}

static int fail_limit(const struct cg_meanings *meanings, struct cg_err *err)
{
	switch (meanings->limit) {
	case CG_CHECK_LIMIT_NODES:
		return cg_err_set(err, -EOVERFLOW, NULL, "not decided within %u nodes of diagrams", meanings->n_nodes_most);
	case CG_CHECK_LIMIT_STEPS:
		return cg_err_set(err, -EOVERFLOW, NULL, "not decided within %llu steps",
				  (unsigned long long)meanings->n_steps_budget);
	case CG_CHECK_LIMIT_INSTRUCTION:
		return cg_err_set(err, -EOVERFLOW, NULL,
				  "not decided: what one instruction computes is not worked out within the %d steps that it "
				  "may take, and an answer depends on it", CG_CHECK_INSTRUCTION_STEPS);
	case CG_CHECK_LIMIT_STATES:
	case CG_CHECK_LIMIT_WORDS:
		return cg_err_set(err, -EOVERFLOW, NULL, "not decided: registers hold too many different values");
	case CG_CHECK_LIMIT_REGIONS:
		break;
	}
	return cg_err_set(err, -EOVERFLOW, NULL, "more than %zu ranges of numbers are answered differently",
			  CG_REGIONS_LIMIT);
}

int cg_meanings_end(struct cg_meanings *meanings, struct cg_err *err)
{
	int code = meanings->code;

	if (code == 0)
		return 0;
	cg_meanings_retry(meanings);
	if (code == -ENOMEM)
		return cg_err_memory(err);
	return fail_limit(meanings, err);
}

int cg_meanings_exceed(struct cg_meanings *meanings, enum cg_check_limit limit)
{
	if (meanings->code == 0) {
		meanings->code = -EOVERFLOW;
		meanings->limit = limit;
	}
	return meanings->code;
}

bool cg_meanings_step(struct cg_meanings *meanings)
{
	if (meanings->n_steps >= meanings->n_steps_most) {
		cg_meanings_exceed(meanings, CG_CHECK_LIMIT_STEPS);
		return false;
	}
	meanings->n_steps++;
	return true;
}

uint64_t cg_meanings_curb(struct cg_meanings *meanings, uint64_t n_steps)
{
	uint64_t before = meanings->n_steps_most;

	if (n_steps < before - meanings->n_steps)
		meanings->n_steps_most = meanings->n_steps + n_steps;
	return before;
}

void cg_meanings_release(struct cg_meanings *meanings, uint64_t n_steps_before)
{
	bool is_at_curb = meanings->n_steps >= meanings->n_steps_most;

	meanings->n_steps_most = n_steps_before;
	if (is_at_curb && meanings->code == -EOVERFLOW && meanings->n_steps < n_steps_before)
		meanings->code = 0;
}

void cg_meanings_expect(struct cg_meanings *meanings, size_t n_nodes)
{
	size_t n_want = meanings->n_nodes + n_nodes;
	unsigned int bits = meanings->room_bits;

	if (n_want > meanings->n_nodes_most)
		n_want = meanings->n_nodes_most;
	while ((size_t)1 << bits < n_want)
		bits++;
	if (bits > meanings->room_bits)
		resize(meanings, bits);
}

static uint32_t find_or_add(struct cg_meanings *meanings, struct cg_node node)
{
	uint32_t tag;
	size_t slot = find_slot(meanings, &node, &tag);

	if (meanings->slots[slot])
		return meanings->slots[slot] & NUMBER_MASK;
	if (meanings->n_nodes >= meanings->n_nodes_most) {
		cg_meanings_exceed(meanings, CG_CHECK_LIMIT_NODES);
		return CG_NONE;
	}
	if (meanings->n_nodes >> meanings->room_bits) {
		if (resize(meanings, meanings->room_bits + 1) < 0) {
			meanings->code = -ENOMEM;
			return CG_NONE;
		}
		slot = find_slot(meanings, &node, &tag);
	}

	meanings->slots[slot] = tag | meanings->n_nodes;
	meanings->nodes[meanings->n_nodes] = node;
	return meanings->n_nodes++;
}

uint32_t cg_meaning_leaf(struct cg_meanings *meanings, uint32_t value)
{
	return value == 0 ? CG_NO : find_or_add(meanings, (struct cg_node){ CG_LEVEL_LEAF, value, 0 });
}

uint32_t cg_meaning_other_leaf(struct cg_meanings *meanings)
{
	return find_or_add(meanings, (struct cg_node){ CG_LEVEL_LEAF, UINT32_MAX, 1 });
}

uint32_t cg_meaning_node(struct cg_meanings *meanings, uint32_t level, uint32_t low, uint32_t high)
{
	if (low == CG_NONE || high == CG_NONE)
		return CG_NONE;
	return low == high ? low : find_or_add(meanings, (struct cg_node){ level, low, high });
}

uint32_t cg_meaning_eval(const struct cg_meanings *meanings, uint32_t root, const struct cg_call *call)
{
	const struct cg_node *node = &meanings->nodes[root];

	while (node->level != CG_LEVEL_LEAF) {
		uint32_t level = node->level;
		uint64_t word;

		if (level < CG_LEVEL_ARGS)
			word = (uint64_t)call->arch << 32 | call->nr;
		else if (level < CG_LEVEL_IP)
			word = call->args[level / 64 - 1];
		else
			word = call->ip;
		node = &meanings->nodes[word >> (63 - level % 64) & 1 ? node->high : node->low];
	}
	return node->low;
}
