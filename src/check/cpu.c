/*
 * One instruction on symbolic words. In: an instruction and the machine. Out: the machine after it, or the condition on
 * which it leaves the straight line.
 *
 * The meaning is the kernel's after bpf_convert_filter() (net/core/filter.c), as filter/run.c has it for numbers.
 */
#include "check/cpu.h"

#include <linux/seccomp.h>

static uint32_t loaded(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		return cg_word_of_field(words, insn->k);
	case BPF_LEN:
		return cg_word_of_constant(words, sizeof(struct seccomp_data));
	case BPF_MEM:
		return cpu->registers[insn->k];
	default: /* BPF_IMM */
		return cg_word_of_constant(words, insn->k);
	}
}

static uint32_t calculated(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn)
{
	uint32_t a = cpu->registers[CG_REGISTER_A], x = cpu->registers[CG_REGISTER_X];

	if (BPF_SRC(insn->code) == BPF_X)
		return cg_word_calculate(words, BPF_OP(insn->code), a, x);
	return cg_word_calculate_constant(words, BPF_OP(insn->code), a, insn->k);
}

/* Which register an instruction writes. */
static uint32_t target(const struct sock_filter *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ST:
	case BPF_STX:
		return insn->k;
	case BPF_LDX:
		return CG_REGISTER_X;
	case BPF_MISC:
		return BPF_MISCOP(insn->code) == BPF_TAX ? CG_REGISTER_X : CG_REGISTER_A;
	default:
		return CG_REGISTER_A;
	}
}

static uint32_t written(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		return loaded(cpu, words, insn);
	case BPF_ST:
		return cpu->registers[CG_REGISTER_A];
	case BPF_STX:
		return cpu->registers[CG_REGISTER_X];
	case BPF_ALU:
		return calculated(cpu, words, insn);
	default: /* BPF_MISC */
		return cpu->registers[BPF_MISCOP(insn->code) == BPF_TAX ? CG_REGISTER_A : CG_REGISTER_X];
	}
}

int cg_cpu_step(struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn,
		    uint32_t live_after)
{
	uint32_t word;

	if (!(live_after & 1U << target(insn)))
		return 0;
	word = written(cpu, words, insn);
	if (word == CG_NONE)
		return words->meanings->code;
	cpu->registers[target(insn)] = word;
	return 0;
}

uint32_t cg_cpu_condition(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn)
{
	uint32_t a = cpu->registers[CG_REGISTER_A], x = cpu->registers[CG_REGISTER_X];

	if (cg_insn_is_division_by_x(insn))
		return cg_word_test_constant(words, BPF_JEQ, x, 0);
	if (!cg_insn_is_test(insn))
		return CG_NO;
	if (BPF_SRC(insn->code) == BPF_X)
		return cg_word_test(words, BPF_OP(insn->code), a, x);
	return cg_word_test_constant(words, BPF_OP(insn->code), a, insn->k);
}

bool cg_cpu_tests_field(const struct cg_cpu *cpu, const struct cg_words *words, const struct sock_filter *insn)
{
	return cg_insn_is_test(insn) && BPF_SRC(insn->code) == BPF_K && BPF_OP(insn->code) != BPF_JSET &&
	       words->list.items[cpu->registers[CG_REGISTER_A]].is_field;
}

uint32_t cg_cpu_answers(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn)
{
	if (BPF_RVAL(insn->code) == BPF_A)
		return cg_word_to_answers(words, cpu->registers[CG_REGISTER_A]);
	return cg_meaning_leaf(words->meanings, insn->k);
}
