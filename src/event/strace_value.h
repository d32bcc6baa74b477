/*
 * What strace prints of an argument, as a number or a path. Within event/.
 */
#ifndef CG_EVENT_STRACE_VALUE_H
#define CG_EVENT_STRACE_VALUE_H

#include "abi/arch.h"
#include "base/text.h"
#include "event/event.h"
#include "event/strace_line.h"

/*
 * AF_UNIX, O_RDONLY|O_CLOEXEC, 0x10, -1, AT_FDCWD</tmp>, 0x5401 … with comments: true and its number. A string, a
 * structure, a set of signals, or a name that we do not know: false.
 */
bool cg_strace_number(const struct cg_arch *arch, const struct cg_piece *arg, uint64_t *ret_number);

/* "…" with its escapes undone, appended; false when it is no string or was cut short ("…"...). */
bool cg_strace_string(const struct cg_piece *arg, struct cg_text *text);

/* ENOENT: -2; a name that we do not know: -CG_ERRNO_UNKNOWN. */
int64_t cg_strace_error(const struct cg_piece *name);

/* A value that looks like an error and is none (an address, a priority) must not be counted as one. */
static inline int64_t cg_strace_result(int64_t value)
{
	return value < 0 && value >= -CG_ERRNO_UNKNOWN ? 0 : value;
}

/* flags=CLONE_VM|SIGCHLD: true, the name, and *arg becomes what follows it. */
bool cg_strace_take_name(struct cg_piece *arg, struct cg_piece *ret_name);

#endif
