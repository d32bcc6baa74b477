/* What decided, and where the call would be allowed; also where its arguments were not seen. */
#include "advice/advice.h"

#include "abi/call_text.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char json[] = "{\n\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"architectures\": [\"SCMP_ARCH_X86_64\"],\n\"syscalls\": [\n"
			   "{ \"names\": [\"read\", \"write\", \"mount\"], \"action\": \"SCMP_ACT_ALLOW\" },\n" /* 5 */
			   "{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 0, \"value\": 1, "
			   "\"op\": \"SCMP_CMP_EQ\" }] },\n" /* 6 */
			   "{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_KILL_PROCESS\" },\n" /* 7 */
			   "{ \"names\": [\"ioctl\"], \"action\": \"SCMP_ACT_KILL_PROCESS\", \"args\": [{ \"index\": 1, \"value\": 21522, "
			   "\"op\": \"SCMP_CMP_EQ\" }] },\n" /* 8 */
			   "{ \"names\": [\"ioctl\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 1, \"value\": 21505, "
			   "\"op\": \"SCMP_CMP_EQ\" }] }\n" /* 9 */
			   "] }\n";

static size_t count(const char *call)
{
	return strcmp(call, "bpf") == 0 ? 1 : 0;
}

static void check(const char *words, bool has_args, uint32_t action, enum cg_advice_cause cause, bool is_guess,
		  const char *said)
{
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	struct cg_advice_profile subject = { .reference = "p.json", .count_vulnerabilities = count };
	struct cg_advice advice;
	struct cg_text text = { 0 };
	struct cg_target target;
	struct cg_call call;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	assert_int_equal(cg_profile_read("p.json", json, strlen(json), &target, NULL, &profile, NULL), 0);
	assert_int_equal(cg_profile_resolve(profile, &target, NULL, &policy, NULL), 0);
	assert_int_equal(cg_call_parse(target.arch, words, &call, NULL), 0);
	subject.policy = policy;
	subject.profile = profile;
	advice = cg_advice_find(&subject, &call, has_args, action);
	cg_advice_say_where(&subject, &advice, &call, &text);
	cg_advice_say_risk(&subject, &call, has_args, &text);
	if (!strstr(cg_text_get(&text), said))
		fail_msg("\"%s\" should have \"%s\"", cg_text_get(&text), said);
	assert_int_equal(advice.cause, cause);
	assert_int_equal(advice.is_guess, is_guess);
	cg_text_done(&text);
	cg_policy_free(policy);
	cg_profile_free(profile);
}

static void test_seen(void **state)
{
	check("mkdir", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "p.json:2 refuses it by the default");
	check("mkdir", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "add \"mkdir\" to the names at p.json:5\n");
	check("socket(AF_INET)", true, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, false, "the conditions at p.json:6 do not hold;");
	check("bpf(0)", true, CG_ACTION_KILL_PROCESS, CG_ADVICE_RULE, false, "p.json:7 refuses it by a rule;");
	check("bpf(0)", true, CG_ACTION_KILL_PROCESS, CG_ADVICE_RULE, false, "1 known kernel vulnerability was reached");
	check("mount", true, CG_ACTION_ERRNO, CG_ADVICE_ALLOWED, false, "another filter");
	check("x86:5", true, CG_ACTION_KILL_THREAD, CG_ADVICE_ARCH, false, "add the architecture first");
	check("x86_64:9999", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "the number has no name");
}

/* Who answered as the kernel did is taken for the one that decided; without rules about arguments it is certain. */
static void test_not_seen(void **state)
{
	check("mkdir", false, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "as no rule names it");
	check("mount", false, CG_ACTION_ERRNO, CG_ADVICE_ALLOWED, false, "another filter");
	check("socket", false, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, true, "p.json:6 do not hold (its arguments were not seen)");
	check("ioctl", false, CG_ACTION_KILL_PROCESS, CG_ADVICE_RULE, true, "p.json:8 refuses it by a rule, if its conditions held");
	check("ioctl", false, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, true, "p.json:9");
}

static void wish(const char *words, bool has_args, const char *said)
{
	struct cg_advice_wish narrow;
	struct cg_text text = { 0 };
	struct cg_call call;

	assert_int_equal(cg_call_parse(cg_arch_find("x86_64"), words, &call, NULL), 0);
	assert_true(cg_advice_wish_of(&call, has_args, &narrow));
	cg_advice_wish_say(&narrow, &text);
	assert_string_equal(cg_text_get(&text), said);
	cg_text_done(&text);
}

static void test_narrow(void **state)
{
	struct cg_call unnamed = { .arch = 0xc000003e, .nr = 9999 };
	struct cg_advice_wish narrow;

	wish("socket(AF_VSOCK, SOCK_STREAM, 0)", true, "socket when domain == AF_VSOCK");
	wish("socket(AF_VSOCK, SOCK_STREAM, 0)", false, "socket");
	wish("ioctl(3, TIOCSTI, 0)", true, "ioctl when cmd == TIOCSTI");
	wish("mkdir(\"x\", 0700)", true, "mkdir");
	wish("clone(CLONE_NEWUSER|SIGCHLD)", true,
	     "clone when flags & (CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWPID|CLONE_NEWNET) == 0");
	assert_false(cg_advice_wish_of(&unnamed, true, &narrow));
}

/* What goes through a call may be riskier than the call; whole, all of it goes through. */
static void test_operations(void **state)
{
	check("ioctl(0, TIOCSTI)", true, CG_ACTION_KILL_PROCESS, CG_ADVICE_RULE, false, "that would open TIOCSTI, of high risk");
	check("ioctl(0, TCGETS2)", true, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, false, "of no risk by itself");
	check("ioctl", false, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, true, "that would open TIOCSTI, of high risk");
	check("socket(AF_INET)", true, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, false, "of no risk by itself");
	check("socket(AF_PACKET)", true, CG_ACTION_ERRNO, CG_ADVICE_CONDITIONS, false, "that would open AF_PACKET, of high risk");
	check("clone(CLONE_NEWUSER|SIGCHLD)", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "open CLONE_NEWUSER, of high risk");
	check("clone(SIGCHLD)", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "a call of medium risk");
	check("personality(ADDR_NO_RANDOMIZE)", true, CG_ACTION_ERRNO, CG_ADVICE_UNNAMED, false, "a call of medium risk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_not_seen),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
