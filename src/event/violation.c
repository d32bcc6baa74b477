/*
 * See violation.h. In: a violation. Out: its JSON, its argument class, its key.
 *
 * A line stays below CG_VIOLATION_LINE_LIMIT whatever the strings hold: each has a budget in bytes as JSON writes them
 * (a control byte takes six), and what passes it is cut between characters and ends in an ellipsis.
 */
#include "event/violation.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PART '\x1f' /* between the fields of a key */
#define ELLIPSIS "\xe2\x80\xa6"

/* Bytes that a string may take between its quotes; all of them, and what is always there, stay below the limit. */
#define ROOM_PATH 4096 /* exe: PATH_MAX of plain bytes */
#define ROOM_CGROUP 2048
#define ROOM_CALL 2048
#define ROOM_NAME 768

static void done_text(struct cg_text *text)
{
	cg_text_done(text);
}

/* How the writer (base/json_write.c) shows the character at hand: its bytes, and how many of ours it stands for. */
static size_t written_size(const char *at, size_t length, size_t *ret_n)
{
	unsigned char c = (unsigned char)*at;

	*ret_n = 1;
	if (c == '"' || c == '\\' || (c >= '\b' && c <= '\r' && c != '\v'))
		return 2;
	if (c < 0x20 || c == 0x7f)
		return 6;
	if (c < 0x80)
		return 1;
	*ret_n = cg_utf8_length(at, length);
	if (*ret_n)
		return *ret_n;
	*ret_n = 1;
	return strlen(CG_UTF8_REPLACEMENT);
}

/* How much of a string fits into `room`, with the mark that it was cut; all of it: its length. */
static size_t length_within(const char *value, size_t room)
{
	size_t length = strlen(value), at = 0, size = 0, marked = 0;

	while (at < length) {
		size_t n, written = written_size(value + at, length - at, &n);

		if (size + written > room)
			return marked;
		size += written;
		at += n;
		if (size + strlen(ELLIPSIS) <= room)
			marked = at;
	}
	return length;
}

/* Nothing for NULL: what is not known is not there. */
static void write_string(struct cg_json_writer *writer, const char *key, const char *value, size_t room)
{
	struct cg_text cut CG_CLEANUP(done_text) = { 0 };
	size_t length;

	if (!value)
		return;
	length = length_within(value, room);
	if (value[length] == '\0') {
		cg_json_string(writer, key, value);
		return;
	}
	cg_text_add_bytes(&cut, value, length);
	cg_text_add(&cut, ELLIPSIS);
	if (cut.has_failed)
		writer->text->has_failed = true;
	else
		cg_json_string(writer, key, cg_text_get(&cut));
}

static void write_text(struct cg_json_writer *writer, const char *key, const struct cg_text *text, size_t room)
{
	if (text->has_failed)
		writer->text->has_failed = true;
	else
		write_string(writer, key, cg_text_get(text), room);
}

static void write_hex(struct cg_json_writer *writer, const char *key, uint64_t value)
{
	char hex[2 + 16 + 1];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, value);
	cg_json_string(writer, key, hex);
}

static void write_when(struct cg_json_writer *writer, const struct cg_violation *violation)
{
	char instant[CG_INSTANT_SIZE];

	if (violation->time_ns) {
		cg_instant_format(violation->time_ns / 1000000, instant);
		cg_json_string(writer, "time", instant);
		cg_json_u64(writer, "time_ns", violation->time_ns);
	}
	cg_json_u64(writer, "n", violation->n);
}

static void write_where(struct cg_json_writer *writer, const struct cg_violation *violation)
{
	write_string(writer, "host", violation->host, ROOM_NAME);
	write_string(writer, "engine", violation->engine, ROOM_NAME);
	write_string(writer, "container_id", violation->container_id, ROOM_NAME);
	write_string(writer, "container", violation->container, ROOM_NAME);
	write_string(writer, "image", violation->image, ROOM_NAME);
	write_string(writer, "unit", violation->unit, ROOM_NAME);
	write_string(writer, "cgroup", violation->cgroup, ROOM_CGROUP);
}

static void write_who(struct cg_json_writer *writer, const struct cg_violation *violation)
{
	if (violation->pid)
		cg_json_s64(writer, "pid", violation->pid);
	if (violation->tid)
		cg_json_s64(writer, "tid", violation->tid);
	if (violation->ns_pid)
		cg_json_s64(writer, "ns_pid", violation->ns_pid);
	write_string(writer, "comm", violation->comm, ROOM_NAME);
	write_string(writer, "exe", violation->exe, ROOM_PATH);
	if (violation->uid != CG_ID_UNKNOWN)
		cg_json_u64(writer, "uid", violation->uid);
}

static void add_arch(struct cg_text *text, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	if (arch)
		cg_text_add(text, arch->name);
	else
		cg_text_addf(text, "0x%" PRIx32, call->arch);
}

static void add_name(struct cg_text *text, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	if (arch)
		cg_call_format_name(text, arch, call->nr);
	else
		cg_text_addf(text, "0x%" PRIx32 ":%" PRIu32, call->arch, call->nr);
}

static void write_call(struct cg_json_writer *writer, const struct cg_violation *violation)
{
	struct cg_text arch CG_CLEANUP(done_text) = { 0 };
	struct cg_text name CG_CLEANUP(done_text) = { 0 };
	struct cg_text whole CG_CLEANUP(done_text) = { 0 };

	add_arch(&arch, &violation->call);
	write_text(writer, "arch", &arch, ROOM_NAME);
	cg_json_u64(writer, "nr", violation->call.nr);
	add_name(&name, &violation->call);
	write_text(writer, "syscall", &name, ROOM_NAME);
	if (violation->call.ip)
		write_hex(writer, "ip", violation->call.ip);
	if (!violation->has_args)
		return;
	cg_call_format(&whole, &violation->call);
	write_text(writer, "call", &whole, ROOM_CALL);
	cg_json_open_inline_array(writer, "args");
	for (size_t i = 0; i < CG_N_ITEMS(violation->call.args); i++)
		write_hex(writer, NULL, violation->call.args[i]);
	cg_json_close_array(writer);
}

/* ERRNO where nobody told which; ERRNO(EPERM). */
static void add_action(struct cg_text *text, const struct cg_violation *violation)
{
	if (violation->has_data)
		cg_action_format(text, violation->action);
	else
		cg_text_add(text, cg_action_row(violation->action)->name);
}

static void write_answer(struct cg_json_writer *writer, const struct cg_violation *violation)
{
	struct cg_text action CG_CLEANUP(done_text) = { 0 };

	add_action(&action, violation);
	write_text(writer, "action", &action, ROOM_NAME);
	if (violation->signal)
		cg_json_s64(writer, "signal", violation->signal);
	write_string(writer, "profile", violation->profile, ROOM_NAME);
	cg_json_open_inline_array(writer, "seen_by");
	for (size_t i = 0; i < cg_n_seen_by; i++)
		if (violation->seen_by & cg_seen_by_rows[i].bit)
			cg_json_string(writer, NULL, cg_seen_by_rows[i].name);
	cg_json_close_array(writer);
}

const struct cg_seen_by_row cg_seen_by_rows[] = {
	{ CG_SEEN_BY_EBPF, "ebpf" },
	{ CG_SEEN_BY_AUDIT, "audit" },
	{ CG_SEEN_BY_KMSG, "kmsg" },
	{ CG_SEEN_BY_NOTIFY, "notify" },
};
const size_t cg_n_seen_by = CG_N_ITEMS(cg_seen_by_rows);

int cg_violation_write(const struct cg_violation *violation, struct cg_json_writer *writer)
{
	cg_json_open_object(writer, NULL);
	write_when(writer, violation);
	write_where(writer, violation);
	write_who(writer, violation);
	write_call(writer, violation);
	write_answer(writer, violation);
	cg_json_close_object(writer);
	return writer->text->has_failed ? -ENOMEM : 0;
}

/* What a policy would look at, and that does not differ from one run to the next. */
static bool is_of_class(const struct cg_arg_info *info)
{
	return info && (info->kind == CG_ARG_ENUM || info->kind == CG_ARG_FLAGS || info->kind == CG_ARG_SIGNAL);
}

int cg_violation_class(const struct cg_violation *violation, struct cg_text *text)
{
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);
	bool is_first = true;

	if (!violation->has_args || !arch)
		return 0;
	for (unsigned int i = 0; i < CG_N_ITEMS(violation->call.args); i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, violation->call.nr, i);

		if (!is_of_class(info))
			continue;
		cg_text_addf(text, "%s%s=", is_first ? "" : ", ", info->name);
		cg_call_format_arg(text, arch, violation->call.nr, i, violation->call.args[i]);
		is_first = false;
	}
	return text->has_failed ? -ENOMEM : 0;
}

/* A field of a key: what parts fields cannot stand in one. */
static void add_field(struct cg_text *text, const char *field)
{
	for (const char *at = field ? field : ""; *at; at++)
		cg_text_add_char(text, *at == PART ? '?' : *at);
	cg_text_add_char(text, PART);
}

static const char *place_of(const struct cg_violation *violation)
{
	if (violation->container)
		return violation->container;
	return violation->container_id ? violation->container_id : violation->unit;
}

int cg_violation_key(const struct cg_violation *violation, struct cg_text *text)
{
	add_field(text, violation->profile);
	add_field(text, place_of(violation));
	add_field(text, violation->exe ? violation->exe : violation->comm);
	add_arch(text, &violation->call);
	cg_text_add_char(text, PART);
	add_name(text, &violation->call);
	cg_text_add_char(text, PART);
	add_action(text, violation);
	cg_text_add_char(text, PART);
	return text->has_failed ? -ENOMEM : cg_violation_class(violation, text);
}
