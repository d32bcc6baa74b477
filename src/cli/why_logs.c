/*
 * Logs, line by line: of auditd, of the kernel in any form in which it is shown, and violations as JSON, which is what
 * callgate monitor --json writes.
 */
#include "cli/why.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "base/json_read.h"
#include "event/formats.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>

struct log {
	struct cg_why_events *events;
	struct cg_why_source *source;
	const struct cg_log_format *format; /* NULL while no line was typical of one */
	void *reader;
};

static int keep(struct log *log, const struct cg_violation *violation)
{
	struct cg_why_source *source = log->source;
	int r = cg_why_keep(log->events, violation);

	if (violation->time_ns && (!source->oldest_ns || violation->time_ns < source->oldest_ns))
		source->oldest_ns = violation->time_ns;
	if (r <= 0)
		return r;
	source->n_found += violation->n;
	return 0;
}

/* What an auditctl rule had logged is no violation. */
static int take_event(void *context, const struct cg_event *event)
{
	struct log *log = context;
	struct cg_violation violation = {
		.time_ns = event->time_ns,
		.n = event->n_calls ? event->n_calls : 1,
		.pid = event->pid,
		.tid = event->tid,
		.comm = event->comm,
		.exe = event->exe,
		.uid = CG_ID_UNKNOWN,
		.call = event->call,
		.has_args = event->has_args && !event->unknown_args,
		.action = event->action,
		.seen_by = log->format == &cg_log_audit ? CG_SEEN_BY_AUDIT : CG_SEEN_BY_KMSG,
	};

	if (!event->audit || !event->audit->is_verdict || event->action == CG_ACTION_ALLOW)
		return 0;
	violation.uid = event->audit->uid;
	violation.signal = event->audit->signal;
	return keep(log, &violation);
}

/* A line of callgate monitor --json; anything else is passed over. */
static int take_json(struct log *log, const char *line, size_t length)
{
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	struct cg_violation violation;
	struct cg_json *root;
	int r = cg_json_read(&arena, NULL, line, length, 0, &root, NULL);

	if (r == 0)
		r = root->kind == CG_JSON_OBJECT ? cg_violation_read(root, &arena, &violation, NULL) : -EINVAL;
	if (r == 0)
		return keep(log, &violation);
	return r == -ENOMEM ? r : 0;
}

static int choose(struct log *log, const char *line, size_t length)
{
	const struct cg_log_format *const formats[] = { &cg_log_audit, &cg_log_kmsg };

	for (size_t i = 0; !log->format && i < CG_N_ITEMS(formats); i++)
		if (formats[i]->is_typical(line, length))
			log->format = formats[i];
	if (!log->format)
		return line[0] == '{' && length < CG_VIOLATION_LINE_LIMIT ? take_json(log, line, length) : 0;
	log->source->misses = cg_why_kernel_misses;
	log->reader = log->format->begin(cg_arch_native(), take_event, log);
	return log->reader ? 0 : -ENOMEM;
}

/* Lines before the first that is typical tell nothing of a violation: none of them is a record. */
static int take_line(struct log *log, const char *line, size_t length)
{
	int r = 0;

	if (!log->format)
		r = choose(log, line, length);
	if (r == 0 && log->format)
		r = log->format->line(log->reader, line, length);
	return r < 0 ? r : 0;
}

static int end_log(struct log *log)
{
	struct cg_log_facts facts = { 0 };
	int r = log->reader ? log->format->end(log->reader, &facts) : 0;

	log->source->n_lost += facts.n_lost;
	if (log->reader)
		log->format->done(log->reader);
	return r;
}

int cg_why_read_text(struct cg_why_events *events, struct cg_why_source *source, const char *bytes, size_t length)
{
	struct log log = { events, source, NULL, NULL };
	int r = 0, r_end;

	while (r == 0 && length) {
		const char *end = memchr(bytes, '\n', length);
		size_t size = end ? (size_t)(end - bytes) : length;

		r = take_line(&log, bytes, size);
		size += end != NULL;
		bytes += size;
		length -= size;
	}
	r_end = end_log(&log);
	return r < 0 ? r : r_end;
}

int cg_why_read_file(struct cg_why_events *events, struct cg_why_source *source, const char *path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r = cg_file_read(path, CG_WHY_FILE_LIMIT, &text, &source->err);

	if (r < 0) {
		source->look = r == -ENOENT || r == -ENOTDIR ? CG_WHY_ABSENT : CG_WHY_FAILED;
		return r == -ENOMEM ? r : 0;
	}
	return cg_why_read_text(events, source, cg_text_get(&text), text.length);
}
