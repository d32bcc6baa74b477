/*
 * See trap.h: a machine whose registers nobody has looked into yet. The call's result is then what the register holds
 * that it would be in.
 */
#include "os/trap.h"

bool cg_trap_registers(const ucontext_t *context, uint32_t token, uint64_t ret_args[6])
{
	return false;
}

void cg_trap_set_result(ucontext_t *context, int64_t result)
{
}
