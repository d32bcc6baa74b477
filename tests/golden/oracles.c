/*
 * See oracles.h. A new oracle is a row.
 */
#include "oracles.h"

#include "base/cleanup.h"
#include "policy/eval.h"

#include <stdio.h>

void subject_done(struct subject *subject)
{
	subject->policy = cg_policy_free(subject->policy);
	subject->filter = cg_filter_free(subject->filter);
}

static bool is_always_there(char *ret_reason, size_t size)
{
	snprintf(ret_reason, size, "it is part of callgate");
	return false;
}

static bool answer_eval(const struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	ret_answer->action = cg_policy_eval(subject->policy, call);
	return true;
}

static bool answer_simulator(const struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	if (!subject->filter)
		return false;
	ret_answer->action = cg_filter_run(subject->filter, call, NULL);
	return true;
}

const struct oracle oracles[] = {
	{ "eval", answer_eval, is_always_there },
	{ "simulator", answer_simulator, is_always_there },
};

const size_t n_oracles = CG_N_ITEMS(oracles);
