/*
 * Stacks of filters as one: equal to the stack, by proof and in the simulator, whatever the filters are; and as small
 * as can be where policies say it.
 */
#include "gate/stack.h"

#include "base/cleanup.h"
#include "check/test-set.h"
#include "compile/compile.h"
#include "compile/test-policy.h"
#include "filter/stack.h"

#include <errno.h>

#define STACK_MOST 4

static struct cg_policy *make_policy(struct test_random *random)
{
	unsigned char bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)test_random_u64(random);
	return test_policy(&(struct test_bytes){ bytes, sizeof(bytes) }, 12);
}

/* What computes an answer cannot be joined: hardly any of that. */
static void calm(struct test_random *random, struct sock_filter *insns, size_t n_insns)
{
	for (size_t i = 0; i < n_insns && test_random_percent(random, 98); i++) {
		if (insns[i].code == (BPF_RET | BPF_A))
			insns[i].code = BPF_RET | BPF_K;
		if (insns[i].code == (BPF_ALU | BPF_DIV | BPF_X))
			insns[i].code = BPF_ALU | BPF_ADD | BPF_X;
	}
}

/* A compiled policy for little-endian machines, or a program that looks random. */
static struct cg_filter *make_filter(struct test_random *random, bool is_compiled)
{
	for (;;) {
		OWN_FILTER struct cg_filter *filter = NULL;
		struct cg_filter *made;
		struct sock_filter insns[24];

		if (is_compiled) {
			OWN_POLICY struct cg_policy *policy = make_policy(random);

			assert_int_equal(cg_compile(policy, &filter, NULL), 0);
		} else {
			size_t n_insns = 1 + test_random_below(random, CG_N_ITEMS(insns));

			test_random_program(random, insns, n_insns);
			calm(random, insns, n_insns);
			filter = cg_filter_new(insns, n_insns, false);
		}
		if (filter->is_big_endian || cg_filter_check(filter, NULL) < 0)
			continue;
		made = filter;
		filter = NULL;
		return made;
	}
}

/* seccomp_run_filters(), once more. */
static uint32_t run_stack(const struct cg_filter *const *filters, size_t n_filters, const struct cg_call *call)
{
	uint32_t kept = CG_ACTION_ALLOW;

	for (size_t i = 0; i < n_filters; i++) {
		uint32_t answer = cg_filter_run(filters[i], call, NULL);

		if ((int32_t)(answer & 0xffff0000) < (int32_t)(kept & 0xffff0000))
			kept = answer;
	}
	return kept;
}

static uint32_t effect_of(struct cg_meanings *meanings, uint32_t root)
{
	assert_int_equal(cg_meaning_of_effect(meanings, root, &root, NULL), 0);
	return root;
}

/* What the two answer is the same as the kernel acts on it; -EOVERFLOW: the stack was not decided. */
static int check_proof(const struct cg_filter *const *filters, size_t n_filters, const struct cg_filter *made)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t roots[STACK_MOST], wanted, got;

	for (size_t i = 0; i < n_filters; i++)
		if (cg_meaning_of_filter(meanings, filters[i], &roots[i], NULL) < 0)
			return -EOVERFLOW;
	assert_int_equal(cg_meaning_of_stack(meanings, roots, n_filters, &wanted, NULL), 0);
	if (cg_meaning_of_filter(meanings, made, &got, NULL) < 0)
		return -EOVERFLOW;
	assert_int_equal(effect_of(meanings, wanted), effect_of(meanings, got));
	return 0;
}

static uint32_t act(uint32_t answer)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t root;

	assert_int_equal(cg_meaning_of_action(meanings, answer, &root, NULL), 0);
	return cg_meaning_look(meanings, effect_of(meanings, root)).action;
}

static void check_calls(struct test_random *random, const struct cg_filter *const *filters, size_t n_filters,
			const struct cg_filter *made)
{
	for (int i = 0; i < 20; i++) {
		struct cg_call call = test_call(random, filters[test_random_below(random, (uint32_t)n_filters)]);

		if (act(run_stack(filters, n_filters, &call)) != act(cg_filter_run(made, &call, NULL)))
			fail_msg("the stack says 0x%x, the filter 0x%x", run_stack(filters, n_filters, &call),
				 cg_filter_run(made, &call, NULL));
	}
}

struct counts {
	size_t n_equal, n_undecided, n_refused;
};

static void run_one(struct test_random *random, bool is_compiled, bool is_unproven, struct counts *counts)
{
	const struct cg_check_budget small = { .n_nodes = 1 << 17, .n_steps = 200000 };
	struct cg_gate_options options = { .is_unproven = is_unproven };
	size_t n_filters = 1 + test_random_below(random, STACK_MOST);
	struct cg_filter *filters[STACK_MOST] = { 0 };
	OWN_FILTER struct cg_filter *made = NULL;
	struct cg_err err = { 0 };
	int r;

	if (!is_compiled)
		options.budget = small;
	for (size_t i = 0; i < n_filters; i++)
		filters[i] = make_filter(random, is_compiled);
	r = cg_gate_stack((const struct cg_filter *const *)filters, n_filters, &options, &made, &err);
	if (r == 0) {
		assert_int_equal(cg_filter_check(made, NULL), 0);
		check_calls(random, (const struct cg_filter *const *)filters, n_filters, made);
		r = check_proof((const struct cg_filter *const *)filters, n_filters, made);
	}
	if (r < 0 && r != -EOVERFLOW && r != -EOPNOTSUPP && r != -E2BIG)
		fail_msg("%s", err.message);
	counts->n_equal += r == 0;
	counts->n_undecided += r == -EOVERFLOW;
	counts->n_refused += r == -EOPNOTSUPP || r == -E2BIG;
	for (size_t i = 0; i < n_filters; i++)
		cg_filter_free(filters[i]);
}

static void run_many(const char *what, uint64_t seed, int n, bool is_compiled, bool is_unproven)
{
	struct test_random random = { seed };
	struct counts counts = { 0 };

	for (int i = 0; i < n; i++)
		run_one(&random, is_compiled, is_unproven, &counts);
	print_message("# %s: %zu stacks proven equal, %zu not decided, %zu computed their answers or were too long\n",
		      what, counts.n_equal, counts.n_undecided, counts.n_refused);
	assert_true(counts.n_equal > (size_t)n / 3);
	assert_true(counts.n_undecided < (size_t)n / 10);
}

static void test_random_programs(void **state)
{
	(void)state;
	run_many("programs", 1, 1500, false, false);
}

static void test_compiled(void **state)
{
	(void)state;
	run_many("compiled policies", 2, 800, true, false);
}

static void test_unproven(void **state)
{
	(void)state;
	run_many("programs, joined without a proof", 3, 1500, false, true);
}

/* The registers and answers that a stack's programs cannot know of each other. */
static void test_edges(void **state)
{
	/* returns ERRNO(1), A and X not being 0; kills unless A and X are 0; ALLOW with data; ALLOW */
	static const struct sock_filter dirty[] = { OP(BPF_LD | BPF_IMM, 0, 0, 7), OP(BPF_LDX | BPF_IMM, 0, 0, 9),
						    OP(BPF_RET | BPF_K, 0, 0, 0x7fff0001) };
	static const struct sock_filter pure_a[] = { JEQ(0, 1, 0), RET(0), RET(CG_ACTION_ALLOW) };
	static const struct sock_filter pure_x[] = { OP(BPF_MISC | BPF_TXA, 0, 0, 0), JEQ(0, 1, 0), RET(0),
						     RET(0x50005) };
	struct cg_filter of_dirty = filter_of(dirty), of_a = filter_of(pure_a), of_x = filter_of(pure_x);
	const struct cg_filter *stack[] = { &of_dirty, &of_a, &of_dirty, &of_x };
	struct cg_gate_options unproven = { .is_unproven = true };
	struct cg_call call = { 0 };

	(void)state;
	for (size_t n = 1; n <= CG_N_ITEMS(stack); n++)
		for (int i = 0; i < 2; i++) {
			OWN_FILTER struct cg_filter *made = NULL;

			assert_int_equal(cg_gate_stack(stack, n, i ? &unproven : NULL, &made, NULL), 0);
			assert_int_equal(cg_filter_run(made, &call, NULL), n == 4 ? 0x50005 : CG_ACTION_ALLOW);
		}
}

/* Of equals the newest, with its data; the order of the stack shows only there. */
static void test_ties(void **state)
{
	static const struct sock_filter one[] = { RET(0x50001) }, two[] = { RET(0x50002) }, low[] = { RET(0x80000000) };
	struct cg_filter of_one = filter_of(one), of_two = filter_of(two), of_low = filter_of(low);
	const struct cg_filter *a[] = { &of_one, &of_two }, *b[] = { &of_two, &of_one }, *c[] = { &of_two, &of_low };
	const struct cg_filter *const *stacks[] = { a, b, c };
	static const uint32_t wanted[] = { 0x50001, 0x50002, 0x80000000 };
	struct cg_call call = { 0 };

	(void)state;
	for (size_t i = 0; i < CG_N_ITEMS(stacks); i++) {
		OWN_FILTER struct cg_filter *made = NULL;

		assert_int_equal(cg_gate_stack(stacks[i], 2, NULL, &made, NULL), 0);
		assert_int_equal(cg_filter_run(made, &call, NULL), wanted[i]);
	}
}

/* By the instruction pointer, of which no policy speaks: joined, and as long as both. */
static void test_instruction_pointer(void **state)
{
	static const struct sock_filter by_ip[] = { LD(8), OP(BPF_JMP | BPF_JGT | BPF_K, 0, 1, 0x1000),
						    RET(CG_ACTION_ALLOW), RET(0x50001) };
	static const struct sock_filter by_nr[] = { LD(NR), JEQ(7, 0, 1), RET(0x50002), RET(CG_ACTION_ALLOW) };
	struct cg_filter of_ip = filter_of(by_ip), of_nr = filter_of(by_nr);
	const struct cg_filter *stack[] = { &of_ip, &of_nr };
	OWN_FILTER struct cg_filter *made = NULL;

	(void)state;
	assert_int_equal(cg_gate_stack(stack, 2, NULL, &made, NULL), 0);
	assert_int_equal(check_proof(stack, 2, made), 0);
	/* The four of each, and the load that begins the program without a copy. */
	assert_true(made->n_insns <= 10);
}

static void test_refuses(void **state)
{
	static struct sock_filter long_one[CG_FILTER_LENGTH_MAX];
	static const struct sock_filter computes[] = { LD(8), OP(BPF_RET | BPF_A, 0, 0, 0) };
	static const struct sock_filter divides[] = { LD(8), OP(BPF_LDX | BPF_IMM, 0, 0, 2),
						      OP(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), RET(CG_ACTION_ALLOW) };
	struct cg_filter of_long = filter_of(long_one), of_computes = filter_of(computes);
	struct cg_filter of_divides = filter_of(divides);
	struct cg_filter big = of_divides;
	struct cg_gate_options unproven = { .is_unproven = true };
	const struct cg_filter *lengths[] = { &of_long, &of_long }, *answers[] = { &of_computes, &of_computes },
			       *divisions[] = { &of_divides }, *orders[] = { &of_divides, &big };
	OWN_FILTER struct cg_filter *made = NULL;
	struct cg_err err = { 0 };

	(void)state;
	big.is_big_endian = true;
	for (size_t i = 0; i + 2 < CG_N_ITEMS(long_one); i++)
		long_one[i] = i % 2 ? JEQ((uint32_t)i, 0, 0) : LD(16 + 4 * (i / 2 % 12));
	long_one[CG_FILTER_LENGTH_MAX - 3] = JEQ(3, 0, 1);
	long_one[CG_FILTER_LENGTH_MAX - 2] = RET(0);
	long_one[CG_FILTER_LENGTH_MAX - 1] = RET(CG_ACTION_ALLOW);
	assert_int_equal(cg_gate_stack(lengths, 1, &unproven, &made, NULL), -E2BIG);
	assert_int_equal(cg_gate_stack(lengths, 2, &unproven, &made, NULL), -E2BIG);
	assert_int_equal(cg_gate_stack(answers, 2, &unproven, &made, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.message, "instruction 1"));
	assert_int_equal(cg_gate_stack(divisions, 1, &unproven, &made, NULL), -EOPNOTSUPP);
	assert_int_equal(cg_gate_stack(orders, 2, NULL, &made, NULL), -EDOM);
	assert_int_equal(cg_gate_stack(orders, 0, NULL, &made, NULL), -EINVAL);
	assert_null(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_programs), cmocka_unit_test(test_compiled),
		cmocka_unit_test(test_unproven),	cmocka_unit_test(test_edges),
		cmocka_unit_test(test_ties),		cmocka_unit_test(test_instruction_pointer),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
