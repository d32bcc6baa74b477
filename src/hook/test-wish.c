/*
 * Annotations: what is understood, and what is refused with a remedy.
 */
#include "hook/wish.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct cg_arena *arena, struct cg_wish *ret_wish, struct cg_err *err)
{
	return cg_wish_parse("io.callgate.record", text, arena, ret_wish, err);
}

static void test_all_parts(void **state)
{
	struct cg_arena arena = { 0 };
	struct cg_wish wish;
	struct cg_err err = { 0 };

	assert_int_equal(parse("of:/a/b.json", &arena, &wish, &err), 0);
	assert_string_equal(wish.output, "/a/b.json");
	assert_null(wish.base);
	assert_int_equal(wish.args, CG_GENERATE_ARGS_NONE);
	assert_false(wish.with_startup);

	assert_int_equal(parse("if:/x;of:/a:b.json;args:strict;startup:yes;", &arena, &wish, &err), 0);
	assert_string_equal(wish.output, "/a:b.json");
	assert_string_equal(wish.base, "/x");
	assert_int_equal(wish.args, CG_GENERATE_ARGS_STRICT);
	assert_true(wish.with_startup);
	cg_arena_done(&arena);
}

static void test_refusals(void **state)
{
	static const char *const texts[] = {
		"",	    "of",	   "of:",	  "/a.json",		"if:/b",	       "of:/a",
		"of:/a.json;of:/b.json", "of:/a.json;if:", "of:/a.json;what:x", "of:/a.json;args:all", "of:/a.json;startup:1",
		"of:.json",
	};
	struct cg_arena arena = { 0 };
	struct cg_wish wish = { .output = "untouched" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cg_err err = { 0 };

		assert_int_equal(parse(texts[i], &arena, &wish, &err), -EINVAL);
		assert_string_equal(err.place, "io.callgate.record");
		assert_true(strlen(err.message) > 10);
	}
	assert_string_equal(wish.output, "untouched");
	cg_arena_done(&arena);
}

static void test_limit(void **state)
{
	char *text = malloc(CG_WISH_SIZE_LIMIT + 2);
	struct cg_arena arena = { 0 };
	struct cg_wish wish;
	struct cg_err err = { 0 };

	memset(text, 'x', CG_WISH_SIZE_LIMIT + 1);
	text[CG_WISH_SIZE_LIMIT + 1] = '\0';
	memcpy(text, "of:/", 4);
	memcpy(text + CG_WISH_SIZE_LIMIT - 5, ".json", 5);
	assert_int_equal(parse(text, &arena, &wish, &err), -E2BIG);
	text[CG_WISH_SIZE_LIMIT] = '\0';
	assert_int_equal(parse(text, &arena, &wish, &err), 0);
	cg_arena_done(&arena);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_parts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
