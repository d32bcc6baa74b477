/*
 * A 32-bit word of a running filter (A, X, a memory cell) as a function of the call: one condition for each bit.
 *
 * In: fields of struct seccomp_data, constants, and instructions on them. Out: numbers of words; equal functions are
 * equal numbers, number 0 is the constant 0. A bit that would be too large a diagram (a product of two arguments) is
 * left unknown, CG_NONE; only a test that needs it fails. For check/ only.
 */
#ifndef CG_CHECK_WORD_H
#define CG_CHECK_WORD_H

#include "base/vec.h"
#include "check/meaning.h"

#define CG_WORD_BITS 32
#define CG_WORD_STEPS CG_CHECK_INSTRUCTION_STEPS
#define CG_WORDS_LIMIT 100000 /* words that one filter may make: 14 MB */

struct cg_word {
	uint32_t bits[CG_WORD_BITS]; /* [0] is the least significant */
	uint32_t value;              /* of a constant */
	bool is_constant;
	bool is_field;  /* a whole word of struct seccomp_data, from `level` down */
	uint32_t level;
};

struct cg_words {
	struct cg_meanings *meanings;
	bool is_big_endian;
	CG_VEC(struct cg_word) list;
	uint32_t *slots; /* hash table of numbers, plus 1 */
	size_t n_slots;
	CG_VEC(uint32_t) answers; /* cg_words_ask_only() */
	uint32_t fields[16]; /* the words of struct seccomp_data once they were asked for, else 0 */
};

/* Zeroed, then started; ended always. Failures of all of these are CG_NONE, with meanings->code set. */
int cg_words_start(struct cg_words *words, struct cg_meanings *meanings, bool is_big_endian);
void cg_words_done(struct cg_words *words);

/* RET A shall tell apart only the answers that some diagram of the set gives, and all others as one. 0 or -ENOMEM. */
int cg_words_ask_only(struct cg_words *words);

uint32_t cg_word_of_constant(struct cg_words *words, uint32_t value);
uint32_t cg_word_of_field(struct cg_words *words, uint32_t offset);

/* arith.c: BPF_ADD … BPF_NEG of two words (NEG: of `a`). DIV where b is 0: any value. */
uint32_t cg_word_calculate(struct cg_words *words, uint16_t op, uint32_t a, uint32_t b);
uint32_t cg_word_calculate_constant(struct cg_words *words, uint16_t op, uint32_t a, uint32_t k);

/* The condition of BPF_JEQ, JGE, JGT, JSET. */
uint32_t cg_word_test(struct cg_words *words, uint16_t op, uint32_t a, uint32_t b);
uint32_t cg_word_test_constant(struct cg_words *words, uint16_t op, uint32_t a, uint32_t k);

/*
 * The diagram that is `yes` where the test (JEQ, JGE or JGT with a constant) of a field holds and `no` elsewhere: the
 * same as cg_meaning_choose() of its condition, without making the condition.
 */
uint32_t cg_word_choose_by_field(struct cg_words *words, uint16_t op, uint32_t field, uint32_t k, uint32_t yes,
				 uint32_t no);

/* The word that is `yes` where the condition holds and `no` elsewhere. */
uint32_t cg_word_choose(struct cg_words *words, uint32_t condition, uint32_t yes, uint32_t no);

/* The diagram whose answers are the word's values: RET A. */
uint32_t cg_word_to_answers(struct cg_words *words, uint32_t a);

/* For arith.c: the number of a word whose bits are given; is_constant and value are found out. */
uint32_t cg_word_of_bits(struct cg_words *words, const uint32_t bits[CG_WORD_BITS]);

/* if-then-else on bits, where one that is unknown and does not matter does no harm. */
uint32_t cg_bit_choose(struct cg_meanings *meanings, uint32_t condition, uint32_t yes, uint32_t no);

#endif
