/*
 * Sources: where events come from while something runs. A recorder keeps a summary of them, a monitor a stream.
 *
 * In: a request. Out: events and remarks, given to a sink as they happen, and at the end what became of it. A source is
 * a row of the table (sources.c) and a file; those that need no help from the rest come first, and "auto" takes the
 * first that can. How to add one: docs/howto/add-a-source.md.
 */
#ifndef CG_SOURCE_SOURCES_H
#define CG_SOURCE_SOURCES_H

#include "base/err.h"
#include "event/event.h"
#include "learn/recording.h"
#include "os/signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What runs already, and is recorded from now on; all that it makes too. */
struct cg_source_target {
	int pid; /* a process with its threads and descendants; 0: not that */
	bool is_launcher; /* what it calls before it executes something else is left out */
	uint32_t hierarchy; /* else a cgroup, with all below it, as os/cgroup.h found it */
	uint64_t cgroup;
	const char *folder; /* of the cgroup: once it is gone, so is everything in it */
	bool lasts; /* goes on while nobody is in the cgroup, until the folder is gone */
};

/* What marks the end of start-up. */
enum cg_phase_by {
	CG_PHASE_BY_NOTHING,
	CG_PHASE_BY_SIGNAL, /* SIGUSR1 to us */
	CG_PHASE_BY_OUTPUT, /* a line that the command prints */
	CG_PHASE_BY_LISTEN, /* listen(2) has succeeded, and a call is made that waits for somebody */
	CG_PHASE_AFTER, /* a duration */
};

struct cg_relay;

struct cg_phase_wish {
	enum cg_phase_by by;
	uint64_t after_ms;
	const struct cg_relay *relay; /* BY_OUTPUT: begun by the caller */
};

struct cg_source_request {
	const char *path; /* of the program to run, as cg_spawn_find() gave it; NULL: none, with a target */
	char *const *argv;
	const struct cg_source_target *target; /* then the command is not recorded: when it ends, so does the recording */
	uint64_t duration_ms; /* then the command is asked to end, a target is left alone; 0: no such limit */
	bool without_args; /* no values of arguments are wanted */
	bool with_time; /* how long calls take is */
	struct cg_phase_wish phase;
	struct cg_signals *signals; /* begun by the caller, who ends them once the recording is kept */
};

/* Both may return a negative errno, which ends the source and is its answer. */
struct cg_source_sink {
	/* Once: all is set up, and from here on nothing is missed. A source that fails before this has done nothing. */
	int (*begun)(void *context);
	cg_event_sink event;
	int (*remark)(void *context, const char *remark);
	/* A file that was executed or mapped to be; may come more than once. */
	int (*file)(void *context, const char *path, uint64_t mount_namespace); /* that the path is of; 0: not known */
	/* Start-up ends here: what was told so far was part of it, and what calls from now on say in n_startup. At most once. */
	int (*mark)(void *context, enum cg_phase_by by, const char *why, uint64_t at_ms);
	/* All of one call, from a source that counts by itself; cg_run_add_call() says what it must be. */
	int (*call)(void *context, const struct cg_recorded_call *call);
	void *context;
};

struct cg_source_result {
	bool has_started; /* the command's execve succeeded */
	int start_errno; /* why it did not */
	int exit_status; /* of the command, as wait(2) gave it; -1: not known */
	uint64_t n_unlisted; /* calls that were counted, and for which there was no room to say which they were */
	bool is_partial; /* callgate ended it, or stopped looking, before it ended by itself */
};

struct cg_source {
	const char *name;
	bool has_time; /* can tell how long calls take */
	bool has_processes; /* can record a process that runs already */
	bool has_cgroups; /* can record a cgroup */
	bool has_phases; /* can mark the end of start-up */
	const char *meaning; /* one line for help and doctor */
	/* 0: it works on this machine, for this user, now; else why not. Found by trying. */
	int (*can)(struct cg_err *err);
	int (*run)(const struct cg_source_request *request, const struct cg_source_sink *sink,
		   struct cg_source_result *ret_result, struct cg_err *err);
};

extern const struct cg_source *const cg_sources[];
extern const size_t cg_n_sources;

extern const struct cg_source cg_source_ebpf;
extern const struct cg_source cg_source_notify;
extern const struct cg_source cg_source_ptrace;

/* By name. -ENOENT: no such source. "auto" is none: its meaning is the rows in their order, each tried in earnest. */
int cg_source_find(const char *name, const struct cg_source **ret_source, struct cg_err *err);

#endif
