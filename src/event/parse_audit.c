/*
 * auditd's log, and what ausearch --raw takes out of it: lines in, events out.
 *
 * A line is "type=SECCOMP msg=audit(TIME:SERIAL): FIELDS"; "node=HOST " goes before it where several machines log to
 * one. Types without a name are "UNKNOWN[1326]". Records of other types tell of no call. What ausearch -i writes has
 * words for numbers, which do not lead back to them: such lines cannot be read.
 */
#include "event/audit_record.h"

#include <stdlib.h>
#include <string.h>

static void *begin(const struct cg_arch *arch, cg_event_sink sink, void *context)
{
	struct cg_audit_reader *reader = calloc(1, sizeof(*reader));

	/* Every record names its arch. */
	(void)arch;
	if (reader) {
		reader->sink = sink;
		reader->context = context;
		reader->facts.exit_status = -1;
	}
	return reader;
}

/* "SECCOMP", "1326", "UNKNOWN[1326]": 1326; of a type that tells of no call: 0. */
static bool take_type(struct cg_scan *rest, unsigned int *ret_type)
{
	static const struct {
		const char *word;
		unsigned int type;
	} types[] = {
		{ "SECCOMP ", CG_AUDIT_SECCOMP }, { "1326 ", CG_AUDIT_SECCOMP }, { "UNKNOWN[1326] ", CG_AUDIT_SECCOMP },
		{ "SYSCALL ", CG_AUDIT_SYSCALL }, { "1300 ", CG_AUDIT_SYSCALL }, { "UNKNOWN[1300] ", CG_AUDIT_SYSCALL },
	};
	const char *blank;

	if (!cg_scan_take(rest, "type="))
		return false;
	*ret_type = 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cg_scan_has(rest, types[i].word))
			*ret_type = types[i].type;
	blank = memchr(rest->at, ' ', (size_t)(rest->end - rest->at));
	rest->at = blank ? blank + 1 : rest->end;
	return true;
}

/* What ausearch without --raw puts between events. */
static bool is_ornament(const struct cg_scan *rest)
{
	return rest->at == rest->end || cg_scan_has(rest, "time->") ||
	       (rest->end - rest->at == 4 && cg_scan_has(rest, "----"));
}

/* To the fields; false: it is no line of such a log. */
static bool take_head(struct cg_scan *rest, unsigned int *ret_type, uint64_t *ret_time_ns, uint64_t *ret_serial)
{
	if (cg_scan_has(rest, "node=")) {
		const char *blank = memchr(rest->at, ' ', (size_t)(rest->end - rest->at));

		rest->at = blank ? blank + 1 : rest->end;
	}
	return take_type(rest, ret_type) && cg_scan_take(rest, "msg=") &&
	       cg_audit_take_stamp(rest, ret_time_ns, ret_serial);
}

static struct cg_scan trim(const char *text, size_t length)
{
	struct cg_scan rest = { text, text + length };

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	return rest;
}

static int read_line(void *context, const char *text, size_t length)
{
	struct cg_scan rest = trim(text, length);
	uint64_t time_ns, serial;
	unsigned int type;

	if (is_ornament(&rest))
		return 0;
	if (!take_head(&rest, &type, &time_ns, &serial))
		return 1;
	return cg_audit_tell(context, type, &rest, time_ns, serial);
}

static int end(void *context, struct cg_log_facts *ret_facts)
{
	const struct cg_audit_reader *reader = context;

	*ret_facts = reader->facts;
	return 0;
}

static bool is_typical(const char *text, size_t length)
{
	struct cg_scan rest = trim(text, length);
	uint64_t time_ns, serial;
	unsigned int type;

	return take_head(&rest, &type, &time_ns, &serial);
}

const struct cg_log_format cg_log_audit = {
	.name = "audit",
	.backend = "import-audit",
	.meaning = "a log of auditd, as it is or by ausearch --raw",
	.is_typical = is_typical,
	.begin = begin,
	.line = read_line,
	.end = end,
	.done = free,
};
