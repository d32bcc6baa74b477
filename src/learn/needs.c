/*
 * See needs.h. Facts: the kernel's entry code and signal delivery (signal(7), restart_syscall(2), sigreturn(2)), and
 * and glibc 2.31 to 2.36 and musl 1.2 as strace shows them at start.
 */
#include "learn/needs.h"

#include <string.h>

const struct cg_need_set cg_need_sets[] = {
	{ "exit", "how a process ends" },
	{ "signals", "how a signal handler or an interrupted sleep goes on; made by the kernel's own stubs" },
	{ "exec", "how a launcher starts the program once the filter is in force" },
	{ "libc", "tried first by newer C libraries, harmless" },
	{ CG_SET_SUCCESSORS, "newer forms of recorded calls, with the same power" },
	{ CG_SET_CLONE3, "clone3 answers ENOSYS, so that libraries fall back to clone, whose flags a filter can see" },
	{ CG_SET_NAMESPACES, "clone without the namespace flags that were not seen" },
	{ CG_SET_DANGEROUS, "known dangerous calls answer EPERM" },
	{ CG_SET_COMPANIONS, "harmless values and flags that go along with those seen (--args safe, strict)" },
};

const size_t cg_n_need_sets = sizeof(cg_need_sets) / sizeof(cg_need_sets[0]);

const struct cg_need_set *cg_need_set_find(const char *name)
{
	for (size_t i = 0; i < cg_n_need_sets; i++)
		if (strcmp(cg_need_sets[i].name, name) == 0)
			return &cg_need_sets[i];
	return NULL;
}

const struct cg_need cg_needs[] = {
	{ "exit", "exit", "ends a thread" },
	{ "exit", "exit_group", "ends the process" },
	{ "signals", "rt_sigreturn", "the way back from a signal handler" },
	{ "signals", "sigreturn", "the way back from a signal handler installed by the old sigaction" },
	{ "signals", "restart_syscall", "the kernel makes it in the program's name when a stopped sleep goes on" },
	{ "exec", "execve", "the launcher starts the program by it" },
	{ "libc", "rseq", "registered for each thread since glibc 2.35" },
	{ "libc", "set_robust_list", "registered for each thread" },
	{ "libc", "getrandom", "seeds malloc since glibc 2.36" },
	{ "libc", "faccessat2", "faccessat with flags since glibc 2.33" },
	{ "libc", "statx", "stat on 32-bit and newer architectures; coreutils and language runtimes ask it first" },
	{ "libc", "close_range", "closefrom and posix_spawn since glibc 2.34" },
};

const size_t cg_n_needs = sizeof(cg_needs) / sizeof(cg_needs[0]);

const struct cg_successor cg_successors[] = {
	/* a path alone, then a directory and a path, then flags */
	{ "open", "openat" },
	{ "creat", "openat" },
	{ "openat", "openat2" },
	{ "stat", "newfstatat" },
	{ "lstat", "newfstatat" },
	{ "fstat", "newfstatat" },
	{ "stat64", "fstatat64" },
	{ "lstat64", "fstatat64" },
	{ "access", "faccessat" },
	{ "chmod", "fchmodat" },
	{ "fchmodat", "fchmodat2" },
	{ "chown", "fchownat" },
	{ "lchown", "fchownat" },
	{ "chown32", "fchownat" },
	{ "lchown32", "fchownat" },
	{ "link", "linkat" },
	{ "symlink", "symlinkat" },
	{ "readlink", "readlinkat" },
	{ "mkdir", "mkdirat" },
	{ "mknod", "mknodat" },
	{ "unlink", "unlinkat" },
	{ "rmdir", "unlinkat" },
	{ "rename", "renameat" },
	{ "renameat", "renameat2" },
	{ "utime", "utimensat" },
	{ "utimes", "utimensat" },
	{ "futimesat", "utimensat" },
	{ "utimensat", "utimensat_time64" },
	{ "readdir", "getdents64" },
	{ "getdents", "getdents64" },
	/* a flag argument where there was none */
	{ "dup2", "dup3" },
	{ "pipe", "pipe2" },
	{ "accept", "accept4" },
	{ "eventfd", "eventfd2" },
	{ "signalfd", "signalfd4" },
	{ "inotify_init", "inotify_init1" },
	{ "epoll_create", "epoll_create1" },
	{ "epoll_wait", "epoll_pwait" },
	{ "epoll_pwait", "epoll_pwait2" },
	{ "poll", "ppoll" },
	{ "_newselect", "pselect6" },
	{ "select", "pselect6" },
	{ "preadv", "preadv2" },
	{ "pwritev", "pwritev2" },
	/* several buffers for one: servers choose by how much there is to say */
	{ "read", "readv" },
	{ "write", "writev" },
	{ "send", "sendto" },
	{ "recv", "recvfrom" },
	/* one general call for several */
	{ "fork", "clone" },
	{ "vfork", "clone" },
	{ "waitpid", "wait4" },
	{ "getpgrp", "getpgid" },
	{ "getrlimit", "prlimit64" },
	{ "ugetrlimit", "prlimit64" },
	{ "setrlimit", "prlimit64" },
	{ "alarm", "setitimer" },
	{ "pause", "ppoll" },
	{ "time", "clock_gettime" },
	{ "gettimeofday", "clock_gettime" },
	{ "nanosleep", "clock_nanosleep" },
	/* 64-bit time on 32-bit architectures */
	{ "clock_getres", "clock_getres_time64" },
	{ "clock_gettime", "clock_gettime64" },
	{ "clock_nanosleep", "clock_nanosleep_time64" },
	{ "futex", "futex_time64" },
	{ "mq_timedreceive", "mq_timedreceive_time64" },
	{ "mq_timedsend", "mq_timedsend_time64" },
	{ "ppoll", "ppoll_time64" },
	{ "pselect6", "pselect6_time64" },
	{ "recvmmsg", "recvmmsg_time64" },
	{ "rt_sigtimedwait", "rt_sigtimedwait_time64" },
	{ "sched_rr_get_interval", "sched_rr_get_interval_time64" },
	{ "semtimedop", "semtimedop_time64" },
	{ "timer_gettime", "timer_gettime64" },
	{ "timer_settime", "timer_settime64" },
	{ "timerfd_gettime", "timerfd_gettime64" },
	{ "timerfd_settime", "timerfd_settime64" },
};

const size_t cg_n_successors = sizeof(cg_successors) / sizeof(cg_successors[0]);
