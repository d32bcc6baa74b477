/*
 * The gate. In: a policy. Out: a filter that the kernel takes and that says what the policy says, or no filter.
 *
 * Today the comparison is boundary simulation (boundary.c); the full proof of check/ takes its place where it is
 * decided.
 */
#include "gate/gate.h"

#include "compile/compile.h"
#include "gate/boundary.h"

#include <errno.h>

static int prove(const struct cg_policy *policy, const struct cg_filter *filter, struct cg_err *err)
{
	struct cg_err why = { 0 };

	if (cg_filter_check(filter, &why) < 0)
		return cg_err_set(err, -EBADE, NULL,
				  "a bug in callgate: the compiled filter is not one that the kernel takes: %s",
				  why.message);
	return cg_boundary_compare(policy, filter, NULL, err);
}

int cg_gate_compile(const struct cg_policy *policy, const struct cg_gate_options *options,
		    struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_filter *filter = NULL;
	int r = cg_compile(policy, &filter, err);

	if (r == 0 && !(options && options->is_unproven))
		r = prove(policy, filter, err);
	if (r < 0) {
		cg_filter_free(filter);
		return r;
	}
	*ret_filter = filter;
	return 0;
}
