/*
 * A history's file, opened to write or to read.
 *
 * In: a path. Out: a database of ours with our tables. application_id says that it is ours, user_version of which
 * version. What is no database, or a damaged one, is moved aside by the writer; the database of another program is
 * refused: it is somebody's.
 */
#include "history/store.h"

#include "base/cleanup.h"
#include "os/lock.h"
#include "os/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION 1128745033 /* "CGHI" */
#define VERSION 1
#define CHECK_MS 3000 /* how long the writer looks for damage at the start; what is found later is moved aside then */
#define STEPS_PER_LOOK 1000 /* of SQLite's machine, between two looks at the clock */

/* A key's digest stands for its text: the text may be long, and only equality is asked for. */
static const char schema[] =
	"CREATE TABLE key (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, first_ns INTEGER NOT NULL,"
	" last_ns INTEGER NOT NULL);"
	"CREATE INDEX key_last ON key (last_ns);"
	"CREATE TABLE violation (id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, n INTEGER NOT NULL,"
	" key INTEGER NOT NULL, pid INTEGER, profile TEXT, container TEXT, container_id TEXT, unit TEXT, host TEXT,"
	" exe TEXT, call TEXT, action TEXT, line TEXT NOT NULL);"
	"CREATE INDEX violation_time ON violation (time_ns, id);"
	"CREATE TABLE loss (id INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
	" source TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL, is_unknown INTEGER NOT NULL);"
	"CREATE INDEX loss_last ON loss (last_ns);"
	"CREATE TABLE watch (id INTEGER PRIMARY KEY, host TEXT, sources TEXT NOT NULL, first_ns INTEGER NOT NULL,"
	" last_ns INTEGER NOT NULL);"
	"CREATE INDEX watch_last ON watch (last_ns);"
	"CREATE TABLE session (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL);"
	"PRAGMA application_id = 1128745033;"
	"PRAGMA user_version = 1;";

static const char *const companions[] = { "-wal", "-shm", NULL };

static int is_past_deadline(void *context)
{
	const struct cg_history *history = context;

	return cg_clock_ms() >= history->deadline_ms;
}

static struct cg_history *new_history(const char *path)
{
	struct cg_history *history = calloc(1, sizeof(*history));

	if (!history)
		return NULL;
	history->lock = -1;
	history->path = strdup(path);
	if (!history->path) {
		free(history);
		return NULL;
	}
	return history;
}

struct cg_history *cg_history_close(struct cg_history *history)
{
	if (!history)
		return NULL;
	sqlite3_close(history->db);
	cg_lock_release(history->lock);
	free(history->path);
	free(history);
	return NULL;
}

static void close_indirect(struct cg_history **history)
{
	cg_history_close(*history);
}

/* A file may be hostile: its schema is not trusted to call functions, and what it says of itself cannot be written to. */
static int connect_to(struct cg_history *history, int flags, struct cg_err *err)
{
	int answer = sqlite3_open_v2(history->path, &history->db, flags | SQLITE_OPEN_EXRESCODE, NULL);

	if (answer != SQLITE_OK)
		return cg_store_fail(history, answer, err);
	sqlite3_busy_timeout(history->db, CG_HISTORY_BUSY_MS);
	sqlite3_db_config(history->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(history->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(history->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(history->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_progress_handler(history->db, STEPS_PER_LOOK, is_past_deadline, history);
	cg_store_start_clock(history);
	return 0;
}

/* 1: an empty file, 0: ours; -EINVAL: another program's, or a newer version's. */
static int look_whose(struct cg_history *history, struct cg_err *err)
{
	uint64_t application = 0, version = 0, n_tables = 0;
	int r = cg_store_number(history, "PRAGMA application_id", NULL, 0, &application, err);

	if (r == 0)
		r = cg_store_number(history, "PRAGMA user_version", NULL, 0, &version, err);
	if (r == 0)
		r = cg_store_number(history, "SELECT count(*) FROM sqlite_schema", NULL, 0, &n_tables, err);
	if (r < 0)
		return r;
	if (application == 0 && version == 0 && n_tables == 0)
		return 1;
	if (application != APPLICATION)
		return cg_err_set(err, -EINVAL, history->path,
				  "is the database of another program, no history of callgate");
	if (version > VERSION)
		return cg_err_set(
			err, -EINVAL, history->path,
			"is a history of version %llu, and this callgate knows version %d: use a newer callgate",
			(unsigned long long)version, VERSION);
	return 0;
}

/* Both are kept by the file, and can only be chosen before the first table is made. */
static int make_tables(struct cg_history *history, struct cg_err *err)
{
	int r = cg_store_run(
		history, "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL", err);

	if (r == 0)
		r = cg_store_begin(history, err);
	if (r < 0)
		return r;
	r = cg_store_run(history, schema, err);
	if (r < 0) {
		cg_store_roll_back(history);
		return r;
	}
	return cg_store_commit(history, err);
}

static int set_up_writing(struct cg_history *history, struct cg_err *err)
{
	uint64_t pages = history->limits.bytes / CG_HISTORY_PAGE;
	int keep = 1;
	char sql[256];

	sqlite3_snprintf(sizeof(sql), sql,
			 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA max_page_count = %llu;"
			 "PRAGMA wal_autocheckpoint = %llu; PRAGMA journal_size_limit = %llu",
			 pages - pages / 8, pages / 64 > 512 ? 512 : pages / 64, history->limits.bytes / 16);
	/* Log and index stay behind, so that who may only read can read also while nobody writes. */
	sqlite3_file_control(history->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep);
	return cg_store_run(history, sql, err);
}

/* -EBADMSG where it is damaged. Not finished in time is not damaged. */
static int look_for_damage(struct cg_history *history, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r;

	history->deadline_ms = cg_clock_ms() + CHECK_MS;
	r = cg_store_prepare(history, "PRAGMA quick_check(1)", &statement, err);
	if (r == 0)
		r = cg_store_step(history, statement, err);
	if (r == 1) {
		const char *word = (const char *)sqlite3_column_text(statement, 0);

		r = word && strcmp(word, "ok") == 0 ? 0 : -EBADMSG;
	}
	cg_store_start_clock(history);
	if (r == -EBADMSG)
		return cg_err_set(err, r, history->path, "the history is damaged");
	return r == -ETIMEDOUT ? 0 : r;
}

static int open_to_write(struct cg_history *history, struct cg_err *err)
{
	int r = connect_to(history, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);

	if (r == 0)
		r = look_whose(history, err);
	if (r == 1)
		r = make_tables(history, err);
	else if (r == 0)
		r = look_for_damage(history, err);
	if (r == 0)
		r = set_up_writing(history, err);
	if (r == 0) /* a table that is missing shows itself here */
		r = cg_store_run(history, "SELECT 1 FROM key, violation, loss, watch, session LIMIT 1", err);
	return r;
}

static void take_limits(struct cg_history *history, const struct cg_history_limits *limits)
{
	if (limits)
		history->limits = *limits;
	if (!history->limits.age_ns)
		history->limits.age_ns = CG_HISTORY_AGE;
	if (!history->limits.bytes)
		history->limits.bytes = CG_HISTORY_BYTES;
	if (history->limits.bytes < CG_HISTORY_BYTES_LEAST)
		history->limits.bytes = CG_HISTORY_BYTES_LEAST;
}

int cg_history_open(const char *path, const struct cg_history_limits *limits, struct cg_history **ret_history,
		    char **ret_moved, struct cg_err *err)
{
	CG_CLEANUP(close_indirect) struct cg_history *history = new_history(path);
	CG_FREE char *moved = NULL;
	struct cg_err first = { 0 };
	int r;

	if (!history)
		return cg_err_memory(err);
	take_limits(history, limits);
	r = cg_file_size(path, NULL, err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = cg_lock_take(path, &history->lock, err);
	if (r < 0)
		return r;
	r = open_to_write(history, &first);
	if (r == -EBADMSG) {
		sqlite3_close(history->db);
		history->db = NULL;
		r = cg_file_set_aside(path, companions, &moved, err);
		if (r < 0)
			return r;
		r = open_to_write(history, &first);
	}
	if (r < 0) {
		if (err)
			*err = first;
		return r;
	}
	if (ret_moved) {
		*ret_moved = moved;
		moved = NULL;
	}
	*ret_history = history;
	history = NULL;
	return 0;
}

int cg_history_open_to_read(const char *path, struct cg_history **ret_history, struct cg_err *err)
{
	CG_CLEANUP(close_indirect) struct cg_history *history = new_history(path);
	int r = cg_file_size(path, NULL, err);

	if (!history)
		return cg_err_memory(err);
	if (r < 0)
		return r;
	r = connect_to(history, SQLITE_OPEN_READONLY, err);
	if (r == 0)
		r = look_whose(history, err);
	if (r == 1 || r == -EBADMSG)
		return cg_err_set(err, -EINVAL, path,
				  r == 1 ? "is empty, no history yet" : "is no history, or a damaged one");
	if (r < 0)
		return r;
	*ret_history = history;
	history = NULL;
	return 0;
}
