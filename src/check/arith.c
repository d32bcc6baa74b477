/*
 * Arithmetic on symbolic words: every ALU instruction that seccomp takes, bit by bit.
 *
 * In: two words. Out: a word. Constants are calculated at once; else addition is a ripple carry, multiplication adds
 * shifted rows, division restores, a shift by X is five choices (the kernel uses X modulo 32). All work from the least
 * significant bit but division, so that where CG_WORD_STEPS run out the bits already known stay known.
 */
#include "check/word.h"

#include <linux/filter.h>
#include <string.h>

static uint32_t calculate_values(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default: /* BPF_NEG */
		return 0 - a;
	}
}

/* A constant operand goes first, so that an unknown one behind it may not matter. */
static uint32_t bit_and(struct cg_meanings *meanings, uint32_t a, uint32_t b)
{
	return b <= CG_YES ? cg_bit_choose(meanings, b, a, CG_NO) : cg_bit_choose(meanings, a, b, CG_NO);
}

static uint32_t bit_or(struct cg_meanings *meanings, uint32_t a, uint32_t b)
{
	return b <= CG_YES ? cg_bit_choose(meanings, b, CG_YES, a) : cg_bit_choose(meanings, a, CG_YES, b);
}

static uint32_t bit_not(struct cg_meanings *meanings, uint32_t a)
{
	return cg_bit_choose(meanings, a, CG_NO, CG_YES);
}

static uint32_t bit_xor(struct cg_meanings *meanings, uint32_t a, uint32_t b)
{
	if (b <= CG_YES)
		return b == CG_YES ? bit_not(meanings, a) : a;
	return cg_bit_choose(meanings, a, bit_not(meanings, b), b);
}

/* ret = a + b + carry; returns the carry out. `ret` may be `a`. */
static uint32_t add(struct cg_meanings *meanings, uint32_t *ret, const uint32_t *a, const uint32_t *b, uint32_t carry)
{
	for (unsigned int i = 0; i < CG_WORD_BITS; i++) {
		uint32_t half = bit_xor(meanings, a[i], b[i]);
		uint32_t sum = bit_xor(meanings, half, carry);

		carry = cg_bit_choose(meanings, half, carry, a[i]);
		ret[i] = sum;
	}
	return carry;
}

/* ret = a - b; returns CG_YES where a >= b. */
static uint32_t subtract(struct cg_meanings *meanings, uint32_t *ret, const uint32_t *a, const uint32_t *b)
{
	uint32_t complement[CG_WORD_BITS];

	for (unsigned int i = 0; i < CG_WORD_BITS; i++)
		complement[i] = bit_not(meanings, b[i]);
	return add(meanings, ret, a, complement, CG_YES);
}

/* ret = a shifted by n places, to the left where n > 0. Not in place. */
static void shift(uint32_t *ret, const uint32_t *a, int n)
{
	for (int i = 0; i < CG_WORD_BITS; i++) {
		int from = i - n;

		ret[i] = from >= 0 && from < CG_WORD_BITS ? a[from] : CG_NO;
	}
}

static void shift_by_word(struct cg_meanings *meanings, uint32_t *ret, const uint32_t *a, const uint32_t *b, int sign)
{
	uint32_t shifted[CG_WORD_BITS];

	memcpy(ret, a, CG_WORD_BITS * sizeof(*a));
	for (int stage = 0; stage < 5; stage++) {
		shift(shifted, ret, sign * (1 << stage));
		for (int i = 0; i < CG_WORD_BITS; i++)
			ret[i] = cg_bit_choose(meanings, b[stage], shifted[i], ret[i]);
	}
}

static void multiply(struct cg_meanings *meanings, uint32_t *ret, const uint32_t *a, const uint32_t *b)
{
	uint32_t row[CG_WORD_BITS];

	memset(ret, 0, CG_WORD_BITS * sizeof(*ret)); /* each CG_NO */
	for (int n = 0; n < CG_WORD_BITS; n++) {
		if (b[n] == CG_NO)
			continue;
		shift(row, a, n);
		for (int i = n; i < CG_WORD_BITS; i++)
			row[i] = bit_and(meanings, row[i], b[n]);
		add(meanings, ret, ret, row, CG_NO);
	}
}

/* Schoolbook: the remainder takes in one bit of `a` after the other; where it reaches b, b goes off. */
static void divide(struct cg_meanings *meanings, uint32_t *ret, const uint32_t *a, const uint32_t *b)
{
	uint32_t rest[CG_WORD_BITS] = { CG_NO }, shifted[CG_WORD_BITS], reduced[CG_WORD_BITS];

	for (int n = CG_WORD_BITS - 1; n >= 0; n--) {
		uint32_t top = rest[CG_WORD_BITS - 1]; /* bit 32 of the shifted remainder */

		shift(shifted, rest, 1);
		shifted[0] = a[n];
		ret[n] = bit_or(meanings, top, subtract(meanings, reduced, shifted, b));
		for (int i = 0; i < CG_WORD_BITS; i++)
			rest[i] = cg_bit_choose(meanings, ret[n], reduced[i], shifted[i]);
	}
}

static void calculate_bits(struct cg_meanings *meanings, uint16_t op, uint32_t *ret, const uint32_t *a,
			   const uint32_t *b)
{
	static const uint32_t zero[CG_WORD_BITS] = { CG_NO };

	switch (op) {
	case BPF_ADD:
		add(meanings, ret, a, b, CG_NO);
		return;
	case BPF_SUB:
		subtract(meanings, ret, a, b);
		return;
	case BPF_MUL:
		multiply(meanings, ret, a, b);
		return;
	case BPF_DIV:
		divide(meanings, ret, a, b);
		return;
	case BPF_LSH:
		shift_by_word(meanings, ret, a, b, 1);
		return;
	case BPF_RSH:
		shift_by_word(meanings, ret, a, b, -1);
		return;
	case BPF_NEG:
		subtract(meanings, ret, zero, a);
		return;
	default:
		break;
	}
	for (int i = 0; i < CG_WORD_BITS; i++) {
		if (op == BPF_AND)
			ret[i] = bit_and(meanings, a[i], b[i]);
		else if (op == BPF_OR)
			ret[i] = bit_or(meanings, a[i], b[i]);
		else
			ret[i] = bit_xor(meanings, a[i], b[i]);
	}
}

static uint32_t calculate(struct cg_words *words, uint16_t op, uint32_t a, const struct cg_word *operand)
{
	const struct cg_word *word = &words->list.items[a];
	uint32_t bits[CG_WORD_BITS];
	uint64_t n_steps_before;

	if (word->is_constant && (operand->is_constant || op == BPF_NEG))
		return cg_word_of_constant(words, calculate_values(op, word->value, operand->value));

	n_steps_before = cg_meanings_curb(words->meanings, CG_WORD_STEPS);
	calculate_bits(words->meanings, op, bits, word->bits, operand->bits);
	cg_meanings_release(words->meanings, n_steps_before);
	return words->meanings->code < 0 ? CG_NONE : cg_word_of_bits(words, bits);
}

uint32_t cg_word_calculate(struct cg_words *words, uint16_t op, uint32_t a, uint32_t b)
{
	return calculate(words, op, a, &words->list.items[b]);
}

uint32_t cg_word_calculate_constant(struct cg_words *words, uint16_t op, uint32_t a, uint32_t k)
{
	struct cg_word operand = { .value = k, .is_constant = true };

	for (unsigned int i = 0; i < CG_WORD_BITS; i++)
		operand.bits[i] = k >> i & 1 ? CG_YES : CG_NO;
	return calculate(words, op, a, &operand);
}
