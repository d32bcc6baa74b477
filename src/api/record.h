/*
 * Recording a command, or what runs already: a source's events, kept as a run.
 *
 * In: a command or a target, and a few wishes. Out: a recording with one run, and what the command's caller wants to
 * know of its end.
 */
#ifndef CG_API_RECORD_H
#define CG_API_RECORD_H

#include "base/err.h"
#include "learn/recording.h"
#include "os/signals.h"
#include "source/sources.h"

#include <stdbool.h>
#include <stdint.h>

/* What runs already: a process, with its threads and descendants; or a cgroup, with all below it. */
struct cg_record_target {
	int pid; /* or 0 */
	const char *cgroup; /* as cg_cgroup_find() takes it; or NULL */
	const char *name; /* for remarks: "container web", "unit cron.service"; NULL: the process or cgroup itself */
	/*
	 * The process is a container's first, about to execute the container's program, and what it calls until then is
	 * its runtime's: that is left out, or kept. Files are named as the container sees them, and not looked into.
	 */
	enum cg_record_launcher { CG_RECORD_NO_LAUNCHER, CG_RECORD_LAUNCHER, CG_RECORD_WITH_LAUNCHER } launcher;
	bool lasts; /* goes on while nobody is in the cgroup, until the cgroup itself is removed */
};

/* What marks the end of start-up (learn/phase.h). */
struct cg_record_phase {
	enum cg_phase_by by;
	uint64_t after_ms;
	const char *pattern; /* BY_OUTPUT, as os/relay.h has it; the caller's */
};

struct cg_record_options {
	const char *backend; /* a row of source/sources.h; NULL or "auto": the first that works, each tried in earnest */
	/*
	 * Recorded until all its processes have ended, the duration has passed, a signal asks us to end, or the command
	 * has, if there is one: it is not recorded itself then. The target is left to run. NULL: the command is recorded.
	 */
	const struct cg_record_target *target;
	/* Once, when everything is watched; the command has not begun then. May be NULL. 0, or an errno that ends it. */
	int (*begun)(void *context);
	void *context;
	char *const *argv; /* the command; argv[0] is searched in PATH; NULL: none */
	bool without_args; /* no values of arguments are kept */
	bool with_time; /* how long calls take is kept: -EOPNOTSUPP where the backend cannot */
	uint64_t duration_ms; /* then the command is asked to end; 0: no such limit */
	struct cg_record_phase phase;
	/* Begun by a caller that has something left to do with the recording before signals may end it; or NULL. */
	struct cg_signals *signals;
	/* "auto" adds here why better backends could not: "ebpf: it needs root"; or NULL. */
	struct cg_text *refusals;
};

/*
 * Runs the command until it and all that it started have ended, or records the target. 0: *ret_recording is the
 * caller's, *ret_status what to exit with (the command's status, 128 + N for a signal; of a target alone 0). 126 or
 * 127, as a shell: the command could not be started, *err says why, and the outputs are untouched. Negative: callgate
 * itself failed; -ESRCH no such process, -ENOENT no such cgroup, -EOPNOTSUPP a target that the backend cannot record.
 * Not for a process with other children or several threads: statuses of all children are taken, and of the signal
 * state and timers some is used meanwhile.
 */
int cg_record(const struct cg_record_options *options, struct cg_recording **ret_recording, int *ret_status,
	      struct cg_err *err);

#endif
