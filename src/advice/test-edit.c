/* Edits of a profile's text: read again it allows the call, and what stood there stands there still. */
#include "advice/advice.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "language/policy_text.h"
#include "policy/eval.h"
#include "profile/systemd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A text, read. */
struct reading {
	struct cg_profile *profile;
	struct cg_policy *policy;
};

static struct cg_target target_here(void)
{
	struct cg_target target;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	return target;
}

static void read_text(enum cg_advice_form form, const char *text, struct reading *reading)
{
	struct cg_target target = target_here();
	struct cg_policy_text_options options = { .target = &target };
	struct cg_err err = { 0 };
	int r;

	*reading = (struct reading){ 0 };
	if (form == CG_ADVICE_POLICY)
		r = cg_policy_text_read("p", text, strlen(text), &options, &reading->policy, &reading->profile, &err);
	else if (form == CG_ADVICE_SYSTEMD)
		r = cg_systemd_read("p", text, strlen(text), &target, NULL, &reading->profile, &err);
	else
		r = cg_profile_read("p", text, strlen(text), &target, NULL, &reading->profile, &err);
	if (r == 0 && !reading->policy)
		r = cg_profile_resolve(reading->profile, &target, NULL, &reading->policy, &err);
	if (r < 0)
		fail_msg("%s: %s in\n%s", err.place, err.message, text);
}

static void reading_done(struct reading *reading)
{
	cg_profile_free(reading->profile);
	cg_policy_free(reading->policy);
}

/* Steps until the call is allowed; the text then, for the caller to free, or NULL: `*ret_why` says why there is none. */
static char *edit(enum cg_advice_form form, const char *text, const char *words, bool has_args, char ret_why[256])
{
	char *now = strdup(text);
	struct cg_advice_wish wish;
	struct cg_call call;

	assert_int_equal(cg_call_parse(cg_arch_find("x86_64"), words, &call, NULL), 0);
	assert_true(cg_advice_wish_of(&call, has_args, &wish));
	for (int i = 0; i < 4; i++) {
		struct cg_text next = { 0 };
		struct cg_err err = { 0 };
		struct reading reading;
		struct cg_advice_profile profile = { .reference = "p" };
		struct cg_advice advice;
		int r;

		read_text(form, now, &reading);
		profile.policy = reading.policy;
		profile.profile = reading.profile;
		if (cg_policy_eval(reading.policy, &call) == CG_ACTION_ALLOW) {
			reading_done(&reading);
			return now;
		}
		advice = cg_advice_find(&profile, &call, has_args, CG_ACTION_ERRNO);
		r = cg_advice_edit(form, now, strlen(now), &profile, &wish, &advice, &next, &err);
		assert_in_range(r, 0, 1);
		free(now);
		now = cg_text_steal(&next);
		reading_done(&reading);
		if (r == 1) {
			strcpy(ret_why, err.message);
			free(now);
			return NULL;
		}
	}
	fail_msg("four steps were not enough: %s", now);
	return NULL;
}

static void check(enum cg_advice_form form, const char *text, const char *words, bool has_args, const char *expected)
{
	char why[256] = "";
	CG_FREE char *edited = edit(form, text, words, has_args, why);

	if (!edited)
		fail_msg("not edited: %s", why);
	assert_string_equal(edited, expected);
}

static void check_refused(const char *text, const char *words, bool has_args, const char *reason)
{
	char why[256] = "";
	CG_FREE char *edited = edit(CG_ADVICE_JSON, text, words, has_args, why);

	assert_null(edited);
	if (!strstr(why, reason))
		fail_msg("\"%s\" should have \"%s\"", why, reason);
}

#define HEAD "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": ["

static void test_name_on_its_own_line(void **state)
{
	check(CG_ADVICE_JSON,
	      HEAD "{\n\t\"names\": [\n\t\t\"close\", // a comment\n\t\t\"read\"\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }",
	      "write", true,
	      HEAD "{\n\t\"names\": [\n\t\t\"close\", // a comment\n\t\t\"read\",\n\t\t\"write\"\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }");
	check(CG_ADVICE_JSON, HEAD "{\n\t\"names\": [\n\t\t\"close\",\n\t\t\"write\",\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }",
	      "mkdir", true,
	      HEAD "{\n\t\"names\": [\n\t\t\"close\",\n\t\t\"mkdir\",\n\t\t\"write\",\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }");
	check(CG_ADVICE_JSON, HEAD "{\n\t\"names\": [\n\t\t\"close\"\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }", "brk", true,
	      HEAD "{\n\t\"names\": [\n\t\t\"brk\",\n\t\t\"close\"\n\t],\n\t\"action\": \"SCMP_ACT_ALLOW\"\n}] }");
}

static void test_names_on_one_line(void **state)
{
	check(CG_ADVICE_JSON, HEAD "{ \"names\": [\"read\", \"close\"], \"action\": \"SCMP_ACT_ALLOW\" }] }", "mkdir", true,
	      HEAD "{ \"names\": [\"read\", \"close\", \"mkdir\"], \"action\": \"SCMP_ACT_ALLOW\" }] }");
	check(CG_ADVICE_JSON, HEAD "{ \"names\": [\"read\", \"w\\\"rite]\" /* ] */ ], \"action\": \"SCMP_ACT_ALLOW\" }] }",
	      "write", true, HEAD "{ \"names\": [\"read\", \"w\\\"rite]\", \"write\" /* ] */ ], \"action\": \"SCMP_ACT_ALLOW\" }] }");
}

static void test_held_to_the_argument(void **state)
{
	check(CG_ADVICE_JSON, HEAD "{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] }", "socket(AF_VSOCK, 1, 0)", true,
	      HEAD "{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }, { \"names\": [\"socket\"], "
		   "\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 0, \"value\": 4294967295, \"valueTwo\": 40, "
		   "\"op\": \"SCMP_CMP_MASKED_EQ\" }] }] }");
	/* Not seen: whole. */
	check(CG_ADVICE_JSON, HEAD "{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] }", "socket(AF_VSOCK, 1, 0)", false,
	      HEAD "{ \"names\": [\"read\", \"socket\"], \"action\": \"SCMP_ACT_ALLOW\" }] }");
}

/* A rule more, beside the one whose conditions did not hold. */
static void test_conditions(void **state)
{
	static const char rule[] = "\n\t{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 0, "
				   "\"value\": 1, \"op\": \"SCMP_CMP_EQ\" }] }";
	static const char more[] = ",\n\t{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 0, "
				   "\"value\": 4294967295, \"valueTwo\": 2, \"op\": \"SCMP_CMP_MASKED_EQ\" }] }";
	static const char behind[] = ",\n\t{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }\n] }";
	struct cg_text text = { 0 }, expected = { 0 };

	cg_text_addf(&text, HEAD "%s%s", rule, behind);
	cg_text_addf(&expected, HEAD "%s%s%s", rule, more, behind);
	check(CG_ADVICE_JSON, cg_text_get(&text), "socket(AF_INET, 1, 0)", true, cg_text_get(&expected));
	cg_text_done(&text);
	cg_text_done(&expected);
}

static void test_refusing_rule(void **state)
{
	/* Among others; alone, first and last. */
	check(CG_ADVICE_JSON,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"bpf\", \"mount\"], \"action\": \"SCMP_ACT_ERRNO\" }] }",
	      "bpf(1)", true,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ERRNO\" }] }");
	check(CG_ADVICE_JSON,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"bpf\", \"mount\"], \"action\": \"SCMP_ACT_ERRNO\" }] }",
	      "mount", true,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ERRNO\" }] }");
	check(CG_ADVICE_JSON,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n\t{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ERRNO\" },\n"
	      "\t{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ERRNO\" }\n] }",
	      "bpf", true,
	      "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n\t{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ERRNO\" }\n] }");
	/* Packed over lines. */
	check(CG_ADVICE_JSON,
	      HEAD "{\n\t\"names\": [\n\t\t\"bpf\", \"mount\",\n\t\t\"setns\"\n\t],\n\t\"action\": \"SCMP_ACT_KILL_PROCESS\"\n}, "
		   "{ \"names\": [\n\t\"close\", \"read\",\n\t\"write\", \"writev\"\n], \"action\": \"SCMP_ACT_ALLOW\" }] }",
	      "setns", true,
	      HEAD "{\n\t\"names\": [\n\t\t\"bpf\", \"mount\"\n\t],\n\t\"action\": \"SCMP_ACT_KILL_PROCESS\"\n}, "
		   "{ \"names\": [\n\t\"close\", \"read\", \"setns\",\n\t\"write\", \"writev\"\n], \"action\": \"SCMP_ACT_ALLOW\" }] }");
	/* Refused, and not allowed by the default either: two steps. */
	check(CG_ADVICE_JSON,
	      HEAD "{ \"names\": [\"bpf\", \"mount\"], \"action\": \"SCMP_ACT_KILL_PROCESS\" }, { \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] }",
	      "mount", true,
	      HEAD "{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_KILL_PROCESS\" }, { \"names\": [\"mount\", \"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] }");
}

static void test_what_cannot_be_done(void **state)
{
	check_refused("{ \"defaultAction\": \"SCMP_ACT_ERRNO\" }", "read", true, "not laid out");
	check_refused(
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"ioctl\"], \"action\": \"SCMP_ACT_ERRNO\", "
		"\"args\": [{ \"index\": 1, \"value\": 21522, \"op\": \"SCMP_CMP_EQ\" }] }] }",
		"ioctl(0, TIOCSTI)", true, "own conditions");
	check_refused(HEAD "{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] }", "x86:5", true, "x86 at all");
}

static void test_policy_text(void **state)
{
	check(CG_ADVICE_POLICY, "default errno(EPERM)\nallow read # all\ndeny ioctl when cmd == TIOCSTI", "ioctl(0, TIOCSTI)", true,
	      "default errno(EPERM)\nallow read # all\ndeny ioctl when cmd == TIOCSTI\nallow ioctl when cmd == TIOCSTI\n");
	check(CG_ADVICE_POLICY, "default kill\nallow read\n", "unshare(CLONE_NEWUSER)", true,
	      "default kill\nallow read\nallow unshare when flags & ~(CLONE_NEWUSER) == 0\n");
	check(CG_ADVICE_POLICY, "default kill\nallow read\n", "mkdir", false, "default kill\nallow read\nallow mkdir\n");
}

static void test_unit(void **state)
{
	check(CG_ADVICE_SYSTEMD, "[Service]\nSystemCallFilter=read write\n# end\nSystemCallErrorNumber=EPERM\n", "mkdir", true,
	      "[Service]\nSystemCallFilter=read write\nSystemCallFilter=mkdir\n# end\nSystemCallErrorNumber=EPERM\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_on_its_own_line), cmocka_unit_test(test_names_on_one_line),
		cmocka_unit_test(test_held_to_the_argument), cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_refusing_rule),	     cmocka_unit_test(test_what_cannot_be_done),
		cmocka_unit_test(test_policy_text),	     cmocka_unit_test(test_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
