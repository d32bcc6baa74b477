/*
 * Probes of the other ABIs of an x86_64 kernel, which a filter must think of.
 */
#include "os/probe_rows.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32_BIT 0x40000000L
#define I386_GETPID 20

static int call_i386_getpid(void)
{
	long result = I386_GETPID;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return (int)result;
}

void cg_probe_i386(struct cg_feature_answer *answer)
{
	pid_t pid = cg_probe_fork();
	int status;

	/* Where the kernel was built or booted without it, the instruction is a fault. */
	if (pid == 0)
		cg_probe_leave(call_i386_getpid() == getpid() ? 0 : 1);
	status = cg_probe_wait(pid);
	if (status == 0)
		cg_probe_yes(answer, "int 0x80 works: a profile should decide about SCMP_ARCH_X86 too");
	else
		cg_probe_no(answer, "", "32-bit programs do not run here");
}

void cg_probe_x32(struct cg_feature_answer *answer)
{
	if (syscall(X32_BIT | SYS_getpid) == getpid())
		cg_probe_yes(answer, "they are made: a profile should decide about SCMP_ARCH_X32 too");
	else
		cg_probe_no(answer, "", "the kernel answers them with an error (filters see them all the same)");
}
