/*
 * See compile_engine.h. runc puts a stub before the profile's own filter: numbers above the largest that the profile
 * names get ENOSYS. A policy that knows up to where it knows its calls says nearly that, in a shorter filter; where the
 * checker finds a call that runc answers otherwise (numbers without bit 30 between x32's, s390's setup), the stub goes
 * before the filter as it is.
 */
#include "cli/compile_engine.h"

#include "cli/subject.h"
#include "filter/rewrite.h"
#include "filter/stack.h"
#include "profile/stub.h"

#include <errno.h>
#include <string.h>

static void set_boundary(struct cg_policy *policy, const struct cg_engine *engine)
{
	uint32_t largest;

	for (size_t i = 0; i < policy->n_arches; i++)
		if (cg_stub_largest(policy, engine, policy->arches[i], &largest))
			cg_policy_set_newest(policy, policy->arches[i], largest, CG_STUB_ANSWER);
}

/* 0: the filter does what runc does; 1: it does not. Of `policy` the boundary does not count. */
static int is_otherwise(const struct cg_policy *policy, const struct cg_engine *engine, const struct cg_filter *filter,
			struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	struct cg_policy plain = *policy; /* a look at it: nothing of it is released */
	struct cg_wanted wanted = { .policy = &plain, .engine = engine };
	uint32_t wanted_root, got;
	int r = meanings ? 0 : cg_err_memory(err);

	plain.has_newer = false;
	if (r == 0)
		r = cg_wanted_meaning(meanings, &wanted, &wanted_root, err);
	if (r == 0)
		r = cg_meaning_of_filter(meanings, filter, &got, err);
	if (r == 0)
		r = cg_meaning_of_effect(meanings, got, &got, err);
	cg_meanings_free(meanings);
	return r < 0 ? r : wanted_root != got;
}

/* What the mask lets through is answered; the rest goes on. */
static uint32_t answer_or_go_on(uint32_t action)
{
	return action == CG_ACTION_ALLOW ? CG_STUB_ANSWER : CG_ACTION_ALLOW;
}

/* Takes `filter`'s place if it can. */
static int put_stub_before(const struct cg_filter *mask, struct cg_filter **filter, struct cg_err *err)
{
	static const uint32_t going_on = CG_ACTION_ALLOW;
	struct cg_filter *stub = NULL, *joined = NULL;
	int r = cg_filter_map_actions(mask, answer_or_go_on, &stub, err);

	if (r == 0)
		r = cg_filter_join(stub, *filter, &(struct cg_filter_answers){ &going_on, 1 }, &joined, err);
	cg_filter_free(stub);
	if (r < 0)
		return r;
	cg_filter_free(*filter);
	*filter = joined;
	return 0;
}

/* The long way: the policy alone, and the stub. */
static int compile_with_stub(struct cg_policy *policy, const struct cg_engine *engine,
			     const struct cg_gate_options *options, struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_filter *mask = NULL, *filter = NULL;
	int r = cg_stub_mask(policy, engine, &mask, err);

	policy->has_newer = false;
	if (r == 0)
		r = cg_gate_compile(policy, options, &filter, err);
	if (r == 0 && mask)
		r = put_stub_before(mask, &filter, err);
	if (r == 0)
		r = is_otherwise(policy, engine, filter, err);
	if (r == 1)
		r = cg_err_set(err, -EBADE, NULL,
			       "a bug in callgate: the filter with runc's stub is not what runc answers");
	/* Right by construction. */
	if (r == -EOVERFLOW && filter)
		r = 0;
	cg_filter_free(mask);
	if (r < 0)
		cg_filter_free(filter);
	else
		*ret_filter = filter;
	return r;
}

int cg_compile_for_engine(struct cg_policy *policy, const struct cg_engine *engine,
			  const struct cg_gate_options *options, struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_filter *filter = NULL;
	int r;

	if (strcmp(engine->name, "runc") != 0)
		return cg_gate_compile(policy, options, ret_filter, err);
	set_boundary(policy, engine);
	r = cg_gate_compile(policy, options, &filter, err);
	if (r == 0)
		r = is_otherwise(policy, engine, filter, err);
	if (r == 0) {
		*ret_filter = filter;
		return 0;
	}
	cg_filter_free(filter);
	if (r < 0 && r != -EOVERFLOW && r != -E2BIG)
		return r;
	return compile_with_stub(policy, engine, options, ret_filter, err);
}
