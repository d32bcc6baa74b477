/* Differences: every call on which two policies differ stands in exactly the rows that say so. */
#include "words/differences.h"

#include "abi/action.h"
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct cg_policy *new_policy(const char *const *arches, uint32_t default_action)
{
	struct cg_policy *policy = cg_policy_new(default_action);

	for (size_t i = 0; arches[i]; i++)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(arches[i]), NULL), 0);
	return policy;
}

static void allow(struct cg_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_arches; i++) {
		struct cg_rule rule = { .arch = policy->arches[i], .action = CG_ACTION_ALLOW };

		if (cg_syscall_number(rule.arch, name, &rule.nr))
			assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
}

static void find(struct cg_meanings *meanings, const struct cg_policy *a, const struct cg_policy *b,
		 struct cg_differences *differences)
{
	uint32_t root_a, root_b;

	assert_int_equal(cg_meaning_of_policy(meanings, a, &root_a, NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, b, &root_b, NULL), 0);
	assert_int_equal(cg_differences_find(meanings, root_a, root_b, differences, NULL), 0);
	for (size_t i = 0; i < differences->list.n_items; i++) {
		const struct cg_difference *row = &differences->list.items[i];

		assert_int_equal(cg_meaning_eval(meanings, root_a, &row->example), row->a);
		assert_int_equal(cg_meaning_eval(meanings, root_b, &row->example), row->b);
	}
}

static void check_row(const struct cg_difference *row, const char *name, const char *arches)
{
	struct cg_text text = { 0 };

	cg_difference_name(&text, row);
	assert_string_equal(cg_text_get(&text), name);
	cg_text_clear(&text);
	cg_difference_arches(&text, row);
	assert_string_equal(cg_text_get(&text), arches);
	cg_text_done(&text);
}

/* One call on three architectures is one row. */
static void test_folds_architectures(void **state)
{
	static const char *const x86[] = { "x86_64", "x86", "x32", NULL };
	struct cg_policy *a = new_policy(x86, cg_action_errno(EPERM)), *b = new_policy(x86, cg_action_errno(EPERM));
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_differences differences = { 0 };

	if (strcmp(cg_arch_native()->name, "x86_64") != 0)
		skip(); /* the native architecture stands first */
	allow(a, "read");
	allow(b, "read");
	allow(b, "mount");
	allow(a, "waitpid"); /* x86 alone */
	find(meanings, a, b, &differences);
	assert_int_equal(differences.list.n_items, 2);
	check_row(&differences.list.items[0], "mount", "x86_64 x86 x32");
	check_row(&differences.list.items[1], "waitpid", "x86");
	assert_int_equal(differences.n_calls[cg_arch_index(cg_arch_find("x86_64"))], 1);
	assert_int_equal(differences.n_calls[cg_arch_index(cg_arch_find("x86"))], 2);
	cg_differences_done(&differences);
	cg_meanings_free(meanings);
	cg_policy_free(a);
	cg_policy_free(b);
}

/* Two defaults: all names, and all numbers without one; x32's part of the line is not x86_64's. */
static void test_tells_all_numbers(void **state)
{
	static const char *const one[] = { "x86_64", NULL };
	struct cg_policy *a = new_policy(one, cg_action_errno(EPERM)), *b = new_policy(one, cg_action_errno(ENOSYS));
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_differences differences = { 0 };
	size_t index = cg_arch_index(arch);

	find(meanings, a, b, &differences);
	assert_int_equal(differences.n_calls[index], arch->n_rows);
	assert_int_equal(differences.n_calls[index] + differences.n_numbers[index], (uint64_t)CG_X32_BIT + 1);
	assert_int_equal(differences.n_calls[cg_arch_index(cg_arch_find("x32"))], 0);
	assert_int_equal(differences.n_outside, 0);
	assert_int_equal(differences.list.items[differences.list.n_items - 1].nr_first, CG_NR_SKIPPED);
	cg_differences_done(&differences);
	cg_meanings_free(meanings);
	cg_policy_free(a);
	cg_policy_free(b);
}

static void test_tells_architectures_outside(void **state)
{
	static const char *const one[] = { "x86_64", NULL }, *const two[] = { "x86_64", "x86", NULL };
	struct cg_policy *a = new_policy(one, CG_ACTION_ALLOW), *b = new_policy(two, CG_ACTION_ALLOW);
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_differences differences = { 0 };

	b->bad_arch_action = CG_ACTION_KILL_PROCESS;
	find(meanings, a, b, &differences);
	assert_int_equal(differences.n_calls[cg_arch_index(cg_arch_find("x86"))], cg_arch_find("x86")->n_rows);
	assert_int_equal(differences.n_calls[cg_arch_index(cg_arch_find("x32"))], cg_arch_find("x32")->n_rows);
	assert_int_equal(differences.n_outside, 3); /* below x86's token, between the two, above */
	check_row(&differences.list.items[differences.list.n_items - 3], "architectures outside", "0x0-0x40000002");
	/* The example is of an architecture that somebody knows. */
	assert_non_null(cg_arch_of_token(differences.list.items[differences.list.n_items - 3].example.arch));
	cg_differences_done(&differences);
	cg_meanings_free(meanings);
	cg_policy_free(a);
	cg_policy_free(b);
}

/* The tokens of ppc64 and s390x stand side by side, and two defaults answer them alike. */
static void test_tells_neighbours_apart(void **state)
{
	static const char *const both[] = { "ppc64", "s390x", NULL };
	struct cg_policy *a = new_policy(both, cg_action_errno(EPERM)), *b = new_policy(both, cg_action_errno(ENOSYS));
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_differences differences = { 0 };

	assert_int_equal(cg_arch_find("ppc64")->token + 1, cg_arch_find("s390x")->token);
	find(meanings, a, b, &differences);
	assert_int_equal(differences.n_outside, 0);
	for (const char *const *name = both; *name; name++) {
		size_t index = cg_arch_index(cg_arch_find(*name));

		assert_int_equal(differences.n_calls[index], cg_arches[index].n_rows);
		assert_int_equal(differences.n_calls[index] + differences.n_numbers[index], (uint64_t)UINT32_MAX + 1);
	}
	cg_differences_done(&differences);
	cg_meanings_free(meanings);
	cg_policy_free(a);
	cg_policy_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folds_architectures),
		cmocka_unit_test(test_tells_all_numbers),
		cmocka_unit_test(test_tells_architectures_outside),
		cmocka_unit_test(test_tells_neighbours_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
