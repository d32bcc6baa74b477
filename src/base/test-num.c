/*
 * Tests of num.c: the whole text or nothing, and the edges of 64 bits.
 */
#include "base/num.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool is_number;
		uint64_t number;
	} rows[] = {
		{ "0", true, 0 },
		{ "10", true, 10 },
		{ "0x1F", true, 31 },
		{ "0Xff", true, 255 },
		{ "017", true, 15 },
		{ "00", true, 0 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "0xffffffffffffffff", true, UINT64_MAX },
		{ "01777777777777777777777", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "0x10000000000000000", false, 0 },
		{ "02000000000000000000000", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "0x", false, 0 },
		{ "08", false, 0 },
		{ "a", false, 0 },
		{ "1 ", false, 0 },
		{ " 1", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ "1.0", false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 77;

		assert_int_equal(cg_num_parse(rows[i].text, strlen(rows[i].text), &number), rows[i].is_number);
		assert_true(number == (rows[i].is_number ? rows[i].number : 77));
	}
	assert_false(cg_num_parse("1\0", 2, &(uint64_t){ 0 }));
}

static void test_parse_decimal(void **state)
{
	uint64_t number = 77;

	assert_true(cg_num_parse_decimal("010", 10, 10, &number));
	assert_int_equal(number, 10);
	assert_false(cg_num_parse_decimal("9", 10, 20, &number));
	assert_false(cg_num_parse_decimal("21", 10, 20, &number));
	assert_false(cg_num_parse_decimal("0x10", 0, 20, &number));
	assert_false(cg_num_parse_decimal("", 0, 20, &number));
	assert_int_equal(number, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_decimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
