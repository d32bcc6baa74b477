/*
 * Bounds: what is too old, or more than fits, is dropped, oldest first.
 *
 * In: limits. Out: everything before one moment is gone - violations, losses and watched spans alike -, so that what is
 * left tells the whole of its time: before that moment nobody watched, as far as the history knows. How much went is
 * counted as a loss of source "history". Keys stay longer: they say whether something was ever seen before.
 */
#include "history/store.h"

#include "base/cleanup.h"
#include "os/lock.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>

#define SWEEP_EVERY_MS 60000 /* for age */
#define SWEEP_ROWS 20000 /* violations dropped in one transaction, about */
#define SWEEPS_AT_ONCE 8

static int count_dropped(struct cg_history *history, uint64_t before_ns, const char *reason, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	static const char *const sql[] = {
		"UPDATE loss SET first_ns = min(first_ns, d.first), last_ns = max(last_ns, ?1 - 1), n = loss.n + d.n "
		"FROM"
		" (SELECT min(time_ns) AS first, sum(n) AS n FROM violation WHERE time_ns < ?1) AS d"
		" WHERE source = 'history' AND reason = ?2 AND d.n > 0",
		"INSERT INTO loss (first_ns, last_ns, source, reason, n, is_unknown)"
		" SELECT min(time_ns), ?1 - 1, 'history', ?2, sum(n), 0 FROM violation WHERE time_ns < ?1 HAVING "
		"sum(n) > 0",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(sql); i++) {
		sqlite3_finalize(statement);
		statement = NULL;
		r = cg_store_prepare(history, sql[i], &statement, err);
		if (r < 0)
			return r;
		cg_store_bind_u64(statement, 1, before_ns);
		cg_store_bind_text(statement, 2, reason);
		r = cg_store_step(history, statement, err);
		if (r == 0 && sqlite3_changes(history->db) > 0)
			return 0;
	}
	return r;
}

static int drop(struct cg_history *history, uint64_t before_ns, const char *reason, struct cg_err *err)
{
	static const char *const sql[] = {
		"DELETE FROM violation WHERE time_ns < ?1",
		"DELETE FROM loss WHERE last_ns < ?1 AND source <> 'history'",
		"DELETE FROM watch WHERE last_ns < ?1",
		"UPDATE watch SET first_ns = ?1 WHERE first_ns < ?1",
		"DELETE FROM key WHERE last_ns < ?1 AND id IN (SELECT id FROM key ORDER BY last_ns LIMIT"
		" max(0, (SELECT count(*) FROM key) - ?2))",
	};
	const uint64_t numbers[] = { before_ns, history->limits.bytes / CG_HISTORY_BYTES_PER_KEY };
	int r = count_dropped(history, before_ns, reason, err);

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(sql); i++)
		r = cg_store_number(history, sql[i], numbers, i == CG_N_ITEMS(sql) - 1 ? 2 : 1, NULL, err);
	return r;
}

static int drop_before(struct cg_history *history, uint64_t before_ns, const char *reason, struct cg_err *err)
{
	int r = cg_store_begin(history, err);

	if (r < 0)
		return r;
	r = drop(history, before_ns, reason, err);
	if (r < 0) {
		cg_store_roll_back(history);
		return r;
	}
	return cg_store_commit(history, err);
}

/* The moment before which no more than SWEEP_ROWS violations lie, and at most `limit_ns`. */
static int cut_at(struct cg_history *history, uint64_t limit_ns, uint64_t *ret_ns, struct cg_err *err)
{
	const uint64_t number = SWEEP_ROWS;
	uint64_t at = 0;
	int r = cg_store_number(history, "SELECT time_ns + 1 FROM violation ORDER BY time_ns LIMIT 1 OFFSET ?1",
				&number, 1, &at, err);

	if (r == 0)
		*ret_ns = at && at < limit_ns ? at : limit_ns;
	return r;
}

static int is_older(struct cg_history *history, uint64_t limit_ns, uint64_t *ret_is, struct cg_err *err)
{
	return cg_store_number(history,
			       "SELECT EXISTS (SELECT 1 FROM violation WHERE time_ns < ?1) OR"
			       " EXISTS (SELECT 1 FROM watch WHERE last_ns < ?1) OR"
			       " EXISTS (SELECT 1 FROM loss WHERE last_ns < ?1 AND source <> 'history')",
			       &limit_ns, 1, ret_is, err);
}

/* More losses or spans than are kept: the oldest go, with all of their time. */
static int sweep_rows(struct cg_history *history, struct cg_err *err)
{
	static const struct {
		const char *sql;
		uint64_t limit;
	} rows[] = {
		{ "SELECT last_ns + 1 FROM loss ORDER BY last_ns DESC LIMIT 1 OFFSET ?1", CG_HISTORY_LOSSES_LIMIT },
		{ "SELECT last_ns + 1 FROM watch ORDER BY last_ns DESC LIMIT 1 OFFSET ?1", CG_HISTORY_WATCHES_LIMIT },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		uint64_t at = 0;
		int r = cg_store_number(history, rows[i].sql, &rows[i].limit, 1, &at, err);

		if (r == 0 && at)
			r = drop_before(history, at, "size", err);
		if (r < 0)
			return r;
	}
	return 0;
}

int cg_history_sweep_age(struct cg_history *history, uint64_t now_ns, struct cg_err *err)
{
	uint64_t limit_ns = now_ns > history->limits.age_ns ? now_ns - history->limits.age_ns : 0;
	uint64_t is = 0, at = 0;
	int r;

	if (history->swept_ms && cg_clock_ms() - history->swept_ms < SWEEP_EVERY_MS)
		return 0;
	r = is_older(history, limit_ns, &is, err);
	if (r == 0 && is)
		r = cut_at(history, limit_ns, &at, err);
	if (r == 0 && is)
		r = drop_before(history, at, "age", err);
	if (r == 0)
		r = sweep_rows(history, err);
	if (r == 0 && at == limit_ns)
		history->swept_ms = cg_clock_ms();
	return r;
}

/* Bytes in use: pages that hold something, and the log where it has grown beyond its share (a reader holds it). */
static int used_bytes(struct cg_history *history, uint64_t *ret_used, struct cg_err *err)
{
	uint64_t pages = 0, free_pages = 0, log_size = 0, share = history->limits.bytes / 8;
	CG_FREE char *log = NULL;
	int r = cg_store_number(history, "PRAGMA page_count", NULL, 0, &pages, err);

	if (r == 0)
		r = cg_store_number(history, "PRAGMA freelist_count", NULL, 0, &free_pages, err);
	if (r < 0)
		return r;
	if (asprintf(&log, "%s-wal", history->path) < 0) {
		log = NULL;
		return cg_err_memory(err);
	}
	if (cg_file_size(log, &log_size, NULL) < 0)
		log_size = 0;
	*ret_used = (pages - free_pages) * CG_HISTORY_PAGE + (log_size > share ? log_size - share : 0);
	return 0;
}

/* An eighth of the violations at once, SWEEP_ROWS at most; where there are none, all losses and spans so far but ours. */
static int sweep_oldest(struct cg_history *history, struct cg_err *err)
{
	const uint64_t number = SWEEP_ROWS;
	uint64_t at = 0;
	int r = cg_store_number(history,
				"SELECT time_ns + 1 FROM violation ORDER BY time_ns LIMIT 1 OFFSET"
				" min(?1, (SELECT count(*) / 8 FROM violation))", &number, 1, &at, err);

	if (r < 0)
		return r;
	if (!at)
		return cg_err_set(err, -ENOSPC, history->path, "there is nothing left to drop");
	r = drop_before(history, at, "size", err);
	if (r == 0) /* into the file, so that the log can begin anew */
		cg_store_run(history, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
	return r;
}

int cg_history_sweep_size(struct cg_history *history, bool is_full, struct cg_err *err)
{
	uint64_t limit = history->limits.bytes * 3 / 4, used = 0;
	int r = used_bytes(history, &used, err);

	if (r == 0 && is_full)
		r = sweep_oldest(history, err);
	for (int i = 0; r == 0 && used > limit && i < SWEEPS_AT_ONCE; i++) {
		r = sweep_oldest(history, err);
		if (r == 0)
			r = used_bytes(history, &used, err);
	}
	return r;
}
