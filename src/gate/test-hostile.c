/*
 * Policies made to cost time: what the gate does with them is bounded, and a bound is held by counting, not by a clock.
 *
 * The proof has a budget of steps and the boundaries one of probes times rules; a compiler that has none for some shape
 * shows itself by the alarm, which is far away.
 */
#include "gate/boundary.h"
#include "gate/gate.h"

#include "abi/syscalls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT 240 /* seconds: with sanitizers, on a busy machine */

static struct cg_policy *new_policy(void)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	return policy;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void add(struct cg_policy *policy, uint32_t nr, uint32_t action, const struct cg_comparison *comparisons,
		unsigned int n)
{
	const struct cg_rule rule = { .arch = policy->arches[0], .nr = nr, .action = action,
				      .comparisons = comparisons, .n_comparisons = n };

	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

/*
 * A filter, or a refusal; of a filter, the boundaries are asked once more. Each probe is held against the rules of its
 * call, so that probes alone cannot pass the work that is allowed, but for one sweep over all numbers' edges.
 */
static void compile_within_bounds(struct cg_policy *policy)
{
	enum cg_proof proof = CG_PROOF_NONE;
	struct cg_gate_options options = { .budget = { .n_nodes = 1 << 16, .n_steps = 1 << 16 }, .ret_proof = &proof };
	struct cg_filter *filter = NULL;
	size_t n_probes = 0;
	int r;

	alarm(TIME_LIMIT);
	r = cg_gate_compile(policy, &options, &filter, NULL);
	assert_true(r == 0 || r == -E2BIG);
	if (r == 0) {
		assert_true(proof == CG_PROOF_PROVEN || proof == CG_PROOF_SIMULATED);
		assert_int_equal(cg_boundary_compare(policy, filter, &n_probes, NULL), 0);
		assert_true(n_probes <= CG_BOUNDARY_WORK);
	}
	alarm(0);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

static void test_many_rules_over_many_calls(void **state)
{
	struct cg_policy *policy = new_policy();

	for (uint32_t i = 0; i < 300000; i++) {
		const struct cg_comparison comparison = { i % 5, CG_OP_EQ, i / 400 * 3, UINT64_MAX };

		add(policy, i % 400, CG_ACTION_ALLOW, &comparison, 1);
	}
	compile_within_bounds(policy);
}

static void test_six_comparisons_each(void **state)
{
	struct cg_policy *policy = new_policy();
	uint64_t random = 88172645463325252;

	for (uint32_t i = 0; i < 2000; i++) {
		struct cg_comparison comparisons[6];

		for (unsigned int j = 0; j < 6; j++)
			comparisons[j] = (struct cg_comparison){ j, (enum cg_op)(next_random(&random) % 6),
								 next_random(&random), UINT64_MAX };
		add(policy, 16, i % 3 ? CG_ACTION_ALLOW : cg_action_errno(1 + i % 7), comparisons, 6);
	}
	compile_within_bounds(policy);
}

static void test_six_ranges_each(void **state)
{
	struct cg_policy *policy = new_policy();
	uint64_t random = 362436069362436069;

	for (uint32_t i = 0; i < 120; i++) {
		struct cg_comparison comparisons[12];

		for (unsigned int j = 0; j < 6; j++) {
			uint64_t low = next_random(&random) >> 1, high = low + (next_random(&random) >> 2);

			comparisons[2 * j] = (struct cg_comparison){ j, CG_OP_GE, low, UINT64_MAX };
			comparisons[2 * j + 1] = (struct cg_comparison){ j, CG_OP_LE, high, UINT64_MAX };
		}
		add(policy, 16, CG_ACTION_ALLOW, comparisons, 12);
	}
	compile_within_bounds(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_rules_over_many_calls),
		cmocka_unit_test(test_six_comparisons_each),
		cmocka_unit_test(test_six_ranges_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
