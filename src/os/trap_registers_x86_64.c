/*
 * See trap.h. x86_64 and x32 pass arguments in rdi, rsi, rdx, r10, r8, r9; i386 (also by int 0x80 from 64-bit code) in
 * ebx, ecx, edx, esi, edi, ebp: arch/x86/entry/entry_64.S, entry_64_compat.S. The result is rax.
 */
#include "os/trap.h"

#include <linux/audit.h>

bool cg_trap_registers(const ucontext_t *context, uint32_t token, uint64_t ret_args[6])
{
	static const unsigned char native[] = { REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9 };
	static const unsigned char compat[] = { REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP };
	bool is_compat = token == AUDIT_ARCH_I386;

	for (unsigned int i = 0; i < 6; i++) {
		ret_args[i] = (uint64_t)context->uc_mcontext.gregs[(is_compat ? compat : native)[i]];
		if (is_compat)
			ret_args[i] &= UINT32_MAX;
	}
	return true;
}

void cg_trap_set_result(ucontext_t *context, int64_t result)
{
	context->uc_mcontext.gregs[REG_RAX] = result;
}
