/*
 * A violation: a call that a filter stopped or logged, with who made it and where. What monitor streams, history keeps,
 * `why` tells, and gates of a rollout count.
 *
 * In: what a source of violations saw; what it did not see is NULL, 0 or *_UNKNOWN, never guessed. Out: its JSON (one
 * object on one line, callgate-violations(5)) and back, and its key: two violations with one key are "the same" for
 * people, and are told once with a count.
 *
 * Strings are borrowed and live until the consumer returns, unless the function says otherwise.
 */
#ifndef CG_EVENT_VIOLATION_H
#define CG_EVENT_VIOLATION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "callgate/call.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_VIOLATION_LINE_LIMIT 16384 /* bytes of one violation as JSON; longer strings are cut by the writer, marked */

/* Where a source looks: bits, so that an event seen twice says so. */
enum cg_seen_by {
	CG_SEEN_BY_EBPF = 1,
	CG_SEEN_BY_AUDIT = 2, /* netlink or audit.log */
	CG_SEEN_BY_KMSG = 4, /* /dev/kmsg, dmesg or journal text */
	CG_SEEN_BY_NOTIFY = 8, /* a listener: run --tell notify, test */
};

/* Those that see what a filter only logs: such a call is made, and so is no denial to programs in the kernel. */
#define CG_SEEN_LOGGED ((uint32_t)(CG_SEEN_BY_AUDIT | CG_SEEN_BY_KMSG))

/* Their names, in that order. */
struct cg_seen_by_row {
	uint32_t bit;
	const char *name; /* "ebpf" */
};

extern const struct cg_seen_by_row cg_seen_by_rows[];
extern const size_t cg_n_seen_by;

struct cg_violation {
	uint64_t time_ns; /* since the epoch; 0: not known */
	uint64_t n; /* violations that this stands for; 1 but for summaries */
	const char *host;

	/* The container, or NULLs; unit: the systemd unit that the cgroup names. */
	const char *engine; /* docker, podman, cri-o, containerd, … */
	const char *container_id;
	const char *container;
	const char *image;
	const char *unit;
	const char *cgroup; /* path in its hierarchy */

	int pid; /* as the host counts; 0: not known */
	int tid;
	int ns_pid; /* in the process's own namespace; 0: not known */
	const char *comm;
	const char *exe;
	uint32_t uid; /* CG_ID_UNKNOWN */

	struct cg_call call;
	bool has_args;
	uint32_t action; /* the kernel's; its data (which errno) only where has_data */
	bool has_data;
	int signal; /* that the filter sent, or 0 */

	const char *profile; /* where known: what the user said is in force, or the rollout's */
	uint32_t seen_by; /* enum cg_seen_by bits */
};

/* A consumer. Returns 0, or a negative errno that stops whoever tells. */
typedef int (*cg_violation_sink)(void *context, const struct cg_violation *violation);

/* One JSON object (no newline). Calls, actions, arches and arguments by name. Errors: -ENOMEM. */
int cg_violation_write(const struct cg_violation *violation, struct cg_json_writer *writer);

/* From such an object; strings and all into the arena. Unknown keys are passed over. Errors: -EINVAL at its place. */
int cg_violation_read(const struct cg_json *object, struct cg_arena *arena, struct cg_violation *ret_violation,
		      struct cg_err *err);

/*
 * The argument class: scalar arguments by which such calls differ for a policy (domain=AF_INET, request=TIOCSTI), as
 * text for people and for keys; "" where the call has none, or has_args is false. Never an address, fd, pid or size.
 */
int cg_violation_class(const struct cg_violation *violation, struct cg_text *text);

/*
 * What makes two violations the same: profile, container (its name, or id, or unit), exe (or comm), arch, call, action
 * with data, argument class. Fields are parted by 0x1f. Appended to `text`. Errors: -ENOMEM.
 */
int cg_violation_key(const struct cg_violation *violation, struct cg_text *text);

#endif
