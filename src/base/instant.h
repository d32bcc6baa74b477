/*
 * Moments in time as text: ISO 8601 in UTC.
 *
 * The C library's gmtime_r(3) may open the machine's time zone file (leap seconds); the core opens nothing.
 */
#ifndef CG_BASE_INSTANT_H
#define CG_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#define CG_INSTANT_SIZE 32

/* Milliseconds since 1970-01-01T00:00:00Z to "2026-11-22T06:01:02.003Z", NUL-terminated. Years up to 9999. */
void cg_instant_format(uint64_t epoch_ms, char ret_text[CG_INSTANT_SIZE]);

/*
 * The reverse, as people say it: "90s", "2h", "7d", "1w" (before `now_ms`), "2026-11-22", "2026-11-22T06:01:02.003Z" (UTC
 * also without the Z), "@1795315661" (seconds since the epoch). False: it is none of these.
 */
bool cg_instant_parse(const char *text, uint64_t now_ms, uint64_t *ret_ms);

#endif
