/*
 * Running out of memory, at every single allocation on the way to an answer: -ENOMEM, nothing comes out, nothing is
 * lost (the sanitizers' part), and the set goes on to answer the next question.
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "check/test-set.h"
#include "compile/compile.h"
#include "compile/test-policy.h"

struct question {
	const struct cg_policy *policy;
	const struct cg_filter *filter;
};

static int check(void *context)
{
	const struct question *question = context;
	struct cg_err err = { 0 };
	int r = cg_check_filter(question->policy, question->filter, NULL, NULL, &err);

	assert_int_equal(err.code, r);
	return r;
}

static int ask(struct cg_meanings *meanings, const struct question *question)
{
	unsigned char digest[CG_DIGEST_SIZE];
	struct cg_regions regions = { 0 };
	struct cg_witness witness;
	uint32_t roots[2] = { 77, 77 }, stack;
	int r = cg_meaning_of_policy(meanings, question->policy, &roots[0], NULL);

	if (r == 0)
		r = cg_meaning_of_filter(meanings, question->filter, &roots[1], NULL);
	if (r == 0)
		r = cg_meaning_of_stack(meanings, roots, 2, &stack, NULL);
	if (r == 0)
		r = cg_meaning_exceeds(meanings, roots[0], stack, &witness, NULL);
	if (r == 0)
		r = cg_meaning_regions(meanings, roots[0], stack, false, &regions, NULL);
	if (r == 0)
		r = cg_meaning_digest(meanings, stack, digest, NULL);
	cg_regions_done(&regions);
	return r;
}

/* A set that once failed answers when there is memory again. */
static int ask_twice(void *context)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	int r = meanings ? ask(meanings, context) : -ENOMEM;

	test_n_until_failure = TEST_NEVER;
	if (meanings)
		assert_int_equal(ask(meanings, context), 0);
	cg_meanings_free(meanings);
	return r;
}

static void test_random_policies(void **state)
{
	struct test_random random = { 13 };
	size_t n_allocations = 0;

	for (int i = 0; i < 40; i++) {
		static uint8_t bytes[600];
		struct test_bytes in = { bytes, sizeof(bytes) };
		OWN_POLICY struct cg_policy *policy = NULL;
		OWN_FILTER struct cg_filter *filter = NULL;
		struct question question;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 60);
		assert_non_null(policy);
		assert_int_equal(cg_compile(policy, &filter, NULL), 0);
		question = (struct question){ policy, filter };
		n_allocations += fail_each(check, &question);
		n_allocations += fail_each(ask_twice, &question);
	}
	print_message("# %zu allocations failed\n", n_allocations);
	assert_true(n_allocations > 500);
}

/* The second way through a filter, with words that are chosen between, and large tables. */
static void test_merge(void **state)
{
	OWN_POLICY struct cg_policy *policy = cg_policy_new(0);
	static struct test_program program;
	struct cg_filter filter;
	struct question question = { policy, &filter };

	test_add(&program, OP(BPF_LD | BPF_IMM, 0, 0, 0));
	test_add(&program, OP(BPF_ST, 0, 0, 0));
	for (uint32_t i = 0; i < 30; i++) {
		test_add(&program, LD(ARG_LOW(i % 3)));
		test_add(&program, OP(BPF_JMP | BPF_JSET | BPF_K, 0, 3, 1U << i));
		test_add(&program, OP(BPF_LD | BPF_MEM, 0, 0, 0));
		test_add(&program, OP(BPF_ALU | BPF_XOR | BPF_K, 0, 0, 0x9e3779b9U >> i));
		test_add(&program, OP(BPF_ST, 0, 0, 0));
	}
	test_add(&program, OP(BPF_LD | BPF_MEM, 0, 0, 0));
	test_add(&program, OP(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff));
	test_add(&program, OP(BPF_RET | BPF_A, 0, 0, 0));
	filter = test_filter(&program);
	assert_true(fail_each(ask_twice, &question) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
