/*
 * Sets of argument values: what a condition holds for. The algebra with which exceptions become disjoint rules.
 *
 * In: comparisons. Out: boxes, each a product of six cells (cell.h), one an argument. A list of boxes is their union;
 * lists are intersected and subtracted. Everything is within the word of an architecture, so that a list is worked out
 * for one architecture at a time. Cells are settled, so that equal boxes are equal bytes.
 */
#ifndef CG_POLICY_BOX_H
#define CG_POLICY_BOX_H

#include "base/vec.h"
#include "policy/cell.h"

#define CG_BOXES_LIMIT ((size_t)4096)           /* in one list */
#define CG_BOX_STEPS_LIMIT ((uint64_t)8 << 20)  /* pairs of boxes compared in one piece of work */

struct cg_box {
	struct cg_cell cells[6];
};

/* Start with {0}; end with cg_boxes_done(). */
struct cg_boxes {
	struct cg_box *items;
	size_t n_items;
	size_t n_room;
};

/* What all lists of one piece of work share. */
struct cg_box_work {
	uint64_t word;    /* cg_arch_word_mask() */
	uint64_t n_steps; /* pairs of boxes that may still be looked at */
};

/* Every value of every argument. */
struct cg_box cg_box_full(uint64_t word);
bool cg_box_is_full(const struct cg_box *box, uint64_t word);
bool cg_boxes_have_full(const struct cg_boxes *boxes, uint64_t word);

/*
 * All that follow: 0, -ENOMEM, or -E2BIG (CG_BOXES_LIMIT, or the budget is spent). On failure a list may have changed;
 * it is still to be released.
 */
int cg_boxes_add(struct cg_boxes *boxes, const struct cg_box *box);
int cg_boxes_copy(struct cg_boxes *boxes, const struct cg_boxes *from);

/*
 * Adds the box in which one argument is held to a range, or to bits (those of `bits` outside the mask do not count);
 * nothing when there is no such value.
 */
int cg_boxes_add_range(struct cg_boxes *boxes, unsigned int arg, uint64_t least, uint64_t most,
		       const struct cg_box_work *work);
int cg_boxes_add_bits(struct cg_boxes *boxes, unsigned int arg, uint64_t mask, uint64_t bits,
		      const struct cg_box_work *work);

/* boxes becomes what it has in common with `other`; what it has beside `other`; all that it has not. */
int cg_boxes_intersect(struct cg_boxes *boxes, const struct cg_boxes *other, struct cg_box_work *work);
int cg_boxes_subtract(struct cg_boxes *boxes, const struct cg_boxes *other, struct cg_box_work *work);
int cg_boxes_complement(struct cg_boxes *boxes, struct cg_box_work *work);

/* Adds what all comparisons of a rule hold for, cut to the word as eval.c does. */
int cg_boxes_add_rule(struct cg_boxes *boxes, const struct cg_comparison *comparisons, unsigned int n_comparisons,
		      struct cg_box_work *work);

/* Do two lists hold the same values? *ret_same; what is in one list may overlap. */
int cg_boxes_compare(const struct cg_boxes *a, const struct cg_boxes *b, struct cg_box_work *work,
		     bool *ret_same);

void cg_boxes_done(struct cg_boxes *boxes);

/*
 * box_rules.c: the list as conditions of rules, as few as come easily: boxes that differ in one argument only, with
 * nothing or one value between them, become one (`a != 5`), and then again along the other arguments. Calls `add` for
 * each; what is in the list is reordered. 0, -ENOMEM, or what `add` returned when it was not 0.
 */
int cg_boxes_to_rules(struct cg_boxes *boxes, uint64_t word,
		      int (*add)(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons),
		      void *context);

#endif
