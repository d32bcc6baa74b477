/*
 * Diagrams of filters against the simulator: every instruction, random programs, both byte orders; and the two ways
 * through a filter against each other, which must end at the same node.
 */
#include "check/cpu.h"
#include "check/test-set.h"

#include <errno.h>
#include <linux/seccomp.h>

#define N_PROGRAMS 20000
#define N_LONG_PROGRAMS 300

/* Enough for all but products and comparisons of whole arguments, which end soon. */
static const struct cg_check_budget small = { .n_nodes = 1 << 15, .n_steps = 200000 };

/* ---- every ALU instruction and every test, on fields and constants */

static const uint32_t operands[] = { 0, 1, 2, 3, 5, 31, 32, 33, 0xff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff };

/* A = nr (its low 6 bits and its top bit, so that all stays small), X = a constant or such bits of the arch. */
static size_t begin_program(struct sock_filter *insns, bool is_x_constant, uint32_t x)
{
	size_t n = 0;

	if (is_x_constant) {
		insns[n++] = OP(BPF_LDX | BPF_IMM, 0, 0, x);
	} else {
		insns[n++] = LD(ARCH);
		insns[n++] = OP(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x80000007);
		insns[n++] = OP(BPF_MISC | BPF_TAX, 0, 0, 0);
	}
	insns[n++] = LD(NR);
	insns[n++] = OP(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x8000003f);
	return n;
}

static void ask_all_words(const struct cg_filter *filter)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t root = test_root(meanings, filter);

	for (uint32_t a = 0; a < 128; a++) {
		for (uint32_t x = 0; x < 16; x++) {
			struct cg_call call = { .nr = (a & 63) | (a & 64) << 25, .arch = (x & 7) | (x & 8) << 28 };

			assert_int_equal(cg_meaning_eval(meanings, root, &call), cg_filter_run(filter, &call, NULL));
		}
	}
}

static void check_alu(struct sock_filter alu, bool is_x_constant, uint32_t x)
{
	struct sock_filter insns[16];
	size_t n = begin_program(insns, is_x_constant, x);
	struct cg_filter filter = { .insns = insns };

	insns[n++] = alu;
	insns[n++] = OP(BPF_RET | BPF_A, 0, 0, 0);
	filter.n_insns = n;
	ask_all_words(&filter);
}

static void test_every_alu_instruction(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(test_alu_codes); i++) {
		uint16_t op = test_alu_codes[i];

		for (size_t k = 0; k < CG_N_ITEMS(operands); k++) {
			bool is_shift = op == BPF_LSH || op == BPF_RSH;

			if (!(is_shift && operands[k] >= 32) && !(op == BPF_DIV && operands[k] == 0))
				check_alu(OP(BPF_ALU | op | BPF_K, 0, 0, operands[k]), true, 0);
			check_alu(OP(BPF_ALU | op | BPF_X, 0, 0, 0), true, operands[k]);
		}
		check_alu(OP(BPF_ALU | op | BPF_X, 0, 0, 0), false, 0);
	}
	check_alu(OP(BPF_ALU | BPF_NEG, 0, 0, 0), true, 0);
}

static void check_test(struct sock_filter test, bool is_x_constant, uint32_t x)
{
	struct sock_filter insns[16];
	size_t n = begin_program(insns, is_x_constant, x);
	struct cg_filter filter = { .insns = insns };

	insns[n++] = test;
	insns[n++] = RET(CG_ACTION_ALLOW);
	insns[n++] = RET(CG_ACTION_ERRNO | 5);
	filter.n_insns = n;
	ask_all_words(&filter);
}

static void test_every_test(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(test_jump_codes); i++) {
		uint16_t op = test_jump_codes[i];

		for (size_t k = 0; k < CG_N_ITEMS(operands); k++) {
			check_test(OP(BPF_JMP | op | BPF_K, 0, 1, operands[k]), true, 0);
			check_test(OP(BPF_JMP | op | BPF_X, 1, 0, 0), true, operands[k]);
			check_test(OP(BPF_JMP | op | BPF_K, 1, 1, operands[k]), true, 0);
		}
		check_test(OP(BPF_JMP | op | BPF_X, 0, 1, 0), false, 0);
	}
}

static uint16_t random_test(struct test_random *random)
{
	return BPF_JMP | test_jump_codes[test_random_below(random, 4)] | BPF_K;
}

/* Whole fields, where a test is laid between its branches without a condition of its own. */
static void test_whole_fields(void **state)
{
	struct test_random random = { 1 };

	for (int i = 0; i < 3000; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		uint32_t field = 4 * test_random_below(&random, 16), k = test_random_edge(&random);
		struct sock_filter insns[] = {
			LD(field),
			OP(random_test(&random), 0, 2, k),
			OP(random_test(&random), 2, 3, k + test_random_below(&random, 3) - 1),
			RET(1),
			OP(random_test(&random), 1, 2, test_random_edge(&random)),
			RET(2),
			RET(3),
			RET(4),
		};
		struct cg_filter filter = filter_of(insns);

		filter.is_big_endian = i % 2;
		test_against_simulator(meanings, test_root(meanings, &filter), &filter, &random, 40);
	}
}

static void test_loads(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter insns[] = {
		OP(BPF_LD | BPF_W | BPF_LEN, 0, 0, 0), OP(BPF_ST, 0, 0, 15), OP(BPF_LDX | BPF_W | BPF_LEN, 0, 0, 0),
		OP(BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0), OP(BPF_STX, 0, 0, 0), OP(BPF_LDX | BPF_MEM, 0, 0, 15),
		OP(BPF_ALU | BPF_MUL | BPF_X, 0, 0, 0), OP(BPF_RET | BPF_A, 0, 0, 0),
	};
	struct cg_filter filter = filter_of(insns);
	struct cg_call call = { 0 };
	uint32_t root = test_root(meanings, &filter);

	assert_int_equal(cg_meaning_eval(meanings, root, &call), 128 * 64);
	assert_int_equal(cg_filter_run(&filter, &call, NULL), 128 * 64);
	assert_int_equal(cg_meaning_look(meanings, root).level, CG_LEVEL_LEAF);
}

/* The same bytes mean different words of a 64-bit argument on machines of either byte order. */
static void test_byte_order(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter little[] = { LD(ARG_LOW(2)), JEQ(7, 0, 1), RET(1), RET(2) };
	struct sock_filter big[] = { LD(ARG_HIGH(2)), JEQ(7, 0, 1), RET(1), RET(2) };
	struct cg_filter filter_little = filter_of(little), filter_big = filter_of(big);

	assert_int_not_equal(test_root(meanings, &filter_little), test_root(meanings, &filter_big));
	filter_big.is_big_endian = true;
	assert_int_equal(test_root(meanings, &filter_little), test_root(meanings, &filter_big));
}

/* ---- random programs */

/* True, and a program, when the kernel would take it. RET A of whole fields has 2^32 answers, so most become RET K. */
static bool make_program(struct test_random *random, size_t n_insns, struct cg_filter *filter)
{
	test_random_program(random, filter->insns, n_insns);
	for (size_t pc = 0; pc < n_insns; pc++) {
		if (filter->insns[pc].code == (BPF_RET | BPF_A) && !test_random_percent(random, 10))
			filter->insns[pc].code = BPF_RET | BPF_K;
	}
	filter->n_insns = n_insns;
	filter->is_big_endian = test_random_percent(random, 30);
	return cg_filter_check(filter, NULL) == 0;
}

/* The second way leads to the same node, where it gets there. */
static bool is_merged_alike(struct cg_meanings *meanings, const struct cg_filter *filter, uint32_t root)
{
	CG_FREE struct cg_flow *flow = cg_flow_find(filter);
	struct cg_words words = { 0 };
	uint32_t merged = CG_NONE;
	int r;

	assert_non_null(flow);
	cg_meanings_begin(meanings);
	assert_int_equal(cg_words_start(&words, meanings, filter->is_big_endian), 0);
	r = cg_merge(&words, filter, flow, &merged);
	cg_words_done(&words);
	assert_true(r == 0 || r == -EOVERFLOW);
	if (r == 0)
		assert_int_equal(merged, root);
	return r == 0;
}

static void run_programs(uint64_t seed, int n_programs, size_t length_most)
{
	static struct sock_filter insns[CG_FILTER_LENGTH_MAX];
	struct test_random random = { seed };
	struct cg_filter filter = { .insns = insns };
	int n_valid = 0, n_decided = 0, n_merged = 0;

	while (n_valid < n_programs) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(&small);
		uint32_t root;
		int r;

		if (!make_program(&random, 2 + test_random_below(&random, (uint32_t)length_most - 1), &filter))
			continue;
		n_valid++;
		r = cg_meaning_of_filter(meanings, &filter, &root, NULL);
		assert_true(r == 0 || r == -EOVERFLOW);
		if (r < 0)
			continue;
		n_decided++;
		test_against_simulator(meanings, root, &filter, &random, 20);
		n_merged += is_merged_alike(meanings, &filter, root);
	}
	print_message("# %d programs: %d decided, %d of them both ways\n", n_valid, n_decided, n_merged);
	assert_true(n_decided > n_valid / 10 * 9);
	assert_true(n_merged > n_valid / 10 * 9);
}

static void test_random_programs(void **state)
{
	run_programs(2, N_PROGRAMS, 14);
}

static void test_long_random_programs(void **state)
{
	run_programs(3, N_LONG_PROGRAMS, 120);
}

static void test_refuses_what_the_kernel_does(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter insns[] = { LD(64), RET(0) };
	struct cg_filter filter = filter_of(insns);
	struct cg_err err = { 0 };
	uint32_t root = 77;

	assert_int_equal(cg_meaning_of_filter(meanings, &filter, &root, &err), -EINVAL);
	assert_non_null(strstr(err.message, "instruction 0"));
	assert_int_equal(root, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_alu_instruction),
		cmocka_unit_test(test_every_test),
		cmocka_unit_test(test_whole_fields),
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_byte_order),
		cmocka_unit_test(test_random_programs),
		cmocka_unit_test(test_long_random_programs),
		cmocka_unit_test(test_refuses_what_the_kernel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
