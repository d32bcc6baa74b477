/*
 * The gate lets right filters through, soon, and finds wrong ones: every filter of a set of policies is damaged in one
 * instruction at a time, and nearly all of that must be noticed (what is not is mostly no change of meaning at all).
 */
#include "gate/gate.h"

#include "compile/compile.h"
#include "compile/test-policy.h"
#include "filter/test-random.h"
#include "gate/boundary.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct cg_policy *new_policy(uint32_t default_action, const char *const *arches, size_t n_arches)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	assert_non_null(policy);
	for (size_t i = 0; i < n_arches; i++)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(arches[i]), NULL), 0);
	return policy;
}

static void add_rule(struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr, uint32_t action,
		     const struct cg_comparison *comparisons, unsigned int n_comparisons)
{
	struct cg_rule rule = { arch, nr, action, comparisons, n_comparisons, 0 };

	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

/* Like a container's profile: three arches, two of three numbers allowed, some calls with conditions. */
static struct cg_policy *container_policy(void)
{
	static const char *const arches[] = { "x86_64", "x86", "x32" };
	static const struct cg_comparison conditions[] = {
		{ 0, CG_OP_EQ, 0, UINT64_MAX },
		{ 0, CG_OP_EQ, 8, UINT64_MAX },
		{ 0, CG_OP_EQ, 0x20000, UINT64_MAX },
		{ 0, CG_OP_EQ, 0xffffffff, UINT64_MAX },
		{ 0, CG_OP_MASKED_EQ, 0, 0x7e020000 },
		{ 0, CG_OP_NE, 40, UINT64_MAX },
		{ 1, CG_OP_GT, 0x1234567890, UINT64_MAX },
	};
	struct test_random random = { 1 };
	struct cg_policy *policy = new_policy(CG_ACTION_ERRNO | 1, arches, 3);

	for (size_t i = 0; i < policy->n_arches; i++)
		for (uint32_t nr = 0; nr < 460; nr++) {
			uint32_t full_nr = policy->arches[i]->is_x32 ? nr | CG_X32_BIT : nr;

			if (nr % 40 == 3)
				for (size_t j = 0; j < CG_N_ITEMS(conditions); j += 1 + nr / 40 % 3)
					add_rule(policy, policy->arches[i], full_nr, CG_ACTION_ALLOW, &conditions[j],
						 1);
			else if (test_random_below(&random, 100) < 80)
				add_rule(policy, policy->arches[i], full_nr, CG_ACTION_ALLOW, NULL, 0);
		}
	return policy;
}

static void test_passes(void **state)
{
	struct cg_policy *policy = container_policy();
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	size_t n_probes;
	double start = seconds(), compiled;

	assert_int_equal(cg_compile(policy, &filter, &err), 0);
	compiled = seconds();
	assert_int_equal(cg_boundary_compare(policy, filter, &n_probes, &err), 0);
	print_message("# %zu rules, %zu instructions: compiled in %.2f ms, %zu probes in %.2f ms\n",
		      policy->rules.n_items, filter->n_insns, (compiled - start) * 1e3, n_probes,
		      (seconds() - compiled) * 1e3);
	filter = cg_filter_free(filter);

	assert_int_equal(cg_gate_compile(policy, NULL, &filter, &err), 0);
	assert_non_null(filter);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

static void test_options_and_errors(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_gate_options options = { .is_unproven = true };
	struct cg_policy *policy = new_policy(CG_ACTION_ALLOW, arches, 1);
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_gate_compile(policy, &options, &filter, &err), 0);
	filter = cg_filter_free(filter);

	for (uint32_t i = 0; i < 5000; i++)
		add_rule(policy, policy->arches[0], i, CG_ACTION_ERRNO | i % 1000, NULL, 0);
	assert_int_equal(cg_gate_compile(policy, NULL, &filter, &err), -E2BIG);
	assert_null(filter);
	cg_policy_free(policy);
}

/* What is wrong is told with the call, and no filter comes out. */
static void test_message(void **state)
{
	static const char *const arches[] = { "x86_64" };
	struct cg_policy *policy = new_policy(CG_ACTION_ALLOW, arches, 1);
	struct cg_comparison comparison = { 0, CG_OP_GT, 5, UINT64_MAX };
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	add_rule(policy, policy->arches[0], 0, CG_ACTION_ERRNO | 13, &comparison, 1);
	assert_int_equal(cg_compile(policy, &filter, &err), 0);
	for (size_t i = 0; i < filter->n_insns; i++)
		if (filter->insns[i].code == (BPF_RET | BPF_K) && filter->insns[i].k == (CG_ACTION_ERRNO | 13))
			filter->insns[i].k = CG_ACTION_ERRNO | 14;
	assert_int_equal(cg_boundary_compare(policy, filter, NULL, &err), -EBADE);
	assert_non_null(strstr(err.message, "ERRNO(EACCES) for read"));
	assert_non_null(strstr(err.message, "ERRNO(EFAULT)"));
	cg_filter_free(filter);
	cg_policy_free(policy);
}

/* One change to one instruction; false if it is none, or not valid. */
static bool damage(struct cg_filter *filter, size_t pc, int kind)
{
	struct sock_filter *insn = &filter->insns[pc];
	uint8_t jt = insn->jt;

	switch (kind) {
	case 0:
		insn->k += 1;
		break;
	case 1:
		insn->k -= 1;
		break;
	case 2:
		insn->jt = insn->jf;
		insn->jf = jt;
		break;
	case 3:
		insn->jt++;
		break;
	case 4:
		insn->jf++;
		break;
	case 5:
		if (insn->code == (BPF_JMP | BPF_JGE | BPF_K))
			insn->code = BPF_JMP | BPF_JGT | BPF_K;
		else if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K))
			insn->code = BPF_JMP | BPF_JGE | BPF_K;
		else
			return false;
		break;
	default:
		insn->k ^= 4; /* a load's other half; another arch; another value */
		break;
	}
	if (BPF_CLASS(insn->code) != BPF_JMP && kind >= 2 && kind <= 5)
		return false;
	return cg_filter_check(filter, NULL) == 0;
}

static void count_mutants(const struct cg_policy *policy, struct cg_filter *filter, size_t *n_mutants, size_t *n_found)
{
	for (size_t pc = 0; pc < filter->n_insns; pc++)
		for (int kind = 0; kind < 7; kind++) {
			struct sock_filter insn = filter->insns[pc];

			if (damage(filter, pc, kind)) {
				*n_mutants += 1;
				*n_found += cg_boundary_compare(policy, filter, NULL, NULL) == -EBADE;
			}
			filter->insns[pc] = insn;
		}
}

static void test_mutants(void **state)
{
	struct test_random random = { 7 };
	size_t n_mutants = 0, n_found = 0;

	for (int i = 0; i < 12; i++) {
		uint8_t bytes[150];
		struct test_bytes in = { bytes, sizeof(bytes) };
		struct cg_filter *filter = NULL;
		struct cg_policy *policy;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 12);
		assert_non_null(policy);
		assert_int_equal(cg_compile(policy, &filter, NULL), 0);
		count_mutants(policy, filter, &n_mutants, &n_found);
		cg_filter_free(filter);
		cg_policy_free(policy);
	}
	print_message("# %zu of %zu damaged filters found out\n", n_found, n_mutants);
	assert_true(n_mutants > 1000);
	assert_true(n_found * 100 >= n_mutants * 95);
}

/* Every random policy gets through: what -EBADE would say is a bug in the compiler. */
static void test_random_policies(void **state)
{
	struct test_random random = { 8 };

	for (int i = 0; i < 300; i++) {
		uint8_t bytes[300];
		struct test_bytes in = { bytes, sizeof(bytes) };
		struct cg_filter *filter = NULL;
		struct cg_policy *policy;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 40);
		assert_non_null(policy);
		assert_int_equal(cg_gate_compile(policy, NULL, &filter, NULL), 0);
		cg_filter_free(filter);
		cg_policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),          cmocka_unit_test(test_options_and_errors),
		cmocka_unit_test(test_message),         cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_random_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
