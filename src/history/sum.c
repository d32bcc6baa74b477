/*
 * What a gate of a rollout wants of a span of time. See history.h.
 *
 * In: a question. Out: counts of violations by its filters; losses of the whole span (nobody knows whose they would
 * have been); and for how long somebody watched, on its host and by its sources if it names them.
 */
#include "history/ask.h"

#include "base/cleanup.h"

#include <string.h>

static int sum_violations(struct cg_history *history, const struct cg_history_question *question,
			  struct cg_history_sum *sum, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_ask_prepare(history,
			       "SELECT total(v.n), count(DISTINCT v.key),"
			       " count(DISTINCT CASE WHEN k.first_ns >= ?1 THEN v.key END)"
			       " FROM violation AS v JOIN key AS k ON k.id = v.key", question, "", &statement, err);

	if (r == 0)
		r = cg_store_step(history, statement, err);
	if (r < 0)
		return r;
	sum->n_violations = (uint64_t)sqlite3_column_double(statement, 0);
	sum->n_unique = cg_store_column_u64(statement, 1);
	sum->n_new_unique = cg_store_column_u64(statement, 2);
	return 0;
}

/* Losses are told for about a minute at once: one that reaches into the span counts whole. */
static int sum_losses(struct cg_history *history, const struct cg_history_question *question,
		      struct cg_history_sum *sum, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	int r = cg_store_prepare(history,
				 "SELECT total(n), max(is_unknown) FROM loss WHERE last_ns >= ?1 AND first_ns < ?2",
				 &statement, err);

	if (r < 0)
		return r;
	cg_ask_bind(statement, question);
	r = cg_store_step(history, statement, err);
	if (r < 0)
		return r;
	sum->n_lost = (uint64_t)sqlite3_column_double(statement, 0);
	sum->has_unknown_loss = sqlite3_column_int(statement, 1) != 0;
	return 0;
}

/* "ebpf,audit": is one of those that are wanted among them? A file that is followed is a log, audit's or the kernel's. */
static bool has_source(const char *names, uint32_t wanted)
{
	uint32_t there = 0;

	for (size_t length; *names; names += length + (names[length] == ',')) {
		length = strcspn(names, ",");
		for (size_t i = 0; i < cg_n_seen_by; i++)
			if (strlen(cg_seen_by_rows[i].name) == length && memcmp(names, cg_seen_by_rows[i].name, length) == 0)
				there |= cg_seen_by_rows[i].bit;
		if (length == 4 && memcmp(names, "file", 4) == 0)
			there |= CG_SEEN_LOGGED;
	}
	return (there & wanted) != 0;
}

/* Spans may overlap: two hosts, or a clock that was set back. Each moment counts once. */
static int sum_watched(struct cg_history *history, const struct cg_history_question *question,
		       struct cg_history_sum *sum, struct cg_err *err)
{
	CG_CLEANUP(cg_store_finalize) sqlite3_stmt *statement = NULL;
	uint64_t until = question->until_ns ? question->until_ns : cg_history_now_ns(), reached = question->since_ns;
	int r = cg_store_prepare(history,
				 "SELECT first_ns, last_ns, sources FROM watch WHERE last_ns >= ?1 AND first_ns < ?2"
				 " AND (?6 IS NULL OR host = ?6) ORDER BY first_ns", &statement, err);

	if (r < 0)
		return r;
	cg_ask_bind(statement, question);
	while ((r = cg_store_step(history, statement, err)) == 1) {
		uint64_t first = cg_store_column_u64(statement, 0), last = cg_store_column_u64(statement, 1);
		const char *sources = (const char *)sqlite3_column_text(statement, 2);

		if (question->watched_by && !has_source(sources ? sources : "", question->watched_by))
			continue;
		first = first > question->since_ns ? first : question->since_ns;
		last = last < until ? last : until;
		if (!sum->first_watch_ns)
			sum->first_watch_ns = first;
		first = first > reached ? first : reached;
		if (last > first) {
			sum->watched_ns += last - first;
			reached = last;
		}
		sum->last_watch_ns = last > sum->last_watch_ns ? last : sum->last_watch_ns;
	}
	return r;
}

int cg_history_sum(struct cg_history *history, const struct cg_history_question *question,
		   struct cg_history_sum *ret_sum, struct cg_err *err)
{
	struct cg_history_sum sum = { 0 };
	int r;

	cg_store_start_clock(history);
	r = sum_violations(history, question, &sum, err);
	if (r == 0)
		r = sum_losses(history, question, &sum, err);
	if (r == 0)
		r = sum_watched(history, question, &sum, err);
	if (r == 0)
		*ret_sum = sum;
	return r;
}
