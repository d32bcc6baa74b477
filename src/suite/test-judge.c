/* What a command did against what was expected, and how outcomes are told. */
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

static struct cg_suite_denial denial_of(const char *call)
{
	struct cg_suite_denial denial = { .action = cg_action_errno(EPERM), .process = "p" };

	assert_int_equal(cg_call_parse(cg_arch_find("x86_64"), call, &denial.call, NULL), 0);
	strcpy(denial.text, call);
	return denial;
}

/* The verdict, and in `ret_reasons` (freed by the caller) why. */
static enum cg_suite_verdict judge(const struct cg_suite_test *test, struct cg_suite_seen *seen, const char *out,
				   const char *words)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	struct cg_suite_profile profile = { .reference = "p.json", .policy = policy, .say_denial = say_denial };
	struct cg_suite_outcome outcome = { 0 };
	struct cg_text streams[2] = { 0 };
	enum cg_suite_verdict verdict;

	cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL);
	cg_text_add(&streams[0], out);
	seen->streams[0] = &streams[0];
	seen->streams[1] = &streams[1];
	assert_int_equal(cg_suite_judge(test, seen, &profile, &outcome, NULL), 0);
	verdict = outcome.verdict;
	if (words && !strstr(cg_text_get(&outcome.reasons), words))
		fail_msg("\"%s\" should have \"%s\"", cg_text_get(&outcome.reasons), words);
	cg_suite_outcome_done(&outcome);
	cg_text_done(&streams[0]);
	cg_policy_free(policy);
	return verdict;
}

static enum cg_suite_verdict match(enum cg_suite_match_kind kind, const char *text, const char *out)
{
	struct cg_suite_match one = { CG_SUITE_STDOUT, kind, text, strlen(text) };
	struct cg_suite_test test = { .name = "t", .matches = &one, .n_matches = 1 };
	struct cg_suite_seen seen = { .sees_denials = true };

	return judge(&test, &seen, out, NULL);
}

static void test_output(void **state)
{
	assert_int_equal(match(CG_SUITE_EXACT, "a", "a\n"), CG_SUITE_PASSED);
	assert_int_equal(match(CG_SUITE_EXACT, "a", "a"), CG_SUITE_PASSED);
	assert_int_equal(match(CG_SUITE_EXACT, "a\n", "a"), CG_SUITE_FAILED);
	assert_int_equal(match(CG_SUITE_EXACT, "a\n", "a\n\n"), CG_SUITE_FAILED);
	assert_int_equal(match(CG_SUITE_EXACT, "", ""), CG_SUITE_PASSED);
	assert_int_equal(match(CG_SUITE_CONTAINS, "b", "abc"), CG_SUITE_PASSED);
	assert_int_equal(match(CG_SUITE_CONTAINS, "bd", "abc"), CG_SUITE_FAILED);
	assert_int_equal(match(CG_SUITE_MATCHES, "^b+$", "a\nbb\nc"), CG_SUITE_PASSED);
	assert_int_equal(match(CG_SUITE_MATCHES, "^b+$", "a\nbbc"), CG_SUITE_FAILED);
}

static void test_ends(void **state)
{
	struct cg_suite_test test = { .name = "t", .exit_status = 3, .timeout_ms = 1500 };
	struct cg_suite_seen right = { .status = 3, .sees_denials = true }, wrong = { .status = 159, .sees_denials = true };
	struct cg_suite_seen late = { .has_timed_out = true, .status = 137, .sees_denials = true };
	struct cg_suite_seen never = { .failure = "no such file", .sees_denials = true };

	assert_int_equal(judge(&test, &right, "", NULL), CG_SUITE_PASSED);
	assert_int_equal(judge(&test, &wrong, "", "159 (SIGSYS"), CG_SUITE_FAILED);
	assert_int_equal(judge(&test, &late, "", "within 1.500 s"), CG_SUITE_FAILED);
	assert_int_equal(judge(&test, &never, "", "no such file"), CG_SUITE_FAILED);
}

static void test_denied(void **state)
{
	struct cg_suite_denial denials[] = { denial_of("socket(AF_INET, SOCK_STREAM, 0)"), denial_of("mkdir(\"x\", 0700)") };
	char *both[] = { (char *)"socket(AF_INET)", (char *)"mkdir", NULL }, *other[] = { (char *)"socket(AF_UNIX)", NULL };
	struct cg_suite_test test = { .name = "t", .tells_denied = true, .denied = { both, 2 } };
	struct cg_suite_seen seen = { .sees_denials = true, .denials = denials, .n_denials = 2 };
	struct cg_suite_seen blind = { .blindness = "a container" };

	assert_int_equal(judge(&test, &seen, "", NULL), CG_SUITE_PASSED);
	seen.n_denials = 1;
	assert_int_equal(judge(&test, &seen, "", "mkdir was to be denied, and was not"), CG_SUITE_FAILED);
	test.denied = (struct cg_suite_words){ other, 1 };
	assert_int_equal(judge(&test, &seen, "", "socket(AF_INET, SOCK_STREAM, 0) was denied"), CG_SUITE_FAILED);
	assert_int_equal(judge(&test, &seen, "", "that would open a call of no risk by itself (network)"), CG_SUITE_FAILED);
	/* Not seen is not zero. */
	test.denied.n_items = 0;
	assert_int_equal(judge(&test, &blind, "", "a container"), CG_SUITE_SKIPPED);
}

static void test_forms(void **state)
{
	struct cg_suite_test tests[] = { { .name = "a <b> & \"c\" # \x01\xff" }, { .name = "two" }, { .name = "three" } };
	struct cg_suite_outcome outcomes[] = { { .test = &tests[0], .verdict = CG_SUITE_PASSED },
					       { .test = &tests[1], .verdict = CG_SUITE_FAILED, .took_ms = 1234 },
					       { .test = &tests[2], .verdict = CG_SUITE_SKIPPED } };
	struct cg_suite_results results = { "s.json", "p.json", "none", outcomes, 3, 2000 };
	struct cg_text text = { 0 };

	cg_text_add(&outcomes[1].reasons, "it <failed>\nbadly\n");
	cg_text_add(&outcomes[2].reasons, "no node\n");
	cg_suite_write_tap(&results, &text);
	assert_string_equal(cg_text_get(&text), "TAP version 13\n1..3\nok 1 - a <b> & \"c\" \\#  \xff\nnot ok 2 - two\n"
						"# it <failed>\n# badly\nok 3 - three # SKIP no node\n");
	cg_text_clear(&text);
	cg_suite_write_junit(&results, &text);
	assert_non_null(strstr(cg_text_get(&text), "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"2.000\""));
	assert_non_null(strstr(cg_text_get(&text), "name=\"a &lt;b&gt; &amp; &quot;c&quot; # \xef\xbf\xbd\xef\xbf\xbd\""));
	assert_non_null(strstr(cg_text_get(&text), "<failure message=\"it &lt;failed&gt;\" type=\"expectation\">"));
	assert_non_null(strstr(cg_text_get(&text), "<skipped message=\"no node\"/>"));
	cg_text_done(&text);
	cg_suite_outcome_done(&outcomes[1]);
	cg_suite_outcome_done(&outcomes[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
