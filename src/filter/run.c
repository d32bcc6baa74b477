/*
 * The simulator. In: a filter that passed cg_filter_check(), and a call. Out: what the kernel would answer.
 *
 * Semantics are those of the kernel after bpf_convert_filter() (net/core/filter.c): A and X start at 0, arithmetic is
 * 32 bits wide, a shift by X uses X modulo 32, and a division by X = 0 ends the filter with 0 (KILL_THREAD). LEN is
 * the size of struct seccomp_data. test-kernel.c compares all of it with the running kernel.
 *
 * One exception lies outside of every filter: kernels that have uretprobe and uprobe (x86_64, 335 and 336) let these
 * two numbers through without asking.
 */
#include "filter/filter.h"

#include <linux/seccomp.h>

struct machine {
	const struct cg_call *call;
	bool is_big_endian;
	uint32_t a;
	uint32_t x;
	uint32_t memory[BPF_MEMWORDS];
};

/* The word at `offset` of the target's struct seccomp_data: nr, arch, then 64-bit fields, each as two words. */
static uint32_t load_word(const struct machine *machine, uint32_t offset)
{
	const struct cg_call *call = machine->call;
	uint64_t field;

	if (offset == offsetof(struct seccomp_data, nr))
		return call->nr;
	if (offset == offsetof(struct seccomp_data, arch))
		return call->arch;

	if (offset < offsetof(struct seccomp_data, args))
		field = call->ip;
	else
		field = call->args[(offset - offsetof(struct seccomp_data, args)) / 8];
	if ((offset % 8 == 0) != machine->is_big_endian)
		return (uint32_t)field;
	return (uint32_t)(field >> 32);
}

static uint32_t calculate(uint16_t op, uint32_t a, uint32_t operand)
{
	switch (op) {
	case BPF_ADD:
		return a + operand;
	case BPF_SUB:
		return a - operand;
	case BPF_MUL:
		return a * operand;
	case BPF_DIV:
		return a / operand; /* never by 0: run_alu() */
	case BPF_AND:
		return a & operand;
	case BPF_OR:
		return a | operand;
	case BPF_XOR:
		return a ^ operand;
	case BPF_LSH:
		return a << operand % 32;
	case BPF_RSH:
		return a >> operand % 32;
	default: /* BPF_NEG */
		return -a;
	}
}

static bool test(uint16_t op, uint32_t a, uint32_t operand)
{
	switch (op) {
	case BPF_JEQ:
		return a == operand;
	case BPF_JGE:
		return a >= operand;
	case BPF_JGT:
		return a > operand;
	default: /* BPF_JSET */
		return a & operand;
	}
}

/* False: the division by 0 that ends the filter. */
static bool run_alu(struct machine *machine, const struct sock_filter *insn)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? machine->x : insn->k;

	if (BPF_OP(insn->code) == BPF_DIV && operand == 0)
		return false;
	machine->a = calculate(BPF_OP(insn->code), machine->a, operand);
	return true;
}

static uint32_t value_to_load(const struct machine *machine, const struct sock_filter *insn)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		return load_word(machine, insn->k);
	case BPF_LEN:
		return sizeof(struct seccomp_data);
	case BPF_MEM:
		return machine->memory[insn->k];
	default: /* BPF_IMM */
		return insn->k;
	}
}

static size_t jump_distance(const struct machine *machine, const struct sock_filter *insn)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? machine->x : insn->k;

	if (BPF_OP(insn->code) == BPF_JA)
		return insn->k;
	return test(BPF_OP(insn->code), machine->a, operand) ? insn->jt : insn->jf;
}

uint32_t cg_filter_trace(const struct cg_filter *filter, const struct cg_call *call, size_t *ret_path,
			 size_t *ret_n_steps)
{
	struct machine machine = { .call = call, .is_big_endian = filter->is_big_endian };
	uint32_t answer = 0;
	size_t n_steps = 0;
	bool is_running = true;

	for (size_t pc = 0; is_running; pc++) {
		const struct sock_filter *insn = &filter->insns[pc];

		if (ret_path)
			ret_path[n_steps] = pc;
		n_steps++;
		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			machine.a = value_to_load(&machine, insn);
			break;
		case BPF_LDX:
			machine.x = value_to_load(&machine, insn);
			break;
		case BPF_ST:
			machine.memory[insn->k] = machine.a;
			break;
		case BPF_STX:
			machine.memory[insn->k] = machine.x;
			break;
		case BPF_ALU:
			is_running = run_alu(&machine, insn);
			break;
		case BPF_JMP:
			pc += jump_distance(&machine, insn);
			break;
		case BPF_RET:
			answer = BPF_RVAL(insn->code) == BPF_A ? machine.a : insn->k;
			is_running = false;
			break;
		default: /* BPF_MISC */
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				machine.x = machine.a;
			else
				machine.a = machine.x;
			break;
		}
	}

	if (ret_n_steps)
		*ret_n_steps = n_steps;
	return answer;
}

uint32_t cg_filter_run(const struct cg_filter *filter, const struct cg_call *call, size_t *ret_n_steps)
{
	return cg_filter_trace(filter, call, NULL, ret_n_steps);
}

/* One step of the kernel's emulator; false where it gives up (or ends: RET). */
static bool emulate(const struct sock_filter *insn, uint32_t arch, uint32_t nr, uint32_t *a, size_t *pc)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (insn->k != offsetof(struct seccomp_data, nr) && insn->k != offsetof(struct seccomp_data, arch))
			return false;
		*a = insn->k == offsetof(struct seccomp_data, nr) ? nr : arch;
		return true;
	case BPF_ALU | BPF_AND | BPF_K:
		*a &= insn->k;
		return true;
	case BPF_JMP | BPF_JA:
		*pc += insn->k;
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		*pc += test(BPF_OP(insn->code), *a, insn->k) ? insn->jt : insn->jf;
		return true;
	default:
		return false;
	}
}

/* seccomp_is_const_allow() in kernel/seccomp.c. */
bool cg_filter_is_cached(const struct cg_filter *filter, uint32_t arch, uint32_t nr, size_t *ret_n_steps)
{
	const struct sock_filter *insn;
	uint32_t a = 0;
	size_t pc = 0, n_steps = 0;
	bool is_going_on;

	do {
		insn = &filter->insns[pc];
		n_steps++;
		is_going_on = emulate(insn, arch, nr, &a, &pc);
		pc++;
	} while (is_going_on);

	if (ret_n_steps)
		*ret_n_steps = n_steps;
	return insn->code == (BPF_RET | BPF_K) && insn->k == SECCOMP_RET_ALLOW;
}
