/*
 * Running out of memory at every single allocation of lint, of the comparison of engines, of the one with a recording,
 * of the score, and of merging policies: the answer is -ENOMEM, no output is touched, and nothing is lost (the
 * sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/cleanup.h"
#include "base/test-memory.h"
#include "lint/engines.h"
#include "lint/lint.h"
#include "lint/recorded.h"
#include "lint/score.h"
#include "policy/merge.h"

#include <string.h>

static const char text[] =
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],\"flags\":[],"
	"\"syscalls\":[{\"names\":[\"read\",\"clone\",\"clone3\",\"socketcall\",\"io_uring_setup\",\"cachestat\","
	"\"send\"],"
	"\"action\":\"SCMP_ACT_ALLOW\"},{\"name\":\"mkdir\",\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":"
	"\"4.8\"}},"
	"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_NE\",\"value\":"
	"40}]},"
	"{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_MASKED_EQ\","
	"\"value\":6,\"valueTwo\":4}]}]}";

struct work {
	struct cg_target target;
	struct cg_profile *profile;
	struct cg_policy *policy, *other;
	struct cg_recording *recording;
	struct cg_summary summary;
};

static void start(struct work *work)
{
	static const char id[] = "0123456789abcdef0123456789abcdef";
	struct cg_run *run;

	cg_target_init(&work->target);
	work->target.arch = cg_arch_find("x86_64");
	assert_int_equal(cg_profile_read("p.json", text, strlen(text), &work->target, NULL, &work->profile, NULL), 0);
	assert_int_equal(cg_profile_resolve(work->profile, &work->target, NULL, &work->policy, NULL), 0);
	work->other = cg_policy_new(CG_ACTION_LOG);
	assert_int_equal(cg_policy_add_arch(work->other, work->target.arch, NULL), 0);
	work->recording = cg_recording_new();
	assert_int_equal(cg_recording_add_run(work->recording, id, &run), 0);
	for (uint32_t nr = 40; nr < 90; nr++) {
		struct cg_event event = { .call = { .arch = work->target.arch->token, .nr = nr },
					  .exe = "/bin/x",
					  .n_calls = 1 };

		assert_int_equal(cg_run_add(work->recording, run, &event), 0);
	}
	cg_run_finish(run);
	assert_int_equal(cg_recording_summarise(work->recording, &work->summary), 0);
}

static void done(struct work *work)
{
	cg_summary_done(&work->summary);
	cg_recording_free(work->recording);
	cg_policy_free(work->policy);
	cg_policy_free(work->other);
	cg_profile_free(work->profile);
}

static int lint(void *context)
{
	struct work *work = context;
	struct cg_notes notes = { 0 };
	int r = cg_lint(work->profile, &work->target, work->policy, &notes, NULL);

	if (r == 0)
		assert_in_range(notes.list.n_items, 5, 100);
	cg_notes_done(&notes);
	return r;
}

static int score(void *context)
{
	struct work *work = context;
	struct cg_score result = { 0 };
	int r = cg_lint_score(work->profile, &work->target, work->policy, &result, NULL);

	assert_true((result.lines.n_items > 0) == (r == 0));
	cg_score_done(&result);
	return r;
}

static int engines(void *context)
{
	struct work *work = context;
	struct cg_readings readings = { 0 };
	struct cg_notes notes = { 0 };
	int r = cg_lint_engines("p.json", text, strlen(text), &work->target, work->policy, &readings, &notes, NULL);

	assert_true((readings.list.n_items > 0) == (r == 0));
	cg_readings_done(&readings);
	cg_notes_done(&notes);
	return r;
}

static int recorded(void *context)
{
	struct work *work = context;
	struct cg_notes notes = { 0 };
	int r = cg_lint_recorded(work->profile, work->policy, &work->summary, &notes, NULL);

	if (r == 0)
		assert_in_range(notes.list.n_items, 10, 60);
	cg_notes_done(&notes);
	return r;
}

static int merge(void *context)
{
	struct work *work = context;
	struct cg_policy *merged = NULL;
	int r = cg_policy_merge(CG_MERGE_INTERSECTION, work->policy, work->other, &merged, NULL);

	assert_true((merged != NULL) == (r == 0));
	cg_policy_free(merged);
	return r;
}

static void test_each_allocation_fails(void **state)
{
	struct work work = { 0 };

	start(&work);
	fail_each(lint, &work);
	fail_each(score, &work);
	fail_each(recorded, &work);
	fail_each(engines, &work);
	fail_each(merge, &work);
	done(&work);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_allocation_fails) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
