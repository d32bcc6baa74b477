/*
 * See strace_scan.h.
 */
#include "event/strace_scan.h"

#include <string.h>

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || cg_scan_is_digit(c) || c == '_';
}

void cg_scan_blanks(struct cg_scan *rest)
{
	while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
		rest->at++;
}

bool cg_scan_has(const struct cg_scan *rest, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(rest->end - rest->at) >= length && memcmp(rest->at, word, length) == 0;
}

bool cg_scan_take(struct cg_scan *rest, const char *word)
{
	if (!cg_scan_has(rest, word))
		return false;
	rest->at += strlen(word);
	return true;
}

bool cg_scan_number(struct cg_scan *rest, uint64_t *ret_number)
{
	const char *start = rest->at;
	uint64_t number = 0;

	while (rest->at < rest->end && cg_scan_is_digit(*rest->at) && rest->at - start < 18)
		number = number * 10 + (uint64_t)(*rest->at++ - '0');
	if (rest->at == start || (rest->at < rest->end && cg_scan_is_digit(*rest->at)))
		return false;
	*ret_number = number;
	return true;
}

/* Behind the opening quote; to behind the closing one. */
static bool skip_string(struct cg_scan *rest)
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
static void skip_decoration(struct cg_scan *rest)
{
	const char *start = rest->at;

	if (rest->end - start > 1 && start[1] == '<') {
		rest->at += 2;
		return;
	}
	for (rest->at++; rest->at < rest->end && !rest->has_no_more_closing; rest->at++) {
		if (*rest->at == '>' && rest->at[-1] != '-') {
			rest->at++;
			return;
		}
	}
	/* No end: it was something else, and so will be the next: one search is enough. */
	rest->has_no_more_closing = true;
	rest->at = start + 1;
}

static void skip_comment(struct cg_scan *rest)
{
	rest->at += 2;
	while (rest->at < rest->end && !cg_scan_has(rest, "*/"))
		rest->at++;
	if (rest->at < rest->end)
		rest->at += 2;
}

bool cg_scan_one(struct cg_scan *rest, size_t *depth)
{
	switch (*rest->at) {
	case '"':
		rest->at++;
		return skip_string(rest);
	case '/':
		if (cg_scan_has(rest, "/*"))
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

bool cg_scan_signed(struct cg_scan *rest, int64_t *ret_value)
{
	bool is_negative = cg_scan_take(rest, "-");
	uint64_t number;

	if (!cg_scan_number(rest, &number))
		return false;
	*ret_value = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

bool cg_scan_hex(struct cg_scan *rest, int64_t *ret_value)
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

struct cg_piece cg_scan_name(struct cg_scan *rest)
{
	struct cg_piece name = { .text = rest->at };

	while (rest->at < rest->end && is_name_char(*rest->at))
		rest->at++;
	name.length = (size_t)(rest->at - name.text);
	return name;
}
