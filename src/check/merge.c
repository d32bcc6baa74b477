/*
 * From a filter to a diagram where walk.c meets too many states: forwards, each instruction once.
 *
 * In: a valid filter. Out: its root. Jumps only go forward, so by the time an instruction comes up every path to it is
 * known: on which calls it is reached, and A, X and memory there, chosen by those conditions where paths meet. Branches
 * that no call takes are not followed. The work is bound by the length of the filter, but conditions and words grow
 * where walk.c's do not; so this is the second way, not the first.
 */
#include "check/cpu.h"

#include <errno.h>

/* What comes to an instruction: on which calls (CG_NO: none so far), and with which registers. */
struct arrival {
	uint32_t condition;
	struct cg_cpu cpu;
};

struct merge {
	struct cg_words *words;
	const struct cg_filter *filter;
	const struct cg_flow *flow;
	struct arrival *arrivals;
	uint32_t answers; /* on the calls that have come to their end */
};

static uint32_t both(const struct merge *merge, uint32_t a, uint32_t b)
{
	return cg_meaning_choose(merge->words->meanings, a, b, CG_NO);
}

static uint32_t without(const struct merge *merge, uint32_t a, uint32_t b)
{
	return cg_meaning_choose(merge->words->meanings, b, CG_NO, a);
}

/* On the calls of `condition`, `cpu` comes to the instruction at `pc`. */
static void arrive(struct merge *merge, size_t pc, uint32_t condition, const struct cg_cpu *cpu)
{
	struct arrival *arrival = &merge->arrivals[pc];
	uint32_t live = merge->flow->live[pc];

	if (condition == CG_NO || condition == CG_NONE)
		return;
	if (arrival->condition == CG_NO) {
		*arrival = (struct arrival){ condition, *cpu };
		return;
	}
	for (size_t i = 0; i < CG_N_REGISTERS && merge->words->meanings->code == 0; i++) {
		uint32_t *word = &arrival->cpu.registers[i];

		if (live & 1U << i)
			*word = cg_word_choose(merge->words, condition, cpu->registers[i], *word);
	}
	arrival->condition = cg_meaning_choose(merge->words->meanings, condition, CG_YES, arrival->condition);
}

/* The calls of `condition` end with `answers`. */
static void end(struct merge *merge, uint32_t condition, uint32_t answers)
{
	merge->answers = cg_meaning_choose(merge->words->meanings, condition, answers, merge->answers);
}

static void pass(struct merge *merge, size_t pc)
{
	const struct sock_filter *insn = &merge->filter->insns[pc];
	uint32_t here = merge->arrivals[pc].condition, leaving;
	struct cg_cpu cpu = merge->arrivals[pc].cpu;

	if (BPF_CLASS(insn->code) == BPF_RET) {
		end(merge, here, cg_cpu_answers(&cpu, merge->words, insn));
		return;
	}
	if (cg_insn_is_jump(insn)) {
		arrive(merge, pc + 1 + cg_insn_jump_distance(insn), here, &cpu);
		return;
	}
	leaving = both(merge, here, cg_cpu_condition(&cpu, merge->words, insn));
	if (leaving == CG_NONE) {
		merge->answers = CG_NONE;
		return;
	}
	if (cg_insn_is_test(insn)) {
		arrive(merge, pc + 1 + insn->jt, leaving, &cpu);
		arrive(merge, pc + 1 + insn->jf, without(merge, here, leaving), &cpu);
		return;
	}
	end(merge, leaving, CG_NO); /* the division by 0 answers 0 */
	if (cg_cpu_step(&cpu, merge->words, insn, merge->flow->live[pc + 1]) == 0)
		arrive(merge, pc + 1, without(merge, here, leaving), &cpu);
}

static int pass_all(struct merge *merge)
{
	struct cg_meanings *meanings = merge->words->meanings;

	for (size_t pc = 0; pc < merge->filter->n_insns && meanings->code == 0; pc++) {
		if (merge->arrivals[pc].condition == CG_NO)
			continue;
		if (!cg_meanings_step(meanings))
			break;
		pass(merge, pc);
		if (merge->answers == CG_NONE && meanings->code == 0)
			cg_meanings_exceed(meanings, CG_CHECK_LIMIT_INSTRUCTION); /* a test of a bit that is not known */
	}
	return meanings->code;
}

int cg_merge(struct cg_words *words, const struct cg_filter *filter, const struct cg_flow *flow, uint32_t *ret_root)
{
	struct merge merge = { .words = words, .filter = filter, .flow = flow, .answers = CG_NO };
	int r;

	merge.arrivals = calloc(filter->n_insns, sizeof(*merge.arrivals));
	if (!merge.arrivals)
		return words->meanings->code = -ENOMEM;
	merge.arrivals[0].condition = CG_YES;
	r = pass_all(&merge);
	free(merge.arrivals);
	if (r < 0)
		return r;
	*ret_root = merge.answers;
	return 0;
}
