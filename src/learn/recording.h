/*
 * A recording: many events, summarised, run by run.
 *
 * In: events (cg_run_add), or JSON (callgate-recording(5)). Out: per run, per (arch, number): counts, errors, argument
 * values, the programs that made the call. Each run is kept apart under its own random id, so merging is the union of
 * runs: any order gives the same bytes, twice changes nothing, and coverage (how many runs saw a call) is there.
 * DESIGN.md, "Counting", says what a count is.
 */
#ifndef CG_LEARN_RECORDING_H
#define CG_LEARN_RECORDING_H

#include "abi/arch.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/text.h"
#include "base/vec.h"
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_RECORDING_VERSION 1
#define CG_RECORDING_SIZE_LIMIT ((size_t)64 << 20)
#define CG_VALUES_LIMIT 32   /* distinct values kept for one argument of one call in one run */
#define CG_PROGRAMS_LIMIT 64 /* distinct programs kept for one call in one run */

/* The smallest CG_VALUES_LIMIT values seen, ascending; has_overflow when there were more. */
struct cg_value_set {
	uint64_t values[CG_VALUES_LIMIT];
	uint8_t n_values;
	bool has_overflow;
};

struct cg_error_count {
	uint32_t number; /* errno */
	uint64_t count;
};

struct cg_program_count {
	const char *path;
	uint64_t count;
};

struct cg_recorded_call {
	const struct cg_arch *arch;
	uint32_t arch_token; /* when arch is NULL: a token without a row */
	uint32_t nr;
	uint64_t count;      /* completed calls */
	uint64_t n_restarts; /* attempts that left with ERESTART* */
	uint64_t n_unfinished; /* the process ended inside the call */
	uint64_t n_denied;
	CG_VEC(struct cg_error_count) errors; /* ascending by number */
	struct cg_value_set *args[6];         /* NULL: nothing known */
	CG_VEC(struct cg_program_count) programs; /* ascending by path */
	bool has_program_overflow;
};

struct cg_run {
	const char *id;      /* 32 hex digits, from the machine's random source */
	const char *backend; /* "ptrace", "import-strace", … */
	const char *started; /* ISO 8601 UTC, or "" */
	uint64_t duration_ms;
	CG_VEC(const char *) command;
	const char *kernel;  /* release */
	const char *machine; /* native arch's name */
	int exit_status;     /* as wait() gave it, -1: not known */
	bool is_partial;     /* ended before the command did */
	CG_VEC(const char *) remarks; /* "set-uid program lost its privilege: /usr/bin/su", … */
	CG_VEC(struct cg_recorded_call) calls; /* sorted by (arch token, nr) after cg_run_finish() */
	struct cg_map index; /* (arch token, nr) -> calls[] while adding */
	const struct cg_json *unknown; /* object as read: keys that we do not know are written back */
};

struct cg_recording {
	struct cg_arena arena;
	CG_VEC(struct cg_run *) runs; /* sorted by id */
	const struct cg_json *unknown;
};

struct cg_recording *cg_recording_new(void);
struct cg_recording *cg_recording_free(struct cg_recording *recording);

/* A new run with this id; owned by the recording. -EEXIST when the id is there. */
int cg_recording_add_run(struct cg_recording *recording, const char *id, struct cg_run **ret_run);

/* Counts one event. -ENOMEM. O(1) amortised. */
int cg_run_add(struct cg_recording *recording, struct cg_run *run, const struct cg_event *event);

/* Adds the runs of `from` to `into`; a run whose id is already there is skipped. */
int cg_recording_merge(struct cg_recording *into, const struct cg_recording *from, struct cg_err *err);

/* JSON. A newer version: -EPROTONOSUPPORT. */
int cg_recording_read(const char *name, const char *bytes, size_t length, struct cg_recording **ret_recording,
		      struct cg_err *err);
int cg_recording_write(const struct cg_recording *recording, struct cg_text *text);

/* All runs as one: calls added up, sets united (overflow when any was), n_runs: in how many runs each was seen. */
struct cg_summary_call {
	struct cg_recorded_call call;
	size_t n_runs;
};

struct cg_summary {
	struct cg_arena arena;
	CG_VEC(struct cg_summary_call) calls; /* sorted by (arch token, nr) */
};

int cg_recording_summarise(const struct cg_recording *recording, struct cg_summary *ret_summary);
void cg_summary_done(struct cg_summary *summary);

#endif
