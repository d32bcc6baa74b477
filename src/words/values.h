/*
 * Sets of values of one argument, as a person would say them: `== 1`, `in {1, 2, 16}`, `<= 4095`, `& 0x7e020000 == 0`.
 *
 * In: a pair of diagrams and a word of the call. Out: what is left of the pair below that word, and for each such rest
 * the set of values that leads there: exact, or said to be too long to tell.
 */
#ifndef CG_WORDS_VALUES_H
#define CG_WORDS_VALUES_H

#include "base/vec.h"
#include "check/check.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_VALUES_MAX 64        /* points or ranges in one set; more are tried as masks */
#define CG_VALUES_MASKS_MAX 8   /* masks in one set; more are CG_VALUES_FURTHER */
#define CG_CUT_VERTICES_LIMIT 4096 /* pairs of diagrams within one word */
#define CG_CUT_PARTS_LIMIT 64   /* what a word can lead to */

enum cg_values_form {
	CG_VALUES_ALL,
	CG_VALUES_RANGES,     /* in one of the ranges */
	CG_VALUES_NOT_POINTS, /* none of the points */
	CG_VALUES_MASKS,      /* value & first == last for one of the items */
	CG_VALUES_NOT_MASKS,  /* value & first != last for all of them */
	CG_VALUES_FURTHER,    /* none of these says it briefly */
};

struct cg_values {
	enum cg_values_form form;
	bool is_low;   /* of the low 32 bits; the others do not matter */
	bool is_high;  /* of the high 32 bits, moved down: value >> 32 */
	size_t n_items;
	struct {
		uint64_t first, last; /* MASKS: the mask, the datum */
	} items[CG_VALUES_MAX];
	uint64_t example; /* the smallest of the set, in its place */
};

/* The pair of diagrams that these values lead to; never a pair of equal ones. */
struct cg_values_part {
	uint32_t a, b;
	struct cg_values values;
};

/* Start with {0}; end with cg_cut_done(). */
struct cg_cut {
	struct cg_values_part *items; /* in ascending order of their examples */
	size_t n_items;
	size_t n_room;
};

/*
 * Cuts the word whose most significant bit is `level` (CG_LEVEL_ARGS + 64 * i, CG_LEVEL_IP) for a pair that asks nothing
 * above it; or its high half alone, where the two halves together cannot be said briefly.
 * Errors: -EOVERFLOW a limit above, -ENOMEM.
 */
int cg_values_cut(const struct cg_meanings *meanings, uint32_t a, uint32_t b, uint32_t level, bool is_half,
		  struct cg_cut *ret_cut);
void cg_cut_done(struct cg_cut *cut);

#endif
