/*
 * seccomp(2): loading filters into this thread, strict mode, no_new_privs. User notification is in notify.h.
 *
 * In: a filter that the gate let out. Out: a filter in force, which nothing can take away again. Every function acts on
 * the calling thread.
 */
#ifndef CG_OS_SECCOMP_H
#define CG_OS_SECCOMP_H

#include "base/err.h"
#include "filter/filter.h"

#include <stdbool.h>
#include <stdint.h>

/* Flags of SECCOMP_SET_MODE_FILTER (linux/seccomp.h; headers of Debian 12 have them all, older ones not). */
#define CG_SECCOMP_TSYNC (1U << 0)
#define CG_SECCOMP_LOG (1U << 1)
#define CG_SECCOMP_SPEC_ALLOW (1U << 2)
#define CG_SECCOMP_NEW_LISTENER (1U << 3)
#define CG_SECCOMP_TSYNC_ESRCH (1U << 4)
#define CG_SECCOMP_WAIT_KILLABLE_RECV (1U << 5)

/*
 * Puts `filter` in force. *ret_listener gets the notification descriptor when flags hold CG_SECCOMP_NEW_LISTENER
 * (close-on-exec; the caller owns it), and may be NULL otherwise.
 * Errors: -EACCES neither no_new_privs nor CAP_SYS_ADMIN; -EINVAL the kernel refuses the filter or a flag; -EBUSY a
 * listener is there already; -ESRCH TSYNC found a thread with a filter of its own; -ENOMEM no memory, or more than
 * 32,768 instructions in all filters of this thread (counted after the kernel's translation, in which a RET is two and
 * a filter three more, and four more for each filter); -ENOSYS no seccomp(2).
 */
int cg_seccomp_load(const struct cg_filter *filter, unsigned int flags, int *ret_listener, struct cg_err *err);

/*
 * The same by prctl(PR_SET_SECCOMP), which has no flags: for kernels, and filters around us, that have no seccomp(2).
 */
int cg_seccomp_load_by_prctl(const struct cg_filter *filter, struct cg_err *err);

/*
 * Strict mode, for good: from here on read, write, _exit and rt_sigreturn, anything else is SIGKILL.
 * Errors: -EINVAL a filter is in force already, or no seccomp.
 */
int cg_seccomp_strict(struct cg_err *err);

/* no_new_privs, for good: execve gives no more privilege than this thread has. */
int cg_no_new_privs_set(struct cg_err *err);
bool cg_no_new_privs_is_set(void);

/* The mode as prctl(2) tells it: 0 none, 2 filter (asking in strict mode would be the end), or a negative errno. */
int cg_seccomp_mode(void);

/* Does the kernel list this action (SECCOMP_GET_ACTION_AVAIL)? Not proof that it works. */
bool cg_seccomp_lists_action(uint32_t action);

/*
 * Does the kernel take these flags with a filter? Asked with a filter at an address that cannot be read: flags are
 * looked at first (kernel/seccomp.c, seccomp_set_mode_filter()), so that nothing is ever loaded. Sets errno.
 */
bool cg_seccomp_knows_flags(unsigned int flags);

#endif
