/*
 * The kernel's log as it is written: /dev/kmsg, Documentation/ABI/testing/dev-kmsg.
 *
 * In: nothing. Out: records, "LEVEL,SERIAL,MICROSECONDS,-;TEXT", each with what stands below it. A record that was
 * overwritten before it was read is known to be lost, and by the serials how many were.
 */
#ifndef CG_OS_KMSG_H
#define CG_OS_KMSG_H

#include "base/err.h"

#include <stddef.h>

#define CG_KMSG_RECORD_LIMIT 16384 /* bytes; the kernel's are at most some 8 KiB (kernel/printk: CONSOLE_EXT_LOG_MAX) */

/* At the log's end; the descriptor is the caller's. Errors: -EPERM (kernel.dmesg_restrict), -ENOENT, … */
int cg_kmsg_open(int *ret_fd, struct cg_err *err);

/*
 * The next record's first line, NUL-terminated: 1. 0: there is none now. -EPIPE: some were overwritten before what comes
 * next; go on. Other negative errnos: no more will come.
 */
int cg_kmsg_read(int fd, char room[CG_KMSG_RECORD_LIMIT], size_t *ret_length);

#endif
