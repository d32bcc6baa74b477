/*
 * Running out of memory at every single allocation on the way to a picture: the text says that it has failed, the flow
 * is -ENOMEM, and nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "report/picture.h"

#include "base/cleanup.h"

static struct cg_flow flow; /* large, and a test's */
static struct cg_recording *recording;

static int find_flow(void *context)
{
	return cg_flow_of_policy(context, &flow, NULL);
}

static int draw(void *context)
{
	const struct cg_picture_page page = { .language = "ja", .id = "p", .form = CG_PICTURE_FILE };
	const struct cg_picture_cve_row row = { "a", 1, 2, 3 };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_picture_flow(&flow, &page, &text);
	cg_picture_calls(&flow.arches[0], &page, &text);
	cg_picture_cves(&row, 1, &page, &text);
	return text.has_failed ? -ENOMEM : 0;
}

static int draw_recording(void *context)
{
	const struct cg_picture_page page = { .language = "en", .id = "p" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_coverage coverage;
	struct cg_summary summary;

	if (cg_coverage_measure(recording, &coverage) < 0)
		return -ENOMEM;
	if (cg_recording_summarise(recording, &summary) < 0) {
		cg_coverage_done(&coverage);
		return -ENOMEM;
	}
	cg_picture_coverage(&coverage, &page, &text);
	cg_picture_time(&summary, &page, &text);
	cg_coverage_done(&coverage);
	cg_summary_done(&summary);
	return text.has_failed ? -ENOMEM : 0;
}

static void test_flow(void **state)
{
	const struct cg_comparison is_one = { .op = CG_OP_EQ, .value = 1 };
	struct cg_policy *policy = cg_policy_new(CG_ACTION_TRAP);
	struct cg_rule rule = { .arch = cg_arch_find("x86_64"), .nr = 41, .action = CG_ACTION_LOG, .comparisons = &is_one,
				.n_comparisons = 1 };

	assert_int_equal(cg_policy_add_arch(policy, rule.arch, NULL), 0);
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	assert_true(fail_each(find_flow, policy) > 3);
	assert_int_equal(flow.arches[0].n_by_arguments, 1);
	assert_true(fail_each(draw, NULL) > 3);
	cg_policy_free(policy);
}

static void test_recording(void **state)
{
	static const char *const ids[] = { "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100" };
	struct cg_call_time time = { .n_calls = 1, .total_ns = 1500, .max_ns = 1500, .buckets = { [10] = 1 } };
	struct cg_recorded_call call = { .arch = cg_arch_find("x86_64"), .count = 1, .time = &time };
	struct cg_run *run;

	recording = cg_recording_new();
	call.arch_token = call.arch->token;
	for (size_t i = 0; i < CG_N_ITEMS(ids); i++) {
		assert_int_equal(cg_recording_add_run(recording, ids[i], &run), 0);
		call.nr = (uint32_t)i;
		assert_int_equal(cg_run_add_call(recording, run, &call), 0);
		cg_run_finish(run);
	}
	assert_true(fail_each(draw_recording, NULL) > 3);
	cg_recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
