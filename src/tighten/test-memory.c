/*
 * Running out of memory at every single allocation of a round and of its state: the answer is -ENOMEM, and nothing is
 * lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "base/cleanup.h"
#include "tighten/tighten.h"

#include <string.h>

static const char profile_text[] =
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\",\"mount\",\"socket\"],\"action\":"
	"\"SCMP_ACT_ALLOW\"},{\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_LOG\"}]}";

struct work {
	struct cg_target target;
	struct cg_summary summary;
	struct cg_profile *profile;
	struct cg_policy *policy;
	struct cg_text state;
};

static int advance(void *context)
{
	struct work *work = context;
	struct cg_tighten_hit hit = { .call = { .arch = work->target.arch->token, .nr = 165 },
				      .is_log = true,
				      .who = "x" };
	struct cg_tighten_input input = { .name = "p",
					  .bytes = profile_text,
					  .length = sizeof(profile_text) - 1,
					  .profile = work->profile,
					  .policy = work->policy,
					  .target = &work->target,
					  .summary = &work->summary,
					  .n_runs = 1,
					  .hits = &hit,
					  .n_hits = 1,
					  .n_step = 3,
					  .now = "now" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, back = { 0 };
	struct cg_tighten tighten = { .began = "", .digest = "" };
	struct cg_tighten_changes changes = { 0 };
	struct cg_tighten_rest rest;
	int r = cg_tighten_remember(&tighten, profile_text, sizeof(profile_text) - 1, NULL);

	if (r == 0)
		r = cg_tighten_advance(&tighten, &input, &changes, &rest, &text, NULL);
	if (r == 0)
		r = cg_tighten_bring_back(&tighten, &input, &changes, &back, NULL);
	if (r == 0 && !work->state.length)
		cg_tighten_write(&tighten, &work->state);
	cg_vec_done(&changes);
	cg_tighten_done(&tighten);
	return r;
}

static int read_state(void *context)
{
	struct work *work = context;
	struct cg_tighten tighten = { 0 };
	const struct cg_json *before;
	int r = cg_tighten_read("s", cg_text_get(&work->state), work->state.length, &tighten, NULL);

	if (r == 0)
		r = cg_tighten_undo(&tighten, "s", &before, NULL);
	cg_tighten_done(&tighten);
	return r;
}

static void test_rounds(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_summary_call seen = { .call = { .arch = arch, .arch_token = arch->token, .count = 1 }, .n_runs = 1 };
	struct cg_value_set families = { .values = { 1 }, .n_values = 1 };
	struct work work = { 0 };

	cg_target_init(&work.target);
	work.target.arch = arch;
	assert_int_equal(cg_vec_push(&work.summary.calls, seen), 0); /* read */
	seen.call.nr = 41;
	seen.call.args[0] = &families;
	assert_int_equal(cg_vec_push(&work.summary.calls, seen), 0); /* socket */
	assert_int_equal(
		cg_profile_read("p", profile_text, sizeof(profile_text) - 1, &work.target, NULL, &work.profile, NULL),
		0);
	assert_int_equal(cg_profile_resolve(work.profile, &work.target, NULL, &work.policy, NULL), 0);
	assert_true(fail_each(advance, &work) > 50);
	assert_true(work.state.length > 100);
	assert_true(fail_each(read_state, &work) > 5);
	cg_text_done(&work.state);
	cg_policy_free(work.policy);
	cg_profile_free(work.profile);
	cg_summary_done(&work.summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rounds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
