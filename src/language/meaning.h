/*
 * What the words of a policy text stand for on one architecture. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_MEANING_H
#define CG_LANGUAGE_MEANING_H

#include "policy/box.h"
#include "language/syntax.h"

/* A call on an architecture, whose arguments are asked about. */
struct cg_place_of_call {
	struct cg_document *document;
	const struct cg_arch *arch;
	uint32_t nr;
	struct cg_box_work *work;
};

/* names.c: is there such a call, such a group, on the architecture that the name is bound to? -EINVAL. */
int cg_name_check(struct cg_document *document, const struct cg_name *name);

/* Calls `add` with each number that the name stands for on an architecture; 0, or what `add` returned. */
int cg_name_numbers(const struct cg_name *name, const struct cg_arch *arch, int (*add)(void *context, uint32_t nr),
		    void *context);

/* Is the number among the names? *n_steps grows by about as many names as were looked at. */
bool cg_names_have(const struct cg_name *names, const struct cg_arch *arch, uint32_t nr, uint64_t *n_steps);

/* A number of a name that is one; false for words. */
bool cg_name_is_number(const struct cg_name *name, uint64_t *ret_number);

/*
 * argument.c: which argument a word means, and which bits of it: a0 to a5 all of the arch's word; its name for this
 * call those that the kernel reads. -EINVAL at `at`.
 */
int cg_argument_index(const struct cg_place_of_call *call, const char *word, const struct cg_spot *at,
		      unsigned int *ret_index, uint64_t *ret_reads);

/* The same without an error: -1 when there is none. */
int cg_argument_of_name(const struct cg_arch *arch, uint32_t nr, const char *word, uint64_t *ret_reads);

/* condition.c: adds what a condition holds for. -EINVAL, -E2BIG (box.h), -ENOMEM; err is set but for -E2BIG. */
int cg_condition_boxes(const struct cg_place_of_call *call, const struct cg_condition *condition,
		       struct cg_boxes *ret_boxes);

/* The comparisons of a condition that is nothing but comparisons joined by `and`. -EINVAL for all others. */
int cg_condition_comparisons(const struct cg_place_of_call *call, const struct cg_condition *condition,
			     struct cg_comparison *ret_comparisons, unsigned int *ret_n_comparisons);

#endif
