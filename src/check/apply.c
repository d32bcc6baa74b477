/*
 * Operations on diagrams: choosing between two by a condition, combining two leaf by leaf, building one from ranges.
 *
 * In: roots. Out: roots. An operation descends all its operands together, one bit at a time (so never deeper than the
 * 512 bits of a call), and remembers results in a table where a newer one may push out an older: at worst work is
 * done twice, and the budget counts it.
 */
#include "check/meaning.h"

#include "abi/action.h"

#include <errno.h>

/* In keys of the table of results; a condition's number is below it, as CG_CHECK_NODES_LIMIT is. */
#define OP_BIT (1U << 31)

static struct cg_result *find_result(const struct cg_meanings *meanings, uint32_t f, uint32_t g, uint32_t h)
{
	uint64_t hash = ((uint64_t)f << 32 | g) * 0x9e3779b97f4a7c15U + h;

	hash = (hash ^ hash >> 31) * 0x94d049bb133111ebU;
	return &meanings->results[hash >> (64 - (meanings->room_bits - CG_RESULTS_FEWER_BITS))];
}

static bool is_result_of(const struct cg_result *result, uint32_t f, uint32_t g, uint32_t h)
{
	return result->f == f && result->g == g && result->h == h && result->result != CG_NONE;
}

static uint32_t lowest(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* f is a condition, never CG_NONE; nor are g and h. */
static uint32_t choose(struct cg_meanings *meanings, uint32_t f, uint32_t g, uint32_t h)
{
	uint32_t level, low, high;
	struct cg_node node_f, node_g, node_h;
	struct cg_result *result;

	if (f <= CG_YES)
		return f == CG_YES ? g : h;
	if (g == h)
		return g;
	if (g == CG_YES && h == CG_NO)
		return f;

	node_f = meanings->nodes[f];
	node_g = meanings->nodes[g];
	node_h = meanings->nodes[h];
	level = lowest(node_f.level, lowest(node_g.level, node_h.level));
	if (node_f.low == CG_NO && node_f.high == CG_YES && node_g.level > level && node_h.level > level)
		return cg_meaning_node(meanings, level, h, g); /* one bit, above both */

	result = find_result(meanings, f, g, h);
	if (is_result_of(result, f, g, h))
		return result->result;
	if (!cg_meanings_step(meanings))
		return CG_NONE;

	low = choose(meanings, node_f.level == level ? node_f.low : f, node_g.level == level ? node_g.low : g,
		     node_h.level == level ? node_h.low : h);
	if (low == CG_NONE)
		return CG_NONE;
	high = choose(meanings, node_f.level == level ? node_f.high : f, node_g.level == level ? node_g.high : g,
		      node_h.level == level ? node_h.high : h);
	low = cg_meaning_node(meanings, level, low, high);
	if (low != CG_NONE)
		*find_result(meanings, f, g, h) = (struct cg_result){ f, g, h, low };
	return low;
}

uint32_t cg_meaning_choose(struct cg_meanings *meanings, uint32_t condition, uint32_t yes, uint32_t no)
{
	if (condition == CG_NONE || yes == CG_NONE || no == CG_NONE)
		return CG_NONE;
	return choose(meanings, condition, yes, no);
}

/* How far a call gets: 0 it is refused, 1 somebody else decides, 2 it is made. */
static unsigned int openness(uint32_t action)
{
	if (cg_action_is_permit(action))
		return 2;
	return cg_action_row(action)->is_denial ? 0 : 1;
}

/* seccomp_run_filters(): ACTION_ONLY() is signed, so that KILL_PROCESS is the lowest. */
static uint32_t lower(uint32_t so_far, uint32_t answer)
{
	return (int32_t)(answer & CG_ACTION_MASK) < (int32_t)(so_far & CG_ACTION_MASK) ? answer : so_far;
}

/* What is left of an answer where the kernel acts on it (__seccomp_filter()). */
static uint32_t effect(uint32_t action)
{
	uint32_t value = cg_action_row(action)->value, data = action & CG_ACTION_DATA;

	switch (value) {
	case CG_ACTION_ERRNO:
		return value | (data > CG_ERRNO_MAX ? CG_ERRNO_MAX : data);
	case CG_ACTION_TRAP:
	case CG_ACTION_TRACE:
		return value | data;
	default:
		return value;
	}
}

static uint32_t calculate(enum cg_meaning_op op, uint32_t a, uint32_t b)
{
	switch (op) {
	case CG_MEANING_LOWER:
		return lower(a, b);
	case CG_MEANING_HIGHER:
		return (int32_t)(b & CG_ACTION_MASK) > (int32_t)(a & CG_ACTION_MASK) ? b : a;
	case CG_MEANING_EXCEEDS:
		return openness(a) > openness(b) ? CG_YES : CG_NO;
	case CG_MEANING_EFFECT:
		return effect(a);
	case CG_MEANING_OR:
		break;
	}
	return a | b;
}

static uint32_t apply(struct cg_meanings *meanings, enum cg_meaning_op op, uint32_t a, uint32_t b)
{
	struct cg_node node_a = meanings->nodes[a], node_b = meanings->nodes[b];
	uint32_t level = lowest(node_a.level, node_b.level), key = OP_BIT | (uint32_t)op, low, high;
	struct cg_result *result;

	if (level == CG_LEVEL_LEAF)
		return cg_meaning_leaf(meanings, calculate(op, node_a.low, node_b.low));

	result = find_result(meanings, key, a, b);
	if (is_result_of(result, key, a, b))
		return result->result;
	if (!cg_meanings_step(meanings))
		return CG_NONE;

	low = apply(meanings, op, node_a.level == level ? node_a.low : a, node_b.level == level ? node_b.low : b);
	if (low == CG_NONE)
		return CG_NONE;
	high = apply(meanings, op, node_a.level == level ? node_a.high : a, node_b.level == level ? node_b.high : b);
	low = cg_meaning_node(meanings, level, low, high);
	if (low != CG_NONE)
		*find_result(meanings, key, a, b) = (struct cg_result){ key, a, b, low };
	return low;
}

uint32_t cg_meaning_apply(struct cg_meanings *meanings, enum cg_meaning_op op, uint32_t a, uint32_t b)
{
	if (a == CG_NONE || b == CG_NONE)
		return CG_NONE;
	return apply(meanings, op, a, b);
}

/* The part of the function from `first` on, over 2^n_bits values; ranges that end before it are behind us. */
static uint32_t of_span(struct cg_meanings *meanings, uint32_t level, unsigned int n_bits, uint32_t first,
			const struct cg_range **next)
{
	uint32_t last = first + (uint32_t)(((uint64_t)1 << n_bits) - 1), low, high;

	while ((*next)->last < first)
		(*next)++;
	if ((*next)->last >= last)
		return (*next)->root;

	low = of_span(meanings, level + 1, n_bits - 1, first, next);
	high = of_span(meanings, level + 1, n_bits - 1, first + (1U << (n_bits - 1)), next);
	return cg_meaning_node(meanings, level, low, high);
}

uint32_t cg_meaning_of_ranges(struct cg_meanings *meanings, uint32_t level, const struct cg_range *ranges)
{
	const struct cg_range *next = ranges;

	return of_span(meanings, level, 32, 0, &next);
}
