/*
 * The history: violations as they happened, kept in an SQLite file (WAL), bounded in size and age, one writer.
 *
 * In: violations, losses, and the spans in which somebody was watching. Out: the same, asked by time, profile,
 * container, call, action; and sums of them. What was acknowledged survives a kill -9 at any moment. Where nobody
 * watched, nothing is known: a span without a watcher is never an answer of zero.
 *
 * The file is read by monitor --query, why, report, generate --from-history, and by the gates of a rollout.
 * Source: sqlite.org's documentation of WAL and of synchronous=FULL.
 */
#ifndef CG_HISTORY_HISTORY_H
#define CG_HISTORY_HISTORY_H

#include "base/err.h"
#include "event/violation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_HISTORY_DEFAULT "/var/lib/callgate/history.db"

struct cg_history;

/* Bounds; what passes them is dropped, oldest first, and counted as lost by "history", for "age" or "size". */
struct cg_history_limits {
	uint64_t age_ns; /* 0: 90 days */
	uint64_t bytes; /* of the file and its log; 0: 256 MiB; at least 1 MiB */
};

/*
 * The one writer: makes file and tables where they are missing. A second writer: -EBUSY. A file that is no database, or
 * a damaged one, is moved aside (its new name is in *ret_moved, owned by the caller, else NULL) and begun anew. The
 * database of another program, or of a newer version: -EINVAL. A folder that is missing: -ENOENT. Others: -ENOSPC,
 * -EACCES, …, with the file's name.
 */
int cg_history_open(const char *path, const struct cg_history_limits *limits, struct cg_history **ret_history,
		    char **ret_moved, struct cg_err *err);
/* To read, also while a writer is at work. -ENOENT: there is none; -EINVAL: it is no history, or of a newer version. */
int cg_history_open_to_read(const char *path, struct cg_history **ret_history, struct cg_err *err);
struct cg_history *cg_history_close(struct cg_history *history);

/*
 * All or nothing, durable when it returns 0. -ENOSPC, -EBUSY, …: nothing was kept; the caller counts them as lost.
 * -EBADMSG: it was found damaged: closed and opened again, it is moved aside. A time of 0 is taken as now.
 */
int cg_history_add(struct cg_history *history, const struct cg_violation *violations, size_t n, struct cg_err *err);
/*
 * The same, at most once: whoever hands them over counts `sequence` up within its `session` (a random name), and hands them
 * over again after a failure that it did not see the end of. 1: they were kept already.
 */
int cg_history_add_once(struct cg_history *history, const char *session, uint64_t sequence,
			const struct cg_violation *violations, size_t n, struct cg_err *err);
/* The last sequence of the session that was kept; 0: none. */
int cg_history_session(struct cg_history *history, const char *session, uint64_t *ret_sequence, struct cg_err *err);
/* `n` events that `source` could not tell (n 0: nobody knows how many), for `reason`: "enobufs", "ring", … */
int cg_history_add_loss(struct cg_history *history, uint64_t time_ns, const char *source, const char *reason,
			uint64_t n, struct cg_err *err);
/* Sources are watching, now; called at the start, every few seconds, and at the end: spans without it are unwatched. */
int cg_history_add_watch(struct cg_history *history, uint64_t time_ns, const char *host, const char *sources,
			 struct cg_err *err);

/* NULL and 0: any. Texts are whole names. */
struct cg_history_question {
	uint64_t since_ns; /* times >= since, < until; until 0: now */
	uint64_t until_ns;
	const char *profile;
	const char *container; /* name, id, or the beginning of an id */
	const char *unit;
	const char *host;
	const char *call; /* by name */
	const char *action; /* ERRNO, KILL_PROCESS, …: without data */
	int pid;
	const char *exe;
	bool newest_first;
	bool unique; /* one row for each key: the newest, its `n` the sum */
	uint64_t n_max; /* rows; 0: all */
	uint32_t watched_by; /* of sums: enum cg_seen_by; only where one of these watched, somebody did; 0: whoever it was */
};

/* -ETIMEDOUT: not answered within ten seconds. While the sink works, the history is not held: it may take its time. */
int cg_history_ask(struct cg_history *history, const struct cg_history_question *question, cg_violation_sink sink,
		   void *context, struct cg_err *err);

/* What a gate wants of a span of time. */
struct cg_history_sum {
	uint64_t n_violations;
	uint64_t n_unique; /* by key */
	uint64_t n_new_unique; /* of these, keys that were never seen before the span began */
	uint64_t n_lost; /* events that are known to be lost; with has_unknown_loss: at least */
	bool has_unknown_loss;
	uint64_t watched_ns; /* of the span somebody was watching */
	uint64_t first_watch_ns; /* in the span; 0: nobody watched */
	uint64_t last_watch_ns;
};

int cg_history_sum(struct cg_history *history, const struct cg_history_question *question,
		   struct cg_history_sum *ret_sum, struct cg_err *err);

#endif
