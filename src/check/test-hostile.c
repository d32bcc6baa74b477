/*
 * Filters and policies made to blow up: the answer is exact or "not decided", within the budget's memory and steps, and
 * a set that could not decide one thing goes on to decide the next.
 */
#include "check/cpu.h"
#include "check/test-set.h"

#include <errno.h>
#include <stdio.h>

#define SEED 12

static struct test_program program;

static void add(uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	test_add(&program, OP(code, jt, jf, k));
}

static void load(uint32_t offset)
{
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);
}

/* The end of most of them: a test of A, and two answers. */
static void finish(uint16_t op, uint32_t k)
{
	add(BPF_JMP | op | BPF_K, 0, 1, k);
	add(BPF_RET | BPF_K, 0, 0, CG_ACTION_ALLOW);
	add(BPF_RET | BPF_K, 0, 0, CG_ACTION_ERRNO | 1);
}

/* A = ((a1 * a0 + 7) * a0 + 7) …: its low bits are easy, its high ones are not. */
static void make_products(struct test_random *random)
{
	load(ARG_LOW(0));
	add(BPF_MISC | BPF_TAX, 0, 0, 0);
	load(ARG_LOW(1));
	for (int i = 0; i < 2040; i++) {
		add(BPF_ALU | BPF_MUL | BPF_X, 0, 0, 0);
		add(BPF_ALU | BPF_ADD | BPF_K, 0, 0, 7);
	}
}

static void make_high_product(struct test_random *random)
{
	make_products(random);
	finish(BPF_JEQ, 5);
}

static void make_low_product(struct test_random *random)
{
	make_products(random);
	finish(BPF_JSET, 7);
}

/* Too much to work out, but the last quotient is 0 or 1. */
static void make_divisions(struct test_random *random)
{
	load(ARG_LOW(0));
	add(BPF_MISC | BPF_TAX, 0, 0, 0);
	load(ARG_LOW(1));
	for (int i = 0; i < 1000; i++) {
		add(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0);
		add(BPF_ALU | BPF_MUL | BPF_K, 0, 0, (uint32_t)test_random_u64(random) | 1);
		add(BPF_ALU | BPF_DIV | BPF_K, 0, 0, (uint32_t)test_random_u64(random) | 1);
	}
	finish(BPF_JGT, 100);
}

static void make_deep_memory(struct test_random *random)
{
	for (uint32_t i = 0; i < 16; i++) {
		load(16 + 4 * (i % 12));
		add(BPF_ST, 0, 0, i);
	}
	for (uint32_t i = 0; i < 1000; i++) {
		add(BPF_LD | BPF_MEM, 0, 0, i % 16);
		add(BPF_LDX | BPF_MEM, 0, 0, (i * 7 + 3) % 16);
		add(BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
		add(BPF_ST, 0, 0, (i * 5 + 1) % 16);
	}
	add(BPF_LD | BPF_MEM, 0, 0, 3);
	finish(BPF_JGT, 77);
}

static void make_ladder_of_numbers(struct test_random *random)
{
	load(NR);
	for (uint32_t i = 0; i < 2047; i++) {
		add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)test_random_u64(random));
		add(BPF_RET | BPF_K, 0, 0, CG_ACTION_ERRNO | i);
	}
	add(BPF_RET | BPF_K, 0, 0, 0);
}

/* Each test may skip many: the number of paths has 900 digits. */
static void make_crossing_ladder(struct test_random *random)
{
	load(NR);
	for (uint32_t i = 0; i < 4089; i++) {
		uint32_t room = 4093 - i, reach = room < 255 ? room : 255;

		add(BPF_JMP | (i % 2 ? BPF_JGE : BPF_JEQ) | BPF_K, (uint8_t)test_random_below(random, reach + 1),
		    (uint8_t)test_random_below(random, reach / 64 + 1), (uint32_t)test_random_u64(random));
	}
	for (uint32_t i = 0; i < 5; i++)
		add(BPF_RET | BPF_K, 0, 0, CG_ACTION_ERRNO | i);
	add(BPF_RET | BPF_K, 0, 0, 0);
}

static void make_ladder_of_fields(struct test_random *random)
{
	for (uint32_t i = 0; i < 1365; i++) {
		load(4 * test_random_below(random, 16));
		add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)test_random_u64(random));
		add(BPF_RET | BPF_K, 0, 0, CG_ACTION_ERRNO | i);
	}
	add(BPF_RET | BPF_K, 0, 0, 0);
}

/* Every path has another value in memory: 2^n states for walk.c, n merged words for merge.c. */
static void make_diamonds(struct test_random *random, uint16_t op, uint32_t n)
{
	add(BPF_LD | BPF_IMM, 0, 0, 0);
	add(BPF_ST, 0, 0, 0);
	for (uint32_t i = 0; i < n; i++) {
		load(16 + i / 32 * 4);
		add(BPF_JMP | BPF_JSET | BPF_K, 0, 3, 1U << i % 32);
		add(BPF_LD | BPF_MEM, 0, 0, 0);
		add(BPF_ALU | op | BPF_K, 0, 0, op == BPF_ADD ? 1 : (uint32_t)test_random_u64(random));
		add(BPF_ST, 0, 0, 0);
	}
	add(BPF_LD | BPF_MEM, 0, 0, 0);
}

static void make_count_of_bits(struct test_random *random)
{
	make_diamonds(random, BPF_ADD, 96);
	finish(BPF_JGT, 40);
}

static void make_checksum(struct test_random *random)
{
	make_diamonds(random, BPF_XOR, 64);
	finish(BPF_JSET, 0x8000);
}

/* Equal arguments: 2^32 nodes in the order of levels that we have. */
static void make_equal_arguments(struct test_random *random)
{
	load(ARG_LOW(0));
	add(BPF_MISC | BPF_TAX, 0, 0, 0);
	load(ARG_LOW(1));
	add(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
	add(BPF_RET | BPF_K, 0, 0, 1);
	add(BPF_RET | BPF_K, 0, 0, 2);
}

static void make_return_of_argument(struct test_random *random)
{
	load(ARG_HIGH(5));
	add(BPF_RET | BPF_A, 0, 0, 0);
}

static const struct {
	const char *name;
	void (*make)(struct test_random *random);
	bool is_decided;
	const char *why; /* where it is not: the limit that is named */
} cases[] = {
	{ "high product", make_high_product, false, "what one instruction computes" },
	{ "low product", make_low_product, true },
	{ "divisions", make_divisions, true },
	{ "deep memory", make_deep_memory, false, "2097152 steps" },
	{ "ladder of numbers", make_ladder_of_numbers, true },
	{ "crossing ladder", make_crossing_ladder, true },
	{ "ladder of fields", make_ladder_of_fields, false, "nodes of diagrams" },
	{ "count of bits", make_count_of_bits, true },
	{ "checksum", make_checksum, true },
	{ "equal arguments", make_equal_arguments, false, "nodes of diagrams" },
	{ "return of an argument", make_return_of_argument, false, "nodes of diagrams" },
};

static void test_programs(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);

	for (size_t i = 0; i < CG_N_ITEMS(cases); i++) {
		struct test_random random = { SEED };
		size_t n_before = cg_meanings_size(meanings);
		struct cg_filter filter;
		struct cg_err err = { 0 };
		uint32_t root = 77;
		int r;

		program.n_insns = 0;
		cases[i].make(&random);
		filter = test_filter(&program);
		assert_int_equal(cg_filter_check(&filter, NULL), 0);
		r = cg_meaning_of_filter(meanings, &filter, &root, &err);
		print_message("# %s: %zu instructions, %d, %zu nodes\n", cases[i].name, filter.n_insns, r,
			      cg_meanings_size(meanings) - n_before);
		assert_int_equal(r, cases[i].is_decided ? 0 : -EOVERFLOW);
		if (r == 0) {
			test_against_simulator(meanings, root, &filter, &random, 500);
			continue;
		}
		assert_int_equal(root, 77);
		assert_int_equal(cg_meanings_size(meanings), n_before);
		assert_non_null(strstr(err.message, "not decided"));
		if (!strstr(err.message, cases[i].why))
			fail_msg("%s: %s", cases[i].name, err.message);
	}
}

/* ---- budgets and limits */

static void test_budget_of_nodes(void **state)
{
	struct cg_check_budget budget = { .n_nodes = 2000 };
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(&budget);
	struct test_random random = { SEED };
	struct cg_filter filter;
	uint32_t root;

	program.n_insns = 0;
	make_ladder_of_numbers(&random);
	filter = test_filter(&program);
	assert_int_equal(cg_meaning_of_filter(meanings, &filter, &root, NULL), -EOVERFLOW);
	assert_true(cg_meanings_size(meanings) <= 2000);
}

static void test_budget_of_steps(void **state)
{
	struct cg_check_budget budget = { .n_steps = 2000 };
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(&budget);
	OWN_POLICY struct cg_policy *policy = cg_policy_new(0);
	struct test_random random = { SEED };
	struct cg_filter filter;
	uint32_t root;

	program.n_insns = 0;
	make_ladder_of_numbers(&random);
	filter = test_filter(&program);
	assert_int_equal(cg_meaning_of_filter(meanings, &filter, &root, NULL), -EOVERFLOW);
	assert_int_equal(cg_check_filter(policy, &filter, &budget, NULL, NULL), -EOVERFLOW);
}

/* Rules on crossing bits of two arguments: 2^32 nodes. */
static void test_policy(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
	struct cg_err err = { 0 };
	uint32_t root = 77;

	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	for (int i = 0; i < 32; i++) {
		struct cg_comparison comparisons[] = {
			{ 0, CG_OP_MASKED_EQ, 1U << i, 1U << i }, { 1, CG_OP_MASKED_EQ, 1U << i, 1U << i },
		};
		struct cg_rule rule = { policy->arches[0], 1, CG_ACTION_ALLOW, comparisons, 2, 0 };

		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &root, &err), -EOVERFLOW);
	assert_non_null(strstr(err.message, "not decided"));
	assert_int_equal(root, 77);

	policy->rules.n_items = 8;
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &root, &err), 0);
}

/* The steps run out in the midst of a number's rules: it ends there, and does not try that number for ever. */
static void test_steps_of_rules(void **state)
{
	struct cg_check_budget budget = { .n_steps = 500 };
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(&budget);
	OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
	uint32_t root;

	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		struct cg_comparison comparison = { i % 6, CG_OP_GE, i * UINT64_C(7919), UINT64_MAX };
		struct cg_rule rule = { policy->arches[0], 1 + i / 900, CG_ACTION_ALLOW, &comparison, 1, 0 };

		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &root, NULL), -EOVERFLOW);
}

static void test_limit_of_words(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_words words = { 0 };

	cg_meanings_begin(meanings);
	assert_int_equal(cg_words_start(&words, meanings, false), 0);
	for (uint32_t i = 0; i < CG_WORDS_LIMIT; i++)
		assert_int_equal(cg_word_of_constant(&words, i), i);
	assert_int_equal(cg_word_of_constant(&words, CG_WORDS_LIMIT), CG_NONE);
	assert_int_equal(cg_meanings_end(meanings, NULL), -EOVERFLOW);
	cg_words_done(&words);
}

/* The two ways, on what only the second can do. */
static void test_states(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	CG_FREE struct cg_flow *flow = NULL;
	struct test_random random = { SEED };
	struct cg_words words = { 0 };
	struct cg_filter filter;
	uint32_t root;

	program.n_insns = 0;
	make_checksum(&random);
	filter = test_filter(&program);
	flow = cg_flow_find(&filter);
	assert_non_null(flow);

	cg_meanings_begin(meanings);
	assert_int_equal(cg_words_start(&words, meanings, false), 0);
	assert_int_equal(cg_walk(&words, &filter, flow, &root), -EOVERFLOW);
	cg_meanings_retry(meanings);
	cg_words_done(&words);
	words = (struct cg_words){ 0 };
	assert_int_equal(cg_words_start(&words, meanings, false), 0);
	assert_int_equal(cg_merge(&words, &filter, flow, &root), 0);
	cg_words_done(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),     cmocka_unit_test(test_budget_of_nodes),
		cmocka_unit_test(test_budget_of_steps), cmocka_unit_test(test_policy),
		cmocka_unit_test(test_steps_of_rules), cmocka_unit_test(test_limit_of_words), cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
