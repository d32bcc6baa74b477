/*
 * Asking the history: rows by a question, and sums of them.
 *
 * In: a question. Out: violations, told one by one; or what a gate of a rollout wants of a span. While the teller's
 * consumer works no statement is open: somebody who reads slowly must not keep the writer's log from being taken in.
 */
#include "history/ask.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/vec.h"

#include <errno.h>
#include <string.h>

#define PAGE_ROWS 500 /* read at once, then told */

int cg_ask_where(const struct cg_history_question *question, struct cg_text *sql)
{
	cg_text_add(sql, " WHERE v.time_ns >= ?1 AND v.time_ns < ?2");
	if (question->profile)
		cg_text_add(sql, " AND v.profile = ?3");
	if (question->container)
		cg_text_add(sql, " AND (v.container = ?4 OR substr(v.container_id, 1, length(?4)) = ?4)");
	if (question->unit)
		cg_text_add(sql, " AND v.unit = ?5");
	if (question->host)
		cg_text_add(sql, " AND v.host = ?6");
	if (question->call)
		cg_text_add(sql, " AND v.call = ?7");
	if (question->action)
		cg_text_add(sql, " AND v.action = ?8");
	if (question->pid)
		cg_text_add(sql, " AND v.pid = ?9");
	if (question->exe)
		cg_text_add(sql, " AND v.exe = ?10");
	return sql->has_failed ? -ENOMEM : 0;
}

/* A parameter that the statement does not have is passed over (SQLITE_RANGE). */
void cg_ask_bind(sqlite3_stmt *statement, const struct cg_history_question *question)
{
	cg_store_bind_u64(statement, 1, question->since_ns);
	cg_store_bind_u64(statement, 2, question->until_ns ? question->until_ns : UINT64_MAX);
	cg_store_bind_text(statement, 3, question->profile);
	/* An empty beginning would be everybody's. */
	cg_store_bind_text(statement, 4, question->container && *question->container ? question->container : NULL);
	cg_store_bind_text(statement, 5, question->unit);
	cg_store_bind_text(statement, 6, question->host);
	cg_store_bind_text(statement, 7, question->call);
	cg_store_bind_text(statement, 8, question->action);
	sqlite3_bind_int(statement, 9, question->pid);
	cg_store_bind_text(statement, 10, question->exe);
}

int cg_ask_prepare(struct cg_history *history, const char *select, const struct cg_history_question *question,
		   const char *rest, sqlite3_stmt **ret_statement, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text sql = { 0 };
	int r;

	cg_text_add(&sql, select);
	cg_ask_where(question, &sql);
	cg_text_add(&sql, rest);
	if (sql.has_failed)
		return cg_err_memory(err);
	r = cg_store_prepare(history, cg_text_get(&sql), ret_statement, err);
	if (r == 0)
		cg_ask_bind(*ret_statement, question);
	return r;
}

/* Rows to be told: ids in order, each with the number it stands for (0: its own). 16 bytes a row, of a bounded table. */
struct row {
	uint64_t id;
	uint64_t n;
};

struct rows {
	CG_VEC(struct row) list;
};

static void rows_done(struct rows *rows)
{
	cg_vec_done(&rows->list);
}

static int list_rows(struct cg_history *history, const struct cg_history_question *question, struct rows *rows,
		     struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	/* Of a group, a bare column is of the row with the max() (lang_select.html, "bare columns"). */
	const char *select = question->unique ? "SELECT v.id, sum(v.n), max(v.time_ns) AS t FROM violation AS v" :
						"SELECT v.id, 0, v.time_ns AS t FROM violation AS v";
	CG_CLEANUP(cg_text_done) struct cg_text rest = { 0 };
	int r;

	cg_text_add(&rest, question->unique ? " GROUP BY v.key" : "");
	cg_text_add(&rest, question->newest_first ? " ORDER BY t DESC, v.id DESC" : " ORDER BY t, v.id");
	if (question->n_max)
		cg_text_addf(&rest, " LIMIT %llu", (unsigned long long)(question->n_max & INT64_MAX));
	if (rest.has_failed)
		return cg_err_memory(err);
	r = cg_ask_prepare(history, select, question, cg_text_get(&rest), &statement, err);
	while (r == 0 && (r = cg_store_step(history, statement, err)) == 1) {
		r = cg_vec_push(&rows->list,
				(struct row){ cg_store_column_u64(statement, 0), cg_store_column_u64(statement, 1) });
		if (r < 0)
			return cg_err_memory(err);
	}
	return r;
}

struct page {
	struct cg_arena arena;
	struct cg_violation violations[PAGE_ROWS];
	size_t n;
};

static void page_free(struct page **page)
{
	if (*page)
		cg_arena_done(&(*page)->arena);
	free(*page);
}

static int read_line(struct page *page, const char *line, size_t length, uint64_t n, struct cg_err *err)
{
	struct cg_violation *violation = &page->violations[page->n];
	struct cg_json *json = NULL;
	int r = cg_json_read(&page->arena, "violation", line, length, 0, &json, err);

	if (r == 0)
		r = cg_violation_read(json, &page->arena, violation, err);
	if (r < 0)
		return r;
	if (n)
		violation->n = n;
	page->n++;
	return 0;
}

/* A row that was swept meanwhile is passed over. */
static int read_page(struct cg_history *history, const struct row *rows, size_t n_rows, struct page *page,
		     struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_store_prepare(history, "SELECT line FROM violation WHERE id = ?", &statement, err);

	for (size_t i = 0; r == 0 && i < n_rows; i++) {
		const char *line;

		cg_store_bind_u64(statement, 1, rows[i].id);
		r = cg_store_step(history, statement, err);
		if (r == 1) {
			line = (const char *)sqlite3_column_text(statement, 0);
			r = read_line(page, line ? line : "", (size_t)sqlite3_column_bytes(statement, 0), rows[i].n,
				      err);
		}
		sqlite3_reset(statement);
	}
	return r;
}

static int tell_page(const struct page *page, cg_violation_sink sink, void *context)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < page->n; i++)
		r = sink(context, &page->violations[i]);
	return r;
}

int cg_history_ask(struct cg_history *history, const struct cg_history_question *question, cg_violation_sink sink,
		   void *context, struct cg_err *err)
{
	CG_CLEANUP(rows_done) struct rows rows = { 0 };
	CG_CLEANUP(page_free) struct page *page = calloc(1, sizeof(*page));
	int r;

	if (!page)
		return cg_err_memory(err);
	cg_store_start_clock(history);
	r = list_rows(history, question, &rows, err);
	for (size_t i = 0; r == 0 && i < rows.list.n_items; i += PAGE_ROWS) {
		size_t n = rows.list.n_items - i < PAGE_ROWS ? rows.list.n_items - i : PAGE_ROWS;

		cg_store_start_clock(history);
		cg_arena_done(&page->arena);
		page->n = 0;
		r = read_page(history, &rows.list.items[i], n, page, err);
		if (r == 0)
			r = tell_page(page, sink, context);
	}
	return r;
}
