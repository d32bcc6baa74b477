/*
 * See strace_line.h. One pass from left to right: prefix (who, when, where), then what the first character promises.
 * Arguments are only split, at commas outside of strings, comments and brackets; what they mean is for others.
 */
#include "event/strace_line.h"

#include "base/cleanup.h"

#include <string.h>

#define ERESTART "ERESTART"

/* What is left of the line. */
struct rest {
	const char *at;
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static void skip_blanks(struct rest *rest)
{
	while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
		rest->at++;
}

static bool has(const struct rest *rest, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(rest->end - rest->at) >= length && memcmp(rest->at, word, length) == 0;
}

static bool take(struct rest *rest, const char *word)
{
	if (!has(rest, word))
		return false;
	rest->at += strlen(word);
	return true;
}

/* Digits, at most those of a number below 10^18; false when there is none or it is larger. */
static bool take_number(struct rest *rest, uint64_t *ret_number)
{
	const char *start = rest->at;
	uint64_t number = 0;

	while (rest->at < rest->end && is_digit(*rest->at) && rest->at - start < 18)
		number = number * 10 + (uint64_t)(*rest->at++ - '0');
	if (rest->at == start || (rest->at < rest->end && is_digit(*rest->at)))
		return false;
	*ret_number = number;
	return true;
}

static bool take_pid(struct rest *rest, int *ret_pid)
{
	uint64_t number;

	if (!take_number(rest, &number) || number == 0 || number > INT32_MAX)
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
static bool take_time(struct rest *rest, uint64_t *ret_ns)
{
	struct rest probe = *rest;
	uint64_t seconds, fraction = 0, scale = 1000000000;
	const char *start;

	while (probe.at < probe.end && (is_digit(*probe.at) || (*probe.at && strchr(".:-+TZ", *probe.at))))
		probe.at++;
	if (probe.at == rest->at || probe.at == probe.end || *probe.at != ' ' ||
	    !memchr(rest->at, memchr(rest->at, ':', (size_t)(probe.at - rest->at)) ? ':' : '.',
		    (size_t)(probe.at - rest->at)))
		return false;
	start = rest->at;
	if (take_number(rest, &seconds) && *rest->at == '.' && rest->at - start >= 9) {
		for (rest->at++; is_digit(*rest->at) && scale > 1; rest->at++) {
			scale /= 10;
			fraction += (uint64_t)(*rest->at - '0') * scale;
		}
		*ret_ns = seconds < UINT64_MAX / 1000000000 - 1 ? seconds * 1000000000 + fraction : 0;
	}
	rest->at = probe.at;
	return true;
}

/* -i and -n: [00007f1234567890], [ 257]; -r beside -t: (+     0.000123). */
static bool take_bracket(struct rest *rest)
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
static void take_prefix(struct rest *rest, struct cg_strace_line *line)
{
	for (;;) {
		struct rest probe;

		skip_blanks(rest);
		probe = *rest;
		if (take(&probe, "[pid ")) {
			skip_blanks(&probe);
			if (!take_pid(&probe, &line->tid) || !take(&probe, "]"))
				return;
		} else if (take_time(&probe, &line->time_ns) || take_bracket(&probe)) {
			/* taken */
		} else if (line->tid || !take_pid(&probe, &line->tid) || !has(&probe, " ")) {
			return;
		}
		*rest = probe;
	}
}

/* Behind the opening quote; to behind the closing one. */
static bool skip_string(struct rest *rest)
{
	for (; rest->at < rest->end; rest->at++) {
		if (*rest->at == '\\')
			rest->at++;
		else if (*rest->at == '"') {
			rest->at++;
			return true;
		}
	}
	rest->at = rest->end;
	return false;
}

/* At the <, of 3</path> or 4<TCP:[a->b]> (-y, -yy); not of 1<<2. To behind the >. */
static void skip_decoration(struct rest *rest)
{
	const char *start = rest->at;

	if (rest->end - start > 1 && start[1] == '<') {
		rest->at += 2;
		return;
	}
	for (rest->at++; rest->at < rest->end; rest->at++) {
		if (*rest->at == '>' && rest->at[-1] != '-') {
			rest->at++;
			return;
		}
	}
	/* No end: it was something else. */
	rest->at = start + 1;
}

static void skip_comment(struct rest *rest)
{
	rest->at += 2;
	while (rest->at < rest->end && !has(rest, "*/"))
		rest->at++;
	if (rest->at < rest->end)
		rest->at += 2;
}

/* A character of an argument, or all of a string, a comment, a decoration. False: a string without an end. */
static bool skip_one(struct rest *rest, size_t *depth)
{
	switch (*rest->at) {
	case '"':
		rest->at++;
		return skip_string(rest);
	case '/':
		if (has(rest, "/*"))
			skip_comment(rest);
		else
			rest->at++;
		return true;
	case '<':
		skip_decoration(rest);
		return true;
	case '(':
	case '[':
	case '{':
		++*depth;
		break;
	case ')':
	case ']':
	case '}':
		*depth -= *depth > 0;
		break;
	}
	rest->at++;
	return true;
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
static bool take_args(struct rest *rest, struct cg_strace_line *line)
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
		} else if (!skip_one(rest, &depth)) {
			return false;
		}
	}
	keep_arg(line, start, rest->at);
	return false;
}

static bool take_hex(struct rest *rest, int64_t *ret_value)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t number = 0;
	size_t n_digits = 0;

	for (; rest->at < rest->end && n_digits < 16; rest->at++, n_digits++) {
		const char *digit = *rest->at ? strchr(digits, *rest->at) : NULL;

		if (!digit)
			break;
		number = number << 4 | (uint64_t)(digit - digits);
	}
	*ret_value = (int64_t)number;
	return n_digits > 0;
}

static struct cg_piece take_name(struct rest *rest)
{
	struct cg_piece name = { .text = rest->at };

	while (rest->at < rest->end && is_name_char(*rest->at))
		rest->at++;
	name.length = (size_t)(rest->at - name.text);
	return name;
}

/* Behind the closing parenthesis: "= 3", "= -1 ENOENT (No such file)", "= ? ERESTARTSYS (…)", "= 0x7f00", "= ?". */
static bool take_result(struct rest *rest, struct cg_strace_line *line)
{
	bool is_negative;
	uint64_t number;

	skip_blanks(rest);
	if (!take(rest, "="))
		return false;
	skip_blanks(rest);
	if (take(rest, "?")) {
		skip_blanks(rest);
		line->result = has(rest, ERESTART) ? CG_STRACE_RESTART : CG_STRACE_NONE;
		return true;
	}
	line->result = CG_STRACE_VALUE;
	if (take(rest, "0x"))
		return take_hex(rest, &line->value);
	is_negative = take(rest, "-");
	if (!take_number(rest, &number))
		return false;
	line->value = is_negative ? -(int64_t)number : (int64_t)number;
	skip_blanks(rest);
	if (line->value == -1 && has(rest, "E")) {
		line->error = take_name(rest);
		line->result = CG_STRACE_ERROR;
	}
	return true;
}

/* A call that strace left in the midst because another process had something to say. */
static bool take_unfinished(struct rest *rest)
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
static bool take_attached(struct rest *rest)
{
	static const char word[] = "strace: Process ";
	struct rest probe = *rest;
	uint64_t pid;

	for (; probe.at < probe.end; probe.at++) {
		const char *start = probe.at;

		if (*probe.at == 's' && take(&probe, word) && take_number(&probe, &pid) && take(&probe, " attached") &&
		    probe.at == probe.end) {
			rest->end = start;
			return true;
		}
		probe.at = start;
	}
	return false;
}

static bool read_call(struct rest *rest, struct cg_strace_line *line)
{
	line->name = take_name(rest);
	if (line->name.length == 0 || !take(rest, "("))
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
static bool read_resumed(struct rest *rest, struct cg_strace_line *line)
{
	line->name = take_name(rest);
	skip_blanks(rest);
	if (line->name.length == 0 || !take(rest, "resumed>"))
		return false;
	line->kind = CG_STRACE_RESUMED;
	skip_blanks(rest);
	/* What went before had no comma behind it yet. */
	take(rest, ",");
	return take_args(rest, line) && take_result(rest, line);
}

static bool read_end(struct rest *rest, struct cg_strace_line *line)
{
	uint64_t number;

	skip_blanks(rest);
	line->kind = CG_STRACE_EXITED;
	if (take(rest, "exited with ")) {
		if (!take_number(rest, &number) || number > 255)
			return false;
		line->number = (int)number;
		return true;
	}
	if (take(rest, "killed by ")) {
		line->name = take_name(rest);
		return line->name.length > 0;
	}
	line->kind = CG_STRACE_SUPERSEDED;
	return take(rest, "superseded by execve in pid ") && take_pid(rest, &line->number);
}

/* "[ Process PID=123 runs in 32 bit mode. ]" */
static bool read_mode(struct rest *rest, struct cg_strace_line *line)
{
	line->kind = CG_STRACE_MODE;
	if (!take_pid(rest, &line->number) || !take(rest, " runs in "))
		return false;
	line->name.text = rest->at;
	while (rest->at < rest->end && !has(rest, " mode"))
		rest->at++;
	line->name.length = (size_t)(rest->at - line->name.text);
	return rest->at < rest->end;
}

bool cg_strace_read_rest(const char *text, size_t length, struct cg_strace_line *ret_line)
{
	struct cg_strace_line line = { .kind = CG_STRACE_RESUMED };
	struct rest rest = { text, text + length };

	skip_blanks(&rest);
	take(&rest, ",");
	if (take_unfinished(&rest) && rest.at == rest.end)
		line.kind = CG_STRACE_NOTHING;
	else if (!take_args(&rest, &line) || !take_result(&rest, &line))
		return false;
	*ret_line = line;
	return true;
}

/* A signal, or what strace says in its own name; older ones: "Process 12 attached". */
static bool is_remark(const struct rest *rest)
{
	return has(rest, "--- ") || has(rest, "strace: ") ||
	       (has(rest, "Process ") && rest->end - rest->at > 8 && is_digit(rest->at[8]));
}

bool cg_strace_read_line(const char *text, size_t length, struct cg_strace_line *ret_line)
{
	struct cg_strace_line line = { .kind = CG_STRACE_NOTHING };
	struct rest rest = { text, text + length };
	bool is_read = true;

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	if (has(&rest, " > ") || rest.at == rest.end) {
		*ret_line = line;
		return true;
	}
	take_prefix(&rest, &line);
	if (take(&rest, "[ Process PID=") || take(&rest, "strace: [ Process PID="))
		is_read = read_mode(&rest, &line);
	else if (take(&rest, "+++"))
		is_read = read_end(&rest, &line);
	else if (take(&rest, "<... "))
		is_read = read_resumed(&rest, &line);
	else if (take(&rest, "% time "))
		line.kind = CG_STRACE_SUMMARY;
	else if (!is_remark(&rest))
		is_read = read_call(&rest, &line);
	if (is_read)
		*ret_line = line;
	return is_read;
}
