/*
 * The gate. In: a policy. Out: a filter that the kernel takes and that means what the policy means, or no filter.
 *
 * compile/ and check/ know nothing of each other: one makes the filter, the other reads it back and decides whether it
 * answers every call as the policy does. Where that is not decided within its budget, boundary simulation asks the
 * filter and eval at every place where an answer may change: a load never fails for want of a proof.
 */
#include "gate/gate.h"

#include "abi/call_text.h"
#include "compile/compile.h"
#include "gate/boundary.h"
#include "policy/eval.h"

#include <errno.h>

static int differs(const struct cg_policy *policy, const struct cg_filter *filter, const struct cg_call *call,
		   struct cg_err *err)
{
	struct cg_text text = { 0 };

	cg_call_format(&text, call);
	cg_text_add(&text, ": the filter says ");
	cg_action_format(&text, cg_filter_run(filter, call, NULL));
	cg_text_add(&text, ", the policy ");
	cg_action_format(&text, cg_policy_eval(policy, call));
	cg_err_set(err, -EBADE, NULL, "a bug in callgate: the compiled filter does not mean its policy: %s",
		   cg_text_get(&text));
	cg_text_done(&text);
	return -EBADE;
}

static int prove(const struct cg_policy *policy, const struct cg_filter *filter, const struct cg_check_budget *budget,
		 enum cg_proof *ret_proof, struct cg_err *err)
{
	struct cg_err why = { 0 };
	struct cg_call witness;
	int r = cg_filter_check(filter, &why);

	if (r < 0)
		return cg_err_set(err, -EBADE, NULL,
				  "a bug in callgate: the compiled filter is not one that the kernel takes: %s",
				  why.message);

	*ret_proof = CG_PROOF_PROVEN;
	r = cg_check_filter(policy, filter, budget, &witness, err);
	if (r > 0)
		return differs(policy, filter, &witness, err);
	if (r != -EOVERFLOW)
		return r;

	*ret_proof = CG_PROOF_SIMULATED;
	return cg_boundary_compare(policy, filter, NULL, err);
}

int cg_gate_compile(const struct cg_policy *policy, const struct cg_gate_options *options,
		    struct cg_filter **ret_filter, struct cg_err *err)
{
	enum cg_proof proof = CG_PROOF_NONE;
	struct cg_filter *filter = NULL;
	int r = cg_compile_weighted(policy, options ? options->weights : NULL, options ? options->n_weights : 0,
				    &filter, err);

	if (r == 0 && !(options && options->is_unproven))
		r = prove(policy, filter, options ? &options->budget : NULL, &proof, err);
	if (r < 0) {
		cg_filter_free(filter);
		return r;
	}
	if (options && options->ret_proof)
		*options->ret_proof = proof;
	*ret_filter = filter;
	return 0;
}
