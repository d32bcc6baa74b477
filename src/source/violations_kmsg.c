/*
 * Violations from the kernel's log as it is written (os/kmsg.h): for where audit cannot be listened to.
 *
 * In: records of /dev/kmsg. Out: those that are audit messages. The kernel prints a few lines of many, none at all once
 * an auditd is there, and says how many it left out only when it prints the next one.
 */
#include "source/violations.h"

#include "event/formats.h"
#include "os/kmsg.h"
#include "source/violations_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cg_violation_reader {
	int fd;
	const struct cg_violation_tell *tell;
	void *lines; /* of cg_log_kmsg */
	uint64_t n_lost; /* as it was told */
	char room[CG_KMSG_RECORD_LIMIT];
};

static int tell_event(void *context, const struct cg_event *event)
{
	const struct cg_violation_reader *reader = context;
	struct cg_violation violation;

	if (!cg_violation_of_event(event, CG_SEEN_BY_KMSG, &violation))
		return 0;
	return reader->tell->violation(reader->tell->context, &violation);
}

static int can(struct cg_err *err)
{
	int fd, r = cg_kmsg_open(&fd, err);

	if (r == 0)
		close(fd);
	return r;
}

static struct cg_violation_reader *close_reader(struct cg_violation_reader *reader)
{
	if (reader) {
		cg_log_kmsg.done(reader->lines);
		if (reader->fd >= 0)
			close(reader->fd);
		free(reader);
	}
	return NULL;
}

static int open_reader(const struct cg_violation_request *request, const struct cg_violation_tell *tell,
		       struct cg_violation_reader **ret_reader, struct cg_err *err)
{
	struct cg_violation_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return cg_err_memory(err);
	reader->fd = -1;
	reader->tell = tell;
	reader->lines = cg_log_kmsg.begin(cg_arch_native(), tell_event, reader);
	r = reader->lines ? cg_kmsg_open(&reader->fd, err) : cg_err_memory(err);
	if (r < 0) {
		close_reader(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

static int get_fd(const struct cg_violation_reader *reader)
{
	return reader->fd;
}

/* What the log says of itself: "14 callbacks suppressed". */
static int tell_suppressed(struct cg_violation_reader *reader)
{
	struct cg_log_facts facts;
	uint64_t n;
	int r = cg_log_kmsg.end(reader->lines, &facts);

	n = facts.n_lost - reader->n_lost;
	reader->n_lost = facts.n_lost;
	return r < 0 || n == 0 ? r : reader->tell->loss(reader->tell->context, "kmsg", "suppressed", n);
}

static int take_record(struct cg_violation_reader *reader, size_t length)
{
	int r = cg_log_kmsg.line(reader->lines, reader->room, length);

	/* Only audit messages are looked into: one that cannot be read was a violation, perhaps. */
	if (r == 1)
		r = reader->tell->loss(reader->tell->context, "kmsg", "unreadable", 1);
	return r < 0 ? r : tell_suppressed(reader);
}

static int read_records(struct cg_violation_reader *reader, struct cg_err *err)
{
	for (unsigned int i = 0; i < CG_VIOLATIONS_AT_ONCE; i++) {
		size_t length;
		int r = cg_kmsg_read(reader->fd, reader->room, &length);

		if (r == 0)
			return 0;
		if (r == -EPIPE)
			r = reader->tell->loss(reader->tell->context, "kmsg", "overwritten", 0);
		else if (r < 0)
			return cg_err_set(err, r, "/dev/kmsg", "the kernel's log is gone: %s", strerror(-r));
		else
			r = take_record(reader, length);
		if (r < 0)
			return r;
	}
	return 1;
}

const struct cg_violation_source cg_violation_source_kmsg = {
	.name = "kmsg",
	.seen_by = CG_SEEN_BY_KMSG,
	.sees = CG_SEES_KILL_PROCESS | CG_SEES_KILL_THREAD | CG_SEES_LOG,
	.sees_flagged = CG_SEES_TRAP | CG_SEES_ERRNO | CG_SEES_NOTIFY | CG_SEES_TRACE,
	.is_last_resort = true,
	.meaning = "the kernel's log (/dev/kmsg)",
	.misses = "ERRNO, TRAP, TRACE and NOTIFY of filters loaded without the LOG flag, arguments, which error was given, "
		  "all but about ten of many in five seconds, and everything while an auditd runs",
	.can = can,
	.open = open_reader,
	.fd = get_fd,
	.read = read_records,
	.close = close_reader,
};
