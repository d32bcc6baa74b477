/*
 * Records of the kernel's audit about one call: SECCOMP (what a filter answered) and SYSCALL (what a rule of auditctl
 * had logged). Within event/, and for source/violations_audit.c, to which the kernel itself tells them.
 *
 * In: what stands behind "audit(…): ", or all of "audit(…)"; any bytes. Out: an event. Sources: kernel/auditsc.c
 * (audit_seccomp, audit_log_exit), kernel/audit.c (audit_log_untrustedstring).
 */
#ifndef CG_EVENT_AUDIT_RECORD_H
#define CG_EVENT_AUDIT_RECORD_H

#include "event/event.h"
#include "event/formats.h"
#include "event/strace_scan.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_AUDIT_SECCOMP 1326 /* linux/audit.h */
#define CG_AUDIT_SYSCALL 1300

/* The event's strings stand in it: it must stay where it is. */
struct cg_audit_record {
	struct cg_event event;
	struct cg_audit_facts facts;
	char exe[PATH_MAX + 1];
	char comm[64]; /* the kernel's are at most 15 bytes */
};

/* "audit(1795315661.438:400007):" and the blank behind it. */
bool cg_audit_take_stamp(struct cg_scan *rest, uint64_t *ret_time_ns, uint64_t *ret_serial);

/* The fields of a record of `type`, one of the two above; false: it cannot be read. Fills all of *record. */
bool cg_audit_read_record(unsigned int type, const struct cg_scan *body, struct cg_audit_record *record);

/* What readers of logs that hold such records have in common. */
struct cg_audit_reader {
	cg_event_sink sink;
	void *context;
	struct cg_log_facts facts;
	struct cg_audit_record record;
};

/* Tells the sink of a record of `type`; of any other type, nothing. As cg_log_format's line(). */
int cg_audit_tell(struct cg_audit_reader *reader, unsigned int type, const struct cg_scan *body, uint64_t time_ns,
		  uint64_t serial);

#endif
