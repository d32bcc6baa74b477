/*
 * Tests of err.c: codes passed through, text cut and never overflowing, places in their three forms.
 */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_code_place_and_message(void **state)
{
	struct cg_err err = { 0 };

	assert_int_equal(cg_err_set(&err, -EINVAL, "a.json:1:2", "bad %s", "thing"), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.place, "a.json:1:2");
	assert_string_equal(err.message, "bad thing");
	assert_int_equal(cg_err_set(&err, -ENOENT, err.place, "kept"), -ENOENT);
	assert_string_equal(err.place, "a.json:1:2");
	assert_int_equal(cg_err_memory(&err), -ENOMEM);
	assert_string_equal(err.place, "");
	assert_int_equal(cg_err_set(NULL, -EIO, "x", "y"), -EIO);
	assert_int_equal(cg_err_memory(NULL), -ENOMEM);
}

static void test_long_text_is_cut(void **state)
{
	char text[2000];
	struct cg_err err = { 0 };

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cg_err_set(&err, -E2BIG, text, "%s", text);
	assert_int_equal(strlen(err.place), CG_ERR_PLACE_SIZE - 1);
	assert_int_equal(strlen(err.message), CG_ERR_MESSAGE_SIZE - 1);
	cg_err_place(err.place, text, 1, 1);
	assert_int_equal(strlen(err.place), CG_ERR_PLACE_SIZE - 1);
}

static void test_places(void **state)
{
	char place[CG_ERR_PLACE_SIZE];

	cg_err_place(place, "f", 3, 4);
	assert_string_equal(place, "f:3:4");
	cg_err_place(place, "f", 3, 0);
	assert_string_equal(place, "f:3");
	cg_err_place(place, "f", 0, 4);
	assert_string_equal(place, "f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_place_and_message),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
