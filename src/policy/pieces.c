/*
 * See pieces.h. Pieces that cannot hold are dropped as soon as they are made (room.h), else their number would grow
 * with every step.
 */
#include "policy/pieces.h"

#include "abi/call_text.h"
#include "base/text.h"
#include "policy/merge.h"
#include "policy/room.h"

#include <errno.h>
#include <string.h>

static int fail_too_much(struct cg_piece_work *work)
{
	struct cg_text name = { 0 };

	cg_call_format_name(&name, work->arch, work->nr);
	cg_err_set(work->err, -E2BIG, NULL, "the conditions on %s (%s) are too many to be merged",
		   cg_text_get(&name), work->arch->name);
	cg_text_done(&name);
	return -E2BIG;
}

/* One comparison of two conditions more. */
static int step(struct cg_piece_work *work)
{
	return work->n_steps++ < CG_MERGE_STEPS_LIMIT ? 0 : fail_too_much(work);
}

int cg_pieces_add(struct cg_piece_work *work, struct cg_pieces *pieces, const struct cg_piece *piece)
{
	if (pieces->n_items >= CG_MERGE_PIECES_LIMIT)
		return fail_too_much(work);
	return cg_vec_push(pieces, *piece) < 0 ? cg_err_memory(work->err) : 0;
}

static bool is_same(const struct cg_comparison *a, const struct cg_comparison *b)
{
	return a->arg == b->arg && a->op == b->op && a->mask == b->mask && a->value == b->value;
}

static bool has(const struct cg_piece *piece, const struct cg_comparison *comparison)
{
	for (unsigned int i = 0; i < piece->n_comparisons; i++)
		if (is_same(&piece->comparisons[i], comparison))
			return true;
	return false;
}

bool cg_piece_covers(const struct cg_piece *piece, const struct cg_piece *other)
{
	for (unsigned int i = 0; i < piece->n_comparisons; i++)
		if (!has(other, &piece->comparisons[i]))
			return false;
	return true;
}

/* The comparisons of which one holds where `comparison` does not, no two at the same time. Returns how many. */
static unsigned int negate(const struct cg_comparison *comparison, uint64_t word, struct cg_comparison ret_not[64])
{
	static const enum cg_op opposites[] = {
		[CG_OP_NE] = CG_OP_EQ, [CG_OP_LT] = CG_OP_GE, [CG_OP_LE] = CG_OP_GT,
		[CG_OP_EQ] = CG_OP_NE, [CG_OP_GE] = CG_OP_LT, [CG_OP_GT] = CG_OP_LE,
	};
	uint64_t mask = comparison->mask & word, seen = 0;
	unsigned int n = 0;

	ret_not[0] = *comparison;
	if (comparison->op != CG_OP_MASKED_EQ) {
		ret_not[0].op = opposites[comparison->op];
		return 1;
	}
	if (mask == word) {
		ret_not[0].op = CG_OP_NE;
		ret_not[0].mask = UINT64_MAX;
		return 1;
	}
	/* Bit by bit: those above are as they should be, this one is not. */
	for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
		if (!(mask & bit))
			continue;
		seen |= bit;
		ret_not[n] = *comparison;
		ret_not[n].mask = seen;
		ret_not[n++].value = (comparison->value ^ bit) & seen;
	}
	return n;
}

/* Does `comparison` hold wherever the others do? To be sure of a yes; a no may be for want of looking. */
static bool is_implied(const struct cg_piece_work *work, const struct cg_comparison *others, unsigned int n_others,
		       const struct cg_comparison *comparison)
{
	struct cg_comparison opposites[64];
	unsigned int n = negate(comparison, cg_arch_word_mask(work->arch), opposites);

	for (unsigned int i = 0; i < n; i++)
		if (cg_comparisons_can_hold(work->arch, others, n_others, &opposites[i], 1))
			return false;
	return true;
}

/* Leaves out what the rest says already: fewer words, and OCI's form may have room for no more. */
static unsigned int simplify(const struct cg_piece_work *work, struct cg_comparison *comparisons, unsigned int n)
{
	for (unsigned int i = n; i-- > 0;) {
		struct cg_comparison here = comparisons[i];
		size_t behind = (n - 1 - i) * sizeof(here);

		memmove(&comparisons[i], &comparisons[i + 1], behind);
		if (is_implied(work, comparisons, n - 1, &here)) {
			n--;
			continue;
		}
		memmove(&comparisons[i + 1], &comparisons[i], behind);
		comparisons[i] = here;
	}
	return n;
}

int cg_piece_join(struct cg_piece_work *work, const struct cg_piece *a, const struct cg_comparison *b, unsigned int n_b,
		struct cg_piece *ret_piece, bool *ret_holds)
{
	struct cg_comparison *joined;
	struct cg_piece piece = *a;
	int r = step(work);

	*ret_holds = false;
	if (r < 0 || !cg_comparisons_can_hold(work->arch, a->comparisons, a->n_comparisons, b, n_b))
		return r;
	joined = cg_arena_alloc_array(&work->arena, a->n_comparisons + n_b + 1, sizeof(*joined));
	if (!joined)
		return cg_err_memory(work->err);
	if (a->n_comparisons)
		memcpy(joined, a->comparisons, a->n_comparisons * sizeof(*joined));
	piece.comparisons = joined;
	for (unsigned int i = 0; i < n_b; i++)
		if (!has(&piece, &b[i]))
			joined[piece.n_comparisons++] = b[i];
	piece.n_comparisons = simplify(work, joined, piece.n_comparisons);
	if (piece.n_comparisons > CG_POLICY_COMPARISONS_LIMIT)
		return fail_too_much(work);
	*ret_piece = piece;
	*ret_holds = true;
	return 0;
}

static int add_joined(struct cg_piece_work *work, struct cg_pieces *pieces, const struct cg_piece *a,
		       const struct cg_comparison *b, unsigned int n_b)
{
	struct cg_piece piece;
	bool can_hold;
	int r = cg_piece_join(work, a, b, n_b, &piece, &can_hold);

	return r < 0 || !can_hold ? r : cg_pieces_add(work, pieces, &piece);
}

/* Adds what is left of `piece` where not all of `b` hold. */
int cg_piece_subtract(struct cg_piece_work *work, const struct cg_piece *piece, const struct cg_piece *b,
		      struct cg_pieces *left)
{
	struct cg_comparison opposites[64];
	struct cg_piece so_far = *piece;
	bool can_hold = true;
	int r = step(work);

	if (r == 0 && !cg_comparisons_can_hold(work->arch, piece->comparisons, piece->n_comparisons, b->comparisons,
					       b->n_comparisons))
		return cg_pieces_add(work, left, piece);
	for (unsigned int i = 0; r == 0 && can_hold && i < b->n_comparisons; i++) {
		unsigned int n = negate(&b->comparisons[i], cg_arch_word_mask(work->arch), opposites);

		for (unsigned int k = 0; r == 0 && k < n; k++)
			r = add_joined(work, left, &so_far, &opposites[k], 1);
		if (r == 0)
			r = cg_piece_join(work, &so_far, &b->comparisons[i], 1, &so_far, &can_hold);
	}
	return r;
}
