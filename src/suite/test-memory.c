/*
 * Running out of memory, at every single allocation from a suite's text to what is told of it: -ENOMEM, or a text that
 * says that it failed; nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "advice/advice.h"
#include "base/test-memory.h"
#include "suite/suite.h"

/* As callgate test has it. */
static void say_denial(const struct cg_suite_profile *profile, const struct cg_call *call, uint32_t action,
		       struct cg_text *text)
{
	struct cg_advice_profile subject = { profile->reference, profile->policy, profile->profile, NULL };

	cg_advice_say_denial(&subject, call, action, text);
}

static const char json[] = "{\"environment\": {\"A\": \"b\"}, \"setup\": {\"run\": [\"sh\", \"-c\", [\"a\", \"b\"]]}, \"tests\": ["
			   "{\"name\": \"n\", \"run\": [\"true\"], \"stdin\": \"in\", \"needs\": \"sh\", \"expect\": {"
			   "\"stdout\": {\"contains\": \"x\"}, \"denied\": [\"mkdir\"]}},"
			   "{\"name\": \"c\", \"call\": \"ioctl\", \"expect\": \"allowed\"}]}";

static int tell(struct cg_suite_outcome *outcomes)
{
	struct cg_suite_results results = { "s", "p", "none", outcomes, 2, 0 };
	struct cg_text text = { 0 };
	int r;

	cg_suite_write_json(&results, &text);
	cg_suite_write_junit(&results, &text);
	cg_suite_write_tap(&results, &text);
	cg_suite_write_outcome(&outcomes[0], &text);
	r = text.has_failed ? -ENOMEM : 0;
	cg_text_done(&text);
	return r;
}

static int work(void *context)
{
	struct cg_suite_profile profile = { .reference = "p", .policy = context, .say_denial = say_denial };
	struct cg_suite_denial denial = { .text = "chdir(\"x\")", .call = { .arch = 0xc000003e, .nr = 80 } };
	struct cg_text empty = { 0 };
	struct cg_suite_seen seen = { .streams = { &empty, &empty }, .denials = &denial, .n_denials = 1, .sees_denials = true };
	struct cg_suite_outcome outcomes[2] = { 0 };
	struct cg_suite suite = { 0 };
	int r = cg_suite_read("s", json, strlen(json), cg_arch_find("x86_64"), &suite, NULL);

	if (r < 0) {
		assert_null(suite.tests);
		return r;
	}
	r = cg_suite_judge(&suite.tests[0], &seen, &profile, &outcomes[0], NULL);
	if (r == 0)
		r = cg_suite_ask(&suite.tests[1], &profile, NULL, &outcomes[1], NULL);
	if (r == 0) {
		assert_int_equal(outcomes[0].verdict, CG_SUITE_FAILED);
		assert_int_equal(outcomes[1].verdict, CG_SUITE_FAILED);
		r = tell(outcomes);
	}
	cg_suite_outcome_done(&outcomes[0]);
	cg_suite_outcome_done(&outcomes[1]);
	cg_suite_done(&suite);
	return r;
}

static void test_all_of_it(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_comparison not_tiocsti = { 1, CG_OP_NE, 0x5412, UINT64_MAX };
	struct cg_rule rule = { arch, 16, CG_ACTION_ALLOW, &not_tiocsti, 1, 8 };
	struct cg_policy *policy = cg_policy_new(cg_action_errno(1));

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	assert_true(fail_each(work, policy) > 10);
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
