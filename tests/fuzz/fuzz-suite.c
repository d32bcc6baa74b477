/*
 * Fuzz target of the reader of suites, and of what answers and tells.
 *
 * In: bytes. Held: no crash, no leak; an error has a message and leaves nothing; calls that were read can be asked.
 */
#include "suite/suite.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void judge(const struct cg_suite_test *test, const struct cg_suite_profile *profile)
{
	const struct cg_check_budget budget = { .n_nodes = 4096, .n_steps = 20000 };
	struct cg_text streams[2] = { 0 };
	struct cg_suite_seen seen = { .streams = { &streams[0], &streams[1] }, .sees_denials = true };
	struct cg_suite_outcome outcome = { 0 };
	struct cg_suite_results results = { "fuzz", "fuzz", "none", &outcome, 1, 0 };
	struct cg_text text = { 0 };

	cg_text_add(&streams[0], "some output\n");
	require((test->run.n_items ? cg_suite_judge(test, &seen, profile, &outcome, NULL) :
				     cg_suite_ask(test, profile, &budget, &outcome, NULL)) == 0);
	cg_suite_write_tap(&results, &text);
	cg_suite_write_junit(&results, &text);
	cg_suite_write_json(&results, &text);
	cg_text_done(&text);
	cg_text_done(&streams[0]);
	cg_suite_outcome_done(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(1));
	struct cg_suite_profile profile = { .reference = "fuzz", .policy = policy };
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_suite suite = { 0 };
	struct cg_err err = { 0 };
	int r = cg_suite_read("fuzz", (const char *)data, size, arch, &suite, &err);

	require(policy && cg_policy_add_arch(policy, arch, NULL) == 0);
	require(r == 0 || (err.code == r && err.message[0] && !suite.tests));
	for (size_t i = 0; i < suite.n_tests && i < 20; i++)
		judge(&suite.tests[i], &profile);
	cg_suite_done(&suite);
	cg_policy_free(policy);
	return 0;
}
