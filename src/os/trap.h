/*
 * SIGSYS from a filter: caught, told, and turned into an errno. sigaction(2), seccomp(2) on SECCOMP_RET_TRAP.
 *
 * In: somebody who makes a line of a trapped call. Out: that line, written; and the call failed, or the process ended.
 * Everything that runs in the handler is async-signal-safe. The handler's settings are the one state kept outside of
 * objects, as a signal's disposition is the process's.
 */
#ifndef CG_OS_TRAP_H
#define CG_OS_TRAP_H

#include "callgate/call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#define CG_TRAP_LINE_SIZE 512
#define CG_TRAP_PATH_SIZE 160 /* of a longer path the end is told */

struct cg_trap {
	struct cg_call call;           /* ip: behind the instruction that made the call */
	bool has_args;                 /* false where nobody has looked into this machine's registers */
	unsigned int data;             /* what the filter said with TRAP */
	int tid;
	char module[CG_TRAP_PATH_SIZE]; /* the file mapped at ip, "" when that cannot be told */
	uint64_t offset;               /* in that file */
};

/* Makes one line of at most `size` bytes, its newline included; returns how many. Async-signal-safe, no calls. */
typedef size_t cg_trap_line_fn(const struct cg_trap *trap, char *line, size_t size);

/* See include/callgate/trap.h. 0; -EBADF. */
int cg_trap_install(int fd, bool does_die, cg_trap_line_fn *line);

/*
 * The machine's part. The six argument registers of the call (as arch `token` passes them), and its result.
 * False and nothing where they are not known: then a result cannot be set either.
 */
bool cg_trap_registers(const ucontext_t *context, uint32_t token, uint64_t ret_args[6]);
void cg_trap_set_result(ucontext_t *context, int64_t result);

#endif
