/*
 * Conditions on one call as conjunctions of comparisons: joined, and subtracted from each other. For merge.c.
 */
#ifndef CG_POLICY_PIECES_H
#define CG_POLICY_PIECES_H

#include "policy/policy.h"

/* An entry of a list, or a part of one: where all comparisons hold, the action is this. */
struct cg_piece {
	const struct cg_comparison *comparisons;
	unsigned int n_comparisons;
	uint32_t action;
	uint32_t origin;
};

struct cg_pieces {
	struct cg_piece *items;
	size_t n_items;
	size_t n_room;
};

/* What all pieces of one call share. */
struct cg_piece_work {
	struct cg_arena arena; /* comparisons */
	uint64_t n_steps;      /* so far, of CG_MERGE_STEPS_LIMIT */
	const struct cg_arch *arch;
	uint32_t nr;
	struct cg_err *err;
};

/* All three: 0, -E2BIG (a limit of merge.h), -ENOMEM; with the error told. */
int cg_pieces_add(struct cg_piece_work *work, struct cg_pieces *pieces, const struct cg_piece *piece);

/* *ret_piece: `a`, and what `b` adds to it. *ret_holds: false when that cannot hold, and *ret_piece is untouched. */
int cg_piece_join(struct cg_piece_work *work, const struct cg_piece *a, const struct cg_comparison *b, unsigned int n_b,
		  struct cg_piece *ret_piece, bool *ret_holds);

/* Adds to `left` what is left of `piece` where not all of `b` hold: pieces of which no two hold at once. */
int cg_piece_subtract(struct cg_piece_work *work, const struct cg_piece *piece, const struct cg_piece *b,
		      struct cg_pieces *left);

/* Does `piece` hold wherever `other` does, as is to be seen at once? */
bool cg_piece_covers(const struct cg_piece *piece, const struct cg_piece *other);

#endif
