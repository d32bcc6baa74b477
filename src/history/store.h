/*
 * The history's SQLite file: what open, writing and asking share. For history/ only.
 *
 * Every statement has a deadline, so that a damaged or huge file cannot hold up its caller for ever.
 */
#ifndef CG_HISTORY_STORE_H
#define CG_HISTORY_STORE_H

#include "history/history.h"

#include <sqlite3.h>

#define CG_HISTORY_STATEMENT_MS 10000 /* one public function at most, about */
#define CG_HISTORY_BUSY_MS 5000 /* waiting for somebody else's lock on the file */
#define CG_HISTORY_BYTES_LEAST ((uint64_t)1 << 20)
#define CG_HISTORY_AGE ((uint64_t)90 * 24 * 3600 * 1000000000U)
#define CG_HISTORY_BYTES ((uint64_t)256 << 20)
#define CG_HISTORY_PAGE 4096
#define CG_HISTORY_NAME_LIMIT 255 /* bytes of a source, reason or list of sources; longer ones are cut */
#define CG_HISTORY_WATCH_GAP_NS ((uint64_t)30 * 1000000000U) /* heartbeats further apart leave a gap unwatched */
#define CG_HISTORY_LOSS_GRAIN_NS ((uint64_t)60 * 1000000000U) /* losses so near each other are one row */
#define CG_HISTORY_LOSSES_LIMIT 50000 /* rows */
#define CG_HISTORY_WATCHES_LIMIT 10000 /* spans */
#define CG_HISTORY_SESSIONS_LIMIT 16 /* of which the last sequence is known */
#define CG_HISTORY_BYTES_PER_KEY 1280 /* keys outlive their violations, but no more of them than bytes / this */

struct cg_history {
	sqlite3 *db;
	char *path;
	int lock; /* -1: a reader */
	struct cg_history_limits limits;
	uint64_t deadline_ms;
	uint64_t swept_ms; /* when age was last looked at; 0: never */
	int64_t watch; /* our span's row; 0: none yet */
	uint64_t watch_ns;
	char watch_name[2 * CG_HISTORY_NAME_LIMIT + 2]; /* host and sources */
};

/* Each public function begins with this. */
void cg_store_start_clock(struct cg_history *history);

/* An errno for SQLite's answer, with the file as place. Never 0. */
int cg_store_fail(const struct cg_history *history, int answer, struct cg_err *err);

int cg_store_prepare(struct cg_history *history, const char *sql, sqlite3_stmt **ret_statement, struct cg_err *err);
/* 1: a row; 0: done; or a negative errno. */
int cg_store_step(struct cg_history *history, sqlite3_stmt *statement, struct cg_err *err);
/* Statements without parameters and rows. */
int cg_store_run(struct cg_history *history, const char *sql, struct cg_err *err);
/* A statement with numbers, and the first number of its first row (0: none, or NULL); ret_number may be NULL. */
int cg_store_number(struct cg_history *history, const char *sql, const uint64_t *numbers, size_t n_numbers,
		    uint64_t *ret_number, struct cg_err *err);

int cg_store_begin(struct cg_history *history, struct cg_err *err);
int cg_store_commit(struct cg_history *history, struct cg_err *err);
void cg_store_roll_back(struct cg_history *history);

/* SQLite's integers are signed: times beyond the year 2262 are cut. */
void cg_store_bind_u64(sqlite3_stmt *statement, int index, uint64_t value);
/* NULL is NULL; borrowed until the statement is done. */
void cg_store_bind_text(sqlite3_stmt *statement, int index, const char *text);
uint64_t cg_store_column_u64(sqlite3_stmt *statement, int index);
void cg_store_finalize(sqlite3_stmt **statement); /* for CG_CLEANUP */

/* Drops what is too old or too much, in its own transactions. (sweep.c) */
int cg_history_sweep_age(struct cg_history *history, uint64_t now_ns, struct cg_err *err);
int cg_history_sweep_size(struct cg_history *history, bool is_full, struct cg_err *err);

uint64_t cg_history_now_ns(void);

#endif
