/*
 * Running out of memory, at every single allocation on the way to a list of differences: -ENOMEM, nothing comes out,
 * nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "words/differences.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "policy/policy.h"

/* Two policies that differ in a call's condition, in the default, and outside. */
static struct cg_policy *make_policy(unsigned int number, uint64_t domain)
{
	const struct cg_comparison is_domain = { .arg = 0, .op = CG_OP_EQ, .value = domain, .mask = UINT64_MAX };
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_policy *policy = cg_policy_new(cg_action_errno(number));
	struct cg_rule rule = {
		.arch = arch, .action = CG_ACTION_ALLOW, .comparisons = &is_domain, .n_comparisons = 1
	};

	assert_true(cg_syscall_number(arch, "socket", &rule.nr));
	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	policy->bad_arch_action = cg_action_errno(number + 1);
	return policy;
}

struct question {
	const struct cg_policy *a, *b;
};

static int find(void *context)
{
	const struct question *question = context;
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_differences differences = { 0 };
	uint32_t a, b;
	int r = meanings ? cg_meaning_of_policy(meanings, question->a, &a, NULL) : -ENOMEM;

	if (r == 0)
		r = cg_meaning_of_policy(meanings, question->b, &b, NULL);
	if (r == 0)
		r = cg_differences_find(meanings, a, b, &differences, NULL);
	if (r == 0)
		assert_true(differences.list.n_items > 300);
	else
		assert_int_equal(differences.list.n_items, 0);
	cg_differences_done(&differences);
	cg_meanings_free(meanings);
	return r;
}

static void test_differences(void **state)
{
	struct cg_policy *a = make_policy(1, 1), *b = make_policy(38, 2);
	struct question question = { a, b };

	assert_true(fail_each(find, &question) > 20);
	cg_policy_free(a);
	cg_policy_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
