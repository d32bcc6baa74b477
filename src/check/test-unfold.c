/*
 * From diagrams back to policies: what a policy means comes back as a policy that means it, and what none can say is
 * refused with the name of the call.
 */
#include "check/test-set.h"

#include "compile/test-policy.h"
#include "policy/eval.h"

#include <errno.h>

static struct cg_policy *make_policy(struct test_random *random)
{
	unsigned char bytes[512];
	size_t n_bytes = test_random_below(random, sizeof(bytes));

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (unsigned char)test_random_u64(random);
	return test_policy(&(struct test_bytes){ bytes, n_bytes }, 1 + test_random_below(random, 20));
}

static void check_calls(struct test_random *random, const struct cg_policy *policy, const struct cg_policy *back)
{
	for (int i = 0; i < 10; i++) {
		uint64_t values[6];
		struct cg_call call;

		for (size_t k = 0; k < 6; k++)
			values[k] = test_random_u64(random);
		call = test_probe(policy, test_random_u64(random), values);
		assert_int_equal(cg_policy_eval(policy, &call), cg_policy_eval(back, &call));
	}
}

static void test_random_policies(void **state)
{
	struct test_random random = { 5 };
	size_t n_back = 0, n_too_many = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		OWN_POLICY struct cg_policy *policy = make_policy(&random);
		OWN_POLICY struct cg_policy *back = NULL;
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		uint32_t root = test_policy_root(meanings, policy);
		struct cg_err err = { 0 };
		int r = cg_meaning_to_policy(meanings, root, &back, &err);

		if (r == -E2BIG) {
			n_too_many++;
			continue;
		}
		if (r < 0)
			fail_msg("%s", err.message);
		n_back++;
		assert_int_equal(test_policy_root(meanings, back), root);
		check_calls(&random, policy, back);
	}
	print_message("# %zu policies there and back, %zu of more than %zu rules a call\n", n_back, n_too_many,
		      CG_UNFOLD_RULES_LIMIT);
	assert_true(n_back > 2500);
}

#define X86_64 0xc000003e
#define X86 0x40000003

static int unfold(const struct sock_filter *insns, size_t n_insns, struct cg_policy **ret_policy, struct cg_err *err)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_filter filter = { .insns = (struct sock_filter *)insns, .n_insns = n_insns };

	return cg_meaning_to_policy(meanings, test_root(meanings, &filter), ret_policy, err);
}

#define refuses(insns, code, words) \
	do { \
		struct cg_policy *none = NULL; \
		struct cg_err why = { 0 }; \
\
		assert_int_equal(unfold((insns), CG_N_ITEMS(insns), &none, &why), (code)); \
		assert_null(none); \
		if (!strstr(why.message, (words))) \
			fail_msg("%s", why.message); \
	} while (0)

static void test_what_no_policy_says(void **state)
{
	static const struct sock_filter by_ip[] = { LD(ARCH), JEQ(X86_64, 0, 4), LD(NR), JEQ(0, 0, 2),
						    LD(8),    JEQ(1, 1, 0),	 RET(0), RET(CG_ACTION_ALLOW) };
	static const struct sock_filter by_high[] = { LD(ARCH), JEQ(X86, 0, 4), LD(NR), JEQ(3, 0, 2),
						      LD(ARG_HIGH(0)), JEQ(1, 1, 0), RET(0), RET(CG_ACTION_ALLOW) };
	static const struct sock_filter by_range[] = { LD(ARCH),
						       JEQ(X86_64, 0, 3),
						       LD(NR),
						       OP(BPF_JMP | BPF_JGT | BPF_K, 0, 1, 9999),
						       OP(BPF_JMP | BPF_JGT | BPF_K, 0, 1, 999999),
						       RET(0),
						       RET(CG_ACTION_ALLOW) };
	static const struct sock_filter blind[] = { LD(NR), JEQ(0, 1, 0), RET(0), RET(CG_ACTION_ALLOW) };
	static const struct sock_filter unknown[] = { LD(ARCH), JEQ(12345, 1, 0), RET(0), RET(CG_ACTION_ALLOW) };
	/* The low bits of one argument are another: 2^13 sets of values. */
	static const struct sock_filter relation[] = { LD(ARCH),
						       JEQ(X86_64, 0, 8),
						       LD(NR),
						       JEQ(0, 0, 6),
						       LD(ARG_LOW(0)),
						       OP(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x1fff),
						       OP(BPF_MISC | BPF_TAX, 0, 0, 0),
						       LD(ARG_LOW(1)),
						       OP(BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0),
						       RET(0),
						       RET(CG_ACTION_ALLOW) };

	(void)state;
	refuses(by_ip, -EOPNOTSUPP, "read on x86_64 depends on the instruction pointer");
	refuses(by_high, -EOPNOTSUPP, "read on x86 depends on the high word");
	refuses(by_range, -EOPNOTSUPP, "x86_64 begins a long range of numbers");
	refuses(blind, -EOPNOTSUPP, "told by their numbers");
	refuses(unknown, -EOPNOTSUPP, "nobody knows");
	refuses(relation, -E2BIG, "read on x86_64 needs more rules");
}

/* What runtimes load: numbers above the newest known get ENOSYS, and x32's are killed but for number -1. */
static void test_as_runtimes_write(void **state)
{
	static const struct sock_filter insns[] = { LD(ARCH),
						    JEQ(X86_64, 0, 7),
						    LD(NR),
						    OP(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000),
						    JEQ(0xffffffff, 2, 4),
						    OP(BPF_JMP | BPF_JGT | BPF_K, 2, 0, 450),
						    JEQ(0, 3, 0),
						    RET(0x50001),
						    RET(0x50026),
						    RET(CG_ACTION_KILL_PROCESS),
						    RET(CG_ACTION_ALLOW) };
	OWN_POLICY struct cg_policy *policy = NULL;

	(void)state;
	assert_int_equal(unfold(insns, CG_N_ITEMS(insns), &policy, NULL), 0);
	assert_int_equal(policy->n_arches, 1);
	assert_int_equal(policy->default_action, 0x50026);
	assert_int_equal(policy->bad_arch_action, CG_ACTION_KILL_PROCESS);
	assert_int_equal(policy->rules.n_items, 452); /* 0 to 450, and -1 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_what_no_policy_says),
		cmocka_unit_test(test_as_runtimes_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
