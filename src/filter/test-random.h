/*
 * For tests only: numbers and programs that look random and are the same in every run.
 *
 * In: a seed. Out: numbers (splitmix64), constants that sit on edges, instructions of every kind.
 */
#ifndef CG_FILTER_TEST_RANDOM_H
#define CG_FILTER_TEST_RANDOM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_random {
	uint64_t state;
};

static inline uint64_t test_random_u64(struct test_random *random)
{
	uint64_t mixed = random->state += 0x9e3779b97f4a7c15U;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
	return mixed ^ mixed >> 31;
}

/* 0 … n - 1. */
static inline uint32_t test_random_below(struct test_random *random, uint32_t n)
{
	return (uint32_t)((test_random_u64(random) >> 32) * n >> 32);
}

static inline bool test_random_percent(struct test_random *random, uint32_t percent)
{
	return test_random_below(random, 100) < percent;
}

/* Often 0, ±1, a power of two or its neighbour; sometimes anything. */
static inline uint32_t test_random_edge(struct test_random *random)
{
	uint32_t power = 1U << test_random_below(random, 32);

	switch (test_random_below(random, 8)) {
	case 0:
		return 0;
	case 1:
		return test_random_below(random, 8);
	case 2:
		return 0U - test_random_below(random, 8);
	case 3:
		return power;
	case 4:
		return power - 1;
	case 5:
		return power | test_random_below(random, 4);
	default:
		return (uint32_t)test_random_u64(random);
	}
}

static const uint16_t test_alu_codes[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND,
					   BPF_OR,  BPF_XOR, BPF_LSH, BPF_RSH };
static const uint16_t test_jump_codes[] = { BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET };

/* A load, a store or a move. */
static inline struct sock_filter test_random_move(struct test_random *random)
{
	struct sock_filter insn = { 0 };

	switch (test_random_below(random, 12)) {
	case 0:
		insn.code = BPF_LD | BPF_IMM;
		insn.k = test_random_edge(random);
		break;
	case 1:
		insn.code = BPF_LDX | BPF_IMM;
		insn.k = test_random_edge(random);
		break;
	case 2:
		insn.code = BPF_LD | BPF_W | BPF_LEN;
		break;
	case 3:
		insn.code = BPF_LDX | BPF_W | BPF_LEN;
		break;
	case 4:
		insn.code = BPF_MISC | (test_random_percent(random, 50) ? BPF_TAX : BPF_TXA);
		break;
	case 5:
	case 6:
		insn.code = test_random_percent(random, 50) ? BPF_ST : BPF_STX;
		insn.k = test_random_below(random, 3);
		break;
	case 7:
		insn.code = (test_random_percent(random, 50) ? BPF_LD : BPF_LDX) | BPF_MEM;
		insn.k = test_random_below(random, 3);
		break;
	default:
		insn.code = BPF_LD | BPF_W | BPF_ABS;
		insn.k = 4 * test_random_below(random, 16);
		break;
	}
	return insn;
}

static inline struct sock_filter test_random_alu(struct test_random *random)
{
	uint16_t op = test_alu_codes[test_random_below(random, 9)];
	struct sock_filter insn = { .code = BPF_ALU | op, .k = test_random_edge(random) };

	if (test_random_percent(random, 8))
		return (struct sock_filter){ .code = BPF_ALU | BPF_NEG };
	if (test_random_percent(random, 50))
		return (struct sock_filter){ .code = BPF_ALU | op | BPF_X };
	if (op == BPF_LSH || op == BPF_RSH)
		insn.k %= 32;
	if (op == BPF_DIV && insn.k == 0)
		insn.k = 3;
	return insn;
}

/* `room`: how many instructions follow and may be jumped to; at least 1. */
static inline struct sock_filter test_random_jump(struct test_random *random, size_t room)
{
	uint32_t reach = room < 256 ? (uint32_t)room : 256;
	struct sock_filter insn = { .code = BPF_JMP | BPF_JA };

	if (test_random_percent(random, 10)) {
		insn.k = test_random_below(random, (uint32_t)room);
		return insn;
	}
	insn.code = BPF_JMP | test_jump_codes[test_random_below(random, 4)];
	insn.jt = (uint8_t)test_random_below(random, reach);
	insn.jf = (uint8_t)test_random_below(random, reach);
	if (test_random_percent(random, 30))
		insn.code |= BPF_X;
	else
		insn.k = test_random_edge(random);
	return insn;
}

/* Anything but a RET, well formed. */
static inline struct sock_filter test_random_insn(struct test_random *random, size_t room)
{
	switch (test_random_below(random, 4)) {
	case 0:
		return test_random_alu(random);
	case 1:
		return test_random_jump(random, room);
	default:
		return test_random_move(random);
	}
}

/* Something that the kernel may well refuse about it. */
static inline void test_random_damage(struct test_random *random, struct sock_filter *insn, size_t room)
{
	switch (test_random_below(random, 5)) {
	case 0:
		insn->code = (uint16_t)test_random_below(random, 0x100);
		break;
	case 1:
		insn->code = (uint16_t)test_random_u64(random);
		break;
	case 2:
		insn->k = test_random_edge(random);
		break;
	case 3:
		insn->jt = (uint8_t)(room + test_random_below(random, 2));
		break;
	default:
		insn->jf = (uint8_t)(room + test_random_below(random, 2));
		insn->k = (uint32_t)room + test_random_below(random, 2);
		break;
	}
}

/* A program of n instructions, about half of them valid. */
static inline void test_random_program(struct test_random *random, struct sock_filter *insns, size_t n_insns)
{
	for (size_t pc = 0; pc < n_insns; pc++) {
		size_t room = n_insns - pc - 1;

		if (room == 0 || test_random_percent(random, 6))
			insns[pc] = (struct sock_filter){
				.code = BPF_RET | (test_random_percent(random, 30) ? BPF_A : BPF_K),
				.k = test_random_edge(random),
			};
		else
			insns[pc] = test_random_insn(random, room);
		if (test_random_percent(random, 3))
			test_random_damage(random, &insns[pc], room);
	}
}

#endif
