/*
 * See strace_line.h. One pass from left to right: prefix (who, when, where), then what the first character promises.
 * Arguments are only split, at commas outside of strings, comments and brackets; what they mean is for others.
 */
#include "event/strace_line.h"

#include "base/cleanup.h"
#include "event/strace_scan.h"

#include <string.h>

#define ERESTART "ERESTART"

static bool take_pid(struct cg_scan *rest, int *ret_pid)
{
	uint64_t number;

	if (!cg_scan_number(rest, &number) || number == 0 || number > INT32_MAX)
		return false;
	*ret_pid = (int)number;
	/* -Y: 123<bash> */
	if (rest->at < rest->end && *rest->at == '<') {
		const char *close = memchr(rest->at, '>', (size_t)(rest->end - rest->at));

		rest->at = close ? close + 1 : rest->end;
	}
	return true;
}

/* 12:34:56.789012, 0.000123, 1700000000.123456, 2024-01-31T12:34:56+0000; only seconds since the epoch are told. */
static bool take_time(struct cg_scan *rest, uint64_t *ret_ns)
{
	struct cg_scan probe = *rest;
	uint64_t seconds, fraction = 0, scale = 1000000000;
	const char *start;

	while (probe.at < probe.end && (cg_scan_is_digit(*probe.at) || (*probe.at && strchr(".:-+TZ", *probe.at))))
		probe.at++;
	if (probe.at == rest->at || probe.at == probe.end || *probe.at != ' ' ||
	    !memchr(rest->at, memchr(rest->at, ':', (size_t)(probe.at - rest->at)) ? ':' : '.',
		    (size_t)(probe.at - rest->at)))
		return false;
	start = rest->at;
	if (cg_scan_number(rest, &seconds) && *rest->at == '.' && rest->at - start >= 9) {
		for (rest->at++; cg_scan_is_digit(*rest->at) && scale > 1; rest->at++) {
			scale /= 10;
			fraction += (uint64_t)(*rest->at - '0') * scale;
		}
		*ret_ns = seconds < UINT64_MAX / 1000000000 - 1 ? seconds * 1000000000 + fraction : 0;
	}
	rest->at = probe.at;
	return true;
}

/* -i and -n: [00007f1234567890], [ 257]; -r beside -t: (+     0.000123). */
static bool take_bracket(struct cg_scan *rest)
{
	const char *at = rest->at;

	if (at < rest->end && (*at == '[' || (*at == '(' && rest->end - at > 1 && at[1] == '+'))) {
		char close = *at == '[' ? ']' : ')';

		at += *at == '[' ? 1 : 2;
		while (at < rest->end && *at && strchr(" .?abcdef0123456789", *at))
			at++;
		if (at < rest->end && *at == close) {
			rest->at = at + 1;
			return true;
		}
	}
	return false;
}

/* The process, the time, the address: in whatever order and number they come. */
static void take_prefix(struct cg_scan *rest, struct cg_strace_line *line)
{
	for (;;) {
		struct cg_scan probe;

		cg_scan_blanks(rest);
		probe = *rest;
		if (cg_scan_take(&probe, "[pid ")) {
			cg_scan_blanks(&probe);
			if (!take_pid(&probe, &line->tid) || !cg_scan_take(&probe, "]"))
				return;
		} else if (take_time(&probe, &line->time_ns) || take_bracket(&probe)) {
			/* taken */
		} else if (line->tid || !take_pid(&probe, &line->tid) || !cg_scan_has(&probe, " ")) {
			return;
		}
		*rest = probe;
	}
}

static void keep_arg(struct cg_strace_line *line, const char *start, const char *end)
{
	while (start < end && *start == ' ')
		start++;
	while (start < end && end[-1] == ' ')
		end--;
	if (start == end)
		return;
	if (line->n_args < CG_N_ITEMS(line->args))
		line->args[line->n_args] = (struct cg_piece){ start, (size_t)(end - start) };
	line->n_args++;
}

/* To behind the closing parenthesis: true; false when the line ends before. */
static bool take_args(struct cg_scan *rest, struct cg_strace_line *line)
{
	const char *start = rest->at;
	size_t depth = 0;

	while (rest->at < rest->end) {
		if (depth == 0 && (*rest->at == ',' || *rest->at == ')')) {
			bool is_end = *rest->at == ')';

			keep_arg(line, start, rest->at);
			start = ++rest->at;
			if (is_end)
				return true;
		} else if (!cg_scan_one(rest, &depth)) {
			return false;
		}
	}
	keep_arg(line, start, rest->at);
	return false;
}

/* Behind the closing parenthesis: "= 3", "= -1 ENOENT (No such file)", "= ? ERESTARTSYS (…)", "= 0x7f00", "= ?". */
static bool take_result(struct cg_scan *rest, struct cg_strace_line *line)
{
	cg_scan_blanks(rest);
	if (!cg_scan_take(rest, "="))
		return false;
	cg_scan_blanks(rest);
	if (cg_scan_take(rest, "?")) {
		cg_scan_blanks(rest);
		line->result = cg_scan_has(rest, ERESTART) ? CG_STRACE_RESTART : CG_STRACE_NONE;
		return true;
	}
	line->result = CG_STRACE_VALUE;
	if (cg_scan_take(rest, "0x"))
		return cg_scan_hex(rest, &line->value);
	if (!cg_scan_signed(rest, &line->value))
		return false;
	cg_scan_blanks(rest);
	if (line->value == -1 && cg_scan_has(rest, "E")) {
		line->error = cg_scan_name(rest);
		line->result = CG_STRACE_ERROR;
	}
	return true;
}

/* A call that strace left in the midst because another process had something to say. */
static bool take_unfinished(struct cg_scan *rest)
{
	static const char *const marks[] = { "<unfinished ...>", "<detached ...>" };

	while (rest->end > rest->at && rest->end[-1] == ' ')
		rest->end--;
	for (size_t i = 0; i < CG_N_ITEMS(marks); i++) {
		size_t length = strlen(marks[i]);

		if ((size_t)(rest->end - rest->at) >= length && memcmp(rest->end - length, marks[i], length) == 0) {
			rest->end -= length;
			return true;
		}
	}
	return false;
}

/* On a terminal: "clone(…, flags=…strace: Process 12 attached", when the child came before the clone was done. */
static bool take_attached(struct cg_scan *rest)
{
	static const char word[] = "strace: Process ";
	struct cg_scan probe = *rest;
	uint64_t pid;

	for (; probe.at < probe.end; probe.at++) {
		const char *start = probe.at;

		if (*probe.at == 's' && cg_scan_take(&probe, word) && cg_scan_number(&probe, &pid) &&
		    cg_scan_take(&probe, " attached") && probe.at == probe.end) {
			rest->end = start;
			return true;
		}
		probe.at = start;
	}
	return false;
}

static bool read_call(struct cg_scan *rest, struct cg_strace_line *line)
{
	line->name = cg_scan_name(rest);
	if (line->name.length == 0 || !cg_scan_take(rest, "("))
		return false;
	line->is_cut = take_attached(rest);
	if (line->is_cut || take_unfinished(rest)) {
		line->kind = CG_STRACE_UNFINISHED;
		return !take_args(rest, line);
	}
	line->kind = CG_STRACE_CALL;
	return take_args(rest, line) && take_result(rest, line);
}

/* "<... read resumed>"abc", 4) = 3", older: "<... read resumed> …". It may be left unfinished a second time. */
static bool read_resumed(struct cg_scan *rest, struct cg_strace_line *line)
{
	line->name = cg_scan_name(rest);
	cg_scan_blanks(rest);
	if (line->name.length == 0 || !cg_scan_take(rest, "resumed>"))
		return false;
	line->kind = CG_STRACE_RESUMED;
	cg_scan_blanks(rest);
	/* What went before had no comma behind it yet. */
	cg_scan_take(rest, ",");
	return take_args(rest, line) && take_result(rest, line);
}

static bool read_end(struct cg_scan *rest, struct cg_strace_line *line)
{
	uint64_t number;

	cg_scan_blanks(rest);
	line->kind = CG_STRACE_EXITED;
	if (cg_scan_take(rest, "exited with ")) {
		if (!cg_scan_number(rest, &number) || number > 255)
			return false;
		line->number = (int)number;
		return true;
	}
	if (cg_scan_take(rest, "killed by ")) {
		line->name = cg_scan_name(rest);
		return line->name.length > 0;
	}
	line->kind = CG_STRACE_SUPERSEDED;
	return cg_scan_take(rest, "superseded by execve in pid ") && take_pid(rest, &line->number);
}

/* "[ Process PID=123 runs in 32 bit mode. ]" */
static bool read_mode(struct cg_scan *rest, struct cg_strace_line *line)
{
	line->kind = CG_STRACE_MODE;
	if (!take_pid(rest, &line->number) || !cg_scan_take(rest, " runs in "))
		return false;
	line->name.text = rest->at;
	while (rest->at < rest->end && !cg_scan_has(rest, " mode"))
		rest->at++;
	line->name.length = (size_t)(rest->at - line->name.text);
	return rest->at < rest->end;
}

bool cg_strace_read_rest(const char *text, size_t length, struct cg_strace_line *ret_line)
{
	struct cg_strace_line line = { .kind = CG_STRACE_RESUMED };
	struct cg_scan rest = { text, text + length };

	cg_scan_blanks(&rest);
	cg_scan_take(&rest, ",");
	if (take_unfinished(&rest) && rest.at == rest.end)
		line.kind = CG_STRACE_NOTHING;
	else if (!take_args(&rest, &line) || !take_result(&rest, &line))
		return false;
	*ret_line = line;
	return true;
}

/* A signal, or what strace says in its own name; older ones: "Process 12 attached". */
static bool is_remark(const struct cg_scan *rest)
{
	return cg_scan_has(rest, "--- ") || cg_scan_has(rest, "strace: ") ||
	       (cg_scan_has(rest, "Process ") && rest->end - rest->at > 8 && cg_scan_is_digit(rest->at[8]));
}

bool cg_strace_read_line(const char *text, size_t length, struct cg_strace_line *ret_line)
{
	struct cg_strace_line line = { .kind = CG_STRACE_NOTHING };
	struct cg_scan rest = { text, text + length };
	bool is_read = true;

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	if (cg_scan_has(&rest, " > ") || rest.at == rest.end) {
		*ret_line = line;
		return true;
	}
	take_prefix(&rest, &line);
	if (cg_scan_take(&rest, "[ Process PID=") || cg_scan_take(&rest, "strace: [ Process PID="))
		is_read = read_mode(&rest, &line);
	else if (cg_scan_take(&rest, "+++"))
		is_read = read_end(&rest, &line);
	else if (cg_scan_take(&rest, "<... "))
		is_read = read_resumed(&rest, &line);
	else if (cg_scan_take(&rest, "% time "))
		line.kind = CG_STRACE_SUMMARY;
	else if (!is_remark(&rest))
		is_read = read_call(&rest, &line);
	if (is_read)
		*ret_line = line;
	return is_read;
}
