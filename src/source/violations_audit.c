/*
 * Violations from the kernel's audit, as it tells them to everybody who listens (os/netlink.h).
 *
 * In: records of the multicast group. Out: those of type 1326, which the kernel makes of each answer that is LOG or
 * kills, and of others where the filter was loaded with the LOG flag. Neither auditd nor audit=1 is needed. A full
 * queue is told as a loss of nobody knows how many: neither serials nor the kernel's own counter show it.
 */
#include "source/violations.h"

#include "event/audit_record.h"
#include "os/netlink.h"
#include "source/violations_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cg_violation_reader {
	int fd;
	const struct cg_violation_tell *tell;
	struct cg_audit_reader audit;
	char room[CG_AUDIT_RECORD_LIMIT];
};

static int tell_event(void *context, const struct cg_event *event)
{
	const struct cg_violation_reader *reader = context;
	struct cg_violation violation;

	if (!cg_violation_of_event(event, CG_SEEN_BY_AUDIT, &violation))
		return 0;
	return reader->tell->violation(reader->tell->context, &violation);
}

static int can(struct cg_err *err)
{
	int fd, r = cg_audit_feed_open(&fd, err);

	if (r == 0)
		close(fd);
	return r;
}

static int open_reader(const struct cg_violation_request *request, const struct cg_violation_tell *tell,
		       struct cg_violation_reader **ret_reader, struct cg_err *err)
{
	struct cg_violation_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return cg_err_memory(err);
	r = cg_audit_feed_open(&reader->fd, err);
	if (r < 0) {
		free(reader);
		return r;
	}
	reader->tell = tell;
	reader->audit.sink = tell_event;
	reader->audit.context = reader;
	*ret_reader = reader;
	return 0;
}

static int get_fd(const struct cg_violation_reader *reader)
{
	return reader->fd;
}

/* 0, or what the sink said. What cannot be read is lost, and is said to be. */
static int take_record(struct cg_violation_reader *reader, unsigned int type, const char *text, size_t length)
{
	struct cg_scan rest = { .at = text, .end = text + length };
	uint64_t time_ns, serial;
	int r = 1;

	if (type != CG_AUDIT_SECCOMP)
		return 0;
	if (cg_audit_take_stamp(&rest, &time_ns, &serial))
		r = cg_audit_tell(&reader->audit, type, &rest, time_ns, serial);
	return r == 1 ? reader->tell->loss(reader->tell->context, "audit", "unreadable", 1) : r;
}

static int read_records(struct cg_violation_reader *reader, struct cg_err *err)
{
	for (unsigned int i = 0; i < CG_VIOLATIONS_AT_ONCE; i++) {
		const char *text;
		unsigned int type;
		size_t length;
		int r = cg_audit_feed_read(reader->fd, reader->room, &type, &text, &length);

		if (r == 0)
			return 0;
		if (r == -ENOBUFS)
			r = reader->tell->loss(reader->tell->context, "audit", "enobufs", 0);
		else if (r < 0)
			return cg_err_set(err, r, "audit", "the kernel's audit is gone: %s", strerror(-r));
		else
			r = take_record(reader, type, text, length);
		if (r < 0)
			return r;
	}
	return 1;
}

static struct cg_violation_reader *close_reader(struct cg_violation_reader *reader)
{
	if (reader) {
		close(reader->fd);
		free(reader);
	}
	return NULL;
}

const struct cg_violation_source cg_violation_source_audit = {
	.name = "audit",
	.seen_by = CG_SEEN_BY_AUDIT,
	.sees = CG_SEES_KILL_PROCESS | CG_SEES_KILL_THREAD | CG_SEES_LOG,
	.sees_flagged = CG_SEES_TRAP | CG_SEES_ERRNO | CG_SEES_NOTIFY | CG_SEES_TRACE,
	.meaning = "the kernel's audit messages (netlink), as they are made",
	.misses = "ERRNO, TRAP, TRACE and NOTIFY of filters loaded without the LOG flag, arguments, and which error was given",
	.can = can,
	.open = open_reader,
	.fd = get_fd,
	.read = read_records,
	.close = close_reader,
};
