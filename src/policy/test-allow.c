/*
 * Tests of allow.c: what is allowed besides, and what stays as it was.
 */
#include "policy/allow.h"

#include "abi/syscalls.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_policy *make_base(uint32_t default_action)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86"), NULL), 0);
	policy->bad_arch_action = CG_ACTION_KILL_PROCESS;
	policy->flags = CG_POLICY_LOG;
	return policy;
}

static void add(struct cg_policy *policy, const char *name, uint32_t action, const struct cg_comparison *comparison)
{
	struct cg_rule rule = { .arch = cg_arch_find("x86_64"), .action = action };

	rule.comparisons = comparison;
	rule.n_comparisons = comparison ? 1 : 0;
	assert_true(cg_syscall_number(rule.arch, name, &rule.nr));
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

static uint32_t ask(const struct cg_policy *policy, const char *arch_name, const char *name)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_call call = { .arch = arch->token, .args = { 5, 5, 5, 5, 5, 5 } };

	assert_true(cg_syscall_number(arch, name, &call.nr));
	return cg_policy_eval(policy, &call);
}

static void test_calls_and_groups_on_every_arch(void **state)
{
	struct cg_policy *base = make_base(CG_ACTION_ERRNO | 1), *policy = NULL;

	assert_int_equal(cg_policy_allow(base, "@exit,openat,@exit,openat", &policy, NULL), 0);
	assert_int_equal(ask(policy, "x86_64", "openat"), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "x86", "openat"), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "x86_64", "exit_group"), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "x86", "sigreturn"), CG_ACTION_ALLOW); /* x86_64 has none */
	assert_int_equal(ask(policy, "x86_64", "socket"), CG_ACTION_ERRNO | 1);
	assert_int_equal(policy->bad_arch_action, CG_ACTION_KILL_PROCESS);
	assert_int_equal(policy->flags, CG_POLICY_LOG);
	assert_int_equal(base->rules.n_items, 0);
	for (size_t i = 0; i < policy->rules.n_items; i++) /* named twice, allowed once */
		for (size_t k = 0; k < i; k++)
			assert_false(policy->rules.items[i].arch == policy->rules.items[k].arch &&
				     policy->rules.items[i].nr == policy->rules.items[k].nr);
	cg_policy_free(policy);
	cg_policy_free(base);
}

/* Whatever the base says of the call: an explicit refusal, a condition, or nothing under a default of ALLOW. */
static void test_allowed_calls_are_allowed(void **state)
{
	static const struct cg_comparison is_one = { .arg = 0, .op = CG_OP_EQ, .value = 1, .mask = UINT64_MAX };
	static const uint32_t defaults[] = { CG_ACTION_ERRNO | 1, CG_ACTION_ALLOW };

	for (size_t i = 0; i < 2; i++) {
		struct cg_policy *base = make_base(defaults[i]), *policy = NULL;

		add(base, "mount", CG_ACTION_KILL_PROCESS, NULL);
		add(base, "socket", CG_ACTION_ERRNO | 13, NULL);
		add(base, "personality", CG_ACTION_ERRNO | 22, &is_one);
		add(base, "ptrace", CG_ACTION_ERRNO | 3, NULL);
		assert_int_equal(cg_policy_allow(base, "mount,socket,personality", &policy, NULL), 0);
		assert_int_equal(ask(policy, "x86_64", "mount"), CG_ACTION_ALLOW);
		assert_int_equal(ask(policy, "x86_64", "socket"), CG_ACTION_ALLOW);
		assert_int_equal(ask(policy, "x86_64", "personality"), CG_ACTION_ALLOW);
		assert_int_equal(ask(policy, "x86_64", "ptrace"), CG_ACTION_ERRNO | 3);
		cg_policy_free(policy);
		cg_policy_free(base);
	}
}

static void test_words_that_are_none(void **state)
{
	struct cg_policy *base = make_base(CG_ACTION_ERRNO | 1), *policy = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_policy_allow(base, "@sdtio", &policy, &err), -ENOENT);
	assert_string_equal(err.place, "@sdtio");
	assert_non_null(strstr(err.message, "did you mean @stdio?"));
	assert_int_equal(cg_policy_allow(base, "read,opneat", &policy, &err), -ENOENT);
	assert_non_null(strstr(err.message, "did you mean openat?"));
	assert_int_equal(cg_policy_allow(base, "stdio", &policy, &err), -ENOENT);
	assert_int_equal(cg_policy_allow(base, "@read", &policy, &err), -ENOENT);
	assert_int_equal(cg_policy_allow(base, "", &policy, &err), -EINVAL);
	assert_int_equal(cg_policy_allow(base, "read,", &policy, &err), -EINVAL);
	assert_int_equal(cg_policy_allow(base, ",", &policy, &err), -EINVAL);
	assert_null(policy);
	cg_policy_free(base);
}

static void test_newer_calls_stay_newer(void **state)
{
	struct cg_policy *base = make_base(CG_ACTION_ERRNO | 1), *policy = NULL;
	struct cg_call call = { .arch = cg_arch_find("x86_64")->token, .nr = 400 };

	cg_policy_set_newest(base, cg_arch_find("x86_64"), 399, CG_ACTION_ERRNO | ENOSYS);
	assert_int_equal(cg_policy_allow(base, "openat", &policy, NULL), 0);
	assert_int_equal(cg_policy_eval(policy, &call), CG_ACTION_ERRNO | ENOSYS);
	call.nr = 399;
	assert_int_equal(cg_policy_eval(policy, &call), CG_ACTION_ERRNO | 1);
	cg_policy_free(policy);
	cg_policy_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_and_groups_on_every_arch),
		cmocka_unit_test(test_allowed_calls_are_allowed),
		cmocka_unit_test(test_words_that_are_none),
		cmocka_unit_test(test_newer_calls_stay_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
