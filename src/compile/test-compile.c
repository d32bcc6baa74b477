/*
 * The compiler against the specification: whatever the policy, the filter answers what policy/eval.c answers.
 *
 * Random policies, the same in every run, asked at the values where answers change; then sets and ranges so large that
 * only the right data structures get through; then what must fail, and how.
 */
#include "compile/compile.h"
#include "compile/test-policy.h"
#include "filter/test-random.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define N_POLICIES 40000
#define N_PROBES 100

static struct cg_policy *new_policy(uint32_t default_action, const char *const *arches, size_t n_arches)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	assert_non_null(policy);
	for (size_t i = 0; i < n_arches; i++)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(arches[i]), NULL), 0);
	return policy;
}

static void add_rule(struct cg_policy *policy, uint32_t nr, uint32_t action, const struct cg_comparison *comparisons,
		     unsigned int n_comparisons)
{
	struct cg_rule rule = { .arch = policy->arches[0],
				.nr = nr,
				.action = action,
				.comparisons = comparisons,
				.n_comparisons = n_comparisons };

	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

static void add_comparison(struct cg_policy *policy, uint32_t nr, uint32_t action, unsigned int arg, enum cg_op op,
			   uint64_t value)
{
	struct cg_comparison comparison = { arg, op, value, UINT64_MAX };

	add_rule(policy, nr, action, &comparison, 1);
}

static struct cg_filter *compile(const struct cg_policy *policy)
{
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	int r = cg_compile(policy, &filter, &err);

	if (r < 0)
		print_message("# %s\n", err.message);
	assert_int_equal(r, 0);
	r = cg_filter_check(filter, &err);
	if (r < 0)
		print_message("# %s\n", err.message);
	assert_int_equal(r, 0);
	return filter;
}

static void print_difference(const struct cg_filter *filter, const struct cg_policy *policy, const struct cg_call *call)
{
	struct cg_text text = { 0 };

	cg_filter_disasm(filter, &text);
	print_message("%s", cg_text_get(&text));
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->nr != call->nr)
			continue;
		print_message("%s 0x%x -> 0x%x:", rule->arch->name, rule->nr, rule->action);
		for (unsigned int j = 0; j < rule->n_comparisons; j++)
			print_message(" a%u %s 0x%llx/0x%llx", rule->comparisons[j].arg,
				      cg_op_name(rule->comparisons[j].op),
				      (unsigned long long)rule->comparisons[j].value,
				      (unsigned long long)rule->comparisons[j].mask);
		print_message("\n");
	}
	print_message("call arch 0x%x nr 0x%x", call->arch, call->nr);
	for (int i = 0; i < 6; i++)
		print_message(" 0x%llx", (unsigned long long)call->args[i]);
	print_message(": filter 0x%x, eval 0x%x\n", cg_filter_run(filter, call, NULL), cg_policy_eval(policy, call));
	cg_text_done(&text);
}

static void ask(const struct cg_filter *filter, const struct cg_policy *policy, const struct cg_call *call)
{
	if (cg_filter_run(filter, call, NULL) == cg_policy_eval(policy, call))
		return;
	print_difference(filter, policy, call);
	fail();
}

/* Is there any rule on arguments of this call? Without one, ALLOW must be an ALLOW that the kernel's cache can hold. */
static bool has_conditions(const struct cg_policy *policy, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	for (size_t i = 0; i < policy->rules.n_items; i++)
		if (policy->rules.items[i].arch == arch && policy->rules.items[i].nr == call->nr &&
		    policy->rules.items[i].n_comparisons)
			return true;
	return false;
}

static void ask_cache(const struct cg_filter *filter, const struct cg_policy *policy, const struct cg_call *call)
{
	bool is_allow = cg_policy_eval(policy, call) == CG_ACTION_ALLOW;

	if (!has_conditions(policy, call))
		assert_int_equal(cg_filter_is_cached(filter, call->arch, call->nr, NULL), is_allow);
}

static void ask_much(struct test_random *random, const struct cg_filter *filter, const struct cg_policy *policy,
		     size_t n_probes)
{
	for (size_t i = 0; i < n_probes; i++) {
		uint64_t first = test_random_u64(random), rest[6];
		struct cg_call call;

		for (size_t j = 0; j < 6; j++)
			rest[j] = test_random_u64(random);
		call = test_probe(policy, first, rest);
		ask(filter, policy, &call);
		ask_cache(filter, policy, &call);
	}
}

static void test_random_policies(void **state)
{
	struct test_random random = { 1 };
	size_t n_insns = 0;

	for (int i = 0; i < N_POLICIES; i++) {
		uint8_t bytes[400];
		struct test_bytes in = { bytes, 20 + test_random_below(&random, sizeof(bytes) - 20) };
		struct cg_policy *policy;
		struct cg_filter *filter;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 40);
		assert_non_null(policy);
		filter = compile(policy);
		n_insns += filter->n_insns;
		ask_much(&random, filter, policy, N_PROBES);
		cg_filter_free(filter);
		cg_policy_free(policy);
	}
	print_message("# %d policies, %zu instructions on average\n", N_POLICIES, n_insns / N_POLICIES);
}

/* All rules on one call of one arch: long lists over several arguments, many of which overlap. */
static void test_crowded_policies(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct test_random random = { 2 };

	for (int i = 0; i < 300; i++) {
		struct cg_policy *policy = new_policy(test_actions[test_random_below(&random, 5)], arches, 1);
		size_t n_rules = 1 + test_random_below(&random, 150);
		struct cg_filter *filter;

		while (policy->rules.n_items < n_rules) {
			uint8_t bytes[80];
			struct test_bytes in = { bytes, sizeof(bytes) };

			for (size_t j = 0; j < sizeof(bytes); j++)
				bytes[j] = (uint8_t)test_random_u64(&random);
			bytes[0] |= 40; /* no unconditional rules */
			bytes[2] = 1;
			test_take_rule(&in, policy);
		}
		filter = compile(policy);
		ask_much(&random, filter, policy, 300);
		cg_filter_free(filter);
		cg_policy_free(policy);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Compiles, compares at random probes, and says what it took. The time limit is generous: sanitizers are slow. */
static void compile_large(struct cg_policy *policy, const char *name, size_t most_insns)
{
	struct test_random random = { 3 };
	double start = seconds();
	struct cg_filter *filter = compile(policy);
	double duration = seconds() - start;

	print_message("# %s: %zu rules, %zu instructions, %.1f ms\n", name, policy->rules.n_items, filter->n_insns,
		      duration * 1e3);
	assert_in_range(filter->n_insns, 1, most_insns);
	assert_true(duration < 5);
	ask_much(&random, filter, policy, 2000);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

static void test_large_sets(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct test_random random = { 4 };
	struct cg_policy *policy = new_policy(CG_ACTION_ERRNO | 1, arches, 1);

	for (int i = 0; i < 2000; i++)
		add_comparison(policy, 16, CG_ACTION_ALLOW, 1, CG_OP_EQ,
			       0x5400 + 3 * test_random_below(&random, 1 << 20));
	compile_large(policy, "2,000 ioctl requests", 3500);

	policy = new_policy(CG_ACTION_ERRNO | 1, arches, 1);
	for (int i = 0; i < 500; i++) {
		uint64_t least = test_random_u64(&random) >> test_random_below(&random, 40);
		struct cg_comparison range[] = {
			{ 2, CG_OP_GE, least, UINT64_MAX },
			{ 2, CG_OP_LT, least + (test_random_u64(&random) >> 20), UINT64_MAX },
		};

		add_rule(policy, 9, CG_ACTION_ALLOW, range, 2);
	}
	compile_large(policy, "500 ranges", 3000);

	policy = new_policy(CG_ACTION_ALLOW, arches, 1);
	for (int i = 0; i < 300; i++) {
		struct cg_comparison pair[] = {
			{ 0, CG_OP_EQ, test_random_below(&random, 30), UINT64_MAX },
			{ 1, CG_OP_EQ, test_random_below(&random, 30), UINT64_MAX },
		};

		add_rule(policy, 9, CG_ACTION_ERRNO | test_random_below(&random, 3), pair, 2);
	}
	compile_large(policy, "300 pairs, 3 actions", 3000);
}

/* Six arguments, several actions, all overlapping: a diagram of it explodes, the linear form does not. */
static void test_explosion(void **state)
{
	static const char *const arches[] = { "x86_64", "aarch64" };
	struct test_random random = { 5 };
	struct cg_policy *policy = new_policy(CG_ACTION_ALLOW, arches, 2);

	for (int i = 0; i < 300; i++) {
		struct cg_comparison all[6];

		for (unsigned int j = 0; j < 6; j++)
			all[j] = (struct cg_comparison){ j, i % 2 ? CG_OP_GT : CG_OP_NE,
							 test_random_below(&random, 1000), UINT64_MAX };
		add_rule(policy, 9, CG_ACTION_ERRNO | test_random_below(&random, 200), all,
			 1 + test_random_below(&random, 6));
	}
	compile_large(policy, "300 rules on six arguments", 4096);

	policy = new_policy(CG_ACTION_ALLOW, arches, 2);
	for (int i = 0; i < 200; i++) {
		struct cg_comparison mask = { 0, CG_OP_MASKED_EQ, test_random_u64(&random), test_random_u64(&random) };

		add_rule(policy, 9, CG_ACTION_ERRNO | test_random_below(&random, 200), &mask, 1);
	}
	compile_large(policy, "200 masks", 4096);
}

/* CG_POLICY_RULES_LIMIT rules on one call: those that make one set fit, those that do not are refused soon. */
static void test_very_large(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_policy *policy = new_policy(CG_ACTION_ERRNO | 1, arches, 1);
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	double start;

	for (size_t i = 0; i < CG_POLICY_RULES_LIMIT; i++)
		add_comparison(policy, 16, CG_ACTION_ALLOW, 1, CG_OP_EQ, (i * 7919) % CG_POLICY_RULES_LIMIT);
	start = seconds();
	filter = compile(policy);
	print_message("# %zu values: %zu instructions, %.0f ms\n", CG_POLICY_RULES_LIMIT, filter->n_insns,
		      (seconds() - start) * 1e3);
	assert_in_range(filter->n_insns, 1, 20);
	filter = cg_filter_free(filter);
	cg_policy_free(policy);

	for (int n_comparisons = 1; n_comparisons <= 2; n_comparisons++) {
		policy = new_policy(CG_ACTION_ERRNO | 1, arches, 1);
		for (size_t i = 0; i < CG_POLICY_RULES_LIMIT; i++) {
			struct cg_comparison pair[] = { { 1, CG_OP_EQ, i * 3, UINT64_MAX },
							{ 0, CG_OP_GE, i % 1000, UINT64_MAX } };

			add_rule(policy, 16, CG_ACTION_ALLOW, pair, (unsigned int)n_comparisons);
		}
		start = seconds();
		assert_int_equal(cg_compile(policy, &filter, &err), -E2BIG);
		print_message("# refused in %.0f ms: %s\n", (seconds() - start) * 1e3, err.message);
		assert_non_null(strstr(err.message, "ioctl on x86_64 (1048576 rules)"));
		cg_policy_free(policy);
	}
}

/* Many calls with middling sets, far more than a filter holds: planning each as well as can be would take long. */
static void test_many_sets(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_policy *policy = new_policy(CG_ACTION_ERRNO | 1, arches, 1);
	struct cg_filter *filter = NULL;
	double start;

	for (uint32_t nr = 0; nr < 2000; nr++)
		for (uint32_t i = 0; i < 120; i++)
			add_comparison(policy, nr, CG_ACTION_ALLOW, 0, CG_OP_EQ, i * 7 + nr * 1000);
	start = seconds();
	assert_int_equal(cg_compile(policy, &filter, NULL), -E2BIG);
	print_message("# refused in %.0f ms\n", (seconds() - start) * 1e3);
	assert_true(seconds() - start < 240);
	cg_policy_free(policy);
}

/* Far too long for one jump: 1,000 numbers with different answers, and arguments below some of them. */
static void test_long(void **state)
{
	static const char *const arches[] = { "s390x" };
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_PROCESS, arches, 1);

	for (uint32_t i = 0; i < 1000; i++) {
		if (i % 3 == 0)
			add_comparison(policy, i * 2, CG_ACTION_LOG, i % 6, CG_OP_GT, i);
		else
			add_rule(policy, i * 2, CG_ACTION_ERRNO | i % 1000, NULL, 0);
	}
	compile_large(policy, "1,000 numbers", 4096);
}

static void test_failures(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_policy *policy = new_policy(CG_ACTION_ALLOW, arches, 0);
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_compile(policy, &filter, &err), -EINVAL);
	assert_null(filter);
	cg_policy_free(policy);

	policy = new_policy(CG_ACTION_ALLOW, arches, 1);
	for (uint32_t i = 0; i < 5000; i++)
		add_rule(policy, i, CG_ACTION_ERRNO | i % 1000, NULL, 0);
	assert_int_equal(cg_compile(policy, &filter, &err), -E2BIG);
	assert_non_null(strstr(err.message, "numbers alone"));
	cg_policy_free(policy);

	policy = new_policy(CG_ACTION_ALLOW, arches, 1);
	for (uint32_t i = 0; i < 3000; i++)
		add_comparison(policy, 16, CG_ACTION_ERRNO | i % 2, 1, CG_OP_EQ, i * 10);
	for (uint32_t i = 0; i < 1500; i++)
		add_comparison(policy, 72, CG_ACTION_ERRNO | i % 2, 1, CG_OP_EQ, i * 13 + 1);
	assert_int_equal(cg_compile(policy, &filter, &err), -E2BIG);
	print_message("# %s\n", err.message);
	assert_non_null(strstr(err.message, "ioctl on x86_64 (3000 rules), fcntl on x86_64 (1500 rules)"));
	assert_null(filter);
	cg_policy_free(policy);
}

/* The shortest forms that there are. */
static void test_small(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_THREAD, arches, 1);
	struct cg_filter *filter = compile(policy);

	/* Everything, whatever the arch, gets one answer. */
	assert_int_equal(filter->n_insns, 1);
	cg_filter_free(filter);

	/* One comparison: arch, number with x32 and -1, high and low word, two answers. */
	add_comparison(policy, 0, CG_ACTION_ALLOW, 0, CG_OP_EQ, 0);
	filter = compile(policy);
	assert_int_equal(filter->n_insns, 10);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

static size_t count_steps(const struct cg_filter *filter, const struct cg_policy *policy, uint32_t nr)
{
	struct cg_call call = { .arch = policy->arches[0]->token, .nr = nr };
	size_t n_steps;

	ask(filter, policy, &call);
	cg_filter_run(filter, &call, &n_steps);
	return n_steps;
}

/* What comes often is asked first, where the kernel's cache cannot hold it; the rest stays as it is, and right. */
static void test_weights(void **state)
{
	static const char *const arches[] = { "x86_64", "x32", "x86" };
	struct cg_policy *policy = new_policy(CG_ACTION_ERRNO | 1, arches, 3);
	struct test_random random = { 6 };
	struct cg_compile_weight weights[40] = { { cg_arch_find("x86_64"), 77, 1000000 } };
	struct cg_filter *filter, *plain;

	for (uint32_t i = 0; i < 150; i++)
		add_rule(policy, i * 3, CG_ACTION_ALLOW, NULL, 0);
	add_comparison(policy, 77, CG_ACTION_ALLOW, 0, CG_OP_EQ, 0);
	plain = compile(policy);
	assert_int_equal(cg_compile_weighted(policy, weights, 1, &filter, NULL), 0);
	/* arch, its test, number, its test, two words with a test each, the answer. */
	assert_int_equal(count_steps(filter, policy, 77), 9);
	assert_in_range(count_steps(plain, policy, 77), 10, 20);
	ask_much(&random, filter, policy, 2000);
	cg_filter_free(filter);

	/* A plain allow costs nothing at all, however often it comes: nothing changes for it. */
	weights[0].nr = 300;
	assert_int_equal(cg_compile_weighted(policy, weights, 1, &filter, NULL), 0);
	assert_int_equal(filter->n_insns, plain->n_insns);
	assert_memory_equal(filter->insns, plain->insns, plain->n_insns * sizeof(*plain->insns));
	cg_filter_free(filter);
	cg_filter_free(plain);

	for (int i = 0; i < 300; i++) {
		for (size_t j = 0; j < CG_N_ITEMS(weights); j++) {
			const struct cg_arch *arch = policy->arches[test_random_below(&random, 3)];

			weights[j] = (struct cg_compile_weight){
				arch, test_random_below(&random, 460) | (arch->is_x32 ? CG_X32_BIT : 0),
				test_random_u64(&random) >> test_random_below(&random, 64)
			};
		}
		assert_int_equal(cg_compile_weighted(policy, weights, CG_N_ITEMS(weights), &filter, NULL), 0);
		assert_int_equal(cg_filter_check(filter, NULL), 0);
		ask_much(&random, filter, policy, 200);
		cg_filter_free(filter);
	}
	cg_policy_free(policy);
}

static void expect(const struct cg_filter *filter, const struct cg_policy *policy, const char *arch, uint32_t nr,
		   uint32_t action)
{
	struct cg_call call = { .arch = cg_arch_find(arch)->token, .nr = nr };

	assert_int_equal(cg_policy_eval(policy, &call), action);
	assert_int_equal(cg_filter_run(filter, &call, NULL), action);
}

/* Above the newest number, another default: for numbers without rules, and for what rules leave open. */
static void test_newest(void **state)
{
	static const char *const arches[] = { "x86_64", "x32", "x86" };
	const uint32_t enosys = CG_ACTION_ERRNO | 38;
	struct cg_policy *policy = new_policy(CG_ACTION_KILL_PROCESS, arches, 3);
	struct test_random random = { 8 };
	struct cg_filter *filter;

	cg_policy_set_newest(policy, cg_arch_find("x86_64"), 300, enosys);
	cg_policy_set_newest(policy, cg_arch_find("x32"), CG_X32_BIT + 310, enosys);
	add_rule(policy, 10, CG_ACTION_ALLOW, NULL, 0);
	add_rule(policy, 400, CG_ACTION_KILL_PROCESS, NULL, 0); /* what the default would be below */
	add_rule(policy, 401, enosys, NULL, 0);
	add_comparison(policy, 20, CG_ACTION_ALLOW, 0, CG_OP_EQ, 7);
	add_comparison(policy, 402, CG_ACTION_ALLOW, 0, CG_OP_EQ, 7);
	filter = compile(policy);
	expect(filter, policy, "x86_64", 10, CG_ACTION_ALLOW);
	expect(filter, policy, "x86_64", 20, CG_ACTION_KILL_PROCESS);
	expect(filter, policy, "x86_64", 300, CG_ACTION_KILL_PROCESS);
	expect(filter, policy, "x86_64", 301, enosys);
	expect(filter, policy, "x86_64", 400, CG_ACTION_KILL_PROCESS);
	expect(filter, policy, "x86_64", 401, enosys);
	expect(filter, policy, "x86_64", 402, enosys);
	expect(filter, policy, "x86_64", CG_X32_BIT - 1, enosys);
	expect(filter, policy, "x86_64", CG_X32_BIT + 310, CG_ACTION_KILL_PROCESS);
	expect(filter, policy, "x86_64", CG_X32_BIT + 311, enosys);
	expect(filter, policy, "x86_64", CG_NR_SKIPPED, enosys);
	expect(filter, policy, "x86", UINT32_MAX, CG_ACTION_KILL_PROCESS); /* has no newest */
	ask_much(&random, filter, policy, 2000);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

/* x32 as x86_64 has it, but for a few numbers: what it adds is the way there, and those. */
static void test_x32_within_x86_64(void **state)
{
	static const char *const arches[] = { "x86_64", "x32" };
	struct cg_policy *policies[2];
	struct test_random random = { 7 };
	size_t n_insns[2];

	for (size_t i = 0; i < 2; i++) {
		struct cg_filter *filter;

		policies[i] = new_policy(CG_ACTION_ERRNO | 1, arches, 1 + i);
		for (uint32_t nr = 0; i == 0 && nr < 400; nr += 1 + test_random_below(&random, 5))
			add_rule(policies[0], nr, CG_ACTION_ALLOW, NULL, 0);
		for (size_t j = 0; i && j < policies[0]->rules.n_items; j++) {
			struct cg_rule rule = policies[0]->rules.items[j];

			assert_int_equal(cg_policy_add_rule(policies[1], &rule, NULL), 0);
			rule.arch = policies[1]->arches[1];
			rule.nr |= CG_X32_BIT;
			if (j % 40 != 7)
				assert_int_equal(cg_policy_add_rule(policies[1], &rule, NULL), 0);
		}
		filter = compile(policies[i]);
		n_insns[i] = filter->n_insns;
		ask_much(&random, filter, policies[i], 3000);
		cg_filter_free(filter);
	}
	print_message("# x86_64 alone %zu instructions, with x32 %zu\n", n_insns[0], n_insns[1]);
	assert_in_range(n_insns[0], 60, 200);
	assert_in_range(n_insns[1], n_insns[0], n_insns[0] + 25);
	cg_policy_free(policies[0]);
	cg_policy_free(policies[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_crowded_policies),
		cmocka_unit_test(test_large_sets),
		cmocka_unit_test(test_explosion),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many_sets),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_newest),
		cmocka_unit_test(test_x32_within_x86_64),
		cmocka_unit_test(test_very_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
