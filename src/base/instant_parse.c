/*
 * Moments as people say them: how long ago, or when. See instant.h.
 *
 * In: "90s", "2h", "7d" (before now), "2026-11-22", "2026-11-22T06:01" with or without seconds, fraction and Z (always
 * UTC), "@1795315661" (since the epoch). Out: milliseconds since the epoch.
 */
#include "base/instant.h"

#include "base/num.h"

#include <string.h>

#define DAY_MS 86400000ULL

static bool parse_ago(const char *text, uint64_t now_ms, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", DAY_MS }, { "w", 7 * DAY_MS } };
	size_t n_digits = strspn(text, "0123456789");
	uint64_t number = 0;

	if (!n_digits || n_digits > 9)
		return false;
	for (size_t i = 0; i < n_digits; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(text + n_digits, units[i].unit) == 0) {
			uint64_t ago = number * units[i].ms;

			*ret_ms = ago < now_ms ? now_ms - ago : 0;
			return true;
		}
	return false;
}

/* Exactly `n` digits, within bounds; *at moves on. */
static bool take_number(const char **at, int n, unsigned int least, unsigned int most, unsigned int *ret_number)
{
	unsigned int number = 0;

	for (int i = 0; i < n; i++, ++*at) {
		if (**at < '0' || **at > '9')
			return false;
		number = number * 10 + (unsigned int)(**at - '0');
	}
	*ret_number = number;
	return number >= least && number <= most;
}

static bool take_char(const char **at, const char *any)
{
	if (!**at || !strchr(any, **at))
		return false;
	++*at;
	return true;
}

static bool is_leap(unsigned int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int days_in(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static uint64_t days_before(unsigned int year, unsigned int month, unsigned int day)
{
	uint64_t days = day - 1;

	for (unsigned int y = 1970; y < year; y++)
		days += is_leap(y) ? 366 : 365;
	for (unsigned int m = 1; m < month; m++)
		days += days_in(year, m);
	return days;
}

static bool take_time(const char **at, uint64_t *ms)
{
	unsigned int hour, minute, second = 0, weight = 100;

	if (!take_number(at, 2, 0, 23, &hour) || !take_char(at, ":") || !take_number(at, 2, 0, 59, &minute))
		return false;
	if (take_char(at, ":") && !take_number(at, 2, 0, 59, &second))
		return false;
	*ms += ((hour * 60ULL + minute) * 60 + second) * 1000;
	if (take_char(at, "."))
		for (; **at >= '0' && **at <= '9'; ++*at, weight /= 10)
			*ms += (uint64_t)(**at - '0') * weight;
	take_char(at, "Z");
	return true;
}

static bool parse_date(const char *at, uint64_t *ret_ms)
{
	unsigned int year, month, day;
	uint64_t ms;

	if (!take_number(&at, 4, 1970, 9999, &year) || !take_char(&at, "-") || !take_number(&at, 2, 1, 12, &month) ||
	    !take_char(&at, "-") || !take_number(&at, 2, 1, days_in(year, month), &day))
		return false;
	ms = days_before(year, month, day) * DAY_MS;
	if (take_char(&at, "T ") && !take_time(&at, &ms))
		return false;
	if (*at)
		return false;
	*ret_ms = ms;
	return true;
}

bool cg_instant_parse(const char *text, uint64_t now_ms, uint64_t *ret_ms)
{
	uint64_t seconds;

	if (*text == '@') {
		if (!cg_num_parse_decimal(text + 1, 0, UINT64_MAX / 1000000000U, &seconds))
			return false;
		*ret_ms = seconds * 1000;
		return true;
	}
	return parse_ago(text, now_ms, ret_ms) || parse_date(text, ret_ms);
}
