/*
 * See room.h. Several NE on one argument are taken as leaving room; all else is decided exactly.
 */
#include "policy/room.h"

/* What the comparisons seen so far leave of one argument: least <= x <= most and (x & known) == bits. */
struct room {
	uint64_t least, most;
	uint64_t known, bits;
	bool is_empty;
};

static void narrow_to_least(struct room *room, uint64_t least)
{
	if (least > room->least)
		room->least = least;
}

static void narrow_to_most(struct room *room, uint64_t most)
{
	if (most < room->most)
		room->most = most;
}

static void narrow_bits(struct room *room, uint64_t mask, uint64_t bits)
{
	if ((room->bits ^ bits) & room->known & mask)
		room->is_empty = true;
	room->known |= mask;
	room->bits |= bits & mask;
}

static void narrow(struct room *room, const struct cg_comparison *comparison, uint64_t word)
{
	uint64_t value = comparison->value & word;

	switch (comparison->op) {
	case CG_OP_EQ:
		narrow_bits(room, word, value);
		break;
	case CG_OP_MASKED_EQ:
		narrow_bits(room, comparison->mask & word, value);
		break;
	case CG_OP_LT:
		room->is_empty |= value == 0;
		narrow_to_most(room, value - 1);
		break;
	case CG_OP_LE:
		narrow_to_most(room, value);
		break;
	case CG_OP_GT:
		room->is_empty |= value == word;
		narrow_to_least(room, value + 1);
		break;
	case CG_OP_GE:
		narrow_to_least(room, value);
		break;
	case CG_OP_NE:
		break;
	}
}

/*
 * The least x >= least with (x & known) == bits: either `least` itself, or it and x agree above some bit which x has
 * and `least` has not, and below which x is as small as the known bits allow. The lowest such bit gives the least x.
 */
static bool find_least(const struct room *room, uint64_t *ret_least)
{
	if ((room->least & room->known) == room->bits) {
		*ret_least = room->least;
		return true;
	}
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		uint64_t above = ~(bit | (bit - 1));

		if ((room->least & bit) || ((room->known & bit) && !(room->bits & bit)) ||
		    ((room->least ^ room->bits) & room->known & above))
			continue;
		*ret_least = (room->least & above) | bit | (room->bits & (bit - 1));
		return true;
	}
	return false;
}

/* One value left, and a comparison excludes it. */
static bool is_excluded(const struct cg_comparison *comparison, unsigned int arg, uint64_t word, uint64_t only)
{
	return comparison->arg == arg && comparison->op == CG_OP_NE && (comparison->value & word) == only;
}

static bool has_room(uint64_t word, const struct cg_comparison *comparisons, size_t n_comparisons,
		     const struct cg_comparison *others, size_t n_others, unsigned int arg)
{
	struct room room = { .most = word };
	uint64_t least;
	bool is_one;

	for (size_t i = 0; i < n_comparisons; i++)
		if (comparisons[i].arg == arg)
			narrow(&room, &comparisons[i], word);
	for (size_t i = 0; i < n_others; i++)
		if (others[i].arg == arg)
			narrow(&room, &others[i], word);
	if (room.is_empty || !find_least(&room, &least) || least > room.most)
		return false;
	is_one = room.known == word || room.least == room.most;
	for (size_t i = 0; is_one && i < n_comparisons; i++)
		if (is_excluded(&comparisons[i], arg, word, least))
			return false;
	for (size_t i = 0; is_one && i < n_others; i++)
		if (is_excluded(&others[i], arg, word, least))
			return false;
	return true;
}

bool cg_comparisons_can_hold(const struct cg_arch *arch, const struct cg_comparison *comparisons, size_t n_comparisons,
			     const struct cg_comparison *others, size_t n_others)
{
	uint64_t word = cg_arch_word_mask(arch);

	for (unsigned int arg = 0; arg < 6; arg++)
		if (!has_room(word, comparisons, n_comparisons, others, n_others, arg))
			return false;
	return true;
}

bool cg_rules_can_meet(const struct cg_rule *a, const struct cg_rule *b)
{
	return cg_comparisons_can_hold(a->arch, a->comparisons, a->n_comparisons, b->comparisons, b->n_comparisons);
}
