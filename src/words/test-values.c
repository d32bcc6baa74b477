/*
 * Sets of values are exact: for random rules on one argument, a value is in a part's set if and only if the diagrams
 * lead there.
 */
#include "words/values.h"

#include "abi/action.h"
#include "filter/test-random.h"
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_POLICIES 1500
#define N_VALUES 400

/* An argument or a datum: small, at an edge of a half, or anything. */
static uint64_t random_value(struct test_random *random)
{
	uint64_t value = test_random_u64(random) % 20;

	switch (test_random_u64(random) % 6) {
	case 0:
		return test_random_u64(random);
	case 1:
		return value | (uint64_t)1 << test_random_u64(random) % 64;
	case 2:
		return value << 32;
	case 3:
		return UINT32_MAX - value;
	default:
		return value;
	}
}

/* Only read is ever conditional, on its first argument. */
static uint32_t random_root(struct cg_meanings *meanings, struct test_random *random)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_policy *policy = cg_policy_new(cg_action_errno(1));
	unsigned int n_rules = test_random_u64(random) % 6;
	uint32_t root;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (unsigned int i = 0; i < n_rules; i++) {
		struct cg_comparison comparisons[2];
		struct cg_rule rule = {
			.arch = arch,
			.action = cg_action_errno(1 + test_random_u64(random) % 4),
			.comparisons = comparisons,
			.n_comparisons = 1 + test_random_u64(random) % 2,
		};

		for (unsigned int j = 0; j < 2; j++) {
			enum cg_op op = (enum cg_op)(test_random_u64(random) % 7);

			comparisons[j] = (struct cg_comparison){
				.op = op,
				.value = random_value(random),
				.mask = op == CG_OP_MASKED_EQ ? random_value(random) : UINT64_MAX,
			};
		}
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &root, NULL), 0);
	cg_policy_free(policy);
	return root;
}

static bool contains(const struct cg_values *values, uint64_t value)
{
	bool is_in = false;

	if (values->is_low)
		value &= UINT32_MAX;
	if (values->is_high)
		value >>= 32;
	for (size_t i = 0; i < values->n_items; i++) {
		uint64_t first = values->items[i].first, last = values->items[i].last;

		if (values->form == CG_VALUES_RANGES || values->form == CG_VALUES_NOT_POINTS)
			is_in |= first <= value && value <= last;
		else
			is_in |= (value & first) == last;
	}
	if (values->form == CG_VALUES_ALL)
		return true;
	return values->form == CG_VALUES_NOT_POINTS || values->form == CG_VALUES_NOT_MASKS ? !is_in : is_in;
}

static uint32_t follow(const struct cg_meanings *meanings, uint32_t root, uint64_t value, unsigned int n_bits)
{
	for (unsigned int i = 0; i < n_bits; i++) {
		struct cg_meaning_view view = cg_meaning_look(meanings, root);

		if (view.level == CG_LEVEL_ARGS + i)
			root = value >> (63 - i) & 1 ? view.high : view.low;
	}
	return root;
}

/* Returns how many parts were said in other words than "further". */
static size_t check_cut(const struct cg_meanings *meanings, uint32_t a, uint32_t b, bool is_half,
			struct test_random *random)
{
	struct cg_cut cut = { 0 };
	unsigned int n_bits = is_half ? 32 : 64;
	size_t n_said = 0;

	if (cg_values_cut(meanings, a, b, CG_LEVEL_ARGS, is_half, &cut) == -EOVERFLOW)
		return 0;
	for (size_t i = 0; i < cut.n_items; i++) {
		const struct cg_values_part *part = &cut.items[i];

		assert_int_not_equal(part->a, part->b);
		assert_int_equal(follow(meanings, a, part->values.example, n_bits), part->a);
		assert_int_equal(follow(meanings, b, part->values.example, n_bits), part->b);
		if (part->values.form == CG_VALUES_FURTHER)
			continue;
		n_said++;
		for (int j = 0; j < N_VALUES; j++) {
			uint64_t value = j < 48 ? (uint64_t)j : random_value(random);
			bool leads_there = follow(meanings, a, value, n_bits) == part->a &&
					   follow(meanings, b, value, n_bits) == part->b;

			assert_int_equal(contains(&part->values, value), leads_there);
		}
	}
	cg_cut_done(&cut);
	return n_said;
}

static void test_sets_are_exact(void **state)
{
	struct test_random random = { 7 };
	size_t n_said = 0;

	for (int i = 0; i < N_POLICIES; i++) {
		struct cg_meanings *meanings = cg_meanings_new(NULL);
		struct cg_regions regions = { 0 };
		uint32_t a = random_root(meanings, &random), b = random_root(meanings, &random);

		assert_int_equal(cg_meaning_regions(meanings, a, b, true, &regions, NULL), 0);
		for (size_t j = 0; j < regions.n_items; j++) {
			n_said += check_cut(meanings, regions.items[j].a, regions.items[j].b, false, &random);
			check_cut(meanings, regions.items[j].a, regions.items[j].b, true, &random);
		}
		cg_regions_done(&regions);
		cg_meanings_free(meanings);
	}
	assert_true(n_said > N_POLICIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
