/*
 * Diagrams of policies against eval.c, and against what the compiler makes of the same policies: all answers equal, a
 * compiled filter proven, and of filters with one instruction changed each is found out that answers anything else.
 */
#include "abi/syscalls.h"
#include "check/test-set.h"
#include "compile/compile.h"
#include "compile/test-policy.h"
#include "policy/eval.h"

#include <errno.h>

#define N_POLICIES 1500
#define N_MUTANTS 12 /* of each compiled filter */

static struct cg_policy *make_policy(struct test_random *random, size_t n_bytes_most, size_t n_rules_most)
{
	static uint8_t bytes[8192];
	struct test_bytes in = { bytes, 20 + test_random_below(random, (uint32_t)n_bytes_most) };
	struct cg_policy *policy;

	for (size_t i = 0; i < in.n_left; i++)
		bytes[i] = (uint8_t)test_random_u64(random);
	policy = test_policy(&in, n_rules_most);
	assert_non_null(policy);
	return policy;
}

static struct cg_call make_probe(struct test_random *random, const struct cg_policy *policy)
{
	uint64_t randoms[6];

	for (size_t i = 0; i < 6; i++)
		randoms[i] = test_random_u64(random);
	return test_probe(policy, test_random_u64(random), randoms);
}

static void test_random_policies(void **state)
{
	struct test_random random = { 4 };

	for (int i = 0; i < N_POLICIES; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_POLICY struct cg_policy *policy = make_policy(&random, i % 10 ? 300 : 3000, 200);
		uint32_t root = test_policy_root(meanings, policy);

		for (int j = 0; j < 60; j++) {
			struct cg_call call = make_probe(&random, policy);

			assert_int_equal(cg_meaning_eval(meanings, root, &call), cg_policy_eval(policy, &call));
		}
	}
}

/* Each operator at, beside and far from the datum, in both halves of the word, on a wide and a narrow architecture. */
static void test_every_operator(void **state)
{
	static const uint64_t values[] = {
		0, 1, 5, 0x7fffffff, 0xffffffff, 0x100000000, 0x100000005, 0x8000000000000000, UINT64_MAX,
	};
	static const char *const arches[] = { "x86_64", "x86", "x32", "s390x", "mips" };

	for (size_t i = 0; i < CG_N_ITEMS(arches) * 7 * CG_N_ITEMS(values); i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
		const struct cg_arch *arch = cg_arch_find(arches[i % CG_N_ITEMS(arches)]);
		struct cg_comparison comparison = {
			.arg = i % 6, .op = (enum cg_op)(i / CG_N_ITEMS(arches) % 7), .mask = 0xff00000000000f05,
			.value = values[i / CG_N_ITEMS(arches) / 7],
		};
		struct cg_rule rule = { arch, arch->is_x32 ? CG_X32_BIT | 3 : 3, CG_ACTION_ALLOW, &comparison, 1, 0 };
		struct cg_call call = { .arch = arch->token, .nr = rule.nr };
		uint32_t root;

		assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
		root = test_policy_root(meanings, policy);
		for (size_t j = 0; j < CG_N_ITEMS(values) * 3; j++) {
			call.args[comparison.arg] = values[j / 3] + j % 3 - 1;
			assert_int_equal(cg_meaning_eval(meanings, root, &call), cg_policy_eval(policy, &call));
		}
	}
}

static uint64_t list_value(struct test_random *random)
{
	uint64_t value = test_random_percent(random, 50) ? test_random_below(random, 40) : test_random_u64(random);

	return test_random_percent(random, 20) ? value | 0x700000000 : value;
}

/* Lists of values, with doubles and wide data, on one argument and then on another, broken by other rules and actions. */
static void test_lists_of_values(void **state)
{
	static const uint32_t actions[] = { CG_ACTION_ALLOW, CG_ACTION_ERRNO | 2, CG_ACTION_ERRNO | 3, CG_ACTION_TRAP };
	static const char *const arches[] = { "x86_64", "x32", "x86", "s390x" };
	struct test_random random = { 9 };

	for (int i = 0; i < 400; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
		const struct cg_arch *arch = cg_arch_find(arches[i % 4]);
		struct cg_call call = { .arch = arch->token, .nr = arch->is_x32 ? CG_X32_BIT | 3 : 3 };
		uint32_t root, action = 0, arg = 0;

		assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
		for (int j = 0; j < 60; j++) {
			struct cg_comparison comparison = { .op = CG_OP_EQ, .value = list_value(&random) };
			struct cg_rule rule = { .arch = arch, .nr = call.nr, .comparisons = &comparison, .n_comparisons = 1 };

			action = test_random_percent(&random, 90) ? action : actions[test_random_below(&random, 4)];
			arg = test_random_percent(&random, 90) ? arg : test_random_below(&random, 2);
			comparison.op = test_random_percent(&random, 97) ? CG_OP_EQ : CG_OP_GT;
			comparison.arg = arg;
			rule.action = action ? action : CG_ACTION_ALLOW;
			assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
		}
		root = test_policy_root(meanings, policy);
		for (int j = 0; j < 200; j++) {
			call.args[0] = list_value(&random);
			call.args[1] = list_value(&random);
			assert_int_equal(cg_meaning_eval(meanings, root, &call), cg_policy_eval(policy, &call));
		}
	}
}

/* 4,000 random values of 32 bits: some 21 nodes each, and not one for each bit of each value. */
static void test_long_list(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
	struct test_random random = { 10 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL), 0);
	for (int i = 0; i < 4000; i++) {
		struct cg_comparison comparison = { .op = CG_OP_EQ, .value = (uint32_t)test_random_u64(&random) };
		struct cg_rule rule = { policy->arches[0], 1, CG_ACTION_ALLOW, &comparison, 1, 0 };

		assert_int_equal(cg_policy_add_rule(policy, &rule, &err), 0);
	}
	test_policy_root(meanings, policy);
	print_message("# 4,000 values: %zu nodes\n", cg_meanings_size(meanings));
	assert_true(cg_meanings_size(meanings) < 200000);
}

/* The ends of x32 and of x86_64's two parts, number -1, and tokens beside the known ones. */
static void test_number_lines(void **state)
{
	static const uint32_t numbers[] = {
		0, 1, 0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	static const char *const names[] = { "x86_64", "x32", "x86", "aarch64" };

	for (unsigned int set = 0; set < 16; set++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);
		uint32_t root;

		policy->bad_arch_action = CG_ACTION_TRAP;
		for (size_t i = 0; i < 4; i++) {
			if (set >> i & 1)
				assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(names[i]), NULL), 0);
		}
		for (size_t i = 0; i < policy->n_arches * CG_N_ITEMS(numbers); i += 2) {
			struct cg_rule rule = { .arch = policy->arches[i % policy->n_arches], .action = CG_ACTION_LOG };

			rule.nr = numbers[i / policy->n_arches];
			cg_policy_add_rule(policy, &rule, NULL); /* not every number is one of the arch */
		}
		root = test_policy_root(meanings, policy);
		for (size_t i = 0; i < cg_n_arches * 3 * CG_N_ITEMS(numbers); i++) {
			struct cg_call call = { .arch = cg_arches[i / CG_N_ITEMS(numbers) / 3].token,
						.nr = numbers[i % CG_N_ITEMS(numbers)] };

			call.arch += (uint32_t)(i / CG_N_ITEMS(numbers) % 3) - 1;
			assert_int_equal(cg_meaning_eval(meanings, root, &call), cg_policy_eval(policy, &call));
		}
	}
}

/* ---- what the compiler makes of them */

static void mutate(struct test_random *random, struct sock_filter *insn)
{
	uint8_t jt = insn->jt;

	switch (test_random_below(random, 6)) {
	case 0:
		insn->k ^= 1U << test_random_below(random, 32);
		break;
	case 1:
		insn->jt = (uint8_t)test_random_below(random, 8);
		break;
	case 2:
		insn->jf = (uint8_t)test_random_below(random, 8);
		break;
	case 3:
		insn->jt = insn->jf;
		insn->jf = jt;
		break;
	case 4:
		insn->code ^= (uint16_t)(0x10 << test_random_below(random, 3));
		break;
	default:
		insn->k += test_random_below(random, 2) ? 1 : UINT32_MAX;
		break;
	}
}

struct tally {
	size_t n_filters, n_mutants, n_found, n_undecided;
};

/* Said to be equal: then no call that we can think of may tell them apart. */
static void look_for_difference(struct test_random *random, const struct cg_policy *policy,
				const struct cg_filter *filter)
{
	for (int i = 0; i < 60; i++) {
		struct cg_call call = make_probe(random, policy);

		assert_int_equal(cg_filter_run(filter, &call, NULL), cg_policy_eval(policy, &call));
	}
}

static void check_mutant(struct test_random *random, const struct cg_policy *policy, const struct cg_filter *original,
			 struct tally *tally)
{
	OWN_FILTER struct cg_filter *filter =
		cg_filter_new(original->insns, original->n_insns, original->is_big_endian);
	struct cg_check_budget budget = { .n_nodes = 1 << 16 };
	struct cg_call witness;
	int r;

	assert_non_null(filter);
	mutate(random, &filter->insns[test_random_below(random, (uint32_t)filter->n_insns)]);
	if (cg_filter_check(filter, NULL) < 0)
		return;
	r = cg_check_filter(policy, filter, &budget, &witness, NULL);
	tally->n_mutants++;
	tally->n_found += r == 1;
	tally->n_undecided += r == -EOVERFLOW;
	if (r == 1)
		assert_int_not_equal(cg_filter_run(filter, &witness, NULL), cg_policy_eval(policy, &witness));
	else if (r == 0)
		look_for_difference(random, policy, filter);
	else
		assert_int_equal(r, -EOVERFLOW);
}

static void test_compiled_and_mutated(void **state)
{
	struct test_random random = { 5 };
	struct tally tally = { 0 };

	for (int i = 0; i < N_POLICIES; i++) {
		OWN_POLICY struct cg_policy *policy = make_policy(&random, i % 10 ? 300 : 2000, 100);
		OWN_FILTER struct cg_filter *filter = NULL;
		struct cg_err err = { 0 };

		if (cg_compile(policy, &filter, &err) < 0) {
			assert_int_equal(err.code, -E2BIG);
			continue;
		}
		tally.n_filters++;
		assert_int_equal(cg_check_filter(policy, filter, NULL, NULL, &err), 0);
		for (int j = 0; j < N_MUTANTS; j++)
			check_mutant(&random, policy, filter, &tally);
	}
	print_message("# %zu compiled filters proven; of %zu mutants %zu answer otherwise, %zu were not decided\n",
		      tally.n_filters, tally.n_mutants, tally.n_found, tally.n_undecided);
	assert_true(tally.n_filters > N_POLICIES / 10 * 9);
	assert_true(tally.n_found > tally.n_mutants / 3);
	assert_true(tally.n_undecided < tally.n_mutants / 50);
}

/* ---- the gate's question */

static struct cg_policy *allow_read(const char *arch)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_rule rule = { .arch = cg_arch_find(arch), .action = CG_ACTION_ALLOW };

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, rule.arch, NULL), 0);
	assert_true(cg_syscall_number(rule.arch, "read", &rule.nr));
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	return policy;
}

static void test_check_filter(void **state)
{
	OWN_POLICY struct cg_policy *policy = allow_read("x86_64");
	struct sock_filter insns[] = {
		LD(ARCH), JEQ(policy->arches[0]->token, 0, 3), LD(NR), JEQ(0, 0, 2),
		RET(CG_ACTION_ALLOW), RET(CG_ACTION_KILL_THREAD), RET(CG_ACTION_KILL_PROCESS),
	};
	struct cg_filter filter = filter_of(insns);
	struct cg_call witness = { .nr = 77 };
	struct cg_err err = { 0 };

	/* x32 numbers are of another architecture: this filter kills the process there, the policy the thread. */
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, &err), 1);
	assert_int_equal(witness.arch, policy->arches[0]->token);
	assert_true(cg_nr_is_x32(witness.nr));

	policy->bad_arch_action = CG_ACTION_KILL_PROCESS;
	insns[1].jf = 4;
	witness.nr = 77;
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, &err), 0);
	assert_int_equal(witness.nr, 77);
	assert_int_equal(cg_check_filter(policy, &filter, NULL, NULL, NULL), 0);

	insns[4].k = CG_ACTION_LOG;
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, &err), 1);
	assert_int_equal(witness.nr, 0);

	filter.is_big_endian = true;
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, &err), -EINVAL);
	assert_non_null(strstr(err.message, "big-endian"));
	filter.is_big_endian = false;
	insns[6].code = 0xff;
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, &err), -EINVAL);
}

/* A difference is told by a call that people know: the native arch, a number with a name, the rest 0. */
static void test_witness_is_known(void **state)
{
	static const char *const arches[] = { "x86_64", "s390x", "aarch64" };

	for (size_t i = 0; i < CG_N_ITEMS(arches); i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_POLICY struct cg_policy *policy = allow_read(arches[i]);
		uint32_t wanted = test_policy_root(meanings, policy), none;
		struct cg_witness witness;

		policy->rules.n_items = 0;
		none = test_policy_root(meanings, policy);
		assert_int_equal(cg_meaning_differ(meanings, wanted, wanted, &witness), 0);
		assert_int_equal(cg_meaning_differ(meanings, wanted, none, &witness), 1);
		assert_int_equal(witness.call.arch, policy->arches[0]->token);
		assert_string_equal(cg_syscall_of_nr(policy->arches[0], witness.call.nr)->name, "read");
		assert_int_equal(witness.a, CG_ACTION_ALLOW);
		assert_int_equal(witness.b, CG_ACTION_KILL_PROCESS);
		assert_true(witness.call.ip == 0 && witness.call.args[0] == 0 && witness.call.args[5] == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_every_operator),
		cmocka_unit_test(test_lists_of_values),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_number_lines),
		cmocka_unit_test(test_compiled_and_mutated),
		cmocka_unit_test(test_check_filter),
		cmocka_unit_test(test_witness_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
