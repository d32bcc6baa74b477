/*
 * The filter of a policy, as an engine would have it: with what its runtime answers by itself (profile/stub.h).
 */
#ifndef CG_CLI_COMPILE_ENGINE_H
#define CG_CLI_COMPILE_ENGINE_H

#include "gate/gate.h"
#include "profile/target.h"

/*
 * As cg_gate_compile(); with the engine runc the filter answers what runc's stub and filter together answer. The policy
 * may be told from then on which calls are newer than it (cg_policy_set_newest()), where that says the same.
 */
int cg_compile_for_engine(struct cg_policy *policy, const struct cg_engine *engine,
			  const struct cg_gate_options *options, struct cg_filter **ret_filter, struct cg_err *err);

#endif
