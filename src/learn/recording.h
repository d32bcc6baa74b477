/*
 * A recording: many events, summarised, run by run.
 *
 * In: events (cg_run_add), or JSON (callgate-recording(5)). Out: per run, per (arch, number): counts, errors, argument
 * values, the programs that made the call. Each run is kept apart under its own random id, so merging is the union of
 * runs: any order gives the same bytes, twice changes nothing, and coverage (how many runs saw a call) is there.
 * docs/ARCHITECTURE.md, "Recording", says what a count is.
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
#define CG_CALLS_LIMIT 16384 /* distinct (arch, number) kept in one run: a program can call any number */
#define CG_REMARKS_LIMIT 64  /* distinct remarks kept in one run */
#define CG_FILES_LIMIT 1024  /* distinct files kept in one run */
#define CG_RUN_ID_LENGTH 32  /* hex digits */

/* The smallest CG_VALUES_LIMIT values seen, ascending; has_overflow when there were more. */
struct cg_value_set {
	uint64_t values[CG_VALUES_LIMIT];
	uint8_t n_values;
	bool has_overflow;
};

struct cg_error_count {
	uint32_t number; /* errno; CG_ERRNO_UNKNOWN when the source tells only that the call failed */
	uint64_t count;
};

/* How many of the completed calls a program made; the CG_PROGRAMS_LIMIT smallest paths are kept. */
struct cg_program_count {
	const char *path;
	uint64_t count;
};

struct cg_json;

/* How long completed calls took, from entry to exit: buckets[n] counts 2^n to 2^(n+1) - 1 ns, the last also more. */
#define CG_TIME_BUCKETS 40

struct cg_call_time {
	uint64_t n_calls; /* timed ones */
	uint64_t total_ns;
	uint64_t max_ns;
	uint64_t buckets[CG_TIME_BUCKETS];
};

struct cg_recorded_call {
	const struct cg_arch *arch;
	uint32_t arch_token; /* when arch is NULL: a token without a row */
	uint32_t nr;
	uint64_t count;      /* completed calls */
	uint64_t n_restarts; /* attempts that left with ERESTART* */
	uint64_t n_unfinished; /* the process ended inside the call */
	uint64_t n_denied;
	uint64_t n_startup; /* how many of all of these before the run's mark (learn/phase.h) */
	CG_VEC(struct cg_error_count) errors; /* ascending by number */
	struct cg_value_set *args[6];         /* NULL: nothing known */
	CG_VEC(struct cg_program_count) programs; /* ascending by path */
	bool has_program_overflow;
	struct cg_call_time *time; /* NULL: not measured */
	const struct cg_json *unknown; /* as in struct cg_run */
};

/* Was the call made at all, completed or not? What a profile must reckon with. */
static inline bool cg_recorded_call_is_made(const struct cg_recorded_call *call)
{
	return call->count || call->n_restarts || call->n_unfinished || call->n_denied;
}

/* A program that was executed, or a file mapped to be executed. */
struct cg_recorded_file {
	const char *path;
	const char *build_id; /* hex, or "" */
	const char *package; /* that it is of, or "" */
	const char *version; /* of the package, or "" */
	bool is_foreign; /* of another mount namespace than the recorder's: nothing here is that file. Not written */
};

struct cg_run {
	const char *id;      /* CG_RUN_ID_LENGTH hex digits: random, or of an imported file's bytes */
	const char *backend; /* "ptrace", "import-strace", … */
	const char *started; /* ISO 8601 UTC, or "" */
	uint64_t duration_ms;
	CG_VEC(const char *) command;
	const char *kernel;  /* release */
	const char *machine; /* native arch's name */
	int exit_status;     /* as wait() gave it, -1: not known */
	bool is_partial;     /* ended before the command did */
	const char *phase_by; /* what marked the end of start-up: "signal", "output", "listen", "after"; "": nothing did */
	const char *phase_why; /* a sentence: what was seen */
	uint64_t phase_ms; /* when, since the start */
	CG_VEC(const char *) remarks; /* "set-uid program lost its privilege: /usr/bin/su", … */
	CG_VEC(struct cg_recorded_file) files; /* ascending by path, build-id, package, version */
	CG_VEC(struct cg_recorded_call) calls; /* sorted by (arch token, nr) after cg_run_finish() */
	uint64_t n_unlisted; /* events beyond CG_CALLS_LIMIT */
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

/* A new run with this id; owned by the recording. -EEXIST when the id is there, -EINVAL when it is no id. */
int cg_recording_add_run(struct cg_recording *recording, const char *id, struct cg_run **ret_run);

/* Counts one event. -ENOMEM. O(1) amortised. */
int cg_run_add(struct cg_recording *recording, struct cg_run *run, const struct cg_event *event);

/*
 * Adds what a source has summarised by itself: counts, errors, values, programs and time of one call, of which nothing
 * was added before. -ENOMEM.
 */
int cg_run_add_call(struct cg_recording *recording, struct cg_run *run, const struct cg_recorded_call *call);

/* What is kept of an argument's values, cut to *ret_width bytes. */
enum cg_arg_keeping {
	CG_ARG_KEEP_NOTHING,
	CG_ARG_KEEP_CUT,
	CG_ARG_KEEP_NUMBER, /* but what looks like an address only as "another" */
	CG_ARG_KEEP_DIRFD, /* AT_FDCWD, or "another" */
};

enum cg_arg_keeping cg_recorded_arg_keeping(const struct cg_arch *arch, uint32_t nr, unsigned int arg,
					    unsigned int *ret_width);

/* Texts of a run, copied; bytes that are no UTF-8 become \xNN, so that they survive JSON. -ENOMEM. */
int cg_run_set_text(struct cg_recording *recording, const char **field, const char *text);
int cg_run_add_word(struct cg_recording *recording, struct cg_run *run, const char *word); /* of the command */
/* A remark that is there already is not added again, nor one beyond CG_REMARKS_LIMIT. */
int cg_run_add_remark(struct cg_recording *recording, struct cg_run *run, const char *remark);

/* One that is there already is not added again; of more than CG_FILES_LIMIT the first by path stay. */
int cg_run_add_file(struct cg_recording *recording, struct cg_run *run, const char *path, const char *build_id);
/* The same with its package; the texts are copied. */
int cg_run_add_packaged_file(struct cg_recording *recording, struct cg_run *run, const struct cg_recorded_file *file);

/* Sorts the calls, once no more events come. cg_recording_read() and cg_recording_merge() give finished runs. */
void cg_run_finish(struct cg_run *run);

/*
 * Adds the runs of `from` to `into`. Of two runs with one id (the same run, or somebody edited one) the larger by
 * bytes stays, so that the order of merging does not show. -ENOMEM.
 */
int cg_recording_merge(struct cg_recording *into, const struct cg_recording *from, struct cg_err *err);

/*
 * JSON, callgate-recording(5). Errors: -EBADMSG (no JSON, no recording, a part of the wrong kind; with its place),
 * -EPROTONOSUPPORT (a newer version), -E2BIG (a limit), -ENOMEM. Writing sorts, so the bytes depend on the content
 * only.
 */
int cg_recording_read(const char *name, const char *bytes, size_t length, struct cg_recording **ret_recording,
		      struct cg_err *err);
int cg_recording_write(const struct cg_recording *recording, struct cg_text *text);

/* All runs as one: calls added up, sets united (overflow when any was), n_runs: in how many runs each was seen. */
struct cg_summary_call {
	struct cg_recorded_call call;
	size_t n_runs;
	/* How often it was made before and after the mark; n_unmarked in runs without one, which may be either. */
	uint64_t n_startup, n_serving, n_unmarked;
	const char *first, *last; /* when the first and last of these runs began, of those that say it; or NULL */
};

struct cg_summary {
	struct cg_arena arena;
	CG_VEC(struct cg_summary_call) calls; /* sorted by (arch token, nr) */
};

/* Counts stop at UINT64_MAX. A value set of a call overflows where some run tells nothing of that argument. */
int cg_recording_summarise(const struct cg_recording *recording, struct cg_summary *ret_summary);
void cg_summary_done(struct cg_summary *summary);

#endif
