/* Suites from JSON: what is right, and each thing that is not, with its place. */
#include "suite/suite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *text, struct cg_suite *suite, struct cg_err *err)
{
	return cg_suite_read("s.json", text, strlen(text), cg_arch_find("x86_64"), suite, err);
}

static void fails(const char *text, int code, const char *place, const char *words)
{
	struct cg_suite suite = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(read_text(text, &suite, &err), code);
	assert_string_equal(err.place, place);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" should have \"%s\"", err.message, words);
	assert_null(suite.tests);
}

static void test_all_of_it(void **state)
{
	struct cg_suite suite = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(read_text("{\"profile\": \"p.json\", \"timeout\": \"2m\", \"environment\": {\"A\": \"b\"},\n"
				   "\"setup\": {\"run\": [\"sh\", \"-c\", [\"one\", \"two\"]], \"needs\": \"sh\"},\n"
				   "\"container\": {\"image\": \"i\", \"options\": [\"-t\"]},\n"
				   "\"tests\": [{\"name\": \"n\", \"run\": [\"true\"], \"timeout\": 5, \"stdin\": \"in\",\n"
				   "  \"needs\": [\"a\", \"b\"], \"expect\": {\"exit\": 3, \"denied\": [], \"stdout\": \"x\",\n"
				   "  \"stderr\": {\"contains\": [\"y\", \"z\"], \"matches\": \"^a+$\"}}},\n"
				   "{\"call\": \"socket(AF_INET)\", \"expect\": \"ERRNO(EPERM)\"}, // a comment\n"
				   "{\"name\": \"two\", \"call\": [\"read\", \"write\"], \"expect\": \"allowed\", \"arch\": \"i386\"}]}",
				   &suite, &err),
			 0);
	assert_string_equal(suite.profile, "p.json");
	assert_string_equal(suite.setup.items[2], "one\ntwo");
	assert_null(suite.setup.items[3]);
	assert_string_equal(suite.environment.items[0], "A=b");
	assert_int_equal(suite.n_tests, 3);
	assert_int_equal(suite.tests[0].timeout_ms, 5000);
	assert_int_equal(suite.tests[0].exit_status, 3);
	assert_true(suite.tests[0].tells_denied);
	assert_int_equal(suite.tests[0].n_matches, 4);
	assert_int_equal(suite.tests[0].line, 4);
	assert_int_equal(suite.tests[1].action, cg_action_errno(1));
	assert_string_equal(suite.tests[1].name, "socket(AF_INET)");
	assert_string_equal(suite.tests[2].arch->name, "x86");
	assert_int_equal(suite.tests[2].wish, CG_SUITE_ALLOWED);
	cg_suite_done(&suite);
}

static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *place, *words;
		int code;
	} rows[] = {
		{ "", "s.json:1:1", "", -EBADMSG },
		{ "[]", "s.json:1:1", "a suite is an object", -EINVAL },
		{ "{}", "s.json:1:1", "has \"tests\"", -EINVAL },
		{ "{\"tests\": []}", "s.json:1:11", "no test", -EINVAL },
		{ "{\"test\": []}", "s.json:1:10", "did you mean \"tests\"", -EINVAL },
		{ "{\"tests\": [7]}", "s.json:1:12", "must be an object", -EINVAL },
		{ "{\"tests\": [{}]}", "s.json:1:12", "either \"run\"", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"call\": \"read\"}]}", "s.json:1:12", "not both", -EINVAL },
		{ "{\"tests\": [{\"run\": []}]}", "s.json:1:20", "at least one word", -EINVAL },
		{ "{\"tests\": [{\"run\": \"ls\"}]}", "s.json:1:20", "a list of strings", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\\u0000b\"]}]}", "s.json:1:21", "NUL", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"exot\": 0}}]}", "s.json:1:46", "did you mean \"exit\"", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"exit\": 256}}]}", "s.json:1:46", "0 to 255", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"exit\": 1, \"exit\": 2}}]}", "s.json:1:46", "twice", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"stdout\": {\"matches\": \"(\"}}}]}", "s.json:1:60",
		  "no regular expression", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"denied\": [\"opan\"]}}]}", "s.json:1:49", "opan", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"timeout\": 0}]}", "s.json:1:38", "a timeout is", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"timeout\": \"5y\"}]}", "s.json:1:38", "a timeout is", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"timeout\": \"9999999h\"}]}", "s.json:1:38", "a timeout is", -EINVAL },
		{ "{\"tests\": [{\"run\": [\"a\"], \"environment\": {\"A=\": \"b\"}}]}",
		  "s.json:1:49", "name of a variable", -EINVAL },
		{ "{\"tests\": [{\"call\": \"read\"}]}", "s.json:1:12", "\"expect\"", -EINVAL },
		{ "{\"tests\": [{\"call\": \"read\", \"expect\": \"EPERM\"}]}", "s.json:1:39", "is no answer", -EINVAL },
		{ "{\"tests\": [{\"call\": \"read(\", \"expect\": \"ALLOW\"}]}", "s.json:1:21", "", -EINVAL },
		{ "{\"tests\": [{\"call\": \"socketcall\", \"expect\": \"ALLOW\"}]}", "s.json:1:21", "socketcall", -EINVAL },
		{ "{\"tests\": [{\"call\": \"read\", \"arch\": \"vax\", \"expect\": \"ALLOW\"}]}", "s.json:1:37", "vax", -EINVAL },
		{ "{\"tests\": [{\"name\": \"a\", \"run\": [\"b\"]}, {\"name\": \"a\", \"run\": [\"b\"]}]}", "s.json:1:41",
		  "already", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(rows[i].text, rows[i].code, rows[i].place, rows[i].words);
}

static void test_limits(void **state)
{
	struct cg_text text = { 0 };
	struct cg_suite suite = { 0 };
	struct cg_err err = { 0 };

	cg_text_add(&text, "{\"tests\": [{\"run\": [\"a\"], \"expect\": {\"stdout\": {\"matches\": \"");
	for (int i = 0; i <= CG_SUITE_PATTERN_LIMIT; i++)
		cg_text_add_char(&text, 'a');
	cg_text_add(&text, "\"}}}]}");
	assert_int_equal(read_text(cg_text_get(&text), &suite, &err), -E2BIG);

	cg_text_clear(&text);
	cg_text_add(&text, "{\"tests\": [{\"run\": [\"a\"");
	for (int i = 0; i < CG_SUITE_LIST_LIMIT; i++)
		cg_text_add(&text, ",\"a\"");
	cg_text_add(&text, "]}]}");
	assert_int_equal(read_text(cg_text_get(&text), &suite, &err), -E2BIG);

	cg_text_clear(&text);
	cg_text_add(&text, "{\"tests\": [1");
	for (int i = 0; i < CG_SUITE_TESTS_LIMIT; i++)
		cg_text_add(&text, ",1");
	cg_text_add(&text, "]}");
	assert_int_equal(read_text(cg_text_get(&text), &suite, &err), -E2BIG);

	cg_text_clear(&text);
	for (size_t i = 0; i <= CG_SUITE_SIZE_LIMIT; i++)
		cg_text_add_char(&text, ' ');
	assert_int_equal(read_text(cg_text_get(&text), &suite, &err), -E2BIG);
	cg_text_done(&text);
}

static void test_bundled(void **state)
{
	for (size_t i = 0; i < cg_n_suites; i++) {
		struct cg_suite suite = { 0 };
		struct cg_err err = { 0 };

		if (cg_suite_read(cg_suites[i].name, cg_suites[i].text, cg_suites[i].length, cg_arch_find("x86_64"), &suite,
				  &err) < 0)
			fail_msg("%s: %s", err.place, err.message);
		cg_suite_done(&suite);
	}
	assert_true(cg_n_suites > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bundled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
