/* The stub of runc: which calls it answers, arch by arch, and when there is none. */
#include "profile/stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_policy *new_policy(uint32_t default_action, const char *const *arches)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	for (size_t i = 0; arches[i]; i++)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(arches[i]), NULL), 0);
	return policy;
}

static void name(struct cg_policy *policy, const char *arch, uint32_t nr)
{
	struct cg_rule rule = { .arch = cg_arch_find(arch), .nr = nr, .action = CG_ACTION_ALLOW };

	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

static bool answers(const struct cg_filter *mask, const char *arch, uint32_t nr)
{
	struct cg_call call = { .arch = cg_arch_find(arch)->token, .nr = nr };

	assert_int_equal(cg_filter_check(mask, NULL), 0);
	return cg_filter_run(mask, &call, NULL) == CG_ACTION_ALLOW;
}

static void test_above_the_largest(void **state)
{
	static const char *const arches[] = { "x86_64", "x86", NULL };
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_PROCESS, arches);
	struct cg_filter *mask = NULL;

	name(policy, "x86_64", 300);
	name(policy, "x86_64", 10);
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_false(answers(mask, "x86_64", 0));
	assert_false(answers(mask, "x86_64", 300));
	assert_true(answers(mask, "x86_64", 301));
	assert_true(answers(mask, "x86_64", CG_X32_BIT - 1));
	assert_false(answers(mask, "x86_64", CG_X32_BIT)); /* x32 is not in the profile: left to the filter (seen) */
	assert_true(answers(mask, "x86_64", 2 * CG_X32_BIT));
	assert_false(answers(mask, "x86_64", UINT32_MAX));
	assert_false(answers(mask, "x86", 301)); /* names nothing there */
	assert_false(answers(mask, "arm", 301)); /* outside */
	cg_filter_free(mask);
	cg_policy_free(policy);
}

static void test_x32_has_its_own_largest(void **state)
{
	static const char *const arches[] = { "x86_64", "x32", NULL };
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_PROCESS, arches);
	struct cg_filter *mask = NULL;

	name(policy, "x86_64", 300);
	name(policy, "x32", CG_X32_BIT + 500);
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_false(answers(mask, "x86_64", 300));
	assert_true(answers(mask, "x86_64", 301));
	assert_true(answers(mask, "x86_64", CG_X32_BIT - 1));
	assert_false(answers(mask, "x86_64", CG_X32_BIT));
	assert_false(answers(mask, "x86_64", CG_X32_BIT + 500));
	assert_true(answers(mask, "x86_64", CG_X32_BIT + 501));
	assert_true(answers(mask, "x86_64", 2 * CG_X32_BIT)); /* bit 30 is not set in it */
	assert_true(answers(mask, "x86_64", 3 * CG_X32_BIT));
	assert_true(answers(mask, "x86_64", UINT32_MAX));
	cg_filter_free(mask);
	cg_policy_free(policy);
}

static void test_setup_of_s390(void **state)
{
	static const char *const arches[] = { "s390x", NULL };
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_PROCESS, arches);
	struct cg_filter *mask = NULL;

	name(policy, "s390x", 100);
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_true(mask->is_big_endian);
	assert_true(answers(mask, "s390x", 0));
	assert_false(answers(mask, "s390x", 1));
	assert_true(answers(mask, "s390x", 101));
	cg_filter_free(mask);
	cg_policy_free(policy);
}

/* Seen in containers of runc 1.1.5: a profile without "architectures", and one that lists x86 only. */
static void test_native_arch_that_is_not_listed(void **state)
{
	static const char *const arches[] = { "x86_64", "x86", NULL };
	struct cg_policy *policy = new_policy(cg_action_errno(EPERM), arches);
	struct cg_filter *mask = NULL;
	uint32_t largest;

	name(policy, "x86_64", 300);
	policy->tacit_arch = cg_arch_find("x86_64");
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_null(mask);
	name(policy, "x86", 200);
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_false(answers(mask, "x86_64", 301));
	assert_true(answers(mask, "x86", 201));
	assert_false(cg_stub_largest(policy, cg_engine_find("runc"), policy->arches[0], &largest));
	cg_filter_free(mask);
	cg_policy_free(policy);
}

/* cachestat (451) is of Linux 6.5, statmount (457) of 6.8. */
static void test_names_that_the_library_lacks(void **state)
{
	static const char *const arches[] = { "x86_64", NULL };
	struct cg_policy *policy = new_policy(cg_action_errno(EPERM), arches);
	uint32_t largest;

	name(policy, "x86_64", 451);
	name(policy, "x86_64", 457);
	assert_true(cg_stub_largest(policy, cg_engine_find("runc"), policy->arches[0], &largest));
	assert_int_equal(largest, 451);
	assert_true(cg_stub_largest(policy, cg_engine_find("docker@23.0"), policy->arches[0], &largest));
	assert_int_equal(largest, 457); /* not known which library it has */
	cg_policy_free(policy);
}

/* On x86 shmget (395) stands behind ipc: libseccomp gives it a negative number, and runc passes over that. */
static void test_names_behind_another(void **state)
{
	static const char *const arches[] = { "x86_64", "x86", NULL };
	struct cg_policy *policy = new_policy(cg_action_errno(EPERM), arches);
	uint32_t largest;

	name(policy, "x86", 355);
	name(policy, "x86", 395);
	assert_true(cg_stub_largest(policy, cg_engine_find("runc"), policy->arches[1], &largest));
	assert_int_equal(largest, 355);
	cg_policy_free(policy);
}

static void test_where_there_is_none(void **state)
{
	static const char *const arches[] = { "x86_64", NULL };
	static const uint32_t open_defaults[] = { CG_ACTION_ALLOW, CG_ACTION_LOG, CG_ACTION_TRACE | 7 };
	static const char *const without[] = { "oci", "crun" };
	struct cg_policy *policy = new_policy(cg_action_errno(EPERM), arches);
	struct cg_filter *mask = NULL;

	assert_int_equal(cg_stub_mask(policy, cg_engine_find("runc"), &mask, NULL), 0);
	assert_null(mask); /* no rule at all */
	name(policy, "x86_64", 1);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(cg_stub_mask(policy, cg_engine_find(without[i]), &mask, NULL), 0);
		assert_null(mask);
	}
	for (size_t i = 0; i < 3; i++) {
		policy->default_action = open_defaults[i];
		assert_int_equal(cg_stub_mask(policy, cg_engine_find("docker"), &mask, NULL), 0);
		assert_null(mask);
	}
	policy->default_action = cg_action_errno(ENOSYS); /* no exception */
	assert_int_equal(cg_stub_mask(policy, cg_engine_find("docker"), &mask, NULL), 0);
	assert_non_null(mask);
	cg_filter_free(mask);
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_above_the_largest),
		cmocka_unit_test(test_x32_has_its_own_largest),
		cmocka_unit_test(test_setup_of_s390),
		cmocka_unit_test(test_native_arch_that_is_not_listed),
		cmocka_unit_test(test_names_that_the_library_lacks),
		cmocka_unit_test(test_names_behind_another),
		cmocka_unit_test(test_where_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
