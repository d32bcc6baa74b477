/*
 * Thin words over SQLite: errors as errno with a place, statements with a deadline. See store.h.
 */
#include "history/store.h"

#include "base/cleanup.h"
#include "os/signals.h"

#include <errno.h>
#include <string.h>

uint64_t cg_history_now_ns(void)
{
	return cg_clock_epoch_ms() * 1000000U;
}

void cg_store_start_clock(struct cg_history *history)
{
	history->deadline_ms = cg_clock_ms() + CG_HISTORY_STATEMENT_MS;
}

static int errno_of(sqlite3 *db, int answer)
{
	int system = db ? sqlite3_system_errno(db) : 0;

	switch (answer & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_ERROR: /* our statements are right: a table is missing or of another shape */
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT:
		return -EBADMSG;
	case SQLITE_INTERRUPT:
		return -ETIMEDOUT;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
		return system ? -system : -EACCES;
	default:
		return system == ENOSPC || system == EDQUOT ? -ENOSPC : -EIO;
	}
}

int cg_store_fail(const struct cg_history *history, int answer, struct cg_err *err)
{
	int code = errno_of(history->db, answer);

	if (code == -ENOMEM)
		return cg_err_memory(err);
	if ((answer & 0xff) == SQLITE_CANTOPEN)
		return cg_err_set(err, code, history->path, "cannot be opened: %s", strerror(-code));
	if (code == -ETIMEDOUT)
		return cg_err_set(err, code, history->path, "the history did not answer within %d s",
				  CG_HISTORY_STATEMENT_MS / 1000);
	if (code == -EBADMSG)
		return cg_err_set(err, code, history->path, "the history is damaged, or none: %s",
				  history->db ? sqlite3_errmsg(history->db) : sqlite3_errstr(answer));
	return cg_err_set(err, code, history->path, "%s",
			  history->db ? sqlite3_errmsg(history->db) : sqlite3_errstr(answer));
}

int cg_store_prepare(struct cg_history *history, const char *sql, sqlite3_stmt **ret_statement, struct cg_err *err)
{
	int answer = sqlite3_prepare_v2(history->db, sql, -1, ret_statement, NULL);

	return answer == SQLITE_OK ? 0 : cg_store_fail(history, answer, err);
}

int cg_store_step(struct cg_history *history, sqlite3_stmt *statement, struct cg_err *err)
{
	int answer = sqlite3_step(statement);

	if (answer == SQLITE_ROW)
		return 1;
	return answer == SQLITE_DONE ? 0 : cg_store_fail(history, answer, err);
}

int cg_store_run(struct cg_history *history, const char *sql, struct cg_err *err)
{
	int answer = sqlite3_exec(history->db, sql, NULL, NULL, NULL);

	return answer == SQLITE_OK ? 0 : cg_store_fail(history, answer, err);
}

int cg_store_number(struct cg_history *history, const char *sql, const uint64_t *numbers, size_t n_numbers,
		    uint64_t *ret_number, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	uint64_t number = 0;
	int r = cg_store_prepare(history, sql, &statement, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n_numbers; i++)
		cg_store_bind_u64(statement, (int)i + 1, numbers[i]);
	r = cg_store_step(history, statement, err);
	if (r == 1) {
		number = cg_store_column_u64(statement, 0);
		while ((r = cg_store_step(history, statement, err)) == 1)
			;
	}
	if (r == 0 && ret_number)
		*ret_number = number;
	return r;
}

int cg_store_begin(struct cg_history *history, struct cg_err *err)
{
	return cg_store_run(history, "BEGIN IMMEDIATE", err);
}

int cg_store_commit(struct cg_history *history, struct cg_err *err)
{
	int r = cg_store_run(history, "COMMIT", err);

	if (r < 0)
		cg_store_roll_back(history);
	return r;
}

/* Some failures roll back by themselves (lang_transaction.html); then there is nothing to do. */
void cg_store_roll_back(struct cg_history *history)
{
	if (!sqlite3_get_autocommit(history->db))
		sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
}

void cg_store_bind_u64(sqlite3_stmt *statement, int index, uint64_t value)
{
	sqlite3_bind_int64(statement, index, value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

void cg_store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, index);
}

uint64_t cg_store_column_u64(sqlite3_stmt *statement, int index)
{
	sqlite3_int64 value = sqlite3_column_int64(statement, index);

	return value < 0 ? 0 : (uint64_t)value;
}

void cg_store_finalize(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}
