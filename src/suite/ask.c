/*
 * Questions to the policy, answered by proof: for every call that the words stand for.
 *
 * "socket(AF_INET)" leaves type and protocol open, and so stands for 2^128 calls and more. The set is a policy of its
 * own, which lets exactly them through; beside it stands the diagram that answers them as the profile does, and all
 * others as is wanted. If that is the diagram of what is wanted, every call gets it; if not, a path of the two is a
 * call that does not.
 */
#include "suite/suite.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "policy/eval.h"

#include <errno.h>
#include <string.h>

unsigned int cg_suite_count_arguments(const char *call)
{
	const char *c = strchr(call, '(');
	unsigned int n = 0;
	char quote = 0;

	if (!c || c[1 + strspn(c + 1, " \t")] == ')')
		return 0;
	for (n = 1, c++; *c; c++) {
		if (*c == '\\' && c[1])
			c++;
		else if (quote)
			quote = *c == quote ? 0 : quote;
		else if (*c == '"' || *c == '\'')
			quote = *c;
		else if (*c == ',')
			n++;
	}
	return n > 6 ? 6 : n;
}

/* A policy that allows the calls which the words stand for, and kills for all others. */
static int make_set(const struct cg_call *call, unsigned int n_arguments, struct cg_policy **ret_policy,
		    struct cg_err *err)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_comparison comparisons[6];
	struct cg_rule rule = { .arch = arch, .nr = call->nr, .action = CG_ACTION_ALLOW, .comparisons = comparisons };
	int r;

	if (!policy)
		return cg_err_memory(err);
	for (unsigned int i = 0; i < n_arguments; i++)
		if (call->args[i] != CG_CALL_TEXT_POINTER) /* "a string": wherever it lies */
			comparisons[rule.n_comparisons++] = (struct cg_comparison){
				.arg = i, .op = CG_OP_EQ, .value = call->args[i], .mask = UINT64_MAX
			};
	policy->bad_arch_action = CG_ACTION_KILL_PROCESS;
	r = cg_policy_add_arch(policy, arch, err);
	if (r == 0)
		r = cg_policy_add_rule(policy, &rule, err);
	if (r < 0)
		cg_policy_free(policy);
	else
		*ret_policy = policy;
	return r;
}

static bool suits(const struct cg_suite_test *test, uint32_t action)
{
	if (test->wish == CG_SUITE_ALLOWED)
		return cg_action_is_permit(action);
	if (test->wish == CG_SUITE_DENIED)
		return cg_action_row(action)->is_denial;
	return cg_action_row(action)->takes_data || cg_action_row(test->action)->takes_data ?
		       action == test->action :
		       cg_action_row(action) == cg_action_row(test->action);
}

/* 0: every call of the set gets what is wanted. 1: *ret_witness does not. Errors: -EOVERFLOW, -ENOMEM. */
static int prove(struct cg_meanings *meanings, uint32_t policy, uint32_t set, const struct cg_suite_test *test,
		 struct cg_witness *ret_witness, struct cg_err *err)
{
	uint32_t wanted, restricted, other;
	int r;

	if (test->wish == CG_SUITE_ALLOWED) {
		/* What is to be made must not exceed what the policy makes. */
		r = cg_meaning_of_action(meanings, CG_ACTION_KILL_PROCESS, &other, err);
		if (r == 0)
			r = cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &wanted, err);
		if (r == 0)
			r = cg_meaning_of_choice(meanings, set, wanted, other, &wanted, err);
		if (r == 0)
			r = cg_meaning_of_choice(meanings, set, policy, other, &restricted, err);
		return r < 0 ? r : cg_meaning_exceeds(meanings, wanted, restricted, ret_witness, err);
	}
	r = cg_meaning_of_action(meanings, test->wish == CG_SUITE_DENIED ? CG_ACTION_KILL_PROCESS : test->action, &wanted,
				 err);
	if (r == 0 && test->wish == CG_SUITE_ACTION)
		r = cg_meaning_of_effect(meanings, wanted, &wanted, err);
	if (r == 0)
		r = cg_meaning_of_choice(meanings, set, policy, wanted, &restricted, err);
	if (r < 0)
		return r;
	if (test->wish == CG_SUITE_DENIED)
		return cg_meaning_exceeds(meanings, restricted, wanted, ret_witness, err);
	return cg_meaning_differ(meanings, restricted, wanted, ret_witness);
}

static int decide(const struct cg_suite_test *test, const struct cg_suite_profile *profile, const struct cg_call *call,
		  unsigned int n_arguments, const struct cg_check_budget *budget, struct cg_witness *ret_witness,
		  struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(budget);
	struct cg_policy *set = NULL;
	uint32_t root, set_root;
	int r = meanings ? make_set(call, n_arguments, &set, err) : cg_err_memory(err);

	if (r == 0)
		r = cg_meaning_of_policy(meanings, profile->policy, &root, err);
	if (r == 0)
		r = cg_meaning_of_effect(meanings, root, &root, err);
	if (r == 0)
		r = cg_meaning_of_policy(meanings, set, &set_root, err);
	if (r == 0)
		r = prove(meanings, root, set_root, test, ret_witness, err);
	cg_policy_free(set);
	cg_meanings_free(meanings);
	return r;
}

static void add_wish(struct cg_text *text, const struct cg_suite_test *test)
{
	if (test->wish == CG_SUITE_ACTION)
		cg_action_format(text, test->action);
	else
		cg_text_add(text, test->wish == CG_SUITE_ALLOWED ? "allowed" : "denied");
}

static void tell_failure(const struct cg_suite_test *test, const struct cg_suite_profile *profile,
			 const struct cg_call *call, struct cg_text *text)
{
	uint32_t action = cg_policy_eval(profile->policy, call);

	cg_call_format(text, call);
	cg_text_add(text, " gets ");
	cg_action_format(text, action);
	cg_text_add(text, ", expected ");
	add_wish(text, test);
	cg_text_add_char(text, '\n');
	if (profile->say_denial)
		profile->say_denial(profile, call, action, text);
}

static int ask_one(const struct cg_suite_test *test, const char *words, const struct cg_suite_profile *profile,
		   const struct cg_check_budget *budget, struct cg_suite_outcome *outcome, struct cg_err *err)
{
	unsigned int n_arguments = cg_suite_count_arguments(words);
	struct cg_witness witness;
	struct cg_call call;
	int r = cg_call_parse(test->arch, words, &call, err); /* the reader has tried it */

	if (r < 0)
		return r;
	/* The call with nothing in its open arguments first: if that is wrong, it says most. */
	if (!suits(test, cg_policy_eval(profile->policy, &call))) {
		outcome->verdict = CG_SUITE_FAILED;
		tell_failure(test, profile, &call, &outcome->reasons);
		return 0;
	}
	r = decide(test, profile, &call, n_arguments, budget, &witness, err);
	if (r == -EOVERFLOW) {
		if (outcome->verdict == CG_SUITE_PASSED)
			outcome->verdict = CG_SUITE_SKIPPED;
		cg_text_addf(&outcome->reasons,
			     "%s: right where open arguments are 0; not decided for all of them: name all of its arguments\n",
			     words);
		if (err)
			*err = (struct cg_err){ 0 };
		return 0;
	}
	if (r <= 0)
		return r;
	outcome->verdict = CG_SUITE_FAILED;
	tell_failure(test, profile, &witness.call, &outcome->reasons);
	return 0;
}

int cg_suite_ask(const struct cg_suite_test *test, const struct cg_suite_profile *profile,
		 const struct cg_check_budget *budget, struct cg_suite_outcome *outcome, struct cg_err *err)
{
	int r = 0;

	outcome->test = test;
	outcome->verdict = CG_SUITE_PASSED;
	for (size_t i = 0; r == 0 && i < test->calls.n_items; i++)
		r = ask_one(test, test->calls.items[i], profile, budget, outcome, err);
	if (r == 0 && outcome->reasons.has_failed)
		r = cg_err_memory(err);
	return r;
}
