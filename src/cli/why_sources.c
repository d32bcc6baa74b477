/*
 * Looking back: the history of a monitor, auditd's log, the journal, the kernel's own log, files that were named.
 *
 * What cannot be looked at is told with its reason, beside what each kind of log never holds: that nothing was found is
 * an answer only together with that.
 */
#include "cli/why.h"

#include "base/cleanup.h"
#include "history/history.h"
#include "os/file.h"
#include "os/past.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AUDIT_LOG "/var/log/audit/audit.log"
#define AUDIT_LOGS_LIMIT 99 /* audit.log.1 …: num_logs of auditd.conf(5) */
#define JOURNAL_MS 20000
#define JOURNAL_LINES "200000"

const char cg_why_kernel_misses[] =
	"calls that got ERRNO, TRAP, TRACE or NOTIFY from a filter loaded without the LOG flag (most runtimes load "
	"theirs so), and of no call its arguments, its errno or its container";


static struct cg_why_source *add_source(struct cg_why_sources *sources, const char *kind, const char *place)
{
	struct cg_why_source source = { .kind = kind, .look = CG_WHY_LOOKED };

	snprintf(source.place, sizeof(source.place), "%s", place);
	return cg_vec_push(&sources->list, source) < 0 ? NULL : &sources->list.items[sources->list.n_items - 1];
}

static void set_failed(struct cg_why_source *source, const struct cg_err *err)
{
	source->look = err->code == -ENOENT || err->code == -ENOTDIR ? CG_WHY_ABSENT : CG_WHY_FAILED;
	source->err = *err;
}

/* ---- the history */

struct asking {
	struct cg_why_events *events;
	struct cg_why_source *source;
};

static int keep_row(void *context, const struct cg_violation *violation)
{
	struct asking *asking = context;
	int r = cg_why_keep(asking->events, violation);

	if (r <= 0)
		return r;
	asking->source->n_found += violation->n;
	if (violation->time_ns && (!asking->source->oldest_ns || violation->time_ns < asking->source->oldest_ns))
		asking->source->oldest_ns = violation->time_ns;
	return 0;
}

static int ask_history(struct cg_history *history, struct cg_why_events *events, struct cg_why_source *source,
		       struct cg_err *err)
{
	struct cg_history_question question = { .since_ns = events->since_ns, .newest_first = true,
						.n_max = CG_WHY_EVENTS_LIMIT };
	struct asking asking = { events, source };
	struct cg_history_sum sum = { 0 };
	int r = cg_history_ask(history, &question, keep_row, &asking, err);

	question.n_max = 0;
	if (r == 0)
		r = cg_history_sum(history, &question, &sum, err);
	if (r == 0) {
		source->n_lost = sum.n_lost;
		source->has_unknown_loss = sum.has_unknown_loss;
		source->has_nobody = sum.watched_ns == 0;
	}
	return r;
}

/* One that was named must be there; the usual one may be missing. */
static int look_at_history(const char *named, struct cg_why_events *events, struct cg_why_sources *sources,
			   struct cg_err *err)
{
	const char *path = named ? named : CG_HISTORY_DEFAULT;
	struct cg_why_source *source = add_source(sources, "history", path);
	struct cg_history *history = NULL;
	int r;

	if (!source)
		return cg_err_memory(err);
	source->misses = "what happened while no monitor was running";
	r = cg_history_open_to_read(path, &history, err);
	if (r == 0)
		r = ask_history(history, events, source, err);
	cg_history_close(history);
	if (r == 0 || named || r == -ENOMEM)
		return r;
	set_failed(source, err);
	if (r == -ENOENT)
		cg_err_set(&source->err, r, path, "no monitor keeps one here");
	*err = (struct cg_err){ 0 };
	return 0;
}

/* ---- logs */

/* audit.log, then the older ones that auditd has put aside. */
static int look_at_audit_log(struct cg_why_events *events, struct cg_why_sources *sources, struct cg_err *err)
{
	struct cg_why_source *source = add_source(sources, "audit.log", AUDIT_LOG);
	char path[sizeof(AUDIT_LOG) + 8] = AUDIT_LOG;
	int r;

	if (!source)
		return cg_err_memory(err);
	source->misses = cg_why_kernel_misses;
	r = cg_why_read_file(events, source, path);
	for (int i = 1; r == 0 && source->look == CG_WHY_LOOKED && i <= AUDIT_LOGS_LIMIT; i++) {
		struct cg_why_source older = *source;

		if (source->oldest_ns && events->since_ns > source->oldest_ns)
			break;
		snprintf(path, sizeof(path), AUDIT_LOG ".%d", i);
		r = cg_why_read_file(events, &older, path);
		if (older.look != CG_WHY_LOOKED)
			break;
		*source = older;
	}
	return r < 0 ? cg_err_memory(err) : 0;
}

/* journalctl says nothing of what its user may not read, nor where no journal is kept: is there anything at all? */
static bool has_journal(void)
{
	static const char *const argv[] = { "journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=1",
					    "_TRANSPORT=kernel", "+", "_TRANSPORT=audit", NULL };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	bool is_cut;

	return cg_past_program(argv, CG_WHY_LOG_LIMIT, JOURNAL_MS, &text, &is_cut, NULL) == 0 && text.length;
}

static int look_at_journal(struct cg_why_events *events, struct cg_why_sources *sources, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	char since[32];
	const char *const argv[] = { "journalctl", "--quiet", "--no-pager", "--output=json", "--lines=" JOURNAL_LINES,
				     "--output-fields=MESSAGE,_TRANSPORT,_AUDIT_ID,_SOURCE_REALTIME_TIMESTAMP", since,
				     "_TRANSPORT=kernel", "+", "_TRANSPORT=audit", NULL };
	struct cg_why_source *source = add_source(sources, "journal", "journalctl");
	struct cg_err why = { 0 };
	int r;

	if (!source)
		return cg_err_memory(err);
	source->misses = cg_why_kernel_misses;
	snprintf(since, sizeof(since), "--since=@%" PRIu64, events->since_ns / 1000000000);
	r = cg_past_program(argv, CG_WHY_LOG_LIMIT, JOURNAL_MS, &text, &source->is_cut, &why);
	if (r == -ENOMEM)
		return cg_err_memory(err);
	if (r == 0 && !text.length && !has_journal())
		r = cg_err_set(&why, -ENOENT, "journalctl", "it has nothing of the kernel's: no journal is kept here, or this "
							     "user may not read it");
	if (r < 0)
		set_failed(source, &why);
	else
		r = cg_why_read_text(events, source, cg_text_get(&text), text.length);
	return r == -ENOMEM ? cg_err_memory(err) : 0;
}

static int look_at_kmsg(struct cg_why_events *events, struct cg_why_sources *sources, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_why_source *source = add_source(sources, "kmsg", "/dev/kmsg");
	struct cg_err why = { 0 };
	int r;

	if (!source)
		return cg_err_memory(err);
	source->misses = cg_why_kernel_misses;
	r = cg_past_kmsg(&text, &source->is_cut, &why);
	if (r == 0)
		r = cg_why_read_text(events, source, cg_text_get(&text), text.length);
	else if (r != -ENOMEM)
		set_failed(source, &why);
	return r == -ENOMEM ? cg_err_memory(err) : 0;
}

static int look_at_named_logs(const struct cg_args *args, struct cg_why_events *events, struct cg_why_sources *sources,
			      struct cg_err *err)
{
	const char *path;

	for (size_t i = 0; (path = cg_args_get_nth(args, "log", i)); i++) {
		struct cg_why_source *source = add_source(sources, "log", cg_input_name(path));

		if (!source || cg_why_read_file(events, source, path) < 0)
			return cg_err_memory(err);
		if (source->look != CG_WHY_LOOKED) {
			*err = source->err;
			return err->code;
		}
	}
	return 0;
}

int cg_why_look(const struct cg_why_request *request, struct cg_why_events *events, struct cg_why_sources *sources,
		struct cg_err *err)
{
	int r = 0;

	if (request->history || !request->is_chosen)
		r = look_at_history(request->history, events, sources, err);
	if (r == 0)
		r = look_at_named_logs(request->args, events, sources, err);
	if (r == 0 && !request->is_chosen)
		r = look_at_audit_log(events, sources, err);
	if (r == 0 && !request->is_chosen)
		r = look_at_journal(events, sources, err);
	if (r == 0 && !request->is_chosen)
		r = look_at_kmsg(events, sources, err);
	if (r == 0 && request->live_ms && cg_why_look_live(request->live_ms, events, sources) < 0)
		r = cg_err_memory(err);
	return r;
}

/* ---- what keeps them out of logs */

/* Of the words in /proc/sys/kernel/seccomp/actions_logged, those that are not there. */
static void say_actions(struct cg_text *lines)
{
	static const char *const words[] = { "kill_process", "kill_thread", "trap", "errno", "user_notif", "trace", "log" };
	CG_CLEANUP(cg_text_done) struct cg_text logged = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text missing = { 0 };

	if (cg_file_read("/proc/sys/kernel/seccomp/actions_logged", 4096, &logged, NULL) < 0)
		return;
	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		const char *found = strstr(cg_text_get(&logged), words[i]);
		size_t length = strlen(words[i]);

		if (!found || (found[length] && !strchr(" \n", found[length])))
			cg_text_addf(&missing, "%s%s", missing.length ? ", " : "", words[i]);
	}
	if (missing.length)
		cg_text_addf(lines, "kernel.seccomp.actions_logged has no %s: these are never logged on this machine\n",
			     cg_text_get(&missing));
}

static void say_audit(struct cg_text *lines)
{
	struct cg_past_audit audit;

	if (cg_past_audit(&audit, NULL) < 0)
		return;
	if (audit.pid)
		cg_text_addf(lines, "process %d takes the kernel's audit records: /dev/kmsg and dmesg have none since it began\n",
			     audit.pid);
	if (audit.n_lost)
		cg_text_addf(lines, "the kernel's audit has dropped %" PRIu32 " records since this machine started\n",
			     audit.n_lost);
}

void cg_why_say_machine(const struct cg_why_sources *sources, struct cg_text *lines)
{
	bool has_kernel_log = false, is_named_only = true;

	for (size_t i = 0; i < sources->list.n_items; i++) {
		const struct cg_why_source *source = &sources->list.items[i];

		has_kernel_log |= source->misses == cg_why_kernel_misses && source->look == CG_WHY_LOOKED;
		is_named_only &= strcmp(source->kind, "log") == 0;
	}
	if (is_named_only)
		return;
	if (has_kernel_log)
		say_actions(lines);
	say_audit(lines);
}
