/*
 * Running out of memory, at every single allocation from a denied call to the diff of a profile: -ENOMEM, or a text that
 * says that it failed; nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "advice/advice.h"
#include "base/test-memory.h"

#include "abi/call_text.h"

static const char json[] = "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": [\n"
			   "{ \"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\" },\n"
			   "{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{ \"index\": 0, \"value\": 1, "
			   "\"op\": \"SCMP_CMP_EQ\" }] },\n"
			   "{ \"names\": [\"bpf\", \"mount\"], \"action\": \"SCMP_ACT_KILL_PROCESS\" }\n] }\n";

static int edit_one(const struct cg_advice_profile *profile, enum cg_advice_form form, const char *words)
{
	struct cg_advice_wish wish;
	struct cg_advice advice;
	struct cg_text text = { 0 }, said = { 0 };
	struct cg_call call;
	struct cg_err err = { 0 };
	int r = cg_call_parse(cg_arch_find("x86_64"), words, &call, &err);

	if (r < 0)
		return r;
	assert_true(cg_advice_wish_of(&call, true, &wish));
	advice = cg_advice_find(profile, &call, true, CG_ACTION_ERRNO);
	r = cg_advice_edit(form, json, strlen(json), profile, &wish, &advice, &text, &err);
	assert_true(r <= 0);
	if (r == 0)
		r = cg_advice_diff("a", "b", json, cg_text_get(&text), &said);
	cg_advice_say_denial(profile, &call, CG_ACTION_ERRNO, &said);
	if (r == 0 && said.has_failed)
		r = -ENOMEM;
	cg_text_done(&said);
	cg_text_done(&text);
	return r;
}

static int work(void *context)
{
	struct cg_advice_profile profile = { .reference = "p.json" };
	struct cg_profile *read = NULL;
	struct cg_policy *policy = NULL;
	struct cg_target target;
	int r;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	r = cg_profile_read("p.json", json, strlen(json), &target, NULL, &read, NULL);
	if (r == 0)
		r = cg_profile_resolve(read, &target, NULL, &policy, NULL);
	profile.profile = read;
	profile.policy = policy;
	if (r == 0)
		r = edit_one(&profile, CG_ADVICE_JSON, "mkdir");
	if (r == 0)
		r = edit_one(&profile, CG_ADVICE_JSON, "socket(AF_VSOCK)");
	if (r == 0)
		r = edit_one(&profile, CG_ADVICE_JSON, "bpf(0)");
	if (r == 0)
		r = edit_one(&profile, CG_ADVICE_POLICY, "ioctl(0, TIOCSTI)");
	cg_policy_free(policy);
	cg_profile_free(read);
	return r;
}

static void test_all_of_it(void **state)
{
	assert_true(fail_each(work, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
