/* Conditions in words: what stands in each, and that the examples are right. */
#include "words/conditions.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EQ(n, v) { .arg = (n), .op = CG_OP_EQ, .value = (v), .mask = UINT64_MAX }
#define OPERATOR(n, o, v) { .arg = (n), .op = (o), .value = (v), .mask = UINT64_MAX }
#define MASK(n, m, v) { .arg = (n), .op = CG_OP_MASKED_EQ, .value = (v), .mask = (m) }

/* All calls are EPERM, but `name` is allowed where one of the comparisons (or all, as one rule) holds. */
static uint32_t root_of(struct cg_meanings *meanings, const char *arch_name, const char *name,
			const struct cg_comparison *comparisons, unsigned int n, bool is_one_rule)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	struct cg_rule rule = { .arch = arch, .action = CG_ACTION_ALLOW };
	uint32_t root;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	assert_true(cg_syscall_number(arch, name, &rule.nr));
	for (unsigned int i = 0; i < n; i += is_one_rule ? n : 1) {
		rule.comparisons = &comparisons[i];
		rule.n_comparisons = is_one_rule ? n : 1;
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &root, NULL), 0);
	cg_policy_free(policy);
	return root;
}

/* Where `name` is allowed, against a policy that allows nothing: `want` has one line a case. */
static void check_words_on(const char *arch_name, const char *name, const struct cg_comparison *comparisons,
			   unsigned int n, bool is_one_rule, const char *want)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_cases cases = { 0 };
	struct cg_regions regions = { 0 };
	struct cg_text text = { 0 };
	uint32_t a = root_of(meanings, arch_name, name, comparisons, n, is_one_rule);
	uint32_t b = root_of(meanings, arch_name, name, NULL, 0, false);
	struct cg_call call = { .arch = arch->token };

	assert_int_equal(cg_meaning_regions(meanings, a, b, true, &regions, NULL), 0);
	assert_int_equal(regions.n_items, 1);
	call.nr = regions.items[0].nr_first;
	assert_int_equal(cg_cases_find(meanings, regions.items[0].a, regions.items[0].b, arch, &call, &cases,
					  NULL), 0);
	for (size_t i = 0; i < cases.n_items; i++) {
		const struct cg_case *one = &cases.items[i];

		cg_text_addf(&text, "%s%s", i ? "\n" : "", one->when);
		assert_int_equal(cg_meaning_eval(meanings, a, &one->example), one->a);
		assert_int_equal(cg_meaning_eval(meanings, b, &one->example), one->b);
		assert_int_not_equal(one->a, one->b);
	}
	assert_string_equal(cg_text_get(&text), want);
	cg_text_done(&text);
	cg_cases_done(&cases);
	cg_regions_done(&regions);
	cg_meanings_free(meanings);
}

#define says(name, want, ...)                                                                                          \
	do {                                                                                                           \
		const struct cg_comparison list[] = { __VA_ARGS__ };                                                   \
		check_words_on("x86_64", name, list, CG_N_ITEMS(list), true, want);                                    \
	} while (0)

#define any_says(name, want, ...)                                                                                      \
	do {                                                                                                           \
		const struct cg_comparison list[] = { __VA_ARGS__ };                                                   \
		check_words_on("x86_64", name, list, CG_N_ITEMS(list), false, want);                                   \
	} while (0)

static void test_one_comparison(void **state)
{
	says("socket", "domain == AF_UNIX (whole register)", EQ(0, 1));
	says("socket", "domain != AF_VSOCK (whole register)", OPERATOR(0, CG_OP_NE, 40));
	says("read", "count <= 99", OPERATOR(2, CG_OP_LT, 100));
	says("read", "count <= 100", OPERATOR(2, CG_OP_LE, 100));
	says("read", "count >= 0x1000", OPERATOR(2, CG_OP_GE, 4096));
	says("read", "count >= 0x1001", OPERATOR(2, CG_OP_GT, 4096));
	says("clone", "flags & (CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|"
		      "CLONE_NEWNET) == 0", MASK(0, 0x7e020000, 0));
	says("openat", "flags & O_ACCMODE == O_WRONLY", MASK(2, 3, 1));
	says("ioctl", "cmd == TIOCSTI (whole register)", EQ(1, 0x5412));
}

static void test_several_comparisons(void **state)
{
	says("socket", "domain == AF_UNIX (whole register) and type == SOCK_STREAM (whole register)", EQ(0, 1), EQ(1, 1));
	says("read", "10 <= count <= 20", OPERATOR(2, CG_OP_GE, 10), OPERATOR(2, CG_OP_LE, 20));
	any_says("socket", "domain in {AF_UNIX, AF_INET, AF_INET6} (whole register)", EQ(0, 10), EQ(0, 1), EQ(0, 2));
	any_says("read", "(count <= 9 or count >= 21)", OPERATOR(2, CG_OP_GT, 20), OPERATOR(2, CG_OP_LT, 10));
	any_says("socket", "domain != AF_UNIX (whole register) and type == SOCK_STREAM (whole register)\n"
			   "domain == AF_UNIX (whole register)", EQ(0, 1), EQ(1, 1));
}

#define LOW(value) MASK(1, UINT32_MAX, value)

/* Many values of which all have names are named; where some have none, the ranges of these stay. */
static void test_many_names(void **state)
{
	any_says("ioctl", "cmd in {TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCOUTQ, FIONREAD}",
		 LOW(0x5401), LOW(0x5402), LOW(0x5403), LOW(0x5404), LOW(0x540e), LOW(0x540f), LOW(0x5410), LOW(0x5411),
		 LOW(0x541b));
	any_says("ioctl", "(cmd in {TCGETS, TCSETS} or 1 <= cmd <= 9)", LOW(1), LOW(2), LOW(3), LOW(4), LOW(5), LOW(6),
		 LOW(7), LOW(8), LOW(9), LOW(0x5401), LOW(0x5402));
	any_says("ioctl", "(1 <= cmd <= 9 or cmd == TCGETS)", LOW(1), LOW(2), LOW(3), LOW(4), LOW(5), LOW(6), LOW(7),
		 LOW(8), LOW(9), LOW(0x5401));
}

/* A name is what the kernel reads; less is said to be less, more to be more; 32-bit machines have no other half. */
static void test_halves(void **state)
{
	const struct cg_comparison low[] = { MASK(0, UINT32_MAX, 1) }, unix_only[] = { EQ(0, 1) };

	says("socket", "domain == AF_UNIX", MASK(0, UINT32_MAX, 1));
	says("kill", "pid == 0xffffffff (whole register)", EQ(0, 0xffffffff));
	says("kill", "pid == -1", MASK(0, UINT32_MAX, 0xffffffff));
	says("read", "count & 0xffffffff == 5", MASK(2, UINT32_MAX, 5));
	says("read", "count == 5", EQ(2, 5));
	check_words_on("arm", "socket", low, 1, true, "domain == AF_UNIX");
	check_words_on("arm", "socket", unix_only, 1, true, "domain == AF_UNIX");
}

/* All of a register against half of it: the two differ where the other half is not 0. */
static void test_half_against_whole(void **state)
{
	const struct cg_comparison low[] = { MASK(0, UINT32_MAX, 1), MASK(0, UINT32_MAX, 8) };
	const struct cg_comparison whole[] = { EQ(0, 1), EQ(0, 8) };
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_call call = { .arch = arch->token };
	struct cg_cases cases = { 0 };
	struct cg_regions regions = { 0 };
	uint32_t a = root_of(meanings, "x86_64", "socket", low, 2, false);
	uint32_t b = root_of(meanings, "x86_64", "socket", whole, 2, false);

	assert_true(cg_syscall_number(arch, "socket", &call.nr));
	assert_int_equal(cg_meaning_regions(meanings, a, b, true, &regions, NULL), 0);
	assert_int_equal(regions.n_items, 1);
	assert_int_equal(cg_cases_find(meanings, regions.items[0].a, regions.items[0].b, arch, &call, &cases, NULL), 0);
	assert_int_equal(cases.n_items, 1);
	assert_string_equal(cases.items[0].when, "domain >> 32 != 0 and domain in {AF_UNIX, AF_ATMPVC}");
	assert_int_equal(cg_meaning_eval(meanings, a, &cases.items[0].example), CG_ACTION_ALLOW);
	assert_int_equal(cg_meaning_eval(meanings, b, &cases.items[0].example), cg_action_errno(EPERM));
	cg_cases_done(&cases);
	cg_regions_done(&regions);
	cg_meanings_free(meanings);
}

/* Flags of which one must be there: the rest of the word does not matter. */
static void test_masks(void **state)
{
	struct cg_comparison bits[12];

	any_says("clone", "flags & (CLONE_NEWUSER|CLONE_NEWNET) != 0", MASK(0, 0x10000000, 0x10000000),
		 MASK(0, 0x40000000, 0x40000000));
	/* Twelve pairs of bits, each pair equal in itself: neither ranges nor masks say it briefly. */
	for (unsigned int i = 0; i < 12; i++)
		bits[i] = (struct cg_comparison)MASK(0, 9ULL << 4 * i, 1ULL << 4 * i);
	check_words_on("x86_64", "clone", bits, 12, false, "further conditions on flags");
}

/* Every limit: exits of a word, rows of a call. */
static void test_limits(void **state)
{
	struct cg_comparison pairs[2 * 70];
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_cases cases = { 0 };
	struct cg_regions regions = { 0 };
	struct cg_call call = { .arch = arch->token };
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	uint32_t a, b;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (unsigned int i = 0; i < 70; i++) {
		struct cg_rule rule = { .arch = arch, .nr = 0, .action = CG_ACTION_ALLOW };

		pairs[2 * i] = (struct cg_comparison)EQ(0, i);
		pairs[2 * i + 1] = (struct cg_comparison)EQ(1, 1000 + i);
		rule.comparisons = &pairs[2 * i];
		rule.n_comparisons = 2;
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &a, NULL), 0);
	cg_policy_free(policy);
	b = root_of(meanings, "x86_64", "read", NULL, 0, false);
	/* More exits than are told apart: one row stands for them, and is right. */
	assert_int_equal(cg_meaning_regions(meanings, a, b, true, &regions, NULL), 0);
	assert_int_equal(regions.n_items, 1);
	assert_int_equal(cg_cases_find(meanings, regions.items[0].a, regions.items[0].b, arch, &call, &cases,
					  NULL), 0);
	assert_int_equal(cases.n_items, 1);
	assert_string_equal(cases.items[0].when, "fd >> 32 == 0 and further conditions");
	assert_int_equal(cg_meaning_eval(meanings, a, &cases.items[0].example), CG_ACTION_ALLOW);
	cg_cases_done(&cases);
	cg_regions_done(&regions);
	cg_meanings_free(meanings);
}

/* Six arguments, each of two kinds: more rows than are told, and the rest is counted. */
static void test_many_rows(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	struct cg_call call = { .arch = arch->token };
	struct cg_cases cases = { 0 };
	struct cg_regions regions = { 0 };
	uint32_t a, b;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	/* The errno tells which arguments are 0: 2^6 sums, and one more bit. */
	for (unsigned int i = 0; i < 128; i++) {
		struct cg_comparison comparisons[7];
		struct cg_rule rule = { .arch = arch, .nr = 0, .action = cg_action_errno(100 + i) };

		for (unsigned int j = 0; j < 6; j++)
			comparisons[j] = (struct cg_comparison)OPERATOR(j, i >> j & 1 ? CG_OP_EQ : CG_OP_NE, 0);
		comparisons[6] = (struct cg_comparison)OPERATOR(5, i >> 6 ? CG_OP_LE : CG_OP_GT, 77);
		rule.comparisons = comparisons;
		rule.n_comparisons = 7;
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_meaning_of_policy(meanings, policy, &a, NULL), 0);
	assert_int_equal(cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &b, NULL), 0);
	assert_int_equal(cg_meaning_regions(meanings, a, b, true, &regions, NULL), 0);
	for (size_t i = 0; i < regions.n_items; i++)
		if (regions.items[i].arch_first == arch->token && regions.items[i].nr_first == 0)
			assert_int_equal(cg_cases_find(meanings, regions.items[i].a, regions.items[i].b, arch, &call,
							  &cases, NULL), 0);
	assert_int_equal(cases.n_items, CG_CASES_LIMIT);
	assert_int_equal(cases.n_items + cases.n_further, 3 * 32);
	cg_cases_done(&cases);
	cg_regions_done(&regions);
	cg_policy_free(policy);
	cg_meanings_free(meanings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_comparison), cmocka_unit_test(test_several_comparisons),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_halves),	       cmocka_unit_test(test_half_against_whole),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_limits),	       cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
