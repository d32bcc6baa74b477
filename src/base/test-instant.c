/*
 * Moments as text, against dates that everybody knows.
 */
#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void formats(void **state)
{
	static const struct {
		uint64_t epoch_ms;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 999, "1970-01-01T00:00:00.999Z" },
		{ 86399999, "1970-01-01T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 951868800000, "2000-03-01T00:00:00.000Z" },
		{ 1000000000000, "2001-09-09T01:46:40.000Z" },
		{ 1709164800000, "2024-02-29T00:00:00.000Z" },
		{ 1735689599999, "2024-12-31T23:59:59.999Z" },
		{ 2147483648000, "2038-01-19T03:14:08.000Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ UINT64_MAX, "9999-12-31T14:25:51.615Z" }, /* out of range: bounded, never garbage */
	};
	char text[CG_INSTANT_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cg_instant_format(rows[i].epoch_ms, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void parses(void **state)
{
	static const struct {
		const char *text;
		uint64_t epoch_ms;
	} rows[] = {
		{ "90s", 999910000 }, { "2h", 992800000 }, { "7d", 395200000 }, { "1w", 395200000 }, { "0s", 1000000000 },
		{ "99d", 0 }, { "@1795315661", 1795315661000 }, { "2000-02-29", 951782400000 },
		{ "2000-03-01T00:00", 951868800000 }, { "2001-09-09T01:46:40Z", 1000000000000 },
		{ "2024-12-31T23:59:59.999Z", 1735689599999 }, { "2024-12-31 23:59:59.9", 1735689599900 },
		{ "2024-12-31T23:59:59.9999999", 1735689599999 },
	};
	static const char *const bad[] = { "", "h", "2", "2y", "2001-02-29", "2001-13-01", "1969-01-01", "2001-01-01T", "@",
		"2001-01-01T24:00", "2001-01-01T00:00:00ZZ", "-1h", "9999999999s", "2h ", "@1x" };
	uint64_t ms = 5;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(cg_instant_parse(rows[i].text, 1000000000, &ms));
		assert_int_equal(ms, rows[i].epoch_ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cg_instant_parse(bad[i], 1000000000, &ms))
			fail_msg("%s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(formats), cmocka_unit_test(parses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
