/*
 * Which call is in the registers, and its arguments. Part of the recording and of the watching programs.
 *
 * In: a task's registers as it entered the kernel (x86). Out: the table that the number is of, the six arguments.
 */
#ifndef CG_EBPF_REGISTERS_H
#define CG_EBPF_REGISTERS_H

#define X32_BIT 0x40000000U

static __always_inline __u32 table_of(bool is_compat, __u32 nr)
{
	if (is_compat)
		return CG_WIRE_COMPAT;
	return nr & X32_BIT && nr != 0xffffffffU ? CG_WIRE_X32 : CG_WIRE_NATIVE;
}

static __always_inline __u64 arg_of(const struct pt_regs *regs, bool is_compat, int i)
{
	switch (i) {
	case 0:
		return is_compat ? (__u32)regs->bx : regs->di;
	case 1:
		return is_compat ? (__u32)regs->cx : regs->si;
	case 2:
		return is_compat ? (__u32)regs->dx : regs->dx;
	case 3:
		return is_compat ? (__u32)regs->si : regs->r10;
	case 4:
		return is_compat ? (__u32)regs->di : regs->r8;
	default:
		return is_compat ? (__u32)regs->bp : regs->r9;
	}
}

#endif
