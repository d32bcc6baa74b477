/*
 * What strace prints of an argument, as a number or a path. Within event/.
 */
#ifndef CG_EVENT_STRACE_VALUE_H
#define CG_EVENT_STRACE_VALUE_H

#include "abi/arch.h"
#include "base/text.h"
#include "event/strace_line.h"

/*
 * AF_UNIX, O_RDONLY|O_CLOEXEC, 0x10, -1, AT_FDCWD</tmp>, 0x5401 … with comments: true and its number. A string, a
 * structure, a set of signals, or a name that we do not know: false.
 */
bool cg_strace_number(const struct cg_arch *arch, const struct cg_piece *arg, uint64_t *ret_number);

/* "…" with its escapes undone, appended; false when it is no string or was cut short ("…"...). */
bool cg_strace_string(const struct cg_piece *arg, struct cg_text *text);

/* flags=CLONE_VM|SIGCHLD: true, the name, and *arg becomes what follows it. */
bool cg_strace_take_name(struct cg_piece *arg, struct cg_piece *ret_name);

#endif
