/*
 * What a machine still knows of the past, for who comes when it has happened: the kernel's log as far as it is kept,
 * what a program tells of its own log, and who gets the kernel's audit records now.
 *
 * In: nothing, or a command. Out: text with a limit, of which the oldest part may be missing; or facts.
 */
#ifndef CG_OS_PAST_H
#define CG_OS_PAST_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All records of /dev/kmsg that are still there, a line each. *ret_is_cut: some were overwritten while they were read.
 * Errors: -EPERM (kernel.dmesg_restrict), -ENOENT, …; the place is the file.
 */
int cg_past_kmsg(struct cg_text *text, bool *ret_is_cut, struct cg_err *err);

/*
 * What a program writes to its standard output, `limit` bytes at most (*ret_is_cut: there was more), within `ms`. Its
 * standard error is nobody's. argv[0] is searched in PATH.
 * Errors: -ENOENT no such program; -ETIMEDOUT; -EPROTO it failed, by its exit status; -ENOMEM.
 */
int cg_past_program(const char *const *argv, size_t limit, uint64_t ms, struct cg_text *text, bool *ret_is_cut,
		    struct cg_err *err);

/* The kernel's audit, audit(8) and linux/audit.h: struct audit_status. */
struct cg_past_audit {
	bool is_enabled; /* what a filter kills or logs is written in any case, rules of auditctl only then */
	int pid;         /* of the daemon that takes the records, so that the kernel's log has none; 0: there is none */
	uint32_t n_lost; /* records that the kernel dropped since it was started */
};

/* Errors: -EPERM (CAP_AUDIT_CONTROL), -EPROTONOSUPPORT no audit in this kernel, -ECONNREFUSED within a namespace, … */
int cg_past_audit(struct cg_past_audit *ret_audit, struct cg_err *err);

#endif
