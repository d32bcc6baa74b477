/*
 * Running out of memory at every single allocation between recorded calls and a linted profile: the answer is -ENOMEM,
 * no output is touched, and nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/cleanup.h"
#include "base/test-memory.h"
#include "draft/draft.h"
#include "learn/generate.h"
#include "lint/lint.h"

#include <string.h>

struct work {
	struct cg_summary summary;
	struct cg_generate_options options;
	struct cg_sketch sketch;
	struct cg_profile *profile;
	struct cg_policy *policy;
	struct cg_target target;
};

static int generate(void *context)
{
	struct work *work = context;
	struct cg_sketch sketch = { 0 };
	int r = cg_generate(&work->summary, &work->options, &sketch, NULL);

	assert_true((sketch.calls.n_items > 0) == (r == 0));
	cg_sketch_done(&sketch);
	return r;
}

static int draft(void *context)
{
	struct work *work = context;
	struct cg_profile *profile = NULL;
	int r = cg_draft_profile(&work->sketch, "draft", &profile, NULL);

	assert_true((profile != NULL) == (r == 0));
	cg_profile_free(profile);
	return r;
}

static int lint(void *context)
{
	struct work *work = context;
	struct cg_notes notes = { 0 };
	int r = cg_lint(work->profile, &work->target, work->policy, &notes, NULL);

	cg_notes_done(&notes);
	return r;
}

static void add_call(struct cg_summary *summary, const char *arch_name, const char *name, unsigned int arg,
		     uint64_t value)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_summary_call added = { .call = { .arch = arch, .arch_token = arch->token, .count = 2 }, .n_runs = 1 };
	struct cg_value_set *set = cg_arena_alloc(&summary->arena, sizeof(*set));

	assert_non_null(set);
	assert_true(cg_syscall_number(arch, name, &added.call.nr));
	set->values[set->n_values++] = value;
	added.call.args[arg] = set;
	assert_int_equal(cg_vec_push(&summary->calls, added), 0);
}

static void test_from_calls_to_findings(void **state)
{
	struct work work = { .options = { .args = CG_GENERATE_ARGS_STRICT, .native = cg_arch_find("x86_64") } };

	add_call(&work.summary, "x86", "writev", 0, 1);
	add_call(&work.summary, "x86", "unshare", 0, 0x20000);
	add_call(&work.summary, "x86_64", "clone", 0, 0x10000011);
	add_call(&work.summary, "x86_64", "clone3", 1, 88);
	add_call(&work.summary, "x86_64", "ioctl", 1, 0x5401);
	add_call(&work.summary, "x86_64", "openat", 2, 0x80000);
	cg_target_init(&work.target);
	work.target.arch = work.options.native;

	assert_true(fail_each(generate, &work) > 50);
	assert_int_equal(cg_generate(&work.summary, &work.options, &work.sketch, NULL), 0);
	assert_true(fail_each(draft, &work) > 50);
	assert_int_equal(cg_draft_profile(&work.sketch, "draft", &work.profile, NULL), 0);
	assert_int_equal(cg_profile_resolve(work.profile, &work.target, NULL, &work.policy, NULL), 0);
	assert_true(fail_each(lint, &work) > 5);

	cg_policy_free(work.policy);
	cg_profile_free(work.profile);
	cg_sketch_done(&work.sketch);
	cg_summary_done(&work.summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_from_calls_to_findings) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
