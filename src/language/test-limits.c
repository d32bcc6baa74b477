/*
 * The limits of policy texts, each of them hit: one error, with its place; and texts just below them are read at once.
 */
#include "language/test-text.h"

#define OK "default ERRNO(ENOSYS)\n"

static const struct test_file files[] = {
	{ "base.policy", "default kill_process\nallow read, write\ndeny close\narch x86" },
	{ NULL, NULL },
};

static void check_limit(struct cg_text *text, const char *message)
{
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };

	assert_false(text->has_failed);
	assert_int_equal(test_read(cg_text_get(text), files, NULL, &policy, NULL, &err), -E2BIG);
	if (!strstr(err.message, message) || strncmp(err.place, "p.policy", 8) != 0)
		fail_msg("%s: %s", err.place, err.message);
	cg_text_done(text);
}

static struct cg_text repeated(const char *first, const char *again, size_t n, const char *last)
{
	struct cg_text text = { 0 };

	cg_text_add(&text, first);
	for (size_t i = 0; i < n; i++)
		cg_text_add(&text, again);
	cg_text_add(&text, last);
	return text;
}

static void test_limits(void **state)
{
	struct cg_text text = repeated(OK, " ", CG_POLICY_TEXT_SIZE_LIMIT, "");

	check_limit(&text, "a policy text has at most");
	text = repeated(OK, "log 0\n", CG_POLICY_TEXT_STATEMENTS_LIMIT + 1, "");
	check_limit(&text, "more than 65536 statements");
	text = repeated(OK "log read when ", "(", CG_POLICY_TEXT_DEPTH_LIMIT + 1, "a0 == 1");
	check_limit(&text, "brackets more than 64 deep");
	text = repeated(OK "log read when ", "not ", CG_POLICY_TEXT_DEPTH_LIMIT + 1, "a0 == 1");
	check_limit(&text, "brackets more than 64 deep");
	text = repeated(OK "log read when a0 == ", "(", CG_POLICY_TEXT_DEPTH_LIMIT + 1, "1");
	check_limit(&text, "brackets more than 64 deep");
	text = repeated(OK, "include base.policy\n", CG_POLICY_TEXT_INCLUDES_LIMIT + 1, "");
	check_limit(&text, "more than 64 includes");
	text = repeated(OK, "log @stdio\n", 20000, "");
	check_limit(&text, "calls are named");
}

/* Exceptions from exceptions, in all arguments at once. */
static void test_tangled(void **state)
{
	struct cg_text text = { 0 };

	cg_text_add(&text, OK "allow read when (a0 != 1");
	for (int i = 0; i < 40; i++)
		cg_text_addf(&text, " and (a0 & %#x != 0 or a1 & %#x != 0 or a2 & %#x != 0)", 0x15 << i % 16,
			     0x49 << i % 13, 0x111 << i % 11);
	cg_text_add(&text, ")");
	check_limit(&text, "read: its conditions come to more than 4096 pieces");

	/* Three ranges of half a register: 32 blocks each. */
	cg_text_add(&text, OK "arch x86_64; log dup3 when oldfd != 3 and newfd != 7 and flags != 1");
	check_limit(&text, "whole registers (a0 to a5)");

	cg_text_add(&text, OK "log read when a0 in {");
	for (unsigned int i = 0; i < 4097; i++)
		cg_text_addf(&text, "%u,", i * 2);
	cg_text_add(&text, "}");
	check_limit(&text, "read: its conditions come to more than 4096 pieces");
}

/* The size of a text does not make it slow: many statements of one call. */
static void test_many_statements(void **state)
{
	struct cg_text text = { 0 };
	struct cg_policy *policy;

	cg_text_add(&text, OK);
	for (unsigned int i = 0; i < 20000; i++)
		cg_text_addf(&text, "log read when a0 == %u\n", i);
	policy = test_policy(cg_text_get(&text), NULL);
	assert_int_equal(policy->rules.n_items, 20000);
	cg_policy_free(policy);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tangled),
		cmocka_unit_test(test_many_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
