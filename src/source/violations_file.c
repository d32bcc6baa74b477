/*
 * Violations from a log: auditd's audit.log, a journal (short or json), dmesg, syslog; or standard input.
 *
 * In: lines, of any bytes; each says by itself which of the two formats it is of, so that a mixture is fine. Out:
 * violations; lines that cannot be read are told as lost, as any of them may have been one. A log without a single
 * readable line is no log.
 */
#include "source/violations.h"

#include "event/formats.h"
#include "os/follow.h"
#include "source/violations_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cg_violation_reader {
	struct cg_follow *follow;
	const struct cg_violation_tell *tell;
	const char *path;
	void *audit; /* of cg_log_audit */
	void *kmsg; /* of cg_log_kmsg */
	uint64_t n_lost; /* as the log says, and was told */
	uint64_t n_lines;
	uint64_t n_readable;
};

static int tell_event(struct cg_violation_reader *reader, const struct cg_event *event, uint32_t seen_by)
{
	struct cg_violation violation;

	if (!cg_violation_of_event(event, seen_by, &violation))
		return 0;
	return reader->tell->violation(reader->tell->context, &violation);
}

static int tell_audit(void *context, const struct cg_event *event)
{
	return tell_event(context, event, CG_SEEN_BY_AUDIT);
}

static int tell_kmsg(void *context, const struct cg_event *event)
{
	return tell_event(context, event, CG_SEEN_BY_KMSG);
}

static int can(struct cg_err *err)
{
	return 0;
}

static struct cg_violation_reader *close_reader(struct cg_violation_reader *reader)
{
	if (reader) {
		if (reader->audit)
			cg_log_audit.done(reader->audit);
		cg_log_kmsg.done(reader->kmsg);
		cg_follow_free(reader->follow);
		free(reader);
	}
	return NULL;
}

static int open_reader(const struct cg_violation_request *request, const struct cg_violation_tell *tell,
		       struct cg_violation_reader **ret_reader, struct cg_err *err)
{
	const struct cg_follow_options options = { .path = request->path, .follows = request->follows,
						   .is_new_only = request->is_new_only };
	struct cg_violation_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return cg_err_memory(err);
	reader->tell = tell;
	reader->path = strcmp(request->path, "-") == 0 ? "standard input" : request->path;
	reader->audit = cg_log_audit.begin(cg_arch_native(), tell_audit, reader);
	reader->kmsg = cg_log_kmsg.begin(cg_arch_native(), tell_kmsg, reader);
	r = reader->audit && reader->kmsg ? cg_follow_open(&options, &reader->follow, err) : cg_err_memory(err);
	if (r < 0) {
		close_reader(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

static int get_fd(const struct cg_violation_reader *reader)
{
	return cg_follow_fd(reader->follow);
}

static int lose(struct cg_violation_reader *reader, const char *reason, uint64_t n)
{
	return reader->tell->loss(reader->tell->context, "file", reason, n);
}

static int take_line(struct cg_violation_reader *reader, const char *line, size_t length)
{
	bool is_audit = cg_log_audit.is_typical(line, length);
	const struct cg_log_format *format = is_audit ? &cg_log_audit : &cg_log_kmsg;
	int r = format->line(is_audit ? reader->audit : reader->kmsg, line, length);
	struct cg_log_facts facts;
	uint64_t n;

	reader->n_lines += length > 0;
	reader->n_readable += r == 0 && length > 0;
	if (r == 1)
		return length ? lose(reader, "unreadable", 1) : 0;
	if (r == 0 && !is_audit)
		r = cg_log_kmsg.end(reader->kmsg, &facts);
	if (r < 0 || is_audit)
		return r;
	n = facts.n_lost - reader->n_lost;
	reader->n_lost = facts.n_lost;
	return n ? lose(reader, "suppressed", n) : 0;
}

static int finish(const struct cg_violation_reader *reader, struct cg_err *err)
{
	if (reader->n_lines && !reader->n_readable)
		return cg_err_set(err, -EINVAL, reader->path,
				  "no line of it is of auditd's log, a journal, dmesg or syslog; of what program is it?");
	return CG_VIOLATIONS_OVER;
}

static int read_lines(struct cg_violation_reader *reader, struct cg_err *err)
{
	for (unsigned int i = 0; i < CG_VIOLATIONS_AT_ONCE; i++) {
		const char *line;
		size_t length;
		int r = cg_follow_next(reader->follow, &line, &length);

		switch (r) {
		case CG_FOLLOW_NOTHING:
			return 0;
		case CG_FOLLOW_LINE:
			r = take_line(reader, line, length);
			break;
		case CG_FOLLOW_TOO_LONG:
			reader->n_lines++;
			r = lose(reader, "unreadable", 1);
			break;
		case CG_FOLLOW_TRUNCATED:
			r = lose(reader, "truncated", 0);
			break;
		case CG_FOLLOW_ROTATED:
			r = 0;
			break;
		case CG_FOLLOW_END:
			return finish(reader, err);
		default:
			return cg_err_set(err, r, reader->path, "cannot read: %s", strerror(-r));
		}
		if (r < 0)
			return r;
	}
	return 1;
}

const struct cg_violation_source cg_violation_source_file = {
	.name = "file",
	.seen_by = CG_SEEN_BY_AUDIT | CG_SEEN_BY_KMSG,
	.sees = CG_SEES_KILL_PROCESS | CG_SEES_KILL_THREAD | CG_SEES_LOG,
	.sees_flagged = CG_SEES_TRAP | CG_SEES_ERRNO | CG_SEES_NOTIFY | CG_SEES_TRACE,
	.wants_path = true,
	.meaning = "a log: audit.log, a journal, dmesg, syslog; - is standard input",
	.misses = "what the log's writer left out: ERRNO, TRAP, TRACE and NOTIFY of filters loaded without the LOG flag, "
		  "arguments, and which error was given",
	.can = can,
	.open = open_reader,
	.fd = get_fd,
	.read = read_lines,
	.close = close_reader,
};
