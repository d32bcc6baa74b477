/*
 * The gate's question. In: a policy and the filter that a compiler made of it. Out: proof that they answer every call
 * alike, or a call that shows the contrary, or that it was not decided.
 */
#include "check/cells.h"
#include "check/check.h"

#include <errno.h>

/* A filter is for machines of one byte order; what it would do on the other is not what will run. */
static int check_byte_order(const struct cg_policy *policy, const struct cg_filter *filter, struct cg_err *err)
{
	if (policy->n_arches == 0 || policy->arches[0]->is_big_endian == filter->is_big_endian)
		return 0;
	return cg_err_set(err, -EINVAL, NULL, "the filter is for %s-endian machines and the policy's %s is not",
			  filter->is_big_endian ? "big" : "little", policy->arches[0]->name);
}

static int check(struct cg_meanings *meanings, const struct cg_policy *policy, const struct cg_filter *filter,
		 struct cg_call *ret_witness, struct cg_err *err)
{
	struct cg_witness witness;
	uint32_t wanted, got;
	int r = cg_meaning_of_policy(meanings, policy, &wanted, err);

	if (r == 0)
		r = cg_meaning_of_filter_beside(meanings, filter, &got, err);
	if (r < 0)
		return r;
	r = cg_meaning_differ(meanings, wanted, got, &witness);
	if (r == 1 && ret_witness)
		*ret_witness = witness.call;
	return r;
}

int cg_check_filter(const struct cg_policy *policy, const struct cg_filter *filter,
		    const struct cg_check_budget *budget, struct cg_call *ret_witness, struct cg_err *err)
{
	struct cg_meanings *meanings;
	int r = check_byte_order(policy, filter, err);

	if (r == 0)
		r = cg_filter_check(filter, err);
	if (r < 0)
		return r;
	if (cg_cells_prove(policy, filter))
		return 0;
	meanings = cg_meanings_new(budget);
	if (!meanings)
		return cg_err_memory(err);
	r = check(meanings, policy, filter, ret_witness, err);
	cg_meanings_free(meanings);
	return r;
}
