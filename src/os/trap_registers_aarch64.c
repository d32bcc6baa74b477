/*
 * See trap.h. Arguments are in x0 to x5, the result in x0: arch/arm64/kernel/syscall.c.
 */
#include "os/trap.h"

bool cg_trap_registers(const ucontext_t *context, uint32_t token, uint64_t ret_args[6])
{
	for (unsigned int i = 0; i < 6; i++)
		ret_args[i] = context->uc_mcontext.regs[i];
	return true;
}

void cg_trap_set_result(ucontext_t *context, int64_t result)
{
	context->uc_mcontext.regs[0] = (uint64_t)result;
}
