/*
 * See oracles.h. A new oracle is a row.
 */
#include "oracles.h"

#include "base/cleanup.h"
#include "check/check.h"
#include "live/live_probe.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void subject_done(struct subject *subject)
{
	subject->prober = live_prober_free(subject->prober);
	subject->policy = cg_policy_free(subject->policy);
	subject->filter = cg_filter_free(subject->filter);
}

static bool is_always_there(char *ret_reason, size_t size)
{
	snprintf(ret_reason, size, "it is part of callgate");
	return false;
}

static bool answer_eval(struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	ret_answer->action = cg_policy_eval(subject->policy, call);
	return true;
}

static bool answer_simulator(struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	if (!subject->filter)
		return false;
	ret_answer->action = cg_filter_run(subject->filter, call, NULL);
	return true;
}

/* The diagram of the filter, by check/, which shares nothing with the compiler and nothing with the simulator. */
static bool answer_proof(struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	struct cg_meanings *meanings = subject->filter ? cg_meanings_new(NULL) : NULL;
	uint32_t root;
	int r = meanings ? cg_meaning_of_filter(meanings, subject->filter, &root, NULL) : -1;

	if (r == 0)
		ret_answer->action = cg_meaning_eval(meanings, root, call);
	cg_meanings_free(meanings);
	return r == 0;
}

/* The kernel itself. It answers for the architectures whose calls this machine can make. */
static bool answer_live(struct subject *subject, const struct cg_call *call, struct answer *ret_answer)
{
	struct cg_err err = { 0 };
	int r;

	if (!subject->filter || getenv("CALLGATE_WITHOUT_KERNEL"))
		return false;
	r = subject->prober ? 0 : live_prober_new(subject->filter, &subject->prober, &err);
	if (r == 0)
		r = live_prober_ask(subject->prober, call, &ret_answer->action, &ret_answer->is_coarse, &err);
	if (r == -EOPNOTSUPP)
		return false;
	if (r < 0) {
		ret_answer->action = UINT32_MAX;
		ret_answer->is_coarse = false;
		snprintf(ret_answer->message, sizeof(ret_answer->message), "failed: %.150s", err.message);
	}
	return true;
}

static bool is_kernel_absent(char *ret_reason, size_t size)
{
	const char *native = cg_arch_native()->name, *reason = getenv("CALLGATE_WITHOUT_KERNEL");

	if (reason) {
		snprintf(ret_reason, size, "%s", reason);
		return true;
	}
	snprintf(ret_reason, size, "nobody has written the stubs that make a call on %s", native);
	return strcmp(native, "x86_64") != 0;
}

const struct oracle oracles[] = {
	{ "eval", answer_eval, is_always_there },
	{ "simulator", answer_simulator, is_always_there },
	{ "proof", answer_proof, is_always_there },
	{ "live", answer_live, is_kernel_absent },
};

const size_t n_oracles = CG_N_ITEMS(oracles);
