/*
 * What the kernel accepts. In: a filter. Out: 0, or -EINVAL and the first instruction that it would refuse, with why.
 *
 * The rules are those of bpf_check_classic() and check_load_and_stores() in net/core/filter.c and of
 * seccomp_check_filter() in kernel/seccomp.c, to the letter, odd ones included: a store counts for what follows it in
 * the program even after a RET, and behind a jump every cell counts as stored until a jump target says otherwise.
 * test-kernel.c asks the running kernel whether that is so.
 */
#include "filter/filter.h"
#include "filter/opcode.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

static int refuse(struct cg_err *err, size_t pc, const char *why)
{
	return cg_err_set(err, -EINVAL, NULL, "instruction %zu: %s", pc, why);
}

static int check_constant(const struct sock_filter *insn, size_t pc, struct cg_err *err)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (insn->k >= sizeof(struct seccomp_data) || insn->k % 4)
			return cg_err_set(err, -EINVAL, NULL,
					  "instruction %zu: offset %u is no word of struct seccomp_data (0, 4, … 60)",
					  pc, insn->k);
		return 0;
	case BPF_ALU | BPF_DIV | BPF_K:
		return insn->k == 0 ? refuse(err, pc, "division by the constant 0") : 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return insn->k >= 32 ? refuse(err, pc, "shift by a constant above 31") : 0;
	default:
		return 0;
	}
}

/* `room` is how many instructions follow this one: a jump of that many would leave the program. */
static int check_operand(const struct sock_filter *insn, enum cg_operand operand, size_t pc, size_t room,
			 struct cg_err *err)
{
	switch (operand) {
	case CG_OPERAND_MEMORY:
		return insn->k >= BPF_MEMWORDS ? refuse(err, pc, "scratch memory has cells 0 to 15") : 0;
	case CG_OPERAND_TARGET:
		return insn->k >= room ? refuse(err, pc, "the jump leaves the program") : 0;
	case CG_OPERAND_TEST_K:
	case CG_OPERAND_TEST_X:
		return insn->jt >= room || insn->jf >= room ? refuse(err, pc, "the jump leaves the program") : 0;
	default:
		return check_constant(insn, pc, err);
	}
}

static int check_insn(const struct cg_filter *filter, size_t pc, struct cg_err *err)
{
	const struct sock_filter *insn = &filter->insns[pc];
	const struct cg_opcode *opcode = cg_opcode_of_code(insn->code);

	if (!opcode)
		return cg_err_set(err, -EINVAL, NULL, "instruction %zu: opcode 0x%02x is not one that seccomp takes",
				  pc, insn->code);
	return check_operand(insn, opcode->operand, pc, filter->n_insns - pc - 1, err);
}

/* The cells that are stored on every path to an instruction, as the kernel reckons it: one bit a cell. */
struct cells {
	uint16_t stored;                          /* at the current instruction */
	uint16_t at_target[CG_FILTER_LENGTH_MAX]; /* what jumps to an instruction leave of it */
};

static void jump(struct cells *cells, size_t target)
{
	cells->at_target[target] &= cells->stored;
}

/* One instruction of check_load_and_stores(); jumps are known to stay inside the program. */
static int check_cells(struct cells *cells, const struct sock_filter *insn, size_t pc, struct cg_err *err)
{
	cells->stored &= cells->at_target[pc];
	switch (insn->code) {
	case BPF_ST:
	case BPF_STX:
		cells->stored |= (uint16_t)(1U << insn->k);
		return 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		if (!(cells->stored & 1U << insn->k))
			return cg_err_set(err, -EINVAL, NULL,
					  "instruction %zu: M[%u] is read where it was not stored on every path", pc,
					  insn->k);
		return 0;
	case BPF_JMP | BPF_JA:
		jump(cells, pc + 1 + insn->k);
		cells->stored = 0xffff;
		return 0;
	default:
		if (BPF_CLASS(insn->code) != BPF_JMP)
			return 0;
		jump(cells, pc + 1 + insn->jt);
		jump(cells, pc + 1 + insn->jf);
		cells->stored = 0xffff;
		return 0;
	}
}

static bool uses_memory(const struct cg_filter *filter)
{
	for (size_t pc = 0; pc < filter->n_insns; pc++) {
		uint16_t code = filter->insns[pc].code;

		if (code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM))
			return true;
	}
	return false;
}

/* Hardly any filter reads memory: the others shall not pay for pages of the stack. */
static __attribute__((noinline)) int check_memory(const struct cg_filter *filter, struct cg_err *err)
{
	struct cells cells;
	int r = 0;

	cells.stored = 0;
	memset(cells.at_target, 0xff, filter->n_insns * sizeof(*cells.at_target));
	for (size_t pc = 0; pc < filter->n_insns && r == 0; pc++)
		r = check_cells(&cells, &filter->insns[pc], pc, err);
	return r;
}

int cg_filter_check(const struct cg_filter *filter, struct cg_err *err)
{
	size_t last = filter->n_insns - 1;
	int r;

	if (filter->n_insns == 0 || filter->n_insns > CG_FILTER_LENGTH_MAX)
		return cg_err_set(err, -EINVAL, NULL, "a filter holds 1 to %d instructions, not %zu",
				  CG_FILTER_LENGTH_MAX, filter->n_insns);

	for (size_t pc = 0; pc < filter->n_insns; pc++) {
		r = check_insn(filter, pc, err);
		if (r < 0)
			return r;
	}
	if (BPF_CLASS(filter->insns[last].code) != BPF_RET)
		return refuse(err, last, "the last instruction must be a ret");

	return uses_memory(filter) ? check_memory(filter, err) : 0;
}
