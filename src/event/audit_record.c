/*
 * See audit_record.h.
 *
 * A record is fields, KEY=VALUE, with a blank between. The first of each key counts, up to the byte 0x1d: behind it
 * auditd writes names for the numbers, in upper case, and its SYSCALL= is of its own machine, not of the record.
 */
#include "event/audit_record.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <string.h>

#define ENRICHED 0x1d

enum field {
	FIELD_ARCH,
	FIELD_SYSCALL,
	FIELD_CODE,
	FIELD_IP,
	FIELD_PID,
	FIELD_UID,
	FIELD_GID,
	FIELD_AUID,
	FIELD_SESSION,
	FIELD_SIGNAL,
	FIELD_COMM,
	FIELD_EXE,
	FIELD_SUCCESS,
	FIELD_EXIT,
	FIELD_A0,
	FIELD_A1,
	FIELD_A2,
	FIELD_A3,
	N_FIELDS,
};

static const char *const keys[N_FIELDS] = {
	[FIELD_ARCH] = "arch",       [FIELD_SYSCALL] = "syscall", [FIELD_CODE] = "code", [FIELD_IP] = "ip",
	[FIELD_PID] = "pid",         [FIELD_UID] = "uid",         [FIELD_GID] = "gid",   [FIELD_AUID] = "auid",
	[FIELD_SESSION] = "ses",     [FIELD_SIGNAL] = "sig",      [FIELD_COMM] = "comm", [FIELD_EXE] = "exe",
	[FIELD_SUCCESS] = "success", [FIELD_EXIT] = "exit",       [FIELD_A0] = "a0",     [FIELD_A1] = "a1",
	[FIELD_A2] = "a2",           [FIELD_A3] = "a3",
};

static void keep_field(struct cg_piece fields[N_FIELDS], const struct cg_piece *key, const struct cg_piece *value)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (!fields[i].text && strlen(keys[i]) == key->length && memcmp(keys[i], key->text, key->length) == 0)
			fields[i] = *value;
}

/* To behind the value: up to a blank, or, behind a quote, to the next one; what is quoted holds none. */
static struct cg_piece take_value(struct cg_scan *rest)
{
	struct cg_piece value = { .text = rest->at };
	bool is_quoted = cg_scan_has(rest, "\"");

	for (rest->at += is_quoted; rest->at < rest->end; rest->at++)
		if (*rest->at == (is_quoted ? '"' : ' '))
			break;
	if (is_quoted && rest->at < rest->end)
		rest->at++;
	value.length = (size_t)(rest->at - value.text);
	return value;
}

static void split(const struct cg_scan *body, struct cg_piece fields[N_FIELDS])
{
	struct cg_scan rest = *body;
	const char *enriched = memchr(rest.at, ENRICHED, (size_t)(rest.end - rest.at));

	if (enriched)
		rest.end = enriched;
	while (rest.at < rest.end) {
		struct cg_piece key, value;

		cg_scan_blanks(&rest);
		key.text = rest.at;
		while (rest.at < rest.end && *rest.at != '=' && *rest.at != ' ')
			rest.at++;
		key.length = (size_t)(rest.at - key.text);
		if (!cg_scan_take(&rest, "="))
			continue;
		value = take_value(&rest);
		keep_field(fields, &key, &value);
	}
}

/* All of the piece as a number; a negative one only where a sign may be. */
static bool decimal(const struct cg_piece *piece, int64_t *ret_number)
{
	struct cg_scan rest;
	bool is_negative;
	uint64_t number;

	if (!piece->text)
		return false;
	rest = (struct cg_scan){ piece->text, piece->text + piece->length };
	is_negative = cg_scan_take(&rest, "-");
	if (!cg_scan_number(&rest, &number))
		return false;
	*ret_number = is_negative ? -(int64_t)number : (int64_t)number;
	return rest.at == rest.end;
}

/* All of the piece in hexadecimal, with 0x or without. */
static bool hexadecimal(const struct cg_piece *piece, uint64_t *ret_number)
{
	struct cg_scan rest;
	int64_t number;

	if (!piece->text)
		return false;
	rest = (struct cg_scan){ piece->text, piece->text + piece->length };
	cg_scan_take(&rest, "0x");
	if (!cg_scan_hex(&rest, &number) || rest.at != rest.end)
		return false;
	*ret_number = (uint64_t)number;
	return true;
}

static uint32_t id_of(const struct cg_piece *piece)
{
	int64_t number;

	return decimal(piece, &number) && number >= 0 && number < CG_ID_UNKNOWN ? (uint32_t)number : CG_ID_UNKNOWN;
}

static int int_of(const struct cg_piece *piece)
{
	int64_t number;

	return decimal(piece, &number) && number >= 0 && number <= INT_MAX ? (int)number : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * "text", or 7465 where it holds a blank, a quote or a control byte. NULL: (null), cut off, too long, or with a NUL
 * inside.
 */
static const char *decode(const struct cg_piece *piece, char *room, size_t size)
{
	const char *text = piece->text;
	size_t n = piece->length / 2;

	if (!text || piece->length == 0)
		return NULL;
	if (text[0] == '"') {
		n = piece->length - 2;
		if (piece->length < 3 || text[piece->length - 1] != '"' || n >= size ||
		    memchr(text, '\0', piece->length))
			return NULL;
		memcpy(room, text + 1, n);
	} else {
		if (piece->length % 2 || n >= size)
			return NULL;
		for (size_t i = 0; i < n; i++) {
			int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return NULL;
			room[i] = (char)(high << 4 | low);
		}
	}
	room[n] = '\0';
	return room;
}

/* Which call: both are always there. Number -1 is what a tracer sets. */
static bool read_call(const struct cg_piece fields[N_FIELDS], struct cg_event *event)
{
	uint64_t arch;
	int64_t nr;

	if (!hexadecimal(&fields[FIELD_ARCH], &arch) || arch > UINT32_MAX || !decimal(&fields[FIELD_SYSCALL], &nr) ||
	    nr < INT32_MIN || nr > UINT32_MAX)
		return false;
	event->call.arch = (uint32_t)arch;
	event->call.nr = (uint32_t)nr;
	return true;
}

/*
 * The call was let through (LOG), or somebody else decides (TRACE, USER_NOTIF): in both cases it was made, and what
 * came of it is not told.
 */
static bool read_seccomp(const struct cg_piece fields[N_FIELDS], struct cg_audit_record *record)
{
	uint64_t code;

	if (!hexadecimal(&fields[FIELD_CODE], &code) || code > UINT32_MAX)
		return false;
	hexadecimal(&fields[FIELD_IP], &record->event.call.ip);
	record->event.action = (uint32_t)code;
	record->event.outcome = cg_action_row((uint32_t)code)->is_denial ? CG_OUTCOME_DENIED : CG_OUTCOME_RETURNED;
	record->facts.is_verdict = true;
	record->facts.signal = int_of(&fields[FIELD_SIGNAL]);
	return true;
}

static bool is_one_of(const struct cg_call *call, const char *a, const char *b)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *row = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	return row && (strcmp(row->name, a) == 0 || strcmp(row->name, b) == 0);
}

/*
 * What came of it. A call that does not come back has no result: exit and exit_group, or the process was killed in it.
 * An attempt that will be restarted is shown as -4, and cannot be told from a call that failed with EINTR.
 */
static bool read_result(const struct cg_piece fields[N_FIELDS], struct cg_event *event)
{
	const struct cg_piece *success = &fields[FIELD_SUCCESS];
	int64_t result;

	if (!success->text) {
		event->outcome = is_one_of(&event->call, "exit", "exit_group") ? CG_OUTCOME_BEGAN : CG_OUTCOME_ENDED;
		return true;
	}
	event->outcome = CG_OUTCOME_RETURNED;
	if (success->length == 3 && memcmp(success->text, "yes", 3) == 0) {
		event->result = decimal(&fields[FIELD_EXIT], &result) && result > 0 ? result : 0;
		return true;
	}
	if (success->length != 2 || memcmp(success->text, "no", 2) != 0 || !decimal(&fields[FIELD_EXIT], &result))
		return false;
	event->result = result < 0 && result > -CG_ERRNO_UNKNOWN ? result : -CG_ERRNO_UNKNOWN;
	return true;
}

static bool read_syscall(const struct cg_piece fields[N_FIELDS], struct cg_audit_record *record)
{
	struct cg_event *event = &record->event;

	if (!read_result(fields, event))
		return false;
	event->has_args = true;
	event->unknown_args = 0x3f;
	for (unsigned int i = 0; i < 4; i++)
		if (hexadecimal(&fields[FIELD_A0 + i], &event->call.args[i]))
			event->unknown_args &= (uint8_t) ~(1U << i);
	/* An execve that succeeds is written with the program that it started, not with the one that made it. */
	if (event->outcome == CG_OUTCOME_RETURNED && event->result >= 0 &&
	    is_one_of(&event->call, "execve", "execveat"))
		event->exe = event->comm = NULL;
	return true;
}

bool cg_audit_read_record(unsigned int type, const struct cg_scan *body, struct cg_audit_record *record)
{
	struct cg_piece fields[N_FIELDS] = { { NULL, 0 } };

	split(body, fields);
	record->event = (struct cg_event){ .n_calls = 1, .audit = &record->facts };
	record->facts = (struct cg_audit_facts){
		.uid = id_of(&fields[FIELD_UID]),
		.gid = id_of(&fields[FIELD_GID]),
		.auid = id_of(&fields[FIELD_AUID]),
		.session = id_of(&fields[FIELD_SESSION]),
	};
	record->event.pid = int_of(&fields[FIELD_PID]);
	record->event.comm = decode(&fields[FIELD_COMM], record->comm, sizeof(record->comm));
	record->event.exe = decode(&fields[FIELD_EXE], record->exe, sizeof(record->exe));
	if (!read_call(fields, &record->event))
		return false;
	return type == CG_AUDIT_SECCOMP ? read_seccomp(fields, record) : read_syscall(fields, record);
}

bool cg_audit_take_stamp(struct cg_scan *rest, uint64_t *ret_time_ns, uint64_t *ret_serial)
{
	uint64_t seconds, ms, serial;
	struct cg_scan probe = *rest;

	if (!cg_scan_take(&probe, "audit(") || !cg_scan_number(&probe, &seconds) || !cg_scan_take(&probe, ".") ||
	    !cg_scan_number(&probe, &ms) || ms > 999 || !cg_scan_take(&probe, ":") ||
	    !cg_scan_number(&probe, &serial) || !cg_scan_take(&probe, "):"))
		return false;
	cg_scan_blanks(&probe);
	*rest = probe;
	*ret_time_ns = seconds < UINT64_MAX / 1000000000 - 1 ? seconds * 1000000000 + ms * 1000000 : 0;
	*ret_serial = serial;
	return true;
}

static void keep_time(struct cg_log_facts *facts, uint64_t time_ns)
{
	if (time_ns == 0)
		return;
	if (facts->first_ns == 0 || time_ns < facts->first_ns)
		facts->first_ns = time_ns;
	if (time_ns > facts->last_ns)
		facts->last_ns = time_ns;
}

int cg_audit_tell(struct cg_audit_reader *reader, unsigned int type, const struct cg_scan *body, uint64_t time_ns,
		  uint64_t serial)
{
	struct cg_audit_record *record = &reader->record;

	if (type != CG_AUDIT_SECCOMP && type != CG_AUDIT_SYSCALL)
		return 0;
	if (!cg_audit_read_record(type, body, record))
		return 1;
	record->event.time_ns = time_ns;
	record->facts.serial = serial;
	keep_time(&reader->facts, time_ns);
	return reader->sink(reader->context, &record->event);
}
