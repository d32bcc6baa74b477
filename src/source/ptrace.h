/*
 * What the parts of the ptrace source share: ptrace.c runs it, ptrace_stops.c answers stops, ptrace_calls.c those of
 * calls, ptrace_remarks.c sees what is worth a remark. Within source/.
 */
#ifndef CG_SOURCE_PTRACE_H
#define CG_SOURCE_PTRACE_H

#include "base/arena.h"
#include "base/map.h"
#include "os/ptrace.h"
#include "source/phase.h"
#include "source/sources.h"
#include "source/special.h"
#include "source/tracees.h"

#define CG_PROGRAMS_SEEN_LIMIT 65536 /* distinct paths of programs; calls of further ones name none */

struct cg_trace {
	const struct cg_source_request *request;
	const struct cg_source_sink *sink;
	struct cg_held child;
	struct cg_tracees tracees;
	struct cg_specials specials;
	struct cg_arena arena; /* of the paths */
	struct cg_map programs; /* and files; the value is 1 where the sink was told */
	int main_pid;
	bool has_begun; /* the command's execve has succeeded: what came before is the launcher's */
	bool has_filter; /* our RET_TRACE is in force */
	bool is_ending; /* everything is being killed */
	bool is_partial;
	struct cg_phase_watch *phase; /* while it is followed */
	int listener; /* the first process whose listen(2) has succeeded; 0: none has */
	int exit_status; /* of main_pid; -1: it has not ended */
	int main_stop; /* the signal by which main_pid is stopped, or 0 */
	uint64_t held_ms; /* the next look at new threads that nobody told of */
	int failure; /* a sink's, or -ENOMEM: ends everything */
};

/* What is wrong with this recorder itself: the first stands; everything is ended. */
void cg_trace_fail(struct cg_trace *trace, int code);

/* ptrace_calls.c: no result of a call, but that its thread was killed in it. */
#define CG_TRACE_KILLED INT64_MIN

/* Tells the sink of a call. Nothing before the command has begun. */
void cg_trace_emit(struct cg_trace *trace, const struct cg_tracee *tracee, const struct cg_call *call,
		   enum cg_outcome outcome, int64_t result);

/* To its next stop: the exit where it is in a call, else the filter's or, where entries are watched, the entry. */
void cg_trace_let_run(struct cg_tracee *tracee, int signal);

void cg_trace_on_filter(struct cg_trace *trace, struct cg_tracee *tracee);
void cg_trace_on_call(struct cg_trace *trace, struct cg_tracee *tracee);

/* ptrace_stops.c: answers one stop and lets the tracee run on. What fails for good goes into trace->failure. */
void cg_trace_handle(struct cg_trace *trace, const struct cg_stop *stop);

/* SIGKILL to all, and to all that are still to come. */
void cg_trace_end_all(struct cg_trace *trace);

/* Lets new threads run whose parents will tell of them no more. Now and then. */
void cg_trace_release_held(struct cg_trace *trace);

/* ptrace_remarks.c: looks at a call that has ended, a program that was executed, a clone about to be made. */
void cg_trace_note_call(struct cg_trace *trace, const struct cg_tracee *tracee, enum cg_special special,
			int64_t result);
/* For --phase listen: before a call that waits is made; after a listen has ended. */
void cg_trace_note_wait(struct cg_trace *trace, const struct cg_tracee *tracee);
void cg_trace_note_exec(struct cg_trace *trace, const struct cg_tracee *tracee);
void cg_trace_note_clone(struct cg_trace *trace, const struct cg_tracee *tracee, enum cg_special special);
/* ptrace_files.c: tells the sink of the program that was executed, and of a file that a call has mapped. */
void cg_trace_tell_file(struct cg_trace *trace, int tid, const char *path);
void cg_trace_tell_mapping(struct cg_trace *trace, const struct cg_tracee *tracee, int64_t result);
void cg_trace_note_foreign_filter(struct cg_trace *trace, const struct cg_tracee *tracee);

/* Does this call, having returned `result`, put a filter of the program's own in force? For all its threads? */
bool cg_trace_loads_filter(const struct cg_call *call, enum cg_special special, int64_t result, bool *ret_for_all);

#endif
