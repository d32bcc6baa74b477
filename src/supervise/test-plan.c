/*
 * Tests of plan.c: what is loaded for each mode and way of telling answers as the table in plan.h says.
 */
#include "supervise/plan.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "gate/gate.h"
#include "os/seccomp.h"
#include "policy/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t token[CG_TOKEN_WORDS] = { 0x1111111111111111, 0x2222222222222222, 0x3333333333333333 };

static const struct {
	const char *name;
	uint32_t action;
} rules[] = {
	{ "read", CG_ACTION_ALLOW },       { "write", CG_ACTION_ALLOW },     { "exit_group", CG_ACTION_ALLOW },
	{ "socket", CG_ACTION_ERRNO | 1 }, { "mount", CG_ACTION_ERRNO | 1 }, { "reboot", CG_ACTION_KILL_PROCESS },
	{ "ptrace", CG_ACTION_TRAP },      { "bpf", CG_ACTION_TRACE | 3 },   { "getpid", CG_ACTION_LOG },
	{ "getppid", CG_ACTION_NOTIFY },   { "umount2", CG_ACTION_ALLOW },
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

static struct cg_filter *make(struct cg_policy **ret_policy, const char *also_allowed)
{
	const struct cg_arch *arch = cg_arch_native();
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_filter *filter = NULL;
	struct cg_rule rule = { .arch = arch };

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (size_t i = 0; i < N_RULES; i++) {
		rule.action = rules[i].action;
		assert_true(cg_syscall_number(arch, rules[i].name, &rule.nr));
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	rule.action = CG_ACTION_ALLOW;
	if (also_allowed && cg_syscall_number(arch, also_allowed, &rule.nr))
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	assert_int_equal(cg_gate_compile(policy, NULL, &filter, NULL), 0);
	*ret_policy = policy;
	return filter;
}

/* What the kernel would answer: the most restrictive of all filters. */
static uint32_t ask(const struct cg_plan *plan, const char *name, bool has_token)
{
	struct cg_call call = { .arch = cg_arch_native()->token };
	uint32_t action = CG_ACTION_ALLOW;

	assert_true(cg_syscall_number(cg_arch_native(), name, &call.nr));
	for (size_t i = 0; has_token && i < CG_TOKEN_WORDS; i++)
		call.args[3 + i] = token[i];
	for (size_t i = 0; i < plan->n_filters; i++) {
		uint32_t answer = cg_filter_run(plan->filters[i], &call, NULL);

		assert_int_equal(cg_filter_check(plan->filters[i], NULL), 0);
		if (cg_action_compare(answer, action) < 0)
			action = answer;
	}
	return action;
}

/* In the order of `rules`, then "unshare" (the default), for each way of running. */
static void check(enum cg_run_mode mode, enum cg_tell tell, const uint32_t *expected)
{
	struct cg_policy *policy;
	struct cg_filter *filter = make(&policy, NULL);
	struct cg_plan plan = { 0 };

	assert_int_equal(cg_plan_make(filter, mode, tell, 0, token, &plan, NULL), 0);
	for (size_t i = 0; i < N_RULES; i++)
		if (ask(&plan, rules[i].name, false) != expected[i])
			fail_msg("%s: 0x%08x, not 0x%08x", rules[i].name, ask(&plan, rules[i].name, false),
				 expected[i]);
	assert_int_equal(ask(&plan, "unshare", false), expected[N_RULES]);

	/* execve is not in the policy: the launcher's passes, any other is as the default. */
	assert_int_equal(ask(&plan, "execve", true), CG_ACTION_ALLOW);
	assert_int_equal(ask(&plan, "execve", false), expected[N_RULES]);
	assert_true(plan.may_exit && plan.may_write);
	assert_int_equal(plan.wants_listener, tell == CG_TELL_NOTIFY);
	assert_int_equal(plan.flags, tell == CG_TELL_LOG ? CG_SECCOMP_LOG : 0);
	cg_plan_done(&plan);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

#define ALLOW CG_ACTION_ALLOW
#define LOG CG_ACTION_LOG
#define NOTIFY CG_ACTION_NOTIFY
#define KILL CG_ACTION_KILL_PROCESS
#define EPERM_ (CG_ACTION_ERRNO | 1)

static void test_enforce(void **state)
{
	static const uint32_t as_it_is[] = { ALLOW,  ALLOW,  ALLOW,          EPERM_,
					     EPERM_, KILL,   CG_ACTION_TRAP, CG_ACTION_TRACE | 3,
					     LOG,    NOTIFY, ALLOW,          KILL };
	static const uint32_t notified[] = { ALLOW,  ALLOW,  ALLOW,          NOTIFY,
					     NOTIFY, NOTIFY, CG_ACTION_TRAP, CG_ACTION_TRACE | 3,
					     NOTIFY, NOTIFY, ALLOW,          NOTIFY };

	check(CG_RUN_ENFORCE, CG_TELL_NONE, as_it_is);
	check(CG_RUN_ENFORCE, CG_TELL_LOG, as_it_is);
	check(CG_RUN_ENFORCE, CG_TELL_NOTIFY, notified);
}

/* mount and reboot are of the critical tier; umount2 is too, but allowed. */
static void test_audit(void **state)
{
	static const uint32_t notified[] = { ALLOW,  ALLOW,  ALLOW,  NOTIFY, NOTIFY, NOTIFY,
					     NOTIFY, NOTIFY, NOTIFY, NOTIFY, ALLOW,  NOTIFY };
	static const uint32_t logged[] = { ALLOW, ALLOW, ALLOW, LOG, EPERM_, KILL, LOG, LOG, LOG, LOG, ALLOW, LOG };
	static const uint32_t silent[] = { ALLOW, ALLOW, ALLOW, ALLOW, EPERM_, KILL,
					   ALLOW, ALLOW, LOG,   ALLOW, ALLOW,  ALLOW };

	check(CG_RUN_AUDIT, CG_TELL_NOTIFY, notified);
	check(CG_RUN_AUDIT, CG_TELL_LOG, logged);
	check(CG_RUN_AUDIT, CG_TELL_NONE, silent);
}

/* Critical calls of every ABI of this machine, and nothing else, are the second filter's. */
static void test_audit_stops_the_critical_of_every_abi(void **state)
{
	static const char *const arches[] = { "x86_64", "x86", "x32" };
	struct cg_policy *policy;
	struct cg_filter *filter = make(&policy, NULL);
	struct cg_plan plan = { 0 };

	if (cg_arch_native() != cg_arch_find("x86_64")) {
		print_message("# this machine is no x86_64\n");
		skip();
	}
	assert_int_equal(cg_plan_make(filter, CG_RUN_AUDIT, CG_TELL_NONE, 0, token, &plan, NULL), 0);
	for (size_t a = 0; a < 3; a++) {
		const struct cg_arch *arch = cg_arch_find(arches[a]);

		for (size_t i = 0; i < arch->n_rows; i++) {
			struct cg_call call = { .arch = arch->token, .nr = arch->rows[i].nr };
			uint32_t answer = cg_filter_run(plan.filters[1], &call, NULL);

			if (cg_call_is_critical(&call))
				assert_int_equal(answer, cg_filter_run(filter, &call, NULL));
			else
				assert_int_equal(answer, CG_ACTION_ALLOW);
		}
	}
	cg_plan_done(&plan);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

/* Where the policy allows execve nothing stands before the filter: what is loaded is the profile. */
static void test_filter_is_untouched_where_that_does(void **state)
{
	struct cg_policy *policy;
	struct cg_filter *filter = make(&policy, "execve");
	struct cg_plan plan = { 0 };

	assert_int_equal(cg_plan_make(filter, CG_RUN_ENFORCE, CG_TELL_LOG, CG_SECCOMP_SPEC_ALLOW | CG_SECCOMP_TSYNC,
				      token, &plan, NULL),
			 0);
	assert_int_equal(plan.n_filters, 1);
	assert_int_equal(plan.filters[0]->n_insns, filter->n_insns);
	assert_memory_equal(plan.filters[0]->insns, filter->insns, filter->n_insns * sizeof(*filter->insns));
	assert_int_equal(plan.flags, CG_SECCOMP_LOG | CG_SECCOMP_SPEC_ALLOW);
	cg_plan_done(&plan);
	cg_filter_free(filter);
	cg_policy_free(policy);
}

/* A raw filter that computes its answer can be enforced, but neither told by a listener nor audited. */
static void test_computed_answers(void **state)
{
	static const struct sock_filter program[] = { BPF_STMT(BPF_LD | BPF_IMM, CG_ACTION_ALLOW),
						      BPF_STMT(BPF_RET | BPF_A, 0) };
	struct cg_filter *filter = cg_filter_new(program, 2, cg_arch_native()->is_big_endian);
	struct cg_plan plan = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_plan_make(filter, CG_RUN_ENFORCE, CG_TELL_NONE, 0, token, &plan, &err), 0);
	cg_plan_done(&plan);
	assert_int_equal(cg_plan_make(filter, CG_RUN_ENFORCE, CG_TELL_NOTIFY, 0, token, &plan, &err), -EOPNOTSUPP);
	assert_int_equal(cg_plan_make(filter, CG_RUN_AUDIT, CG_TELL_LOG, 0, token, &plan, &err), -EOPNOTSUPP);
	assert_int_equal(plan.n_filters, 0);
	cg_filter_free(filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enforce),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_audit_stops_the_critical_of_every_abi),
		cmocka_unit_test(test_filter_is_untouched_where_that_does),
		cmocka_unit_test(test_computed_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
