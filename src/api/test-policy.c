/*
 * Policies as programs make them: what each rule means, and what is refused.
 */
#include "callgate.h"

#include "abi/syscalls.h"
#include "policy/eval.h"
#include "policy/policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t answer(const struct cg_policy *policy, const char *arch, const char *name, uint64_t first)
{
	struct cg_call call = { .arch = cg_arch_find(arch)->token, .args = { first } };

	assert_true(cg_syscall_number(cg_arch_find(arch), name, &call.nr));
	return cg_policy_eval(policy, &call);
}

static void test_rules(void **state)
{
	struct cg_policy *policy = cg_policy_new(SECCOMP_RET_ERRNO | EPERM);
	const struct cg_comparison between[] = { { 0, CG_OP_GE, 1, 0 }, { 0, CG_OP_LE, 2, 0 } };
	const struct cg_comparison masked = { 0, CG_OP_MASKED_EQ, 0x10, 0xf0 };

	assert_int_equal(cg_policy_add_architecture(policy, "x86_64", NULL), 0);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "read", NULL, 0, NULL), 0);
	assert_int_equal(cg_policy_add_architecture(policy, "x86", NULL), 0);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "write", between, 2, NULL), 0);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "umask", &masked, 1, NULL), 0);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "arch_prctl", NULL, 0, NULL), 0);
	assert_int_equal(answer(policy, "x86_64", "read", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(policy, "x86", "read", 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(answer(policy, "x86", "write", 2), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(policy, "x86_64", "write", 3), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(answer(policy, "x86_64", "umask", 0x1f), SECCOMP_RET_TRAP);
	assert_int_equal(answer(policy, "x86_64", "umask", 0x3f), SECCOMP_RET_ERRNO | EPERM);
	assert_null(cg_policy_free(policy));
}

static void test_native_is_added(void **state)
{
	struct cg_policy *policy = cg_policy_new(SECCOMP_RET_KILL_PROCESS);

	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "read", NULL, 0, NULL), 0);
	assert_int_equal(policy->n_arches, 1);
	assert_ptr_equal(policy->arches[0], cg_arch_native());
	cg_policy_free(policy);
}

static void test_refused(void **state)
{
	struct cg_policy *policy = cg_policy_new(SECCOMP_RET_ALLOW);
	const struct cg_comparison wrong_arg = { 6, CG_OP_EQ, 0, 0 }, wrong_op = { 0, (enum cg_op)7, 0, 0 };
	struct cg_comparison many[CG_POLICY_COMPARISONS_LIMIT + 1] = { { 0 } };
	struct cg_err err = { 0 };

	assert_int_equal(cg_policy_add_architecture(policy, "vax", &err), -EINVAL);
	assert_int_equal(cg_policy_add_architecture(policy, "x86_64", &err), 0);
	assert_int_equal(cg_policy_add_architecture(policy, "s390x", &err), -EDOM);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "raed", NULL, 0, &err), -ENOENT);
	assert_string_equal(err.place, "raed");
	assert_non_null(strstr(err.message, "did you mean read?"));
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "socketcall", NULL, 0, &err), -ENOENT);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "read", &wrong_arg, 1, &err), -EINVAL);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "read", &wrong_op, 1, &err), -EINVAL);
	assert_int_equal(cg_policy_add_call(policy, 0x12340000, "read", NULL, 0, &err), -EINVAL);
	assert_int_equal(cg_policy_add_call(policy, SECCOMP_RET_TRAP, "read", many, CG_POLICY_COMPARISONS_LIMIT + 1,
					    &err), -E2BIG);
	assert_int_equal(policy->rules.n_items, 0);
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_native_is_added),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
