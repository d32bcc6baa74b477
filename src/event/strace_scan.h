/*
 * Scanning a line of text from left to right. Within event/.
 *
 * In: what is left of a line; any bytes. Out: what was taken from its beginning; nothing is read beyond its end.
 */
#ifndef CG_EVENT_STRACE_SCAN_H
#define CG_EVENT_STRACE_SCAN_H

#include "event/strace_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of the line. */
struct cg_scan {
	const char *at;
	const char *end;
	bool has_no_more_closing; /* a search for the > of a decoration went to the end, once */
};

static inline bool cg_scan_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void cg_scan_blanks(struct cg_scan *rest);

/* Does it begin with this word? And if so, to behind it. */
bool cg_scan_has(const struct cg_scan *rest, const char *word);
bool cg_scan_take(struct cg_scan *rest, const char *word);

/* Digits, at most those of a number below 10^18; false when there is none or it is larger. */
bool cg_scan_number(struct cg_scan *rest, uint64_t *ret_number);
/* The same, perhaps with a minus before it. */
bool cg_scan_signed(struct cg_scan *rest, int64_t *ret_value);
/* Up to 16 hexadecimal digits, without 0x. */
bool cg_scan_hex(struct cg_scan *rest, int64_t *ret_value);
/* Letters, digits and _: perhaps none. */
struct cg_piece cg_scan_name(struct cg_scan *rest);

/*
 * A character of an argument, or all of a string, a comment, or what -y adds to a descriptor; *depth counts the
 * brackets that are open. False: a string without an end.
 */
bool cg_scan_one(struct cg_scan *rest, size_t *depth);

#endif
