/*
 * callgate: put a policy in force in the calling process. See callgate(1), seccomp(2).
 *
 * Whatever is loaded stays: the kernel has no way to take a filter away or to loosen it (kernel/seccomp.c only ever
 * adds to the chain), children inherit it, and execve(2) keeps it.
 */
#ifndef CALLGATE_LOAD_H
#define CALLGATE_LOAD_H

#include "callgate/err.h"
#include "callgate/policy.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cg_load_flag {
	/* Every thread of the process, not the calling one alone (SECCOMP_FILTER_FLAG_TSYNC). All of them, or none. */
	CG_LOAD_ALL_THREADS = 1 << 0,
	/* Denials go to the kernel's log too (SECCOMP_FILTER_FLAG_LOG); KILL and LOG do so anyway. */
	CG_LOAD_LOG = 1 << 1,
	/* no_new_privs is not set: execve(2) still honours set-uid bits. Needs CAP_SYS_ADMIN. */
	CG_LOAD_KEEP_PRIVS = 1 << 2,
};

/*
 * Compiles a policy, proves the filter against it, and puts it in force in the calling thread. Sets no_new_privs first,
 * unless CG_LOAD_KEEP_PRIVS is given. The policy stays the caller's and may be released afterwards. No system call is
 * made after the one that loads, so that the policy may forbid any.
 *
 * Returns 0, or with nothing in force (no_new_privs may be set): -EACCES CG_LOAD_KEEP_PRIVS without CAP_SYS_ADMIN;
 * -EINVAL the policy has no architecture, or is for machines of the other byte order, or the kernel knows no seccomp
 * filters or lacks a flag; -E2BIG more than 4,096 instructions; -ESRCH CG_LOAD_ALL_THREADS and a thread that has
 * filters of its own; -EBADE the compiled filter failed its proof (a bug in callgate); -ENOMEM; -ENOSYS.
 *
 * Thread-safe. Not async-signal-safe (it allocates memory): not for a child of fork(2) in a process with several
 * threads; load before the threads are made, or with CG_LOAD_ALL_THREADS.
 */
int cg_load_policy(const struct cg_policy *policy, unsigned int flags, struct cg_err *err);

/*
 * The same from the text of an OCI or Docker profile: read as `callgate run --profile` reads it (engine "oci", this
 * machine's architecture and kernel, Docker's default capabilities). `name` stands in error places.
 *
 * Besides the errors of cg_load_policy(): -EBADMSG no JSON, -EINVAL no profile, -E2BIG a limit, all with
 * "name:line:column" in err->place; -ENODATA the profile applies no seccomp at all (Docker's `{}`).
 */
int cg_load_profile(const char *name, const char *json, size_t length, unsigned int flags, struct cg_err *err);

/*
 * Strict mode: from here on the calling thread may call read(2), write(2), exit(2) and sigreturn(2), on descriptors it
 * has; anything else ends it with SIGKILL. For threads that compute on untrusted input and can do nothing else.
 *
 * One way: leaving, a filter, strict mode again are calls as well, and SIGKILL. exit_group(2) is not among the four, so
 * that _exit(3) and returning from main() are the end too: leave with syscall(SYS_exit, status), which ends the thread.
 * No vDSO call is one (clock_gettime(2) works where it needs no entry into the kernel). Children there are none.
 *
 * Returns 0, or -EINVAL: a filter is in force already, or the kernel has no seccomp.
 */
int cg_load_strict(struct cg_err *err);

#ifdef __cplusplus
}
#endif

#endif
