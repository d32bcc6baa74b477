/*
 * See ptrace_restart.h; arch/x86/kernel/signal.c, arch_do_signal_or_restart().
 */
#include "os/ptrace_restart.h"

#include "abi/arch.h"
#include "abi/syscalls.h"

#include <sys/ptrace.h>
#include <sys/user.h>

/* The kernel's own errnos, which a program never sees (include/linux/errno.h). */
#define ERESTARTNOINTR 513
#define ERESTART_RESTARTBLOCK 516

#define CS_32 0x23 /* __USER32_CS */

static bool read_registers(int tid, struct user_regs_struct *ret_registers)
{
	return ptrace(PTRACE_GETREGS, tid, NULL, ret_registers) == 0 && (long)ret_registers->orig_rax >= 0 &&
	       (int)ret_registers->rax == -ERESTART_RESTARTBLOCK;
}

bool cg_trace_find_restart(int tid, struct cg_call *ret_call)
{
	struct user_regs_struct registers;
	const struct cg_arch *arch;
	struct cg_call call = { 0 };

	if (!read_registers(tid, &registers))
		return false;
	if (registers.cs == CS_32)
		arch = cg_arch_find("x86");
	else
		arch = cg_arch_find(registers.orig_rax & CG_X32_BIT ? "x32" : "x86_64");
	call.arch = arch->token;
	call.ip = registers.rip;
	if (!cg_syscall_number(arch, "restart_syscall", &call.nr))
		return false;
	*ret_call = call;
	return true;
}

void cg_trace_begin_anew(int tid)
{
	struct user_regs_struct registers;

	if (!read_registers(tid, &registers))
		return;
	registers.rax = (unsigned long)-ERESTARTNOINTR;
	ptrace(PTRACE_SETREGS, tid, NULL, &registers);
}
