/*
 * Actions and error numbers: values, names, texts, order.
 */
#include "abi/action.h"

#include "abi/arch.h"
#include "abi/errnos.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void values_are_the_kernels(void **state)
{
	assert_int_equal(CG_ACTION_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(CG_ACTION_KILL_THREAD, SECCOMP_RET_KILL_THREAD);
	assert_int_equal(CG_ACTION_TRAP, SECCOMP_RET_TRAP);
	assert_int_equal(CG_ACTION_ERRNO, SECCOMP_RET_ERRNO);
	assert_int_equal(CG_ACTION_NOTIFY, SECCOMP_RET_USER_NOTIF);
	assert_int_equal(CG_ACTION_TRACE, SECCOMP_RET_TRACE);
	assert_int_equal(CG_ACTION_LOG, SECCOMP_RET_LOG);
	assert_int_equal(CG_ACTION_ALLOW, SECCOMP_RET_ALLOW);
	assert_int_equal(CG_ACTION_MASK, SECCOMP_RET_ACTION_FULL);
	assert_int_equal(CG_ACTION_DATA, SECCOMP_RET_DATA);
	assert_int_equal(cg_n_actions, 8);
}

/* The kernel takes the smallest of the values as signed numbers. */
static void order_is_the_kernels(void **state)
{
	for (size_t i = 0; i < cg_n_actions; i++) {
		for (size_t k = 0; k < cg_n_actions; k++) {
			int32_t a = (int32_t)cg_actions[i].value, b = (int32_t)cg_actions[k].value;

			assert_int_equal(cg_action_compare(cg_actions[i].value | 7, cg_actions[k].value), (a > b) - (a < b));
		}
	}
	assert_true(cg_action_is_permit(CG_ACTION_ALLOW) && cg_action_is_permit(CG_ACTION_LOG));
	assert_false(cg_action_is_permit(CG_ACTION_TRACE) || cg_action_is_permit(CG_ACTION_NOTIFY));
}

static void unknown_values_kill(void **state)
{
	assert_int_equal(cg_action_row(0x12340000)->value, CG_ACTION_KILL_PROCESS);
	assert_int_equal(cg_action_row(0x7fffffff)->value, CG_ACTION_ALLOW);
	assert_int_equal(cg_action_row(0x00010000)->value, CG_ACTION_KILL_PROCESS);
	assert_false(cg_action_is_permit(0x7ffe0000));
}

static void is_found_by_name(void **state)
{
	assert_int_equal(cg_action_find("KILL")->value, CG_ACTION_KILL_THREAD);
	assert_int_equal(cg_action_find("errno")->value, CG_ACTION_ERRNO);
	assert_int_equal(cg_action_find("user_notif")->value, CG_ACTION_NOTIFY);
	assert_int_equal(cg_action_find("SCMP_ACT_LOG")->value, CG_ACTION_LOG);
	assert_int_equal(cg_action_find("SECCOMP_RET_TRAP")->value, CG_ACTION_TRAP);
	assert_null(cg_action_find("DENY"));
	assert_null(cg_action_find(""));
	assert_null(cg_action_find("SCMP_ACT_"));
	for (size_t i = 0; i < cg_n_actions; i++) {
		assert_ptr_equal(cg_action_find(cg_actions[i].name), &cg_actions[i]);
		assert_ptr_equal(cg_action_find_oci(cg_actions[i].oci_name), &cg_actions[i]);
	}
	assert_int_equal(cg_action_find_oci("SCMP_ACT_KILL")->value, CG_ACTION_KILL_THREAD);
	assert_null(cg_action_find_oci("scmp_act_allow"));
	assert_null(cg_action_find_oci("ALLOW"));
	assert_null(cg_action_find_oci("SCMP_ACT_USER_NOTIF"));
	assert_string_equal(cg_action_suggest_oci("SCMP_ACT_ALOW"), "SCMP_ACT_ALLOW");
}

static void text_goes_both_ways(void **state)
{
	static const struct {
		uint32_t action;
		const char *text;
	} pairs[] = {
		{ CG_ACTION_ALLOW, "ALLOW" },
		{ CG_ACTION_ALLOW | 7, "ALLOW(7)" },
		{ CG_ACTION_ERRNO | EPERM, "ERRNO(EPERM)" },
		{ CG_ACTION_ERRNO | ENOSYS, "ERRNO(ENOSYS)" },
		{ CG_ACTION_ERRNO, "ERRNO(0)" },
		{ CG_ACTION_ERRNO | 4095, "ERRNO(4095)" },
		{ CG_ACTION_TRACE | 5, "TRACE(5)" },
		{ CG_ACTION_TRACE, "TRACE(0)" },
		{ CG_ACTION_KILL_PROCESS, "KILL_PROCESS" },
		{ CG_ACTION_KILL_THREAD, "KILL_THREAD" },
		{ CG_ACTION_NOTIFY, "NOTIFY" },
		{ CG_ACTION_LOG, "LOG" },
		{ CG_ACTION_TRAP | 3, "TRAP(3)" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct cg_text text = { 0 };
		uint32_t action = 1;

		cg_action_format(&text, pairs[i].action);
		assert_string_equal(cg_text_get(&text), pairs[i].text);
		assert_true(cg_action_parse(pairs[i].text, &action));
		assert_int_equal(action, pairs[i].action);
		cg_text_done(&text);
	}
}

static void other_spellings_are_read(void **state)
{
	uint32_t action = 0;

	assert_true(cg_action_parse("ERRNO", &action));
	assert_int_equal(action, CG_ACTION_ERRNO | EPERM);
	assert_true(cg_action_parse("TRACE", &action));
	assert_int_equal(action, CG_ACTION_TRACE | 1);
	assert_true(cg_action_parse("SCMP_ACT_ERRNO(0x26)", &action));
	assert_int_equal(action, CG_ACTION_ERRNO | ENOSYS);
	assert_true(cg_action_parse("ERRNO(EWOULDBLOCK)", &action));
	assert_int_equal(action, CG_ACTION_ERRNO | EAGAIN);
}

static void bad_text_is_refused_and_touches_nothing(void **state)
{
	static const char *const bad[] = { "", "DENY", "ERRNO()", "ERRNO(", "ERRNO(EPERM", "ERRNO(EPERM))", "ERRNO(65536)",
					   "ERRNO(EPRM)", "TRACE(EPERM)", "TRACE(-1)", "ALLOW ", " ALLOW", "(1)",
					   "ERRNO(99999999999999999999)",
					   "ERRNO(E123456789012345678901234567890123456789)" };
	uint32_t action = 0x1234;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (cg_action_parse(bad[i], &action))
			fail_msg("'%s' was read", bad[i]);
		assert_int_equal(action, 0x1234);
	}
}

static void errnos_are_named(void **state)
{
	/* The C library speaks of the machine's own numbers: the generic ones on this arch, not on mips or parisc. */
	bool is_generic = strcmp(cg_arch_native()->name, "x86_64") == 0;
	unsigned int number = 0, n_missing = 0;

	for (unsigned int i = 1; i <= 133; i++) {
		const char *name = cg_errno_name(i);

		n_missing += !name;
		if (!name)
			continue;
		assert_true(cg_errno_find(name, &number));
		assert_int_equal(number, i);
		assert_non_null(cg_errno_meaning(i));
		if (is_generic)
			assert_string_equal(name, strerrorname_np((int)i));
	}
	assert_int_equal(n_missing, 2); /* 41 and 58 are second names of 11 and 35 elsewhere, and empty here */
	assert_null(cg_errno_name(0));
	assert_null(cg_errno_name(134));
	assert_null(cg_errno_name(UINT32_MAX));
	assert_string_equal(cg_errno_meaning(1), "Operation not permitted");
}

static void errnos_are_found(void **state)
{
	unsigned int number = 7;

	assert_true(cg_errno_find("4095", &number));
	assert_int_equal(number, 4095);
	assert_true(cg_errno_find("ENOTSUP", &number));
	assert_int_equal(number, 95);
	assert_false(cg_errno_find("4096", &number));
	assert_false(cg_errno_find("eperm", &number));
	assert_false(cg_errno_find("", &number));
	assert_false(cg_errno_find("-1", &number));
	assert_int_equal(number, 95);
	assert_string_equal(cg_errno_suggest("EPREM"), "EPERM");
	assert_string_equal(cg_errno_suggest("ENOSYSS"), "ENOSYS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_the_kernels),
		cmocka_unit_test(order_is_the_kernels),
		cmocka_unit_test(unknown_values_kill),
		cmocka_unit_test(is_found_by_name),
		cmocka_unit_test(text_goes_both_ways),
		cmocka_unit_test(other_spellings_are_read),
		cmocka_unit_test(bad_text_is_refused_and_touches_nothing),
		cmocka_unit_test(errnos_are_named),
		cmocka_unit_test(errnos_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
