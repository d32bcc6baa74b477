/*
 * Architectures that one of two things does not tell apart call by call, mostly because it does not have them: each is
 * one row of `callgate diff` instead of hundreds.
 */
#ifndef CG_CLI_DIFF_ARCHES_H
#define CG_CLI_DIFF_ARCHES_H

#include "base/text.h"
#include "words/differences.h"

/* One such architecture. */
struct cg_diff_arch {
	const struct cg_arch *arch;
	bool is_one[2];  /* A's, B's answer to its calls is one */
	size_t n_calls;  /* that differ and have a name */
	bool has_numbers; /* and some without */
	const struct cg_difference *example;
};

struct cg_diff_arches {
	struct cg_diff_arch items[CG_N_ARCHES_MAX];
	size_t n_items;
	uint32_t mask; /* of their cg_arch_index() */
};

/* Those with more than one row among the differences of a and b, which must outlive what is found. */
void cg_diff_arches_find(const struct cg_meanings *meanings, uint32_t a, uint32_t b,
			 const struct cg_differences *differences, struct cg_diff_arches *ret_arches);

/* False when the row speaks of such architectures only; otherwise *row speaks of the others. */
bool cg_diff_arches_leave(const struct cg_diff_arches *arches, struct cg_difference *row);

/* "ALLOW, ERRNO(EPERM)": what the calls of the architecture get from A (side 0) or B (1), where they differ. */
void cg_diff_arch_say(struct cg_text *text, const struct cg_diff_arch *arch, const struct cg_differences *differences,
		      unsigned int side);

#endif
