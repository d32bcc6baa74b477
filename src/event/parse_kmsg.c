/*
 * The kernel's log (dmesg, /dev/kmsg, the journal, a syslog file): lines in, events out.
 *
 * A journal can hold a record twice, once as the kernel printed it and once from the audit socket; both have the same
 * fields, so whichever comes second within a short while is left out. The kernel prints no more than some lines a
 * second and says how many it left out: those are told as lost.
 */
#include "event/audit_record.h"
#include "event/kernel_line.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECENT 128 /* records that wait for their twin */

struct recent {
	uint64_t hash;
	enum cg_kernel_line_kind kind;
	bool is_waiting;
};

struct reader {
	struct cg_audit_reader audit;
	struct cg_arena arena; /* of one line */
	uint64_t audit_lost;   /* the kernel's counter, as it was printed last */
	struct recent recent[RECENT];
	size_t n_recent;
};

static void *begin(const struct cg_arch *arch, cg_event_sink sink, void *context)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	/* Every record names its arch. */
	(void)arch;
	if (reader) {
		reader->audit.sink = sink;
		reader->audit.context = context;
		reader->audit.facts.exit_status = -1;
	}
	return reader;
}

static uint64_t hash_of(const struct cg_scan *body)
{
	uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */

	for (const char *at = body->at; at < body->end; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3U;
	return hash;
}

/* Did the other way bring the same fields a short while ago? If not, they wait for it. */
static bool is_twin(struct reader *reader, enum cg_kernel_line_kind kind, const struct cg_scan *body)
{
	uint64_t hash = hash_of(body);

	for (size_t i = 0; i < RECENT; i++) {
		struct recent *recent = &reader->recent[i];

		if (recent->is_waiting && recent->kind != kind && recent->hash == hash) {
			recent->is_waiting = false;
			return true;
		}
	}
	reader->recent[reader->n_recent++ % RECENT] = (struct recent){ hash, kind, true };
	return false;
}

static void add_lost(struct reader *reader, uint64_t number)
{
	uint64_t *n_lost = &reader->audit.facts.n_lost;

	*n_lost = *n_lost > UINT64_MAX - number ? UINT64_MAX : *n_lost + number;
}

/* "kauditd_printk_skb: 14 callbacks suppressed", "audit: audit_lost=3 audit_rate_limit=0 …". */
static void keep_loss(struct reader *reader, const struct cg_scan *message)
{
	static const char *const limits[] = { "kauditd_printk_skb: ", "audit_printk_skb: " };
	struct cg_scan rest = *message;
	uint64_t number;

	if (cg_scan_take(&rest, "audit: audit_lost=") && cg_scan_number(&rest, &number)) {
		/* Counted from the start of the machine: less than before is a new start. */
		add_lost(reader, number - (number >= reader->audit_lost ? reader->audit_lost : 0));
		reader->audit_lost = number;
		return;
	}
	for (size_t i = 0; i < CG_N_ITEMS(limits); i++) {
		rest = *message;
		if (cg_scan_take(&rest, limits[i]) && cg_scan_number(&rest, &number) &&
		    cg_scan_take(&rest, " callbacks suppressed"))
			add_lost(reader, number);
	}
}

/* "audit: type=1326 audit(…): …"; before 3.19 without the first word. */
static int read_message(struct reader *reader, const struct cg_kernel_line *line)
{
	struct cg_scan rest = line->message;
	uint64_t type, time_ns, serial;

	cg_scan_take(&rest, "audit: ");
	if (!cg_scan_take(&rest, "type=") || !cg_scan_number(&rest, &type)) {
		keep_loss(reader, &line->message);
		return 0;
	}
	if (!cg_scan_take(&rest, " ") || !cg_audit_take_stamp(&rest, &time_ns, &serial))
		return 1;
	if ((type != CG_AUDIT_SECCOMP && type != CG_AUDIT_SYSCALL) || is_twin(reader, line->kind, &rest))
		return 0;
	return cg_audit_tell(&reader->audit, (unsigned int)type, &rest, time_ns, serial);
}

static int read_record(struct reader *reader, const struct cg_kernel_line *line)
{
	struct cg_scan rest = line->message;
	unsigned int type = 0;

	if (cg_scan_take(&rest, "SECCOMP "))
		type = CG_AUDIT_SECCOMP;
	else if (cg_scan_take(&rest, "SYSCALL "))
		type = CG_AUDIT_SYSCALL;
	if (type == 0 || is_twin(reader, line->kind, &rest))
		return 0;
	return cg_audit_tell(&reader->audit, type, &rest, line->time_ns, line->serial);
}

static int read_line(void *context, const char *text, size_t length)
{
	struct reader *reader = context;
	struct cg_kernel_line line;
	int r = cg_kernel_line_read(text, length, &reader->arena, &line);

	if (r == 0 && line.kind == CG_KERNEL_LINE_UNKNOWN)
		r = 1;
	else if (r == 0 && line.kind == CG_KERNEL_LINE_MESSAGE)
		r = read_message(reader, &line);
	else if (r == 0 && line.kind == CG_KERNEL_LINE_AUDIT)
		r = read_record(reader, &line);
	cg_arena_done(&reader->arena);
	return r;
}

static int end(void *context, struct cg_log_facts *ret_facts)
{
	const struct reader *reader = context;

	*ret_facts = reader->audit.facts;
	return 0;
}

static void done(void *context)
{
	struct reader *reader = context;

	if (reader)
		cg_arena_done(&reader->arena);
	free(reader);
}

/* A record of the kernel's, or an entry of a journal; what else a kernel says could be anybody's. */
static bool is_typical(const char *text, size_t length)
{
	static const char journal[] = "\"__REALTIME_TIMESTAMP\"", dmesg[] = "\"msg\": \"audit: type=1";
	struct cg_scan rest = { text, text + length };
	struct cg_arena none = { 0 };
	struct cg_kernel_line line;

	cg_scan_blanks(&rest);
	/* JSON is not taken apart, as that takes memory. */
	if (cg_scan_has(&rest, "{"))
		return memmem(text, length, journal, strlen(journal));
	if (cg_scan_has(&rest, "\""))
		return cg_scan_has(&rest, dmesg);
	if (cg_kernel_line_read(text, length, &none, &line) < 0)
		return false;
	if (line.kind != CG_KERNEL_LINE_MESSAGE)
		return line.kind == CG_KERNEL_LINE_AUDIT;
	cg_scan_take(&line.message, "audit: ");
	return cg_scan_has(&line.message, "type=1");
}

const struct cg_log_format cg_log_kmsg = {
	.name = "kmsg",
	.backend = "import-kmsg",
	.meaning = "the kernel's log: dmesg, /dev/kmsg, journal",
	.is_typical = is_typical,
	.begin = begin,
	.line = read_line,
	.end = end,
	.done = done,
};
