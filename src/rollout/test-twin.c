/* The audit twin, asked call by call: critical calls get what they got, others are never refused. */
#include "rollout/twin.h"

#include "abi/syscalls.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_target make_target(void)
{
	struct cg_target target;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	return target;
}

static struct cg_profile *read_profile(const char *text)
{
	struct cg_target target = make_target();
	struct cg_profile *profile;
	struct cg_err err = { 0 };

	if (cg_profile_read("p.json", text, strlen(text), &target, NULL, &profile, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	return profile;
}

/* Resolved for a container that has `caps`. */
static struct cg_policy *resolve(const struct cg_profile *profile, uint64_t caps)
{
	struct cg_target target = make_target();
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };

	target.caps = caps;
	if (cg_profile_resolve(profile, &target, NULL, &policy, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	assert_non_null(policy);
	return policy;
}

static uint32_t ask(const struct cg_policy *policy, const char *name, uint64_t arg)
{
	struct cg_call call = { .arch = cg_arch_find("x86_64")->token, .args = { arg } };

	assert_true(cg_syscall_number(cg_arch_find("x86_64"), name, &call.nr));
	return cg_policy_eval(policy, &call);
}

static bool permits(uint32_t action)
{
	return (action & CG_ACTION_MASK) == CG_ACTION_ALLOW || (action & CG_ACTION_MASK) == CG_ACTION_LOG;
}

/* Every call of the arch, with a few first arguments. */
static void compare(const struct cg_policy *policy, const struct cg_policy *twin)
{
	static const uint64_t values[] = { 0, 1, 2, 16, UINT64_MAX };
	const struct cg_arch *arch = cg_arch_find("x86_64");

	for (size_t i = 0; i < arch->n_rows; i++)
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			struct cg_call call = { .arch = arch->token, .nr = arch->rows[i].nr, .args = { values[v] } };
			const struct cg_syscall *row = &cg_syscalls[arch->rows[i].call];
			uint32_t was = cg_policy_eval(policy, &call), is = cg_policy_eval(twin, &call), wanted = was;

			if (!permits(was) && row->tier != CG_TIER_CRITICAL)
				wanted = CG_ACTION_LOG;
			if (is != wanted)
				fail_msg("%s(%llu): %x became %x", row->name, (unsigned long long)values[v], was, is);
		}
}

/* Returns the twin's policy, for the caller to free. */
static struct cg_policy *check(const char *text, uint64_t caps)
{
	struct cg_profile *profile = read_profile(text);
	struct cg_policy *policy = resolve(profile, caps), *twin;
	struct cg_text written = { 0 };
	struct cg_err err = { 0 };

	if (cg_rollout_make_audit(profile, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	assert_int_equal(cg_profile_write(profile, &written), 0);
	cg_profile_free(profile);
	profile = read_profile(cg_text_get(&written)); /* what is written is what is meant */
	twin = resolve(profile, caps);
	compare(policy, twin);
	cg_policy_free(policy);
	cg_profile_free(profile);
	cg_text_done(&written);
	return twin;
}

#define PROFILE(action, rules) \
	"{\"defaultAction\": \"" action "\", \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": [" rules "]}"

static void test_allow_list(void **state)
{
	struct cg_policy *twin =
		check(PROFILE("SCMP_ACT_KILL_PROCESS",
			      "{\"names\": [\"read\", \"umount2\"], \"action\": \"SCMP_ACT_ALLOW\"},"
			      "{\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
			      "[{\"index\": 0, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]},"
			      "{\"names\": [\"ptrace\", \"mount\", \"reboot\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}"),
		      0);

	assert_int_equal(ask(twin, "read", 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(twin, "umount2", 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(twin, "write", 0), CG_ACTION_LOG);
	assert_int_equal(ask(twin, "personality", 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(twin, "personality", 1), CG_ACTION_LOG);
	assert_int_equal(ask(twin, "ptrace", 0), CG_ACTION_LOG);
	assert_int_equal(ask(twin, "mount", 0), cg_action_errno(38));
	assert_int_equal(ask(twin, "init_module", 0), CG_ACTION_KILL_PROCESS);
	cg_policy_free(twin);
}

static void test_deny_list(void **state)
{
	struct cg_policy *twin =
		check(PROFILE("SCMP_ACT_ALLOW",
			      "{\"names\": [\"mount\", \"kill\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1},"
			      "{\"names\": [\"pivot_root\"], \"action\": \"SCMP_ACT_KILL\", \"args\": "
			      "[{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}"),
		      0);

	assert_int_equal(ask(twin, "mount", 0), cg_action_errno(1));
	assert_int_equal(ask(twin, "kill", 0), CG_ACTION_LOG);
	assert_int_equal(ask(twin, "pivot_root", 1), CG_ACTION_KILL_THREAD);
	assert_int_equal(ask(twin, "pivot_root", 0), CG_ACTION_ALLOW);
	cg_policy_free(twin);
}

/* Docker's conditions stay: who has the capability may mount in audit as well, nobody else. */
static void test_conditions(void **state)
{
	static const char text[] =
		PROFILE("SCMP_ACT_ERRNO", "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"},"
					  "{\"names\": [\"mount\", \"bpf\"], \"action\": \"SCMP_ACT_ALLOW\", "
					  "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}");
	struct cg_policy *with = check(text, (uint64_t)1 << cg_cap_find("CAP_SYS_ADMIN")), *without = check(text, 0);

	assert_int_equal(ask(with, "mount", 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(with, "pivot_root", 0), cg_action_errno(1));
	assert_int_equal(ask(without, "mount", 0), cg_action_errno(1));
	assert_int_equal(ask(without, "bpf", 0), CG_ACTION_LOG);
	cg_policy_free(with);
	cg_policy_free(without);
}

/* The first of two unconditional rules wins, before and after. */
static void test_order(void **state)
{
	struct cg_policy *twin =
		check(PROFILE("SCMP_ACT_ERRNO", "{\"names\": [\"mount\", \"ptrace\"], \"action\": \"SCMP_ACT_KILL\"},"
						"{\"names\": [\"mount\", \"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\"}"),
		      0);

	assert_int_equal(ask(twin, "mount", 0), CG_ACTION_KILL_THREAD);
	cg_policy_free(twin);
}

static void test_what_cannot_be_said(void **state)
{
	struct cg_profile *profile =
		read_profile(PROFILE("SCMP_ACT_ERRNO", "{\"names\": [\"read\", \"mount\"], \"action\": \"SCMP_ACT_ALLOW\", "
						       "\"args\": [{\"index\": 3, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}"));
	struct cg_err err = { 0 };

	assert_int_equal(cg_rollout_make_audit(profile, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.place, "p.json:1:"));
	assert_non_null(strstr(err.message, "by hand"));
	cg_profile_free(profile);
}

static void test_listener(void **state)
{
	struct cg_profile *profile = read_profile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/run/l\", \"syscalls\": [{\"names\": [\"bpf\"], "
		"\"action\": \"SCMP_ACT_NOTIFY\"}]}");

	assert_int_equal(cg_rollout_make_audit(profile, NULL), 0);
	assert_null(profile->listener_path); /* nobody would be notified */
	cg_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allow_list), cmocka_unit_test(test_deny_list),
		cmocka_unit_test(test_conditions), cmocka_unit_test(test_order),
		cmocka_unit_test(test_listener),   cmocka_unit_test(test_what_cannot_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
