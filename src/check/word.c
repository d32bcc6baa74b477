/*
 * Symbolic words: made once each, compared, chosen between. See word.h.
 *
 * In: bits. Out: numbers of words, conditions. Comparisons are built from the least significant bit up, which in the
 * order of levels is from the bottom up: of a plain field each costs 32 new nodes and no search.
 */
#include "check/word.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

static uint64_t hash_bits(const uint32_t bits[CG_WORD_BITS])
{
	uint64_t hash = 0;

	for (unsigned int i = 0; i < CG_WORD_BITS; i += 2) {
		hash = (hash ^ bits[i] ^ (uint64_t)bits[i + 1] << 32) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 29;
	}
	return hash;
}

/* The slot of the word, or the empty one where it belongs. */
static size_t find_slot(const struct cg_words *words, const uint32_t bits[CG_WORD_BITS])
{
	size_t slot = hash_bits(bits) & (words->n_slots - 1);

	while (words->slots[slot]) {
		if (memcmp(words->list.items[words->slots[slot] - 1].bits, bits, CG_WORD_BITS * sizeof(*bits)) == 0)
			break;
		slot = (slot + 1) & (words->n_slots - 1);
	}
	return slot;
}

static int grow_slots(struct cg_words *words)
{
	size_t n_slots = words->n_slots ? 2 * words->n_slots : 256;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(words->slots);
	words->slots = slots;
	words->n_slots = n_slots;
	for (size_t i = 0; i < words->list.n_items; i++)
		slots[find_slot(words, words->list.items[i].bits)] = (uint32_t)i + 1;
	return 0;
}

static uint32_t fail(struct cg_words *words, int code)
{
	words->meanings->code = code;
	return CG_NONE;
}

uint32_t cg_word_of_bits(struct cg_words *words, const uint32_t bits[CG_WORD_BITS])
{
	struct cg_word word = { .is_constant = true };
	size_t slot;

	if (words->n_slots <= 2 * words->list.n_items && grow_slots(words) < 0)
		return fail(words, -ENOMEM);
	slot = find_slot(words, bits);
	if (words->slots[slot])
		return words->slots[slot] - 1;
	if (words->list.n_items >= CG_WORDS_LIMIT) {
		cg_meanings_exceed(words->meanings, CG_CHECK_LIMIT_WORDS);
		return CG_NONE;
	}

	for (unsigned int i = 0; i < CG_WORD_BITS; i++) {
		word.bits[i] = bits[i];
		word.is_constant &= bits[i] <= CG_YES;
		word.value |= (uint32_t)(bits[i] == CG_YES) << i;
	}
	if (cg_vec_push(&words->list, word) < 0)
		return fail(words, -ENOMEM);
	words->slots[slot] = (uint32_t)words->list.n_items;
	return (uint32_t)words->list.n_items - 1;
}

uint32_t cg_word_of_constant(struct cg_words *words, uint32_t value)
{
	uint32_t bits[CG_WORD_BITS];

	for (unsigned int i = 0; i < CG_WORD_BITS; i++)
		bits[i] = value >> i & 1 ? CG_YES : CG_NO;
	return cg_word_of_bits(words, bits);
}

int cg_words_start(struct cg_words *words, struct cg_meanings *meanings, bool is_big_endian)
{
	words->meanings = meanings;
	words->is_big_endian = is_big_endian;
	return cg_word_of_constant(words, 0) == CG_NONE ? meanings->code : 0;
}

int cg_words_ask_only(struct cg_words *words)
{
	struct cg_meanings *meanings = words->meanings;

	for (uint32_t number = 0; number < meanings->n_nodes; number++) {
		if (!cg_meaning_is_leaf(meanings, number))
			continue;
		if (cg_vec_push(&words->answers, meanings->nodes[number].low) < 0)
			return meanings->code = -ENOMEM;
	}
	return 0;
}

void cg_words_done(struct cg_words *words)
{
	cg_vec_done(&words->answers);
	cg_vec_done(&words->list);
	free(words->slots);
}

/* The level of the most significant bit of the word at `offset` (linux/seccomp.h, struct seccomp_data). */
static uint32_t level_of_field(const struct cg_words *words, uint32_t offset)
{
	uint32_t level;

	if (offset == offsetof(struct seccomp_data, nr))
		return CG_LEVEL_NR;
	if (offset == offsetof(struct seccomp_data, arch))
		return CG_LEVEL_ARCH;

	if (offset < offsetof(struct seccomp_data, args))
		level = CG_LEVEL_IP;
	else
		level = CG_LEVEL_ARGS + (uint32_t)(offset - offsetof(struct seccomp_data, args)) / 8 * 64;
	/* Words of 64-bit fields: the low word is the first on little-endian machines. */
	return (offset % 8 == 0) == words->is_big_endian ? level : level + CG_WORD_BITS;
}

uint32_t cg_word_of_field(struct cg_words *words, uint32_t offset)
{
	uint32_t *field = &words->fields[offset / 4], bits[CG_WORD_BITS];
	uint32_t level = level_of_field(words, offset), word;

	if (*field)
		return *field;
	for (unsigned int i = 0; i < CG_WORD_BITS; i++)
		bits[i] = cg_meaning_node(words->meanings, level + CG_WORD_BITS - 1 - i, CG_NO, CG_YES);
	if (words->meanings->code < 0)
		return CG_NONE;
	word = cg_word_of_bits(words, bits);
	if (word == CG_NONE)
		return CG_NONE;
	words->list.items[word].is_field = true;
	words->list.items[word].level = level;
	return *field = word;
}

uint32_t cg_bit_choose(struct cg_meanings *meanings, uint32_t condition, uint32_t yes, uint32_t no)
{
	if (condition <= CG_YES)
		return condition == CG_YES ? yes : no;
	if (yes == no)
		return yes;
	return cg_meaning_choose(meanings, condition, yes, no);
}

uint32_t cg_word_test_constant(struct cg_words *words, uint16_t op, uint32_t a, uint32_t k)
{
	const uint32_t *bits = words->list.items[a].bits;
	uint32_t holds = op == BPF_JEQ || op == BPF_JGE ? CG_YES : CG_NO; /* so far, for the bits below i */

	for (unsigned int i = 0; i < CG_WORD_BITS; i++) {
		bool bit = k >> i & 1;

		if (op == BPF_JSET)
			holds = bit ? cg_bit_choose(words->meanings, bits[i], CG_YES, holds) : holds;
		else if (op == BPF_JEQ)
			holds = cg_bit_choose(words->meanings, bits[i], bit ? holds : CG_NO, bit ? CG_NO : holds);
		else
			holds = cg_bit_choose(words->meanings, bits[i], bit ? holds : CG_YES, bit ? CG_NO : holds);
	}
	return holds;
}

uint32_t cg_word_test(struct cg_words *words, uint16_t op, uint32_t a, uint32_t b)
{
	const uint32_t *bits_a = words->list.items[a].bits, *bits_b = words->list.items[b].bits;
	uint32_t holds = op == BPF_JEQ || op == BPF_JGE ? CG_YES : CG_NO;
	struct cg_meanings *meanings = words->meanings;

	if (words->list.items[b].is_constant)
		return cg_word_test_constant(words, op, a, words->list.items[b].value);

	for (unsigned int i = 0; i < CG_WORD_BITS; i++) {
		uint32_t if_set, if_clear; /* what holds, by the bit of a */

		if (op == BPF_JSET) {
			if_set = cg_bit_choose(meanings, bits_b[i], CG_YES, holds);
			if_clear = holds;
		} else {
			if_set = cg_bit_choose(meanings, bits_b[i], holds, op == BPF_JEQ ? CG_NO : CG_YES);
			if_clear = cg_bit_choose(meanings, bits_b[i], CG_NO, holds);
		}
		holds = cg_bit_choose(meanings, bits_a[i], if_set, if_clear);
	}
	return holds;
}

/*
 * Down the one path on which the field equals k, gathering what lies beside it: where a bit of k is set, the side path
 * has smaller values, else larger ones. Then up again. Both diagrams must lie below the field's first level.
 */
uint32_t cg_word_choose_by_field(struct cg_words *words, uint16_t op, uint32_t field, uint32_t k, uint32_t yes,
				 uint32_t no)
{
	struct cg_meanings *meanings = words->meanings;
	uint32_t level = words->list.items[field].level, root, sides[CG_WORD_BITS], n;

	if (yes == CG_NONE || no == CG_NONE)
		return CG_NONE;
	if (meanings->nodes[yes].level < level || meanings->nodes[no].level < level)
		return cg_meaning_choose(meanings, cg_word_test_constant(words, op, field, k), yes, no);

	for (n = 0; n < CG_WORD_BITS && yes != no; n++) {
		bool bit = k >> (CG_WORD_BITS - 1 - n) & 1;

		sides[n] = cg_meaning_follow(meanings, op == BPF_JEQ || bit ? no : yes, level + n, !bit);
		yes = cg_meaning_follow(meanings, yes, level + n, bit);
		no = cg_meaning_follow(meanings, no, level + n, bit);
	}
	root = op == BPF_JGT ? no : yes; /* where all bits are equal */
	while (n-- > 0) {
		bool bit = k >> (CG_WORD_BITS - 1 - n) & 1;

		root = cg_meaning_node(meanings, level + n, bit ? sides[n] : root, bit ? root : sides[n]);
		if (root == CG_NONE)
			break;
	}
	return root;
}

uint32_t cg_word_choose(struct cg_words *words, uint32_t condition, uint32_t yes, uint32_t no)
{
	uint32_t bits[CG_WORD_BITS];
	uint64_t n_steps_before;

	if (yes == no)
		return yes;
	n_steps_before = cg_meanings_curb(words->meanings, CG_WORD_STEPS);
	for (unsigned int i = 0; i < CG_WORD_BITS; i++)
		bits[i] = cg_bit_choose(words->meanings, condition, words->list.items[yes].bits[i],
					words->list.items[no].bits[i]);
	cg_meanings_release(words->meanings, n_steps_before);
	return words->meanings->code < 0 ? CG_NONE : cg_word_of_bits(words, bits);
}

static uint32_t to_asked_answers(struct cg_words *words, uint32_t a)
{
	struct cg_meanings *meanings = words->meanings;
	uint32_t root = cg_meaning_other_leaf(meanings);

	for (size_t i = 0; i < words->answers.n_items && cg_meanings_step(meanings); i++) {
		uint32_t answer = words->answers.items[i];

		root = cg_meaning_choose(meanings, cg_word_test_constant(words, BPF_JEQ, a, answer),
					 cg_meaning_leaf(meanings, answer), root);
	}
	return root;
}

uint32_t cg_word_to_answers(struct cg_words *words, uint32_t a)
{
	struct cg_meanings *meanings = words->meanings;
	uint32_t answers = CG_NO;

	if (words->list.items[a].is_constant)
		return cg_meaning_leaf(meanings, words->list.items[a].value);
	if (words->answers.n_items)
		return to_asked_answers(words, a);
	for (unsigned int i = 0; i < CG_WORD_BITS; i++) {
		uint32_t bit = cg_meaning_leaf(meanings, 1U << i);

		bit = cg_meaning_choose(meanings, words->list.items[a].bits[i], bit, CG_NO);
		answers = cg_meaning_apply(meanings, CG_MEANING_OR, answers, bit);
	}
	return answers;
}
