/*
 * Running out of memory, at every single allocation of the way from a policy to a filter, and of what is done with one:
 * the answer is -ENOMEM (or a text that has failed), nothing comes out, and nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/cleanup.h"
#include "base/test-memory.h"
#include "compile/test-policy.h"
#include "filter/test-random.h"
#include "gate/stack.h"

#include <string.h>

static int compile(void *policy)
{
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	int r = cg_gate_compile(policy, NULL, &filter, &err);

	assert_int_equal(err.code, r);
	assert_true((filter != NULL) == (r == 0));
	cg_filter_free(filter);
	return r;
}

static void test_random_policies(void **state)
{
	struct test_random random = { 11 };
	size_t n_allocations = 0;

	for (int i = 0; i < 60; i++) {
		uint8_t bytes[200];
		struct test_bytes in = { bytes, sizeof(bytes) };
		struct cg_policy *policy;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 30);
		assert_non_null(policy);
		n_allocations += fail_each(compile, policy);
		cg_policy_free(policy);
	}
	print_message("# %zu allocations failed\n", n_allocations);
	assert_true(n_allocations > 1000);
}

/* Rules that are merged for long and then asked one by one, over more than one architecture. */
static void test_linear(void **state)
{
	struct test_random random = { 12 };
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	for (int i = 0; i < 80; i++) {
		struct cg_comparison mask = { 0, CG_OP_MASKED_EQ, test_random_u64(&random), test_random_u64(&random) };
		struct cg_rule rule = {
			policy->arches[0], 9, CG_ACTION_ERRNO | test_random_below(&random, 9), &mask, 1, 0
		};

		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_true(fail_each(compile, policy) > 20);
	cg_policy_free(policy);
}

static int stack(void *context)
{
	const struct cg_filter *const *filters = context;
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	int r = cg_gate_stack(filters, 3, NULL, &filter, &err);

	assert_int_equal(err.code, r);
	assert_true((filter != NULL) == (r == 0));
	cg_filter_free(filter);
	return r;
}

/* Of policies, which comes back as one; and with a program that asks for the instruction pointer, which is joined. */
static void test_stacks(void **state)
{
	static struct sock_filter by_ip[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),
					      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 77, 0, 1),
					      BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
					      BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ERRNO | 1) };
	struct cg_filter joined = { .insns = by_ip, .n_insns = CG_N_ITEMS(by_ip) };
	struct test_random random = { 14 };
	struct cg_filter *filters[3] = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(filters);) {
		uint8_t bytes[200];
		struct test_bytes in = { bytes, sizeof(bytes) };
		struct cg_policy *policy;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 10);
		assert_int_equal(cg_gate_compile(policy, NULL, &filters[i], NULL), 0);
		cg_policy_free(policy);
		if (filters[i]->is_big_endian)
			filters[i] = cg_filter_free(filters[i]);
		else
			i++;
	}
	assert_true(fail_each(stack, filters) > 20);
	assert_true(fail_each(stack, (const struct cg_filter *[]){ filters[0], &joined, filters[1] }) > 20);
	for (size_t i = 0; i < CG_N_ITEMS(filters); i++)
		cg_filter_free(filters[i]);
}

static int through_text(void *context)
{
	const struct cg_filter *filter = context;
	struct cg_filter *again = NULL;
	struct cg_text text = { 0 };
	int r;

	cg_filter_disasm(filter, &text);
	r = text.has_failed ? -ENOMEM : cg_filter_assemble("f", text.data, text.length, &again, NULL);
	assert_true((again != NULL) == (r == 0));
	cg_filter_free(again);
	cg_text_done(&text);
	return r;
}

static int through_bytes(void *context)
{
	const struct cg_filter *filter = context;
	struct cg_filter *again = NULL;
	struct cg_text bytes = { 0 };
	int r;

	cg_filter_encode(filter, &bytes);
	r = bytes.has_failed ? -ENOMEM : cg_filter_decode("f", bytes.data, bytes.length, false, &again, NULL);
	assert_true((again != NULL) == (r == 0));
	cg_filter_free(again);
	cg_text_done(&bytes);
	return r;
}

static void test_filter(void **state)
{
	struct test_random random = { 13 };
	struct sock_filter insns[100];
	struct cg_filter filter = { .insns = insns, .n_insns = CG_N_ITEMS(insns) };

	test_random_program(&random, insns, CG_N_ITEMS(insns));
	assert_true(fail_each(through_text, &filter) > 5);
	assert_true(fail_each(through_bytes, &filter) > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
