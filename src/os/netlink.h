/*
 * The kernel's audit records as they are made: netlink(7), NETLINK_AUDIT, the multicast group AUDIT_NLGRP_READLOG.
 *
 * In: nothing. Out: records, as text. Listening needs CAP_AUDIT_READ, is no auditd, and takes nothing from one. When
 * the queue is full the kernel drops and says so once (ENOBUFS), without saying how many.
 */
#ifndef CG_OS_NETLINK_H
#define CG_OS_NETLINK_H

#include "base/err.h"

#include <stddef.h>

#define CG_AUDIT_RECORD_LIMIT 16384 /* bytes; linux/audit.h: MAX_AUDIT_MESSAGE_LENGTH is 8970 */
#define CG_AUDIT_QUEUE_BYTES (64 << 20) /* of the socket: what is asked for, with CAP_NET_ADMIN */

/* A descriptor, the caller's, from which nothing is read that was before. Errors: -EPERM, -EPROTONOSUPPORT, … */
int cg_audit_feed_open(int *ret_fd, struct cg_err *err);

/*
 * The next record: 1, its type, and its text in `room` (NUL-terminated). 0: there is none now. -ENOBUFS: some were
 * lost before what comes next; go on. Other negative errnos: the socket is of no more use.
 */
int cg_audit_feed_read(int fd, char room[CG_AUDIT_RECORD_LIMIT], unsigned int *ret_type, const char **ret_text,
		       size_t *ret_length);

#endif
