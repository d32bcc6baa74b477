/*
 * The symbolic machine: what an instruction does to A, X and memory, where they are words of word.h, and which of them
 * still matter at an instruction. Shared by walk.c and merge.c, the two ways through a filter. For check/ only.
 */
#ifndef CG_CHECK_CPU_H
#define CG_CHECK_CPU_H

#include "check/word.h"

/* M[0] … M[15], A, X */
#define CG_REGISTER_A BPF_MEMWORDS
#define CG_REGISTER_X (BPF_MEMWORDS + 1)
#define CG_N_REGISTERS (BPF_MEMWORDS + 2)

struct cg_cpu {
	uint32_t registers[CG_N_REGISTERS]; /* numbers of words; all 0 at the start, and so the constant 0 */
};

/*
 * live.c: which registers are read from an instruction on before they are written, and whether paths meet at it. As
 * long as the filter: most are short, and what a page costs is a good part of what proving such a one takes.
 */
struct cg_flow {
	uint32_t *live; /* one bit a register; one more than instructions */
	bool *is_join;
	bool *is_reached;
};

/* NULL when out of memory. To be freed by free(). */
struct cg_flow *cg_flow_find(const struct cg_filter *filter);

/*
 * Executes an instruction that is neither a jump nor a RET; a result that is not in `live_after` is not worked out.
 * 0, or meanings->code.
 */
int cg_cpu_step(struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn,
		    uint32_t live_after);

/*
 * The condition on which an instruction leaves the straight line: a conditional jump to jt, a division by X = 0 to the
 * end of the filter. CG_NO for all others; CG_NONE when it cannot be had.
 */
uint32_t cg_cpu_condition(const struct cg_cpu *cpu, struct cg_words *words,
			      const struct sock_filter *insn);

/*
 * Does the instruction compare a whole field with a constant? Then it is best left to cg_word_choose_by_field(), once
 * both branches are known.
 */
bool cg_cpu_tests_field(const struct cg_cpu *cpu, const struct cg_words *words, const struct sock_filter *insn);

/* The answers of a RET. */
uint32_t cg_cpu_answers(const struct cg_cpu *cpu, struct cg_words *words, const struct sock_filter *insn);

/* A jump that asks nothing: JA, or a test whose branches are one. */
static inline bool cg_insn_is_jump(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP && (BPF_OP(insn->code) == BPF_JA || insn->jt == insn->jf);
}

static inline size_t cg_insn_jump_distance(const struct sock_filter *insn)
{
	return BPF_OP(insn->code) == BPF_JA ? insn->k : insn->jt;
}

static inline bool cg_insn_is_test(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP && !cg_insn_is_jump(insn);
}

static inline bool cg_insn_is_division_by_x(const struct sock_filter *insn)
{
	return insn->code == (BPF_ALU | BPF_DIV | BPF_X);
}

/* The two ways through a filter; see walk.c and merge.c. */
int cg_walk(struct cg_words *words, const struct cg_filter *filter, const struct cg_flow *flow, uint32_t *ret_root);
int cg_merge(struct cg_words *words, const struct cg_filter *filter, const struct cg_flow *flow, uint32_t *ret_root);

#endif
