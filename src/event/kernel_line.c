/*
 * See kernel_line.h.
 *
 * Text: a prefix of times and levels, then, in journals, "HOST WHO: ". Only WHO tells that the kernel speaks, as any
 * program may log a line that looks like the kernel's; a journal as json says it in a field that no program can set.
 */
#include "event/kernel_line.h"

#include "base/cleanup.h"
#include "base/json_read.h"

#include <errno.h>
#include <string.h>

/* Up to this character, and past it. */
static bool take_through(struct cg_scan *rest, char c)
{
	const char *found = memchr(rest->at, c, (size_t)(rest->end - rest->at));

	if (found)
		rest->at = found + 1;
	return found != NULL;
}

/* "6,1234,123456789,-;" of /dev/kmsg: printk's level, sequence number, microseconds, flags. */
static bool take_record_head(struct cg_scan *rest)
{
	struct cg_scan probe = *rest;
	uint64_t number;

	for (int i = 0; i < 3; i++)
		if (!cg_scan_number(&probe, &number) || !cg_scan_take(&probe, ","))
			return false;
	if (!take_through(&probe, ';'))
		return false;
	*rest = probe;
	return true;
}

/* "<5>" of dmesg -r, "kern  :notice: " of dmesg -x. */
static void take_level(struct cg_scan *rest)
{
	struct cg_scan probe = *rest;
	uint64_t number;

	if (cg_scan_take(&probe, "<") && cg_scan_number(&probe, &number) && cg_scan_take(&probe, ">")) {
		*rest = probe;
		return;
	}
	probe = *rest;
	if (cg_scan_name(&probe).length == 0)
		return;
	cg_scan_blanks(&probe);
	if (!cg_scan_take(&probe, ":") || cg_scan_name(&probe).length == 0)
		return;
	cg_scan_blanks(&probe);
	if (cg_scan_take(&probe, ": ") &&
	    (cg_scan_has(&probe, "[") || (probe.at < probe.end && cg_scan_is_digit(*probe.at))))
		*rest = probe;
}

/* "[14740.641577] ", "[Sun Nov 22 08:30:24 2026] ", "[  +0.005409] ", "[<    0.005409>] ". */
static bool take_bracket(struct cg_scan *rest)
{
	struct cg_scan probe = *rest;

	if (!cg_scan_take(&probe, "[") || !take_through(&probe, ']'))
		return false;
	cg_scan_blanks(&probe);
	*rest = probe;
	return true;
}

/* A time that begins with a digit: 2026-11-22T08:30:46,572425+00:00, 1795336186.101362; at the blank behind it. */
static bool take_stamp(struct cg_scan *rest)
{
	static const char inside[] = "0123456789-+:.,TZ";
	struct cg_scan probe = *rest;

	if (probe.at == probe.end || !cg_scan_is_digit(*probe.at))
		return false;
	while (probe.at < probe.end && *probe.at && strchr(inside, *probe.at))
		probe.at++;
	if (probe.at - rest->at < 12 || !cg_scan_has(&probe, " "))
		return false;
	*rest = probe;
	return true;
}

static bool take_digits_and(struct cg_scan *rest, const char *behind)
{
	uint64_t number;

	return cg_scan_number(rest, &number) && cg_scan_take(rest, behind);
}

/* "Nov 22 08:25:54", "Nov 22 08:25:54.123456"; "Sun 2026-11-22 08:25:54 UTC"; at the blank behind it. */
static bool take_date(struct cg_scan *rest)
{
	struct cg_scan probe = *rest;
	uint64_t number;

	if (cg_scan_name(&probe).length != 3 || !cg_scan_take(&probe, " "))
		return false;
	cg_scan_blanks(&probe);
	if (!cg_scan_number(&probe, &number))
		return false;
	if (cg_scan_take(&probe, "-")) {
		if (!take_digits_and(&probe, "-") || !take_digits_and(&probe, " ") || !take_digits_and(&probe, ":") ||
		    !take_digits_and(&probe, ":") || !take_through(&probe, ' '))
			return false;
		cg_scan_name(&probe);
	} else {
		if (!cg_scan_take(&probe, " ") || !take_digits_and(&probe, ":") || !take_digits_and(&probe, ":") ||
		    !cg_scan_number(&probe, &number))
			return false;
		if (cg_scan_take(&probe, "."))
			cg_scan_name(&probe);
	}
	if (!cg_scan_has(&probe, " "))
		return false;
	*rest = probe;
	return true;
}

/* What the kernel says of a record, with no more of a prefix before it. */
static bool is_record(const struct cg_scan *rest)
{
	struct cg_scan probe = *rest;

	cg_scan_take(&probe, "audit: ");
	return cg_scan_take(&probe, "type=") && take_digits_and(&probe, " audit(");
}

/* "HOST kernel: ", "HOST audit[1234]: ". The kernel's own time, which rsyslog leaves there, is passed over. */
static bool take_speaker(struct cg_scan *rest, enum cg_kernel_line_kind *ret_kind)
{
	struct cg_scan probe = *rest;
	uint64_t pid;

	while (probe.at < probe.end && *probe.at != ' ')
		probe.at++;
	if (cg_scan_take(&probe, " kernel: ")) {
		*ret_kind = CG_KERNEL_LINE_MESSAGE;
		take_bracket(&probe);
	} else if (cg_scan_take(&probe, " audit[") && cg_scan_number(&probe, &pid) && cg_scan_take(&probe, "]: ")) {
		*ret_kind = CG_KERNEL_LINE_AUDIT;
	} else {
		return false;
	}
	*rest = probe;
	return true;
}

/* Somebody else's line in a journal is a message that is no record, as it begins with a host. */
static void read_text(struct cg_scan *rest, struct cg_kernel_line *line)
{
	bool is_known = take_record_head(rest);

	if (!is_known) {
		take_level(rest);
		is_known = take_bracket(rest) || take_date(rest);
	}
	if (!is_known) {
		struct cg_scan stamp = *rest;

		/* Plain seconds stand before other things too. */
		if (take_stamp(rest))
			is_known = memchr(stamp.at, 'T', (size_t)(rest->at - stamp.at));
	}
	cg_scan_blanks(rest);
	if (!is_record(rest) && take_speaker(rest, &line->kind)) {
		line->message = *rest;
		return;
	}
	line->kind = is_known || is_record(rest) ? CG_KERNEL_LINE_MESSAGE : CG_KERNEL_LINE_UNKNOWN;
	line->message = *rest;
}

static uint64_t number_in(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);
	struct cg_scan rest;
	uint64_t number;

	if (!value || value->kind != CG_JSON_STRING)
		return 0;
	rest = (struct cg_scan){ value->text, value->text + value->text_length };
	return cg_scan_number(&rest, &number) && rest.at == rest.end ? number : 0;
}

static bool is_text(const struct cg_json *value, const char *text)
{
	return value && value->kind == CG_JSON_STRING && strcmp(value->text, text) == 0;
}

/* An array of bytes, which is how the journal writes what is no UTF-8. */
static int read_bytes(const struct cg_json *array, struct cg_arena *arena, struct cg_scan *ret_message)
{
	char *bytes = cg_arena_alloc(arena, array->n_children + 1);
	size_t n = 0;

	if (!bytes)
		return -ENOMEM;
	for (const struct cg_json *item = array->first; item; item = item->next)
		bytes[n++] = item->kind == CG_JSON_NUMBER && item->is_integer && item->number < 256 ?
				     (char)item->number :
				     '?';
	*ret_message = (struct cg_scan){ bytes, bytes + n };
	return 0;
}

/* An entry of journalctl -o json: _TRANSPORT is the journal's own word. */
static int read_entry(const struct cg_json *entry, struct cg_arena *arena, struct cg_kernel_line *line)
{
	const struct cg_json *transport = cg_json_get(entry, "_TRANSPORT"), *message = cg_json_get(entry, "MESSAGE");

	line->kind = CG_KERNEL_LINE_OTHER;
	if (!message || (message->kind != CG_JSON_STRING && message->kind != CG_JSON_ARRAY))
		return 0;
	if (!transport)
		line->kind = CG_KERNEL_LINE_UNKNOWN;
	else if (is_text(transport, "kernel"))
		line->kind = CG_KERNEL_LINE_MESSAGE;
	else if (is_text(transport, "audit"))
		line->kind = CG_KERNEL_LINE_AUDIT;
	line->serial = number_in(entry, "_AUDIT_ID");
	line->time_ns = number_in(entry, "_SOURCE_REALTIME_TIMESTAMP");
	line->time_ns = line->time_ns < UINT64_MAX / 1000 ? line->time_ns * 1000 : 0;
	if (message->kind == CG_JSON_ARRAY)
		return read_bytes(message, arena, &line->message);
	line->message = (struct cg_scan){ message->text, message->text + message->text_length };
	return 0;
}

static int read_json(const struct cg_scan *text, struct cg_arena *arena, struct cg_kernel_line *line)
{
	struct cg_json *root;
	int r = cg_json_read(arena, NULL, text->at, (size_t)(text->end - text->at), 0, &root, NULL);

	if (r == -ENOMEM)
		return r;
	if (r == 0 && root->kind == CG_JSON_OBJECT)
		return read_entry(root, arena, line);
	if (r == 0 && root->kind == CG_JSON_STRING) {
		line->kind = CG_KERNEL_LINE_MESSAGE;
		line->message = (struct cg_scan){ root->text, root->text + root->text_length };
	}
	return 0;
}

/* dmesg --json is one document over many lines; the messages stand in lines of their own: "msg": "…". */
static bool take_dmesg_json(struct cg_scan *rest, struct cg_kernel_line *line)
{
	static const char *const parts[] = { "\"dmesg\": [", "\"pri\":",   "\"time\":",  "\"fac\":",
					     "\"lvl\":",     "\"delta\":", "\"caller\":" };
	size_t n = 0;

	if (cg_scan_take(rest, "\"msg\": "))
		return true;
	line->kind = CG_KERNEL_LINE_OTHER;
	for (size_t i = 0; i < CG_N_ITEMS(parts); i++)
		if (cg_scan_has(rest, parts[i]))
			return false;
	while (rest->at + n < rest->end && rest->at[n] && strchr("{}[],", rest->at[n]))
		n++;
	if (rest->at + n < rest->end)
		line->kind = CG_KERNEL_LINE_UNKNOWN;
	return false;
}

/* What goes on from the line before, and what journalctl says in its own name: "-- Boot 1f… --". */
static bool is_ornament(const struct cg_scan *rest, bool is_indented)
{
	return rest->at == rest->end || cg_scan_has(rest, "-- ") ||
	       (is_indented && !is_record(rest) && *rest->at != '"' && *rest->at != '{' && *rest->at != '[');
}

int cg_kernel_line_read(const char *text, size_t length, struct cg_arena *arena, struct cg_kernel_line *ret_line)
{
	struct cg_kernel_line line = { .kind = CG_KERNEL_LINE_UNKNOWN };
	struct cg_scan rest = { text, text + length };
	int r = 0;

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	cg_scan_blanks(&rest);
	if (is_ornament(&rest, rest.at > text)) {
		line.kind = CG_KERNEL_LINE_OTHER;
	} else if (cg_scan_has(&rest, "{\"") || *rest.at == '"') {
		if (*rest.at == '{' || take_dmesg_json(&rest, &line))
			r = read_json(&rest, arena, &line);
	} else if (strchr("{}]", *rest.at) && *rest.at) {
		take_dmesg_json(&rest, &line);
	} else {
		read_text(&rest, &line);
	}
	if (r == 0)
		*ret_line = line;
	return r;
}
