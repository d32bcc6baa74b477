/*
 * One line of the kernel's log, in any of the forms in which it is shown: what the kernel said in it. Within event/.
 *
 * In: a line; any bytes. Out: the message, and by which way it came: "audit: type=1326 …" of the kernel itself, or
 * "SECCOMP …", as journald has it from the audit socket. Known forms: dmesg with all its options, /dev/kmsg, the
 * journal (short and its kind, json), a syslog file.
 */
#ifndef CG_EVENT_KERNEL_LINE_H
#define CG_EVENT_KERNEL_LINE_H

#include "base/arena.h"
#include "event/strace_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_kernel_line_kind {
	CG_KERNEL_LINE_MESSAGE, /* the kernel's own */
	CG_KERNEL_LINE_AUDIT,   /* a record from the audit socket */
	CG_KERNEL_LINE_OTHER,   /* somebody else's, or none */
	CG_KERNEL_LINE_UNKNOWN, /* of no form that is known */
};

struct cg_kernel_line {
	enum cg_kernel_line_kind kind;
	struct cg_scan message;
	uint64_t time_ns; /* AUDIT by json, which have no stamp in them; else 0 */
	uint64_t serial;
};

/* The message is a part of the line, or lives in the arena. 0 or -ENOMEM. */
int cg_kernel_line_read(const char *text, size_t length, struct cg_arena *arena, struct cg_kernel_line *ret_line);

#endif
