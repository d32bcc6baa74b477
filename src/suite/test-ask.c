/* Questions to a policy: of all calls that the words stand for, and not of one. */
#include "suite/suite.h"

#include "abi/call_text.h"
#include "advice/advice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As callgate test has it. */
static void say_denial(const struct cg_suite_profile *profile, const struct cg_call *call, uint32_t action,
		       struct cg_text *text)
{
	struct cg_advice_profile subject = { profile->reference, profile->policy, profile->profile, NULL };

	cg_advice_say_denial(&subject, call, action, text);
}

/* socket only for AF_UNIX; ioctl but for one request; read. */
static struct cg_policy *make_policy(void)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	struct cg_comparison is_unix = { 0, CG_OP_EQ, 1, UINT64_MAX }, no_tiocsti = { 1, CG_OP_NE, 0x5412, UINT64_MAX };
	struct cg_rule rules[] = {
		{ arch, 41, CG_ACTION_ALLOW, &is_unix, 1, 7 },
		{ arch, 16, CG_ACTION_ALLOW, &no_tiocsti, 1, 8 },
		{ arch, 0, CG_ACTION_ALLOW, NULL, 0, 9 },
	};

	cg_policy_add_arch(policy, arch, NULL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cg_policy_add_rule(policy, &rules[i], NULL), 0);
	return policy;
}

static enum cg_suite_verdict ask(const char *call, enum cg_suite_wish wish, uint32_t action, const char *words)
{
	struct cg_policy *policy = make_policy();
	struct cg_suite_profile profile = { .reference = "p.json", .policy = policy, .say_denial = say_denial };
	char *calls[] = { (char *)call, NULL };
	struct cg_suite_test test = {
		.name = "t", .calls = { calls, 1 }, .arch = cg_arch_find("x86_64"), .wish = wish, .action = action
	};
	struct cg_suite_outcome outcome = { 0 };
	enum cg_suite_verdict verdict;
	struct cg_err err = { 0 };

	assert_int_equal(cg_suite_ask(&test, &profile, NULL, &outcome, &err), 0);
	verdict = outcome.verdict;
	if (words && !strstr(cg_text_get(&outcome.reasons), words))
		fail_msg("\"%s\" should have \"%s\"", cg_text_get(&outcome.reasons), words);
	cg_suite_outcome_done(&outcome);
	cg_policy_free(policy);
	return verdict;
}

static void test_actions(void **state)
{
	assert_int_equal(ask("socket(AF_INET, SOCK_STREAM, 0)", CG_SUITE_ACTION, cg_action_errno(1), NULL), CG_SUITE_PASSED);
	assert_int_equal(ask("socket(AF_INET, SOCK_STREAM, 0)", CG_SUITE_ACTION, cg_action_errno(2),
			     "gets ERRNO(EPERM), expected ERRNO(ENOENT)"),
			 CG_SUITE_FAILED);
	assert_int_equal(ask("socket(AF_UNIX)", CG_SUITE_ACTION, CG_ACTION_ALLOW, NULL), CG_SUITE_PASSED);
	assert_int_equal(ask("read", CG_SUITE_ACTION, CG_ACTION_ALLOW, NULL), CG_SUITE_PASSED);
	assert_int_equal(ask("mount", CG_SUITE_ACTION, CG_ACTION_ALLOW, "of critical risk"), CG_SUITE_FAILED);
	assert_int_equal(ask("mount", CG_SUITE_ACTION, CG_ACTION_ALLOW, "as no rule names it"), CG_SUITE_FAILED);
	assert_int_equal(ask("socket(AF_INET)", CG_SUITE_ACTION, CG_ACTION_ALLOW, "the conditions at p.json:7"),
			 CG_SUITE_FAILED);
}

/* Zeros in the open arguments would say that all is well. */
static void test_all_calls_are_meant(void **state)
{
	assert_int_equal(ask("ioctl", CG_SUITE_ALLOWED, 0, "ioctl("), CG_SUITE_FAILED);
	assert_int_equal(ask("ioctl", CG_SUITE_ALLOWED, 0, "TIOCSTI"), CG_SUITE_FAILED);
	assert_int_equal(ask("ioctl(0, TCGETS)", CG_SUITE_ALLOWED, 0, NULL), CG_SUITE_PASSED);
	assert_int_equal(ask("ioctl(0, TIOCSTI)", CG_SUITE_DENIED, 0, NULL), CG_SUITE_PASSED);
	assert_int_equal(ask("socket", CG_SUITE_DENIED, 0, "socket(AF_UNIX"), CG_SUITE_FAILED);
	assert_int_equal(ask("socket", CG_SUITE_ACTION, cg_action_errno(1), "socket(AF_UNIX"), CG_SUITE_FAILED);
	assert_int_equal(ask("mount", CG_SUITE_DENIED, 0, NULL), CG_SUITE_PASSED);
}

static void test_too_little_budget(void **state)
{
	struct cg_policy *policy = make_policy();
	struct cg_suite_profile profile = { .reference = "p.json", .policy = policy, .say_denial = say_denial };
	char *calls[] = { (char *)"ioctl(0, TCGETS)", NULL };
	struct cg_suite_test test = { .name = "t", .calls = { calls, 1 }, .wish = CG_SUITE_ALLOWED };
	struct cg_check_budget budget = { .n_nodes = 8, .n_steps = 8 };
	struct cg_suite_outcome outcome = { 0 };
	struct cg_err err = { 0 };

	test.arch = cg_arch_find("x86_64");
	assert_int_equal(cg_suite_ask(&test, &profile, &budget, &outcome, &err), 0);
	assert_int_equal(outcome.verdict, CG_SUITE_SKIPPED);
	assert_non_null(strstr(cg_text_get(&outcome.reasons), "not decided"));
	cg_suite_outcome_done(&outcome);
	cg_policy_free(policy);
}

static void test_count(void **state)
{
	assert_int_equal(cg_suite_count_arguments("socket"), 0);
	assert_int_equal(cg_suite_count_arguments("getpid( )"), 0);
	assert_int_equal(cg_suite_count_arguments("socket(AF_INET)"), 1);
	assert_int_equal(cg_suite_count_arguments("open(\"a,b\\\",\", 0)"), 2);
	assert_int_equal(cg_suite_count_arguments("f(1,2,3,4,5,6,7,8)"), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_all_calls_are_meant),
		cmocka_unit_test(test_too_little_budget),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
