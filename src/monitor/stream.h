/*
 * The stream: what all sources of violations tell, joined, placed, and told once with a count.
 *
 * In: sources, and who wants to hear. Out, to every sink: each violation, with the container and unit that it belongs
 * to and, where two sources saw it, once with the marks of both; sums of those that came again; what was lost; and a
 * beat every few seconds, so that a span without one is known to be unwatched.
 *
 * Memory is bounded by the limits below whatever comes; what passes them is counted, never forgotten.
 */
#ifndef CG_MONITOR_STREAM_H
#define CG_MONITOR_STREAM_H

#include "base/err.h"
#include "event/violation.h"
#include "source/violations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_STREAM_KINDS_LIMIT 4096 /* keys told apart; what comes beyond is counted under one more, "others" */
#define CG_STREAM_SOURCES_LIMIT 8
#define CG_STREAM_SINKS_LIMIT 4
#define CG_STREAM_HELD_LIMIT 32768 /* violations that wait for their twin of another source */
#define CG_STREAM_HELD_BYTES ((size_t)16 << 20)
#define CG_STREAM_TWIN_MS 300 /* how long they wait for one that may come … */
#define CG_STREAM_SURE_TWIN_MS 5000 /* … or that will come */
#define CG_STREAM_LATE_TWIN_MS 15000 /* how long one that was told is known still, for a twin that comes late */
#define CG_STREAM_BEAT_MS 5000
#define CG_STREAM_LOSSES_LIMIT 64 /* pairs of source and reason; what comes beyond is "other" */

/* Something is known not to have been told. */
struct cg_stream_loss {
	uint64_t time_ns;
	const char *source; /* "audit" */
	const char *reason; /* "enobufs" */
	uint64_t n; /* 0: nobody knows how many */
};

/*
 * Who hears it. Any of the functions may be NULL. What they are given lives until they return. A negative answer ends
 * the stream and is its answer.
 */
struct cg_stream_sink {
	/* Every violation as it happened. is_first: the first of its key (cg_violation_key()) since the stream began. */
	int (*violation)(void *context, const struct cg_violation *violation, bool is_first);
	/*
	 * Now and then, and at the end: violations of one key that came again since it was last told. violation->n is how
	 * many, ->time_ns when the last was; the rest is the newest's; `total` counts all since the stream began. With
	 * is_others it stands for all keys beyond CG_STREAM_KINDS_LIMIT: only n and time_ns mean anything.
	 */
	int (*repeated)(void *context, const struct cg_violation *violation, uint64_t total, bool is_others);
	int (*loss)(void *context, const struct cg_stream_loss *loss);
	/* At the start, every CG_STREAM_BEAT_MS, and at the end; `sources` that are watching: "ebpf,audit". */
	int (*beat)(void *context, uint64_t time_ns, const char *host, const char *sources);
	void *context;
};

/* Whose violations: all that are given must hold. NULL, 0: any. */
struct cg_stream_filter {
	const char *cgroup; /* path: it and all below it */
	const char *container; /* name, id, or the beginning of an id */
	const char *unit; /* "web.service", or "web" for the same */
	int pid;
};

struct cg_stream_options {
	const char *source; /* "auto", a source's name, or NULL with a path */
	const char *path; /* a log, "-" for standard input */
	bool follows; /* the log */
	bool is_new_only; /* what is in the log already is not told */
	const char *host; /* NULL: this machine's name */
	bool wants_all; /* each by itself as long as that can be; else sources may sum those that are alike */
	const char *profile; /* a label for what is in force, or NULL */
	struct cg_stream_filter filter;
	uint64_t repeat_ms; /* how often repetitions are told; 0: 30 s */
	const struct cg_stream_sink *sinks;
	size_t n_sinks;
};

/* What a source is doing. */
struct cg_stream_source {
	const struct cg_violation_source *source;
	bool is_running;
	struct cg_err why_not; /* where it is not: why it was not taken, or what ended it */
	bool is_spare; /* works, but others see all that it could */
};

/* So far. */
struct cg_stream_totals {
	uint64_t n_violations; /* of those that the filter lets through */
	uint64_t n_kinds;
	uint64_t n_twins; /* told once though two sources saw them */
	uint64_t n_lost; /* that is known */
	bool has_unknown_loss;
	uint64_t n_unplaced; /* left out by a filter that asks for a place which nobody knows, as the process was gone */
};

struct cg_stream;

/*
 * Begins to watch: what happens after it has returned is told. -ENOSYS: no source works here, and the message says why
 * each does not; otherwise the error of the source that was asked for.
 */
int cg_stream_open(const struct cg_stream_options *options, struct cg_stream **ret_stream, struct cg_err *err);

/* All rows of the table, whether they run, and why not. */
size_t cg_stream_sources(struct cg_stream *stream, const struct cg_stream_source **ret_sources);

/* Further descriptors, at most 8, that end the wait of cg_stream_step() when they are readable. */
int cg_stream_wake_by(struct cg_stream *stream, int fd);

/*
 * Waits, `timeout_ms` at most or until a signal, and tells what came. 0; CG_VIOLATIONS_OVER: all sources have ended; a
 * negative errno: a sink's, or that the last source failed.
 */
int cg_stream_step(struct cg_stream *stream, int timeout_ms, struct cg_err *err);

void cg_stream_totals(const struct cg_stream *stream, struct cg_stream_totals *ret_totals);

/* How much of each loss there was, over all; n: as far as is known. */
size_t cg_stream_losses(struct cg_stream *stream, const struct cg_stream_loss **ret_losses);

/* Reads what is there, tells what waits, the sums, and a last beat. The stream can only be freed then. */
int cg_stream_finish(struct cg_stream *stream, struct cg_err *err);

struct cg_stream *cg_stream_free(struct cg_stream *stream);

#endif
