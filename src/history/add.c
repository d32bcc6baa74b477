/*
 * Writing the history: violations, losses, and that somebody watches.
 *
 * In: batches. Out: one transaction each, on the disk when it returns (synchronous=FULL: the log is synced at every
 * commit). What does not fit is answered by dropping the oldest, once; then by -ENOSPC.
 */
#include "history/store.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "check/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N_MOST ((uint64_t)1 << 48) /* of one row: sums of rows stay within SQLite's integers */
#define DIGEST_SIZE 16 /* of 32 bytes: enough that nobody finds two keys with one digest by chance */

struct adding {
	struct cg_history *history;
	sqlite3_stmt *key;
	sqlite3_stmt *violation;
	struct cg_text text;
};

static void adding_done(struct adding *adding)
{
	sqlite3_finalize(adding->key);
	sqlite3_finalize(adding->violation);
	cg_text_done(&adding->text);
}

static int add_key(struct adding *adding, const struct cg_violation *violation, uint64_t *ret_key, struct cg_err *err)
{
	unsigned char digest[CG_SHA256_SIZE];
	struct cg_sha256 sha;
	int r;

	cg_text_clear(&adding->text);
	if (cg_violation_key(violation, &adding->text) < 0)
		return cg_err_memory(err);
	cg_sha256_start(&sha);
	cg_sha256_add(&sha, cg_text_get(&adding->text), adding->text.length);
	cg_sha256_end(&sha, digest);
	sqlite3_reset(adding->key);
	sqlite3_bind_blob(adding->key, 1, digest, DIGEST_SIZE, SQLITE_STATIC);
	cg_store_bind_u64(adding->key, 2, violation->time_ns);
	r = cg_store_step(adding->history, adding->key, err);
	if (r < 0)
		return r;
	*ret_key = cg_store_column_u64(adding->key, 0);
	sqlite3_reset(adding->key); /* the digest is ours; the row is done with */
	return 0;
}

/* The call's name, or its number as text. */
static const char *call_name(const struct cg_call *call, char *buffer, size_t size)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *syscall = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	if (syscall)
		return syscall->name;
	snprintf(buffer, size, "%u", call->nr);
	return buffer;
}

static int add_one(struct adding *adding, const struct cg_violation *given, uint64_t now_ns, struct cg_err *err)
{
	struct cg_violation violation = *given;
	struct cg_json_writer json = { .text = &adding->text, .is_compact = true };
	sqlite3_stmt *s = adding->violation;
	char number[16];
	uint64_t key = 0;
	int r;

	if (!violation.time_ns)
		violation.time_ns = now_ns;
	if (!violation.n)
		violation.n = 1;
	r = add_key(adding, &violation, &key, err);
	if (r < 0)
		return r;
	cg_text_clear(&adding->text);
	if (cg_violation_write(&violation, &json) < 0 || adding->text.has_failed)
		return cg_err_memory(err);
	sqlite3_reset(s);
	cg_store_bind_u64(s, 1, violation.time_ns);
	cg_store_bind_u64(s, 2, violation.n < N_MOST ? violation.n : N_MOST);
	cg_store_bind_u64(s, 3, key);
	sqlite3_bind_int(s, 4, violation.pid);
	cg_store_bind_text(s, 5, violation.profile);
	cg_store_bind_text(s, 6, violation.container);
	cg_store_bind_text(s, 7, violation.container_id);
	cg_store_bind_text(s, 8, violation.unit);
	cg_store_bind_text(s, 9, violation.host);
	cg_store_bind_text(s, 10, violation.exe);
	cg_store_bind_text(s, 11, call_name(&violation.call, number, sizeof(number)));
	cg_store_bind_text(s, 12, cg_action_row(violation.action)->name);
	cg_store_bind_text(s, 13, cg_text_get(&adding->text));
	r = cg_store_step(adding->history, s, err);
	sqlite3_reset(s); /* what is bound was borrowed */
	return r;
}

static int add_all(struct adding *adding, const struct cg_violation *violations, size_t n, uint64_t now_ns,
		   struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_one(adding, &violations[i], now_ns, err);
	return r;
}

struct batch {
	const char *session; /* NULL: kept whatever was kept before */
	uint64_t sequence;
	const struct cg_violation *violations;
	size_t n;
};

static int session_statement(struct cg_history *history, const char *sql, const struct batch *batch, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_store_prepare(history, sql, &statement, err);

	if (r < 0)
		return r;
	cg_store_bind_text(statement, 1, batch->session);
	cg_store_bind_u64(statement, 2, batch->sequence);
	sqlite3_bind_int(statement, 3, CG_HISTORY_SESSIONS_LIMIT);
	return cg_store_step(history, statement, err);
}

/* 1: it is kept already; else the session has come so far. */
static int look_at_session(struct cg_history *history, const struct batch *batch, struct cg_err *err)
{
	static const char *const sql[] = {
		"SELECT 1 FROM session WHERE name = ?1 AND sequence >= ?2",
		"INSERT INTO session (name, sequence) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET sequence = ?2",
		"DELETE FROM session WHERE rowid NOT IN (SELECT rowid FROM session ORDER BY rowid DESC LIMIT ?3)",
	};
	int r = 0;

	for (size_t i = 0; batch->session && r == 0 && i < CG_N_ITEMS(sql); i++)
		r = session_statement(history, sql[i], batch, err);
	return r;
}

/* The statements are finalized before the transaction ends: a pending one would keep it from ending. */
static int add_violations(struct cg_history *history, const struct batch *batch, struct cg_err *err)
{
	struct adding adding = { .history = history };
	int r = cg_store_prepare(
		history,
		"INSERT INTO key (digest, first_ns, last_ns) VALUES (?1, ?2, ?2) ON CONFLICT (digest) DO UPDATE"
		" SET first_ns = min(first_ns, ?2), last_ns = max(last_ns, ?2) RETURNING id",
		&adding.key, err);

	if (r == 0)
		r = cg_store_prepare(
			history,
			"INSERT INTO violation (time_ns, n, key, pid, profile, container, container_id, unit, host,"
			" exe, call, action, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			&adding.violation, err);
	if (r == 0)
		r = add_all(&adding, batch->violations, batch->n, cg_history_now_ns(), err);
	adding_done(&adding);
	return r;
}

static int add_batch(struct cg_history *history, const struct batch *batch, struct cg_err *err)
{
	int r = cg_store_begin(history, err);

	if (r < 0)
		return r;
	r = look_at_session(history, batch, err);
	if (r == 0)
		r = add_violations(history, batch, err);
	if (r != 0) {
		cg_store_roll_back(history);
		return r;
	}
	return cg_store_commit(history, err);
}

static int add_within_bounds(struct cg_history *history, const struct batch *batch, struct cg_err *err)
{
	int r;

	if (!batch->n)
		return 0;
	cg_store_start_clock(history);
	r = cg_history_sweep_size(history, false, err);
	if (r == 0)
		r = add_batch(history, batch, err);
	if (r != -ENOSPC)
		return r;
	cg_store_start_clock(history);
	if (cg_history_sweep_size(history, true, NULL) < 0)
		return r;
	return add_batch(history, batch, err);
}

int cg_history_add(struct cg_history *history, const struct cg_violation *violations, size_t n, struct cg_err *err)
{
	return add_within_bounds(history, &(struct batch){ .violations = violations, .n = n }, err);
}

int cg_history_session(struct cg_history *history, const char *session, uint64_t *ret_sequence, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r;

	cg_store_start_clock(history);
	r = cg_store_prepare(history, "SELECT sequence FROM session WHERE name = ?1", &statement, err);
	if (r < 0)
		return r;
	cg_store_bind_text(statement, 1, session);
	r = cg_store_step(history, statement, err);
	if (r < 0)
		return r;
	*ret_sequence = r == 1 ? cg_store_column_u64(statement, 0) : 0;
	return 0;
}

int cg_history_add_once(struct cg_history *history, const char *session, uint64_t sequence,
			const struct cg_violation *violations, size_t n, struct cg_err *err)
{
	return add_within_bounds(history, &(struct batch){ session, sequence, violations, n }, err);
}

/* Longer than any source names itself: cut, so that a name cannot fill the file. */
static const char *short_name(const char *name, char buffer[CG_HISTORY_NAME_LIMIT + 1])
{
	snprintf(buffer, CG_HISTORY_NAME_LIMIT + 1, "%s", name ? name : "");
	return buffer;
}

static int loss_statement(struct cg_history *history, const char *sql, uint64_t time_ns, const char *const names[2],
			  uint64_t n, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_store_prepare(history, sql, &statement, err);

	if (r < 0)
		return r;
	cg_store_bind_u64(statement, 1, time_ns);
	cg_store_bind_text(statement, 2, names[0]);
	cg_store_bind_text(statement, 3, names[1]);
	cg_store_bind_u64(statement, 4, n);
	cg_store_bind_u64(statement, 5, n == 0);
	cg_store_bind_u64(statement, 6, CG_HISTORY_LOSS_GRAIN_NS);
	r = cg_store_step(history, statement, err);
	return r < 0 ? r : sqlite3_changes(history->db);
}

static int add_loss(struct cg_history *history, uint64_t time_ns, const char *const names[2], uint64_t n,
		    struct cg_err *err)
{
	int r = cg_store_begin(history, err);

	if (r < 0)
		return r;
	r = loss_statement(
		history,
		"UPDATE loss SET last_ns = max(last_ns, ?1), n = n + ?4, is_unknown = max(is_unknown, ?5) WHERE id ="
		" (SELECT id FROM loss WHERE last_ns >= ?1 - ?6 AND source = ?2 AND reason = ?3"
		" AND first_ns BETWEEN ?1 - ?6 AND ?1 LIMIT 1)",
		time_ns, names, n, err);
	if (r == 0)
		r = loss_statement(history,
				   "INSERT INTO loss (first_ns, last_ns, source, reason, n, is_unknown)"
				   " SELECT ?1, ?1, ?2, ?3, ?4, ?5 WHERE ?6", time_ns, names, n, err);
	if (r < 0) {
		cg_store_roll_back(history);
		return r;
	}
	return cg_store_commit(history, err);
}

int cg_history_add_loss(struct cg_history *history, uint64_t time_ns, const char *source, const char *reason,
			uint64_t n, struct cg_err *err)
{
	char buffers[2][CG_HISTORY_NAME_LIMIT + 1];
	const char *const names[2] = { short_name(source, buffers[0]), short_name(reason, buffers[1]) };
	int r;

	if (!time_ns)
		time_ns = cg_history_now_ns();
	cg_store_start_clock(history);
	r = add_loss(history, time_ns, names, n, err);
	if (r == -ENOSPC && cg_history_sweep_size(history, true, NULL) == 0)
		r = add_loss(history, time_ns, names, n, err);
	return r;
}

/* 1: our span goes on; 0: it is gone (swept), or must not go on. */
static int prolong_watch(struct cg_history *history, uint64_t time_ns, struct cg_err *err)
{
	const uint64_t numbers[] = { time_ns, (uint64_t)history->watch };
	int r = cg_store_number(history, "UPDATE watch SET last_ns = ?1 WHERE id = ?2", numbers, 2, NULL, err);

	return r < 0 ? r : sqlite3_changes(history->db);
}

static int begin_watch(struct cg_history *history, uint64_t time_ns, const char *host, const char *sources,
		       struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_store_prepare(history,
				 "INSERT INTO watch (host, sources, first_ns, last_ns) VALUES (?2, ?3, ?1, ?1)",
				 &statement, err);

	if (r < 0)
		return r;
	cg_store_bind_u64(statement, 1, time_ns);
	cg_store_bind_text(statement, 2, host);
	cg_store_bind_text(statement, 3, sources);
	r = cg_store_step(history, statement, err);
	if (r == 0)
		history->watch = sqlite3_last_insert_rowid(history->db);
	return r;
}

/* A span goes on if the same sources say so on the same host, soon after, and time has not gone back. */
static bool goes_on(const struct cg_history *history, uint64_t time_ns, const char *name)
{
	return history->watch && time_ns >= history->watch_ns &&
	       time_ns - history->watch_ns <= CG_HISTORY_WATCH_GAP_NS && strcmp(name, history->watch_name) == 0;
}

int cg_history_add_watch(struct cg_history *history, uint64_t time_ns, const char *host, const char *sources,
			 struct cg_err *err)
{
	char buffers[2][CG_HISTORY_NAME_LIMIT + 1], name[sizeof(history->watch_name)];
	int r = 0;

	cg_store_start_clock(history);
	if (!time_ns)
		time_ns = cg_history_now_ns();
	snprintf(name, sizeof(name), "%s\n%s", short_name(host, buffers[0]), short_name(sources, buffers[1]));
	if (goes_on(history, time_ns, name))
		r = prolong_watch(history, time_ns, err);
	if (r == 0)
		r = begin_watch(history, time_ns, host ? buffers[0] : NULL, buffers[1], err);
	if (r < 0)
		return r;
	history->watch_ns = time_ns;
	snprintf(history->watch_name, sizeof(history->watch_name), "%s", name);
	return cg_history_sweep_age(history, cg_history_now_ns(), err);
}
