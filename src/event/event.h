/*
 * An event: a call with who, when, and what became of it. What sources yield and recordings summarise.
 *
 * Strings are borrowed from whoever made the event and live until its consumer returns.
 */
#ifndef CG_EVENT_EVENT_H
#define CG_EVENT_EVENT_H

#include "callgate/call.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_ERRNO_UNKNOWN 4096 /* one above the kernel's MAX_ERRNO */

enum cg_outcome {
	CG_OUTCOME_RETURNED, /* completed; result holds its value or -errno */
	CG_OUTCOME_RESTARTED, /* left with ERESTART*: an attempt, no completed call */
	CG_OUTCOME_BEGAN, /* exit, exit_group, execve that succeeds: counted when they begin */
	CG_OUTCOME_ENDED, /* the process ended inside the call: never completed, but it was made */
	CG_OUTCOME_DENIED, /* stopped by a filter */
};

#define CG_ID_UNKNOWN UINT32_MAX /* nobody says; of auid and session also: there was no login */

/* What a record of the kernel's audit says besides. */
struct cg_audit_facts {
	uint64_t serial; /* 0: not told */
	uint32_t uid;
	uint32_t gid;
	uint32_t auid;
	uint32_t session;
	int signal; /* that the filter sent, or 0 */
	bool is_verdict; /* of a filter: event.action is its answer (which errno it gave is not told) */
};

struct cg_event {
	struct cg_call call;
	bool has_args; /* call.args are known (strace -c and audit do not tell them) */
	uint8_t unknown_args; /* bit n: though has_args, this one is not (a log showed a structure, …) */
	enum cg_outcome outcome;
	int64_t result; /* RETURNED: value, or -errno; -CG_ERRNO_UNKNOWN: failed, nobody says why */
	uint32_t action; /* DENIED, or audit->is_verdict: the kernel's action */
	int pid;
	int tid;
	const char *exe; /* path of the program that made it, or NULL */
	const char *comm; /* or NULL */
	uint64_t n_calls; /* how many calls this event stands for: 1 but for summaries */
	uint64_t time_ns; /* since the epoch, 0: not known */
	const struct cg_audit_facts *audit; /* NULL: it is of another source */
};

/* A consumer of events. Returns 0, or a negative errno that stops the source. */
typedef int (*cg_event_sink)(void *context, const struct cg_event *event);

/* The four results with which the kernel asks for a restart (include/linux/errno.h): -512, -513, -514, -516. */
static inline bool cg_result_is_restart(int64_t result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

#endif
