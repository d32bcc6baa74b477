/*
 * Running out of memory, at every single allocation on the way to the verdicts: -ENOMEM, nothing comes out, nothing is
 * lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "report/cves.h"

#include "abi/action.h"

static int judge(void *context)
{
	const struct cg_cve_scope scope = { .machine = cg_arch_find("aarch64") };
	struct cg_cve_findings findings = { 0 };
	int r = cg_cves_judge_policy(context, &scope, &findings, NULL);

	assert_int_equal(findings.n_items, r == 0 ? cg_n_cves : 0);
	cg_cve_findings_done(&findings);
	return r;
}

static void test_verdicts(void **state)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);

	assert_int_equal(cg_policy_add_arch(policy, cg_arch_find("aarch64"), NULL), 0);
	assert_true(fail_each(judge, policy) > cg_n_cves);
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
