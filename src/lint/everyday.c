/*
 * Lint: what everyday programs do, and a profile that lets them do most of it has forgotten.
 *
 * A list written by hand lacks what its author did not happen to run. Which calls a workload makes only a recording
 * tells (check --recording); but a profile that allows most of what interpreters, git and a shell make was meant for
 * such programs, and what it lacks of that is told here. A narrow profile, made for one program, is left in peace.
 */
#include "lint/rules.h"

#include "base/cleanup.h"

#include <errno.h>

/*
 * Seen by strace(1) in Python 3.11, Node.js 20, git 2.39, pip, bash and coreutils of Debian 12, x86_64: what reaches no
 * further than the process and its own files. Networks and what other rules speak of are left out.
 */
static const char *const everyday[] = {
	"access", "alarm", "arch_prctl", "brk", "capget", "chdir", "chmod", "clock_nanosleep", "close",
	"creat", "dup", "dup2", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_wait", "eventfd2", "fadvise64", "fchdir", "fchmod", "fchmodat", "fchown", "fcntl", "fdatasync",
	"flock", "fstat", "fsync", "ftruncate", "futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid",
	"getpgrp", "getpid", "getppid", "getrandom", "gettid", "getuid", "getxattr", "inotify_add_watch",
	"inotify_init1", "inotify_rm_watch", "ioctl", "kill", "lgetxattr", "link", "listxattr", "llistxattr",
	"lseek", "madvise", "mkdir", "mmap", "mprotect", "mremap", "msync", "munmap", "newfstatat", "openat",
	"pause", "pipe2", "poll", "prctl", "pread64", "prlimit64", "pselect6", "pwrite64", "read",
	"readlink", "readlinkat", "rename", "rmdir", "rt_sigaction", "rt_sigprocmask", "sched_getaffinity",
	"sendfile", "set_robust_list", "set_tid_address", "setitimer", "sigaltstack", "statfs", "symlink",
	"sysinfo", "times", "umask", "uname", "unlink", "unlinkat", "utimensat", "vfork", "wait4", "write",
};

/* Tried first, and done without where they fail: worth a word beside others only. */
static const char *const optional[] = { "close_range", "copy_file_range", "pkey_alloc", "rseq" };

#define NAMES_SHOWN 32

/* At least two thirds of the calls: who allows so many meant to allow such programs. */
static bool is_meant(size_t n_known, size_t n_missing)
{
	return 3 * n_missing <= n_known;
}

/* Adds those that nobody spoke of: what is refused by its name is not forgotten. Returns how many the arch has. */
static size_t collect(const struct cg_lint *lint, const struct cg_arch *arch, const char *const *calls, size_t n_calls,
		      struct cg_lint_names *names)
{
	struct cg_lint_place at;
	size_t n_known = 0;
	uint32_t nr;

	for (size_t i = 0; i < n_calls; i++) {
		n_known += cg_syscall_number(arch, calls[i], &nr);
		if (cg_lint_restriction(lint, arch, calls[i], &at) == CG_LINT_BY_DEFAULT)
			cg_lint_names_add(names, calls[i]);
	}
	return n_known;
}

int cg_lint_everyday(struct cg_lint *lint)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { .n_most = NAMES_SHOWN };
	const struct cg_arch *arch = cg_policy_has_arch(lint->policy, lint->target->arch) ? lint->target->arch :
											     lint->policy->arches[0];
	size_t n_known;

	if (cg_action_is_permit(lint->policy->default_action))
		return 0;
	n_known = collect(lint, arch, everyday, CG_N_ITEMS(everyday), &names);
	if (names.n_names == 0 || !is_meant(n_known, names.n_names))
		return 0;
	collect(lint, arch, optional, CG_N_ITEMS(optional), &names);
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, (struct cg_lint_place){ 0, 0 },
			   "most of what Python, Node.js, git, pip and shells do is allowed, but not %s",
			   cg_lint_names_get(&names));
}
