/*
 * Bytes to a policy (src/compile/test-policy.h), which goes through the gate.
 *
 * The gate must never answer -EBADE (the compiler was wrong), and what it lets through must answer as policy/eval.c
 * does at calls that the same bytes choose.
 */
#include "compile/test-policy.h"
#include "filter/test-random.h"
#include "gate/gate.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdlib.h>

#define N_PROBES 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void ask(const struct cg_policy *policy, const struct cg_filter *filter, uint64_t seed)
{
	struct test_random random = { seed };

	for (int i = 0; i < N_PROBES; i++) {
		uint64_t first = test_random_u64(&random), rest[6];
		struct cg_call call;

		for (size_t j = 0; j < 6; j++)
			rest[j] = test_random_u64(&random);
		call = test_probe(policy, first, rest);
		must(cg_filter_run(filter, &call, NULL) == cg_policy_eval(policy, &call));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct test_bytes in = { data, size };
	uint64_t seed = test_take_u64(&in);
	struct cg_policy *policy = test_policy(&in, 200);
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };
	int r;

	if (!policy)
		return 0;
	r = cg_gate_compile(policy, NULL, &filter, &err);
	must(r == 0 || (r == -E2BIG && err.message[0]));
	if (r == 0)
		ask(policy, filter, seed);
	cg_filter_free(filter);
	cg_policy_free(policy);
	return 0;
}
