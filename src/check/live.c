/*
 * What instructions hand on to each other. In: a valid filter. Out: the registers that still matter at each
 * instruction, and the instructions that are reached from more than one other.
 *
 * Why: two paths that meet with the same live registers go on alike, whatever else differs; so a filter that reloads A
 * after each join, as all do that compilers write, is walked once, not once a path.
 */
#include "check/cpu.h"

#include <stdlib.h>

#define ALL_BUT(index) (~(1U << (index)))
#define A (1U << CG_REGISTER_A)
#define X (1U << CG_REGISTER_X)

/* Live before an instruction that is no jump, given what is live after it. */
static uint32_t before(const struct sock_filter *insn, uint32_t after)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? X : 0;

	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		return (after & ~A) | (BPF_MODE(insn->code) == BPF_MEM ? 1U << insn->k : 0);
	case BPF_LDX:
		return (after & ~X) | (BPF_MODE(insn->code) == BPF_MEM ? 1U << insn->k : 0);
	case BPF_ST:
		return (after & 1U << insn->k) ? (after & ALL_BUT(insn->k)) | A : after;
	case BPF_STX:
		return (after & 1U << insn->k) ? (after & ALL_BUT(insn->k)) | X : after;
	case BPF_ALU:
		if (after & A)
			return after | operand;
		return cg_insn_is_division_by_x(insn) ? after | X : after;
	case BPF_RET:
		return BPF_RVAL(insn->code) == BPF_A ? A : 0;
	default: /* BPF_MISC: TAX, TXA */
		if (BPF_MISCOP(insn->code) == BPF_TAX)
			return (after & X) ? (after & ~X) | A : after;
		return (after & A) ? (after & ~A) | X : after;
	}
}

static void count_arrival(struct cg_flow *flow, size_t pc)
{
	flow->is_join[pc] = flow->is_reached[pc];
	flow->is_reached[pc] = true;
}

static void find_joins(const struct cg_filter *filter, struct cg_flow *flow)
{
	flow->is_reached[0] = true;
	for (size_t pc = 0; pc + 1 < filter->n_insns; pc++) {
		const struct sock_filter *insn = &filter->insns[pc];

		if (!flow->is_reached[pc] || BPF_CLASS(insn->code) == BPF_RET)
			continue;
		if (cg_insn_is_jump(insn)) {
			count_arrival(flow, pc + 1 + cg_insn_jump_distance(insn));
		} else if (cg_insn_is_test(insn)) {
			count_arrival(flow, pc + 1 + insn->jt);
			count_arrival(flow, pc + 1 + insn->jf);
		} else {
			count_arrival(flow, pc + 1);
		}
	}
}

static void find_live(const struct cg_filter *filter, uint32_t *all)
{
	for (size_t pc = filter->n_insns; pc-- > 0;) {
		const struct sock_filter *insn = &filter->insns[pc];

		if (cg_insn_is_jump(insn))
			all[pc] = all[pc + 1 + cg_insn_jump_distance(insn)];
		else if (cg_insn_is_test(insn))
			all[pc] = all[pc + 1 + insn->jt] | all[pc + 1 + insn->jf] | A |
				  (BPF_SRC(insn->code) == BPF_X ? X : 0);
		else
			all[pc] = before(insn, all[pc + 1]);
	}
}

/* One block of memory: the struct, then its arrays. */
struct cg_flow *cg_flow_find(const struct cg_filter *filter)
{
	size_t n = filter->n_insns;
	struct cg_flow *flow = calloc(1, sizeof(*flow) + (n + 1) * sizeof(*flow->live) + 2 * n * sizeof(bool));

	if (!flow)
		return NULL;
	flow->live = (uint32_t *)(flow + 1);
	flow->is_join = (bool *)(flow->live + n + 1);
	flow->is_reached = flow->is_join + n;
	find_live(filter, flow->live);
	find_joins(filter, flow);
	return flow;
}
