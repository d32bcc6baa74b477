/*
 * Merged policies answer each call as they should: proven for pairs of random policies, and for lists as people write.
 * What a union and a stack are is said by the checker, which shares nothing with merge.c.
 */
#include "policy/merge.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "check/check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(seed >> 33) % n;
}

static const uint32_t actions[] = {
	CG_ACTION_ALLOW,      CG_ACTION_ALLOW,	    CG_ACTION_ALLOW,	 cg_action_errno(1), cg_action_errno(38),
	cg_action_trace(1),   cg_action_trace(2),   CG_ACTION_LOG,	 CG_ACTION_KILL_PROCESS,
	CG_ACTION_KILL_THREAD, CG_ACTION_TRAP,	    CG_ACTION_NOTIFY,
};

static struct cg_comparison random_comparison(void)
{
	static const uint64_t values[] = { 0, 1, 2, 3, 5, 8, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX };
	static const uint64_t masks[] = { 1, 3, 8, 0xff, UINT32_MAX, UINT64_MAX, 0, UINT64_C(3) << 32 };
	struct cg_comparison comparison = { .arg = random_below(2),
					    .op = (enum cg_op)random_below(7),
					    .mask = UINT64_MAX };

	comparison.value = values[random_below(CG_N_ITEMS(values))];
	if (comparison.op == CG_OP_MASKED_EQ)
		comparison.mask = masks[random_below(CG_N_ITEMS(masks))];
	return comparison;
}

static struct cg_policy *random_policy(uint32_t default_action, bool has_x86)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	if (has_x86)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86"), NULL), 0);
	for (size_t i = random_below(8); i > 0; i--) {
		struct cg_comparison comparisons[3];
		struct cg_rule rule = { .arch = policy->arches[random_below((uint32_t)policy->n_arches)],
					.nr = random_below(3),
					.action = actions[random_below(CG_N_ITEMS(actions))],
					.comparisons = comparisons,
					.n_comparisons = random_below(4) };

		for (unsigned int k = 0; k < rule.n_comparisons; k++)
			comparisons[k] = random_comparison();
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	return policy;
}

/* 1: equal to what the checker says; 0: merge.c says that no policy can be; a failed test: anything else. */
static int prove(enum cg_merge kind, const struct cg_policy *a, const struct cg_policy *b)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_policy *merged = NULL;
	struct cg_err err = { 0 };
	uint32_t roots[2], wanted, got;
	struct cg_witness witness;
	int r = cg_policy_merge(kind, a, b, &merged, &err);

	if (r == -EOPNOTSUPP) {
		assert_non_null(strstr(err.message, "x86"));
		cg_meanings_free(meanings);
		return 0;
	}
	assert_int_equal(r, 0);
	assert_int_equal(cg_meaning_of_policy(meanings, a, &roots[1], NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, b, &roots[0], NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, merged, &got, NULL), 0);
	if (kind == CG_MERGE_UNION)
		assert_int_equal(cg_meaning_of_union(meanings, roots[1], roots[0], &wanted, NULL), 0);
	else
		assert_int_equal(cg_meaning_of_stack(meanings, roots, 2, &wanted, NULL), 0);
	if (cg_meaning_differ(meanings, wanted, got, &witness))
		fail_msg("nr %u (%#lx, %#lx) is 0x%x, and should be 0x%x", witness.call.nr,
			 (unsigned long)witness.call.args[0], (unsigned long)witness.call.args[1], witness.b,
			 witness.a);
	cg_policy_free(merged);
	cg_meanings_free(meanings);
	return 1;
}

static void test_random(void **state)
{
	size_t n_proven = 0;

	for (size_t i = 0; i < 4000; i++) {
		struct cg_policy *a = random_policy(actions[random_below(CG_N_ITEMS(actions))], random_below(4) > 0);
		struct cg_policy *b = random_policy(actions[random_below(CG_N_ITEMS(actions))], random_below(4) > 0);

		n_proven += (size_t)prove(i % 2 ? CG_MERGE_UNION : CG_MERGE_INTERSECTION, a, b);
		cg_policy_free(a);
		cg_policy_free(b);
	}
	print_message("# %zu of 4000 pairs proven, the others have an architecture that no default suits\n", n_proven);
	assert_in_range(n_proven, 2800, 4000);
}

/* Two lists of values of one argument: the union has both, the intersection what is in both, and no rule besides. */
static void test_lists(void **state)
{
	struct cg_policy *sides[2], *merged;

	for (unsigned int side = 0; side < 2; side++) {
		sides[side] = cg_policy_new(cg_action_errno(1));
		assert_int_equal(cg_policy_add_arch(sides[side], cg_arch_find("x86_64"), NULL), 0);
		for (uint64_t value = 0; value < 10; value++) {
			struct cg_comparison comparison = { .op = CG_OP_EQ,
							    .value = value + 6 * side,
							    .mask = UINT64_MAX };
			struct cg_rule rule = { .arch = cg_arch_find("x86_64"),
						.nr = 16,
						.action = CG_ACTION_ALLOW,
						.comparisons = &comparison,
						.n_comparisons = 1 };

			assert_int_equal(cg_policy_add_rule(sides[side], &rule, NULL), 0);
		}
	}
	assert_int_equal(cg_policy_merge(CG_MERGE_UNION, sides[0], sides[1], &merged, NULL), 0);
	assert_int_equal(merged->rules.n_items, 16);
	cg_policy_free(merged);
	assert_int_equal(cg_policy_merge(CG_MERGE_INTERSECTION, sides[0], sides[1], &merged, NULL), 0);
	assert_int_equal(merged->rules.n_items, 4);
	cg_policy_free(merged);
	cg_policy_free(sides[0]);
	cg_policy_free(sides[1]);
}

static void add_call(struct cg_policy *policy, const struct cg_comparison *comparisons, unsigned int n)
{
	struct cg_rule rule = { .arch = policy->arches[0],
				.nr = 0,
				.action = CG_ACTION_ALLOW,
				.comparisons = comparisons,
				.n_comparisons = n };

	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

/* What the rest of a rule says already is left out: OCI's form has room for one comparison an argument. */
static void test_simplifies(void **state)
{
	const struct cg_comparison low = { .op = CG_OP_MASKED_EQ, .value = 1, .mask = UINT32_MAX };
	const struct cg_comparison others[] = {
		{ .op = CG_OP_EQ, .value = 1, .mask = UINT64_MAX },
		{ .op = CG_OP_NE, .value = 40, .mask = UINT64_MAX },
		{ .op = CG_OP_GE, .value = 0, .mask = UINT64_MAX },
		{ .op = CG_OP_LT, .value = 9, .mask = UINT64_MAX },
	};
	static const unsigned int n_left[] = { 1, 1, 1, 2 };

	for (size_t i = 0; i < CG_N_ITEMS(others); i++) {
		struct cg_policy *a = cg_policy_new(cg_action_errno(1)), *b = cg_policy_new(cg_action_errno(1)),
				 *merged;

		assert_int_equal(cg_policy_add_arch(a, cg_arch_find("x86_64"), NULL), 0);
		assert_int_equal(cg_policy_add_arch(b, cg_arch_find("x86_64"), NULL), 0);
		add_call(a, &low, 1);
		add_call(b, &others[i], 1);
		assert_int_equal(cg_policy_merge(CG_MERGE_INTERSECTION, a, b, &merged, NULL), 0);
		assert_int_equal(merged->rules.n_items, 1);
		assert_int_equal(merged->rules.items[0].n_comparisons, n_left[i]);
		assert_int_equal(prove(CG_MERGE_INTERSECTION, a, b), 1);
		cg_policy_free(merged);
		cg_policy_free(a);
		cg_policy_free(b);
	}
}

/* The order of actions is the kernel's; of equals the second, which is the newer filter, has its data in a stack. */
static void test_actions(void **state)
{
	uint32_t eperm = cg_action_errno(1), enosys = cg_action_errno(38);

	assert_int_equal(cg_merge_actions(CG_MERGE_UNION, eperm, CG_ACTION_ALLOW), CG_ACTION_ALLOW);
	assert_int_equal(cg_merge_actions(CG_MERGE_UNION, CG_ACTION_KILL_PROCESS, CG_ACTION_KILL_THREAD),
			 CG_ACTION_KILL_THREAD);
	assert_int_equal(cg_merge_actions(CG_MERGE_UNION, eperm, enosys), eperm);
	assert_int_equal(cg_merge_actions(CG_MERGE_INTERSECTION, eperm, enosys), enosys);
	assert_int_equal(cg_merge_actions(CG_MERGE_INTERSECTION, CG_ACTION_LOG, CG_ACTION_ALLOW), CG_ACTION_LOG);
	assert_int_equal(cg_merge_actions(CG_MERGE_INTERSECTION, CG_ACTION_KILL_PROCESS, CG_ACTION_KILL_THREAD),
			 CG_ACTION_KILL_PROCESS);
}

/* Conditions without end: an error that names the call, and not hours. */
static void test_limits(void **state)
{
	struct cg_policy *a = cg_policy_new(CG_ACTION_KILL_PROCESS), *b = cg_policy_new(cg_action_errno(1)), *merged;
	struct cg_err err = { 0 };

	assert_int_equal(cg_policy_add_arch(a, cg_arch_find("x86_64"), NULL), 0);
	assert_int_equal(cg_policy_add_arch(b, cg_arch_find("x86_64"), NULL), 0);
	for (uint64_t i = 1; i < 4000; i++) {
		struct cg_comparison comparisons[6];

		for (unsigned int arg = 0; arg < 6; arg++)
			comparisons[arg] =
				(struct cg_comparison){ arg, CG_OP_MASKED_EQ, i * 77777777U, i * 0x123456789abU };
		add_call(i % 2 ? a : b, comparisons, 6);
	}
	assert_int_equal(cg_policy_merge(CG_MERGE_UNION, a, b, &merged, &err), -E2BIG);
	assert_non_null(strstr(err.message, "read"));
	cg_policy_free(a);
	cg_policy_free(b);
}

static void test_byte_orders(void **state)
{
	struct cg_policy *a = cg_policy_new(CG_ACTION_ALLOW), *b = cg_policy_new(CG_ACTION_ALLOW), *merged;

	assert_int_equal(cg_policy_add_arch(a, cg_arch_find("x86_64"), NULL), 0);
	assert_int_equal(cg_policy_add_arch(b, cg_arch_find("s390x"), NULL), 0);
	assert_int_equal(cg_policy_merge(CG_MERGE_UNION, a, b, &merged, NULL), -EDOM);
	cg_policy_free(a);
	cg_policy_free(b);
}

/* Two defaults in one policy are more than merging knows of: said, not lost. */
static void test_newer(void **state)
{
	struct cg_policy *a = random_policy(actions[0], false), *b = random_policy(actions[1], false), *merged = NULL;
	struct cg_err err = { 0 };

	cg_policy_set_newest(b, b->arches[0], 300, actions[0]);
	assert_int_equal(cg_policy_merge(CG_MERGE_UNION, a, b, &merged, &err), -EOPNOTSUPP);
	assert_int_equal(cg_policy_merge(CG_MERGE_UNION, b, a, &merged, &err), -EOPNOTSUPP);
	assert_null(merged);
	assert_non_null(strstr(err.message, "newer"));
	cg_policy_free(a);
	cg_policy_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random), cmocka_unit_test(test_lists),	    cmocka_unit_test(test_actions),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_byte_orders), cmocka_unit_test(test_simplifies),
		cmocka_unit_test(test_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
