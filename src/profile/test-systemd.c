/*
 * Units: what a policy says, written as a drop-in and read back, and what systemd makes of lists that people write.
 */
#include "profile/systemd.h"
#include "profile/test-support.h"

static const struct cg_arch *native(void)
{
	return cg_arch_find("x86_64");
}

/* The policy of a unit; NULL and the message in err. */
static struct cg_policy *read_unit(const char *text, struct cg_notes *notes, struct cg_err *err)
{
	struct cg_target target = target_for("oci");
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;

	assert_true(cg_systemd_is(text, strlen(text)));
	if (cg_systemd_read("a.conf", text, strlen(text), &target, notes, &profile, err) == 0 &&
	    cg_profile_resolve(profile, &target, notes, &policy, err) < 0)
		fail_msg("%s: %s", err->place, err->message);
	cg_profile_free(profile);
	return policy;
}

static void test_lists(void **state)
{
	static const struct {
		const char *text;
		const char *call;
		uint32_t action;
	} rows[] = {
		{ "[Service]\nSystemCallFilter=read write\n", "read", CG_ACTION_ALLOW },
		{ "[Service]\nSystemCallFilter=read write\n", "socket", CG_ACTION_KILL_PROCESS },
		/* @default comes by itself. */
		{ "SystemCallFilter=read", "execve", CG_ACTION_ALLOW },
		{ "SystemCallFilter=read\nSystemCallFilter=~execve", "execve", CG_ACTION_KILL_PROCESS },
		{ "SystemCallFilter=read\nSystemCallErrorNumber=EPERM", "socket", CG_ACTION_ERRNO | 1 },
		{ "SystemCallFilter=read mount:EACCES\nSystemCallErrorNumber=1", "mount", CG_ACTION_ERRNO | 13 },
		{ "SystemCallFilter=read mount:kill\nSystemCallErrorNumber=1", "mount", CG_ACTION_KILL_PROCESS },
		{ "SystemCallFilter=~mount\nSystemCallErrorNumber=EPERM", "mount", CG_ACTION_ERRNO | 1 },
		{ "SystemCallFilter=~mount\nSystemCallErrorNumber=EPERM", "read", CG_ACTION_ALLOW },
		{ "SystemCallFilter=~mount ptrace\nSystemCallFilter=ptrace", "ptrace", CG_ACTION_ALLOW },
		{ "SystemCallFilter=~mount:EBUSY\n", "mount", CG_ACTION_ERRNO | 16 },
		{ "SystemCallFilter=read\nSystemCallFilter=\nSystemCallFilter=~read", "write", CG_ACTION_ALLOW },
		{ "# x\n; y\n[Service]\nSystemCallFilter = read \\\n  write\n", "write", CG_ACTION_ALLOW },
		{ "SystemCallFilter=@default", "read", CG_ACTION_KILL_PROCESS },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_err err = { 0 };
		struct cg_policy *policy = read_unit(rows[i].text, NULL, &err);
		uint32_t action;

		if (!policy)
			fail_msg("%s: %s", rows[i].text, err.message);
		action = ask(policy, "x86_64", rows[i].call, 0, 0);
		if (action != rows[i].action)
			fail_msg("%s: %s is 0x%x", rows[i].text, rows[i].call, action);
		cg_policy_free(policy);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "[Service]\nExecStart=/bin/true\n", "no SystemCallFilter=" },
		{ "[Service]\nSystemCallFilter=@system-service\n", "systemd-analyze syscall-filter @system-service" },
		{ "[Service]\nSystemCallFilter=read:EVIL\n", "\"EVIL\" is no error number" },
		{ "[Service]\nSystemCallArchitectures=vax\n", "\"vax\" is no architecture" },
	};
	struct cg_notes notes = { 0 };
	struct cg_err err = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		assert_null(read_unit(rows[i].text, NULL, &err));
		if (!strstr(err.message, rows[i].part))
			fail_msg("%s: %s", rows[i].text, err.message);
	}
	cg_policy_free(read_unit("SystemCallFilter=raed\nRestrictNamespaces=yes\n", &notes, &err));
	assert_int_equal(notes.list.n_items, 2);
	cg_notes_done(&notes);
	assert_false(cg_systemd_is("{}", 2));
	assert_false(cg_systemd_is("[1]", 3));
	assert_false(cg_systemd_is("", 0));
	assert_false(cg_systemd_is("#", 1));
}

/* Written and read back: the same answer for every call of the architecture. */
static void test_round_trip(void **state)
{
	static const char *const profiles[] = {
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"syscalls\": [{\"names\": [\"read\", "
		"\"write\", \"execve\"], \"action\": \"SCMP_ACT_ALLOW\"}, {\"names\": [\"mount\"], \"action\": "
		"\"SCMP_ACT_ERRNO\"}, {\"names\": [\"reboot\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", \"syscalls\": [{\"names\": [\"read\", \"exit_group\"], "
		"\"action\": \"SCMP_ACT_ALLOW\"}, {\"names\": [\"pause\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": "
		"999}]}",
	};
	struct cg_target target = target_for("oci");

	for (size_t i = 0; i < CG_N_ITEMS(profiles); i++) {
		struct cg_policy *policy = policy_of(profiles[i], &target, NULL), *again;
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		struct cg_err err = { 0 };
		size_t n_opened;

		assert_int_equal(cg_systemd_write(policy, native(), &text, &n_opened, &err), 0);
		assert_int_equal(n_opened, 0);
		again = read_unit(cg_text_get(&text), NULL, &err);
		assert_non_null(again);
		for (uint32_t nr = 0; nr < 600; nr++) {
			struct cg_call call = { .arch = native()->token, .nr = nr };

			if (cg_policy_eval(policy, &call) != cg_policy_eval(again, &call))
				fail_msg("%u differs:\n%s", nr, cg_text_get(&text));
		}
		cg_policy_free(policy);
		cg_policy_free(again);
	}
}

/* Families have a setting; what has none is open, and said. */
static void test_arguments(void **state)
{
	static const char profile[] =
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"socket\"], \"action\": "
		"\"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}, {\"names\": "
		"[\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 4294967295, "
		"\"valueTwo\": 16, \"op\": \"SCMP_CMP_MASKED_EQ\"}]}, {\"names\": [\"prctl\"], \"action\": "
		"\"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 15, \"op\": \"SCMP_CMP_EQ\"}]}, {\"names\": "
		"[\"clone\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 2114060288, \"op\": "
		"\"SCMP_CMP_MASKED_EQ\"}]}]}";
	struct cg_target target = target_for("oci");
	struct cg_policy *policy = policy_of(profile, &target, NULL);
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	size_t n_opened;

	assert_int_equal(cg_systemd_write(policy, native(), &text, &n_opened, NULL), 0);
	assert_int_equal(n_opened, 1);
	assert_non_null(strstr(cg_text_get(&text), "\nRestrictAddressFamilies=AF_UNIX AF_NETLINK\n"));
	assert_non_null(strstr(cg_text_get(&text), "\nRestrictNamespaces=yes\n"));
	assert_non_null(strstr(cg_text_get(&text), "in the profile: prctl\n"));
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
