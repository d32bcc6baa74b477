/*
 * Diagrams: what a call's rules say, as a function of its arguments, in a normal form that rules can be merged in.
 *
 * A node asks one 32-bit word, either "in which of these ranges" (RANGES: any number of them, sorted, covering
 * everything) or "are these bits so" (MASK), and every path asks in one fixed order: argument by argument, high word
 * before low, ranges before masks. Two values stand at the ends: CG_DIAGRAM_NOTHING (no rule matches), and a match:
 * CG_DIAGRAM_MATCH, or an action.
 *
 * Why so: n values of one argument become one node with 2 n + 1 ranges, however many rules they came in; merging two
 * diagrams is one walk over both; and ranges are what a search tree is made of (search.c).
 *
 * Rules over several arguments can make a diagram explode. Work is therefore counted, and over `limit` every function
 * answers CG_DIAGRAM_NONE with error -E2BIG; lower_call.c then asks the rules one after another instead. Failure is
 * sticky; cg_diagram_begin() forgives -E2BIG.
 */
#ifndef CG_COMPILE_DIAGRAM_H
#define CG_COMPILE_DIAGRAM_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_DIAGRAM_NOTHING 0U
#define CG_DIAGRAM_MATCH 1U
#define CG_DIAGRAM_NONE UINT32_MAX

/* Different mask tests in one call's rules. With the 12 words they bound a diagram's depth, and so recursion. */
#define CG_DIAGRAM_MASKS_LIMIT 64

enum cg_diagram_kind {
	CG_DIAGRAM_END,
	CG_DIAGRAM_RANGES,
	CG_DIAGRAM_MASK,
};

/* Covers first up to the next span's first. A MASK node has two: [0] when the bits differ, [1] when they are so. */
struct cg_span {
	uint32_t first;
	uint32_t child;
};

struct cg_diagram_node {
	uint8_t kind;
	uint8_t word;         /* CG_WORD_* */
	uint32_t mask, datum; /* MASK: (word & mask) == datum; END: datum is the action */
	uint32_t first_span, n_spans;
};

struct cg_diagram_memo {
	uint32_t is_and, a, b, result;
};

/* An interval of whole 64-bit (or, on 32-bit arches, 32-bit) values, both ends included. */
struct cg_interval {
	uint64_t least, most;
};

/* Start with cg_diagram_init(); end with cg_diagram_done(). */
struct cg_diagram {
	CG_VEC(struct cg_diagram_node) nodes;
	CG_VEC(struct cg_span) spans;
	CG_VEC(struct cg_span) scratch; /* a stack: spans of the nodes being built */
	uint32_t *slots;
	size_t n_slots;
	struct cg_diagram_memo *memo; /* forgets: a later result takes the place of an earlier one */
	size_t n_memo;
	uint32_t masks[CG_DIAGRAM_MASKS_LIMIT]; /* the mask tests that this call's rules make */
	size_t n_masks;
	size_t work, limit;
	int error; /* 0, -ENOMEM, -E2BIG */
};

int cg_diagram_init(struct cg_diagram *diagram);
void cg_diagram_done(struct cg_diagram *diagram);

/* The rules of another call follow, which may cost `limit` steps. What was built before stays and is shared. */
void cg_diagram_begin(struct cg_diagram *diagram, size_t limit);

uint32_t cg_diagram_action(struct cg_diagram *diagram, uint32_t action);

/*
 * `inside` where the argument lies in one of the intervals (sorted, apart from each other), else NOTHING. `is_wide`:
 * all 64 bits count; else the low word alone, and the intervals lie below 2^32. Changes `intervals`.
 */
uint32_t cg_diagram_intervals(struct cg_diagram *diagram, unsigned int arg, bool is_wide, struct cg_interval *intervals,
			      size_t n_intervals, uint32_t inside);

/* MATCH where (word & mask) == datum. */
uint32_t cg_diagram_mask(struct cg_diagram *diagram, unsigned int word, uint32_t mask, uint32_t datum);

/* What `a` says, and where it says NOTHING, what `b` says. */
uint32_t cg_diagram_first(struct cg_diagram *diagram, uint32_t a, uint32_t b);

/* What `b` says where `a` matches, else NOTHING. */
uint32_t cg_diagram_and(struct cg_diagram *diagram, uint32_t a, uint32_t b);

/* ---- between diagram.c and merge.c */

/*
 * Spans of a node under construction, on the scratch stack from `start` on. One that begins where the last one does
 * takes its place; one that goes on like the last one is no new one.
 */
void cg_diagram_push_span(struct cg_diagram *diagram, size_t start, uint32_t first, uint32_t child);
/* The node of these spans (or their only child); the stack is back at `start`. */
uint32_t cg_diagram_pop_ranges(struct cg_diagram *diagram, size_t start, unsigned int word);

uint32_t cg_diagram_mask_node(struct cg_diagram *diagram, unsigned int word, uint32_t mask, uint32_t datum,
			      uint32_t if_differs, uint32_t if_so);

static inline uint64_t cg_diagram_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 29;
}

#endif
