/*
 * What happened since a round began: see tightening.h.
 *
 * In: a history, logs, recordings. Out: calls that were made or refused, and whether the round has been watched. A round
 * of which nobody knows anything is not over: a profile is not closed because nobody looked. With a history, it must
 * have been watched for a stated time, and without losses, as what was lost may have been a hit; a log, or a recording
 * that began after the round did, is taken at its word.
 */
#include "base/cleanup.h"
#include "base/map.h"
#include "cli/tightening.h"
#include "history/history.h"
#include "learn/import.h"
#include "os/file.h"
#include "os/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NS_IN_MS UINT64_C(1000000)

struct gathering {
	const struct cg_args *args;
	const struct cg_tighten *tighten;
	struct cg_tighten_evidence *evidence;
	struct cg_map known; /* indices of hits, + 1 */
	uint64_t since_ns; /* when the first call was proposed; 0: none was */
	const char *name; /* of the log that is read */
	struct cg_err *err;
};

/* What tells hits apart. Zeroed first: it is compared as bytes. */
struct hit_key {
	uint32_t arch, nr;
	uint64_t args[6];
	bool has_args, is_log;
};

static struct cg_map_entry *find_entry(struct gathering *gathering, const struct cg_tighten_hit *hit)
{
	struct cg_map_entry *entry;
	struct hit_key key;
	char *copy;

	memset(&key, 0, sizeof(key));
	key.arch = hit->call.arch;
	key.nr = hit->call.nr;
	key.has_args = hit->has_args;
	key.is_log = hit->is_log;
	if (hit->has_args)
		memcpy(key.args, hit->call.args, sizeof(key.args));
	entry = cg_map_find(&gathering->known, &key, sizeof(key));
	if (entry)
		return entry;
	copy = cg_arena_copy(&gathering->evidence->arena, (const char *)&key, sizeof(key));
	return copy && cg_map_put(&gathering->known, copy, sizeof(key), &entry) >= 0 ? entry : NULL;
}

/*
 * Hits that are alike are one. Where there are too many that differ by their arguments, those of further ones are taken as
 * unknown, which is as if any argument had been seen: no call is forgotten for want of room. `who` is copied.
 */
static int add_hit(struct gathering *gathering, const struct cg_tighten_hit *given)
{
	struct cg_tighten_evidence *evidence = gathering->evidence;
	struct cg_tighten_hit hit = *given, *known;
	struct cg_map_entry *entry;

	hit.has_args &= evidence->hits.n_items < CG_TIGHTEN_HITS_LIMIT;
	hit.n = hit.n ? hit.n : 1;
	entry = find_entry(gathering, &hit);
	if (!entry)
		return -ENOMEM;
	if (!entry->value.number) {
		hit.who = cg_arena_copy_text(&evidence->arena, hit.who);
		entry->value.number = evidence->hits.n_items + 1;
		return hit.who && cg_vec_push(&evidence->hits, hit) == 0 ? 0 : -ENOMEM;
	}
	known = &evidence->hits.items[entry->value.number - 1];
	known->n += hit.n;
	if (known->time_ns && (!hit.time_ns || hit.time_ns > known->time_ns))
		known->time_ns = hit.time_ns;
	if (strcmp(known->who, hit.who) != 0)
		known->who = cg_arena_copy_text(&evidence->arena, hit.who);
	return known->who ? 0 : -ENOMEM;
}

/* "by /usr/bin/mount in container web". */
static const char *who_of(struct cg_arena *arena, const struct cg_violation *violation)
{
	const char *what = violation->exe ? violation->exe : violation->comm;
	const char *where = violation->container ? violation->container : violation->container_id;

	return cg_arena_format(arena, "%s%s%s%s%s%s", what ? "by " : "", what ? what : "",
			       where           ? " in container " :
			       violation->unit ? " in unit " :
						 "",
			       where           ? where :
			       violation->unit ? violation->unit :
						 "",
			       violation->host ? " on " : "", violation->host ? violation->host : "");
}

/* One that is older than all that was ever proposed is of no round: it may be one that was told before. */
static int take_violation(void *context, const struct cg_violation *violation)
{
	struct gathering *gathering = context;
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	struct cg_tighten_hit hit = { .call = violation->call,
				      .has_args = violation->has_args,
				      .is_log = (violation->action & CG_ACTION_MASK) == CG_ACTION_LOG,
				      .time_ns = violation->time_ns,
				      .n = violation->n,
				      .who = who_of(&arena, violation) };

	if (!hit.who)
		return -ENOMEM;
	if (hit.time_ns && hit.time_ns < gathering->since_ns)
		return 0;
	return add_hit(gathering, &hit);
}

/* ---- the history */

static void close_history(struct cg_history **history)
{
	cg_history_close(*history);
}

/* Was it watched for long enough, of `any_ms` that anybody watched anything? Says so, or what is missing. */
static bool was_watched(struct gathering *gathering, const struct cg_history_sum *sum, uint64_t any_ms,
			uint64_t least_ms)
{
	struct cg_text *why = &gathering->evidence->why;
	uint64_t watched_ms = sum->watched_ns / NS_IN_MS;

	cg_text_clear(why);
	cg_text_addf(why, "watched for %" PRIu64 " of %" PRIu64 " s", watched_ms / 1000, least_ms / 1000);
	if (watched_ms < least_ms) {
		cg_text_add(why, " (--watched)");
		if (any_ms > watched_ms)
			cg_text_addf(why,
				     "; %" PRIu64 " s more were watched by eBPF alone, which sees no call that is only "
				     "logged: that takes callgate monitor with audit or kmsg",
				     (any_ms - watched_ms) / 1000);
		return false;
	}
	if (!sum->n_lost && !sum->has_unknown_loss)
		return true;
	cg_text_addf(why, ", and %s%" PRIu64 " events were lost", sum->has_unknown_loss ? "at least " : "",
		     sum->n_lost);
	if (cg_args_has(gathering->args, "despite-loss"))
		return true;
	cg_text_add(why, ", each of which may have been a call that is to be closed (--despite-loss)");
	return false;
}

static int read_history(struct gathering *gathering, const char *path, bool *ret_is_over)
{
	CG_CLEANUP(close_history) struct cg_history *history = NULL;
	const struct cg_args *args = gathering->args;
	struct cg_history_question question = { .container = cg_args_get(args, "container"),
						.unit = cg_args_get(args, "unit") };
	const char *given = cg_args_get(args, "watched");
	uint64_t least_ms = CG_TIGHTEN_WATCHED_MS;
	struct cg_history_sum sum = { 0 }, any = { 0 };
	int r = cg_history_open_to_read(path, &history, gathering->err);

	if (given)
		cg_duration_parse(given, &least_ms);
	question.since_ns = gathering->since_ns;
	if (r == 0 && gathering->tighten->items.n_items)
		r = cg_history_ask(history, &question, take_violation, gathering, gathering->err);
	question.since_ns = gathering->tighten->began_ns;
	if (r == 0)
		r = cg_history_sum(history, &question, &any, gathering->err);
	question.watched_by = CG_SEEN_LOGGED;
	if (r == 0)
		r = cg_history_sum(history, &question, &sum, gathering->err);
	if (r == 0)
		*ret_is_over = was_watched(gathering, &sum, any.watched_ns / NS_IN_MS, least_ms);
	return r;
}

/* ---- logs */

static int read_line(struct gathering *gathering, const char *line, size_t length, uint64_t number)
{
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	char name[CG_ERR_PLACE_SIZE];
	struct cg_violation violation;
	struct cg_json *object;
	int r;

	cg_err_place(name, gathering->name, (unsigned int)number, 0);
	r = cg_json_read(&arena, name, line, length, 0, &object, gathering->err);
	if (r == 0)
		r = cg_violation_read(object, &arena, &violation, gathering->err);
	if (r == -EINVAL || r == -EBADMSG)
		return cg_err_set(gathering->err, -EINVAL, name,
				  "this line is no violation as callgate-violations(5) "
				  "has it");
	return r < 0 ? r : take_violation(gathering, &violation);
}

static int read_lines(struct gathering *gathering, const struct cg_text *text)
{
	const char *at = cg_text_get(text);
	int r = 0;

	for (uint64_t number = 1; r == 0 && *at; number++) {
		size_t length = strcspn(at, "\n");

		if (strspn(at, " \t\r") < length)
			r = read_line(gathering, at, length, number);
		at += length + (at[length] == '\n');
	}
	return r;
}

/* A log of the kernel's or of auditd: what it says of each call in sum. It has no arguments worth the name. */
static int take_recording(struct gathering *gathering, const struct cg_recording *recording)
{
	struct cg_summary summary = { 0 };
	int r = cg_recording_summarise(recording, &summary);

	for (size_t i = 0; r == 0 && i < summary.calls.n_items; i++) {
		const struct cg_recorded_call *call = &summary.calls.items[i].call;
		struct cg_tighten_hit hit = {
			.call = { .arch = call->arch ? call->arch->token : call->arch_token, .nr = call->nr },
			.is_log = call->count > 0,
			.who = cg_arena_format(&gathering->evidence->arena, "in %s", gathering->name)
		};

		if (cg_recorded_call_is_made(call))
			r = hit.who ? add_hit(gathering, &hit) : -ENOMEM;
	}
	cg_summary_done(&summary);
	return r;
}

static int read_log(struct gathering *gathering, const char *path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_recording *recording = NULL;
	struct cg_import_report report;
	const char *at;
	int r = cg_file_read(path, CG_TIGHTEN_LOG_LIMIT, &text, gathering->err);

	if (r < 0)
		return r;
	gathering->name = cg_input_name(path);
	at = cg_text_get(&text);
	/* Nothing happened: so be it. */
	if (at[strspn(at, " \t\r\n")] == '\0')
		return 0;
	if (at[strspn(at, " \t\r\n")] == '{' && !cg_import_choose(at, text.length))
		return read_lines(gathering, &text);
	r = cg_import(gathering->name, at, text.length, NULL, cg_arch_native(), &recording, &report, gathering->err);
	if (r == 0)
		r = take_recording(gathering, recording);
	cg_recording_free(recording);
	return r;
}

/* ---- all of it */

static bool has_newer_run(const struct cg_tighten *tighten, const struct cg_recording *recording)
{
	for (size_t i = 0; i < recording->runs.n_items; i++)
		if (strcmp(recording->runs.items[i]->started, tighten->began) > 0)
			return true;
	return false;
}

static bool has_logged(const struct cg_tighten *tighten)
{
	for (size_t i = 0; i < tighten->items.n_items; i++)
		if (tighten->items.items[i].stage == CG_TIGHTEN_LOGGED)
			return true;
	return false;
}

static int gather(struct gathering *gathering, const struct cg_recording *recording)
{
	struct cg_tighten_evidence *evidence = gathering->evidence;
	const char *history = cg_args_get(gathering->args, "history"), *log;
	bool is_over = true, is_known = false;
	int r = 0;

	for (size_t i = 0; r == 0 && (log = cg_args_get_nth(gathering->args, "log", i)); i++) {
		r = read_log(gathering, log);
		is_known = true;
		cg_text_addf(&evidence->why, "%s%s", i ? ", " : "as told by ", cg_input_name(log));
	}
	if (!is_known && has_newer_run(gathering->tighten, recording)) {
		is_known = true;
		cg_text_add(&evidence->why, "as told by what was recorded since");
	}
	if (r == 0 && history) {
		r = read_history(gathering, history, &is_over);
		is_known = true;
	}
	if (!has_logged(gathering->tighten)) {
		evidence->is_over = true;
		return r;
	}
	if (!is_known)
		cg_text_add(&evidence->why, "nothing tells what happened since it began: give --history, --log, or a "
					    "recording made since");
	evidence->is_over = is_known && is_over;
	if (cg_clock_epoch_ms() < gathering->tighten->began_ns / NS_IN_MS) {
		evidence->is_over = false;
		cg_text_clear(&evidence->why);
		cg_text_add(&evidence->why, "the clock stands before its beginning, so nobody knows what happened since: set "
					    "it right");
	}
	return r;
}

int cg_tighten_evidence_read(const struct cg_args *args, const struct cg_tighten *tighten,
			     const struct cg_recording *recording, struct cg_tighten_evidence *evidence,
			     struct cg_err *err)
{
	struct gathering gathering = { .args = args, .tighten = tighten, .evidence = evidence, .err = err };
	int r;

	/* What came to be closed long ago may be called only now. */
	for (size_t i = 0; i < tighten->items.n_items; i++) {
		uint64_t since = tighten->items.items[i].since_ns;

		if (!gathering.since_ns || since < gathering.since_ns)
			gathering.since_ns = since;
	}
	r = gather(&gathering, recording);
	cg_map_done(&gathering.known);
	if (r == 0 && evidence->why.has_failed)
		r = -ENOMEM;
	return r == -ENOMEM ? cg_err_memory(err) : r;
}

void cg_tighten_evidence_done(struct cg_tighten_evidence *evidence)
{
	cg_vec_done(&evidence->hits);
	cg_text_done(&evidence->why);
	cg_arena_done(&evidence->arena);
}
