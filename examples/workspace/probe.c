/*
 * Asks the kernel for what a workspace must not have, and for the one socket that it must have.
 *
 * In: nothing. Out: one line a call, "CALL<tab>ok" or "CALL<tab>ERRNO"; exit status 0 whatever the answers were: the
 * demonstration judges them. Without a filter none of the calls changes anything: unshare of nothing, a mount on a
 * folder that is not there, ptrace of no process, an unknown command of bpf.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_SUCH_BPF_COMMAND 0x7fff

static void tell(const char *call, long result)
{
	printf("%s\t%s\n", call, result >= 0 ? "ok" : strerrorname_np(errno));
	if (result > 2)
		close((int)result); /* every result above 2 here is a descriptor */
}

int main(void)
{
	tell("socket(AF_UNIX)", socket(AF_UNIX, SOCK_STREAM, 0));
	tell("socket(AF_INET)", socket(AF_INET, SOCK_STREAM, 0));
	tell("socket(AF_INET6)", socket(AF_INET6, SOCK_STREAM, 0));
	tell("mount", syscall(SYS_mount, "none", "/no/such/folder", "tmpfs", 0L, NULL));
	tell("ptrace", syscall(SYS_ptrace, (long)PTRACE_ATTACH, 0L, 0L, 0L));
	tell("unshare", syscall(SYS_unshare, 0L));
	tell("bpf", syscall(SYS_bpf, (long)NO_SUCH_BPF_COMMAND, NULL, 0L));
	return 0;
}
