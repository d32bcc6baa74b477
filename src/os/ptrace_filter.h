/*
 * The filters of a live thread, read out of the kernel: ptrace(2), PTRACE_SECCOMP_GET_FILTER.
 *
 * In: a thread id. Out: its filters as they were loaded. The thread is stopped for the moment of reading, as a debugger
 * would, and goes on as it was: a stopped one stays stopped, and where callgate is killed meanwhile the kernel lets it
 * go. A call that it waits in may return EINTR, as for any debugger (signal(7): epoll_wait and a few more); one that its
 * filters do not let it resume is begun anew (ptrace_restart.h).
 */
#ifndef CG_OS_PTRACE_FILTER_H
#define CG_OS_PTRACE_FILTER_H

#include "base/err.h"
#include "base/vec.h"
#include "filter/filter.h"

#include <stdbool.h>

#define CG_STACK_FILTERS_LIMIT 6553 /* as CG_STACK_LIMIT: 32,768 / (1 + 4) */

struct cg_loaded_filter {
	struct cg_filter *filter;
	bool knows_flags; /* the kernel told them (PTRACE_SECCOMP_GET_METADATA, Linux 4.16) */
	bool is_logged;   /* SECCOMP_FILTER_FLAG_LOG: the only flag that the kernel tells */
};

/* Start with {0}; end with cg_filter_stack_done(). */
struct cg_filter_stack {
	CG_VEC(struct cg_loaded_filter) filters; /* as the kernel numbers them: 0 is the oldest (get_nth_filter()) */
};

/*
 * Needs CAP_SYS_ADMIN in the first user namespace, the right to trace the thread, and no filter on the caller itself.
 * Takes the status of a child of the caller that ends meanwhile.
 * Errors: -ENOENT no such thread, or it has just ended; -EPERM the right is missing: the message names which;
 * -EOPNOTSUPP the kernel has no such request, or the thread is in strict mode, or a filter is no classic BPF; -EBUSY it
 * does not stop (it waits in the kernel without end); -ENOMEM.
 */
int cg_thread_filters(int tid, struct cg_filter_stack *ret_stack, struct cg_err *err);
void cg_filter_stack_done(struct cg_filter_stack *stack);

/* Whether two stacks hold the same instructions in the same order. */
bool cg_filter_stack_equals(const struct cg_filter_stack *a, const struct cg_filter_stack *b);

#endif
