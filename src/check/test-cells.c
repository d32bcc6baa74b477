/*
 * The short way against diagrams: what it calls proven is; a changed instruction that matters is never; what it is made
 * for it decides, and what it is not it leaves alone.
 */
#include "check/cells.h"
#include "check/test-set.h"
#include "compile/compile.h"

#include <errno.h>

#define N_POLICIES 3000
#define N_MUTANTS 20

/* Up to 12 rules for numbers that lie close, far, at the edges; one to three architectures. */
static struct cg_policy *make_policy(struct test_random *random)
{
	static const char *const names[] = { "x86_64", "x32", "x86", "aarch64" };
	static const uint32_t actions[] = { CG_ACTION_ALLOW, CG_ACTION_ERRNO | 1, CG_ACTION_KILL_PROCESS,
					    CG_ACTION_TRACE | 7 };
	struct cg_policy *policy = cg_policy_new(actions[test_random_below(random, 4)]);
	uint32_t n_rules = test_random_below(random, 13);

	assert_non_null(policy);
	for (uint32_t i = 0; i < 4; i++)
		if (i == 0 || test_random_percent(random, 25))
			assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(names[i]), NULL), 0);
	for (uint32_t i = 0; i < n_rules; i++) {
		const struct cg_arch *arch = policy->arches[test_random_below(random, (uint32_t)policy->n_arches)];
		uint32_t nr = test_random_below(random, test_random_percent(random, 50) ? 16 : 460);
		struct cg_rule rule = { .arch = arch, .nr = arch->is_x32 ? nr | CG_X32_BIT : nr,
					.action = actions[test_random_below(random, 4)] };

		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	if (test_random_percent(random, 20))
		cg_policy_set_newest(policy, policy->arches[0], 300, actions[test_random_below(random, 4)]);
	return policy;
}

static bool is_same(const struct cg_policy *policy, const struct cg_filter *filter)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t wanted, got;

	assert_int_equal(cg_meaning_of_policy(meanings, policy, &wanted, NULL), 0);
	assert_int_equal(cg_meaning_of_filter(meanings, filter, &got, NULL), 0);
	return wanted == got;
}

static void mutate(struct test_random *random, struct sock_filter *insn)
{
	switch (test_random_below(random, 5)) {
	case 0:
		insn->k += test_random_percent(random, 50) ? 1 : UINT32_MAX;
		break;
	case 1:
		insn->k ^= 1U << test_random_below(random, 32);
		break;
	case 2:
		insn->jt ^= 1;
		break;
	case 3:
		insn->jf ^= 1;
		break;
	default:
		insn->code ^= BPF_JEQ ^ BPF_JGE;
	}
}

static void test_against_diagrams(void **state)
{
	struct test_random random = { 41 };
	size_t n_proven = 0, n_changed = 0, n_same = 0;

	for (int i = 0; i < N_POLICIES; i++) {
		OWN_POLICY struct cg_policy *policy = make_policy(&random);
		OWN_FILTER struct cg_filter *filter = NULL;

		assert_int_equal(cg_compile(policy, &filter, NULL), 0);
		n_proven += cg_cells_prove(policy, filter);
		for (int j = 0; j < N_MUTANTS; j++) {
			struct sock_filter *insn = &filter->insns[test_random_below(&random, (uint32_t)filter->n_insns)];
			struct sock_filter before = *insn;

			mutate(&random, insn);
			if (cg_filter_check(filter, NULL) == 0) {
				bool is_proven = cg_cells_prove(policy, filter), is_right = is_same(policy, filter);

				n_changed += !is_right;
				n_same += is_right && is_proven;
				assert_true(is_right || !is_proven);
			}
			*insn = before;
		}
	}
	print_message("# %zu of %d proven; %zu changed, none taken for right; %zu changes that change nothing\n", n_proven,
		      N_POLICIES, n_changed, n_same);
	assert_true(n_proven > N_POLICIES * 2 / 3 && n_changed > N_POLICIES && n_same > 100);
}

/* allow `n_rules` calls of x86_64, side by side */
static struct cg_policy *make_list(uint32_t n_rules)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
	const struct cg_arch *arch = cg_arch_find("x86_64");

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (uint32_t i = 0; i < n_rules; i++)
		assert_int_equal(cg_policy_add_rule(policy, &(struct cg_rule){ .arch = arch, .nr = i,
									       .action = CG_ACTION_ALLOW }, NULL), 0);
	return policy;
}

static void test_limits(void **state)
{
	for (uint32_t n_rules = 1; n_rules < 40; n_rules++) {
		OWN_POLICY struct cg_policy *policy = make_list(n_rules);
		OWN_FILTER struct cg_filter *filter = NULL;

		assert_int_equal(cg_compile(policy, &filter, NULL), 0);
		assert_int_equal(cg_cells_prove(policy, filter), n_rules <= 32);
		assert_int_equal(cg_check_filter(policy, filter, NULL, NULL, NULL), 0);
	}
}

/* The policy: read allowed, all else refused, on x86_64. Each begins right and goes on with what cells cannot judge. */
static void test_what_is_left_alone(void **state)
{
	struct sock_filter insns[] = {
		LD(ARCH),
		JEQ(0xc000003e, 0, 4),
		LD(NR),
		JEQ(0, 1, 0),
		RET(CG_ACTION_ERRNO | 1),
		RET(CG_ACTION_ALLOW),
		RET(CG_ACTION_KILL_THREAD),
		RET(CG_ACTION_KILL_THREAD),
	};
	static const struct sock_filter others[] = {
		OP(BPF_LD | BPF_W | BPF_ABS, 0, 0, ARG_LOW(0)), OP(BPF_LD | BPF_W | BPF_ABS, 0, 0, 8),
		OP(BPF_ALU | BPF_AND | BPF_K, 0, 0, 7),         OP(BPF_MISC | BPF_TAX, 0, 0, 0),
		OP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0),         OP(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 0x10000000),
	};
	struct cg_filter filter = filter_of(insns);
	OWN_POLICY struct cg_policy *policy = make_list(1);
	struct cg_call witness;

	/* x32's numbers are the bad architecture's, so as it stands it is wrong. */
	assert_false(cg_cells_prove(policy, &filter));
	assert_int_equal(cg_check_filter(policy, &filter, NULL, &witness, NULL), 1);
	assert_int_equal(witness.nr & CG_X32_BIT, CG_X32_BIT);
	policy->bad_arch_action = CG_ACTION_ERRNO | 1;
	insns[6] = insns[7] = RET(CG_ACTION_ERRNO | 1);
	assert_true(cg_cells_prove(policy, &filter));
	for (size_t i = 0; i < CG_N_ITEMS(others); i++) {
		insns[6] = others[i];
		assert_false(cg_cells_prove(policy, &filter));
		assert_int_equal(cg_check_filter(policy, &filter, NULL, NULL, NULL), 0);
	}
	insns[6] = OP(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 0x60000000);
	assert_true(cg_cells_prove(policy, &filter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_diagrams),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_what_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
