/*
 * See instant.h. Days are counted year by year and month by month: plain, and quick enough for a line of text.
 */
#include "base/instant.h"

#include <stdbool.h>
#include <stdio.h>

#define MS_PER_DAY 86400000U
#define LAST_YEAR 9999U

static bool is_leap(unsigned int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

void cg_instant_format(uint64_t epoch_ms, char ret_text[CG_INSTANT_SIZE])
{
	static const unsigned int days_of_month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t days = epoch_ms / MS_PER_DAY;
	unsigned int ms = (unsigned int)(epoch_ms % MS_PER_DAY), year = 1970, month = 0;

	for (; days >= 365U + is_leap(year) && year < LAST_YEAR; year++)
		days -= 365U + is_leap(year);
	for (; month < 11 && days >= days_of_month[month] + (month == 1 && is_leap(year)); month++)
		days -= days_of_month[month] + (month == 1 && is_leap(year));
	if (days > 30)
		days = 30;
	snprintf(ret_text, CG_INSTANT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year, month + 1, (unsigned int)days + 1,
		 ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}
