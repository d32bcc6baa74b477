/*
 * A call that shows a difference. In: two roots. Out: a call on which they answer differently.
 *
 * Canonical meanings that are not the same node differ in at least one of their two halves, so a difference is found by
 * walking down, without search. Of all the calls that would do, a person wants one that he knows: so architectures
 * and numbers that have names are asked first, and bits that do not matter, or may be either, are 0.
 */
#include "check/meaning.h"

#include "abi/syscalls.h"

struct pair {
	uint32_t a, b;
};

/* Both meanings once the word whose most significant bit is `level` has a value. */
static struct pair follow_word(const struct cg_meanings *meanings, struct pair pair, uint32_t level, uint32_t value)
{
	for (unsigned int i = 0; i < 32 && pair.a != pair.b; i++) {
		bool bit = value >> (31 - i) & 1;

		pair.a = cg_meaning_follow(meanings, pair.a, level + i, bit);
		pair.b = cg_meaning_follow(meanings, pair.b, level + i, bit);
	}
	return pair;
}

static void set_bit(struct cg_call *call, uint32_t level)
{
	if (level < CG_LEVEL_NR)
		call->arch |= 1U << (31 - level);
	else if (level < CG_LEVEL_ARGS)
		call->nr |= 1U << (63 - level);
	else if (level < CG_LEVEL_IP)
		call->args[level / 64 - 1] |= (uint64_t)1 << (63 - level % 64);
	else
		call->ip |= (uint64_t)1 << (63 - level % 64);
}

/* Down to two leaves that differ, by the low halves as long as they differ. */
static void descend(const struct cg_meanings *meanings, struct pair pair, struct cg_witness *witness)
{
	for (;;) {
		const struct cg_node *node_a = &meanings->nodes[pair.a], *node_b = &meanings->nodes[pair.b];
		uint32_t level = node_a->level < node_b->level ? node_a->level : node_b->level;
		struct pair low;

		if (level == CG_LEVEL_LEAF)
			break;
		low = (struct pair){ cg_meaning_follow(meanings, pair.a, level, false),
				     cg_meaning_follow(meanings, pair.b, level, false) };
		if (low.a == low.b) {
			low = (struct pair){ cg_meaning_follow(meanings, pair.a, level, true),
					     cg_meaning_follow(meanings, pair.b, level, true) };
			set_bit(&witness->call, level);
		}
		pair = low;
	}
	witness->a = meanings->nodes[pair.a].low;
	witness->b = meanings->nodes[pair.b].low;
}

/* A witness of this architecture, with a number that has a name if one shows the difference. */
static bool find_of_arch(const struct cg_meanings *meanings, struct pair pair, const struct cg_arch *arch,
			 struct cg_witness *witness)
{
	pair = follow_word(meanings, pair, CG_LEVEL_ARCH, arch->token);
	if (pair.a == pair.b)
		return false;

	witness->call.arch = arch->token;
	for (size_t i = 0; i < arch->n_rows; i++) {
		struct pair of_row = follow_word(meanings, pair, CG_LEVEL_NR, arch->rows[i].nr);

		if (of_row.a != of_row.b) {
			witness->call.nr = arch->rows[i].nr;
			pair = of_row;
			break;
		}
	}
	descend(meanings, pair, witness);
	return true;
}

int cg_meaning_differ(const struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_witness *ret_witness)
{
	struct cg_witness witness = { 0 };
	struct pair pair = { a, b };
	bool is_found;

	if (a == b)
		return 0;
	is_found = find_of_arch(meanings, pair, cg_arch_native(), &witness);
	for (size_t i = 0; i < cg_n_arches && !is_found; i++)
		is_found = find_of_arch(meanings, pair, &cg_arches[i], &witness);
	if (!is_found)
		descend(meanings, pair, &witness);
	*ret_witness = witness;
	return 1;
}

int cg_meaning_exceeds(struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_witness *ret_witness,
		       struct cg_err *err)
{
	uint32_t excess;
	int r;

	cg_meanings_begin(meanings);
	excess = cg_meaning_apply(meanings, CG_MEANING_EXCEEDS, a, b);
	r = cg_meanings_end(meanings, err);
	if (r < 0)
		return r;

	r = cg_meaning_differ(meanings, excess, CG_NO, ret_witness);
	if (r == 1) {
		ret_witness->a = cg_meaning_eval(meanings, a, &ret_witness->call);
		ret_witness->b = cg_meaning_eval(meanings, b, &ret_witness->call);
	}
	return r;
}
