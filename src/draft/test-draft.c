/*
 * From recorded calls to a profile's text and back: what the sketch says of a call, the policy answers that an engine
 * would make of the text.
 */
#include "draft/draft.h"

#include "base/cleanup.h"
#include "learn/generate.h"
#include "lint/lint.h"
#include "policy/eval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct cg_value_set *values(struct cg_summary *summary, uint64_t a, uint64_t b)
{
	struct cg_value_set *set = cg_arena_alloc(&summary->arena, sizeof(*set));

	set->values[set->n_values++] = a;
	if (b != a)
		set->values[set->n_values++] = b;
	return set;
}

static void add_call(struct cg_summary *summary, const char *name, unsigned int arg, struct cg_value_set *set)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_summary_call added = { .call = { .arch = arch, .arch_token = arch->token, .count = 2 }, .n_runs = 1 };

	assert_true(cg_syscall_number(arch, name, &added.call.nr));
	added.call.args[arg] = set;
	assert_int_equal(cg_vec_push(&summary->calls, added), 0);
}

static void make_sketch(enum cg_generate_args args, struct cg_sketch *ret_sketch)
{
	struct cg_generate_options options = { .args = args, .native = cg_arch_find("x86_64") };
	struct cg_summary summary = { 0 };

	add_call(&summary, "read", 0, NULL);
	add_call(&summary, "clone", 0, values(&summary, 17, 17));
	add_call(&summary, "socket", 0, values(&summary, 1, 16));
	add_call(&summary, "ioctl", 1, values(&summary, 0x5401, 0x80045430));
	add_call(&summary, "lseek", 2, values(&summary, 0, 2));
	add_call(&summary, "openat", 2, values(&summary, 0x80000, 0x241));
	assert_int_equal(cg_generate(&summary, &options, ret_sketch, NULL), 0);
	cg_summary_done(&summary);
}

/* Writes, reads, resolves. */
static struct cg_policy *round_trip(const struct cg_sketch *sketch, const char *engine, struct cg_notes *notes)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	struct cg_target target;
	struct cg_err err = { 0 };

	cg_target_init(&target);
	target.engine = cg_engine_find(engine);
	target.arch = sketch->arches[0];
	assert_int_equal(cg_draft_profile(sketch, "draft", &profile, NULL), 0);
	assert_int_equal(cg_profile_write(profile, &text), 0);
	cg_profile_free(profile);
	if (cg_profile_read("draft", cg_text_get(&text), text.length, &target, notes, &profile, &err) < 0 ||
	    cg_profile_resolve(profile, &target, notes, &policy, &err) < 0)
		fail_msg("%s: %s: %s\n%s", engine, err.place, err.message, cg_text_get(&text));
	assert_int_equal(cg_lint(profile, &target, policy, notes, NULL), 0);
	cg_profile_free(profile);
	return policy;
}

static const char *const engines[] = { "oci", "docker", "podman", "containerd", "runc", "crun" };

/* Every call of the sketch, open or not, gets from every engine what the sketch says. */
static void test_open_calls(void **state)
{
	struct cg_sketch sketch;

	make_sketch(CG_GENERATE_ARGS_NONE, &sketch);
	for (size_t e = 0; e < CG_N_ITEMS(engines); e++) {
		struct cg_policy *policy = round_trip(&sketch, engines[e], NULL);

		for (size_t i = 0; i < sketch.calls.n_items; i++) {
			struct cg_call call = { .arch = sketch.arches[0]->token };

			if (!sketch.calls.items[i].is_open)
				continue;
			assert_true(cg_syscall_number(sketch.arches[0], sketch.calls.items[i].call->name, &call.nr));
			if (cg_policy_eval(policy, &call) != sketch.calls.items[i].action)
				fail_msg("%s: %s", engines[e], sketch.calls.items[i].call->name);
		}
		cg_policy_free(policy);
	}
	cg_sketch_done(&sketch);
}

static void test_conditions(void **state)
{
	static const struct {
		enum cg_generate_args args;
		const char *call;
		unsigned int arg;
		uint64_t value;
		bool is_allowed;
	} rows[] = {
		{ CG_GENERATE_ARGS_NONE, "clone", 0, 17, true },
		{ CG_GENERATE_ARGS_NONE, "clone", 0, 0x3d0f00, true },
		{ CG_GENERATE_ARGS_NONE, "clone", 0, 0x10000011, false },
		{ CG_GENERATE_ARGS_NONE, "socket", 0, 2, true },
		{ CG_GENERATE_ARGS_SAFE, "socket", 0, 1, true },
		{ CG_GENERATE_ARGS_SAFE, "socket", 0, 16, true },
		{ CG_GENERATE_ARGS_SAFE, "socket", 0, 2, false },
		{ CG_GENERATE_ARGS_SAFE, "socket", 0, 0x700000001, true }, /* the kernel reads an int */
		{ CG_GENERATE_ARGS_SAFE, "ioctl", 1, 0x80045430, true },
		{ CG_GENERATE_ARGS_SAFE, "ioctl", 1, 0xffffffff80045430, true }, /* sign-extended by a library */
		{ CG_GENERATE_ARGS_SAFE, "ioctl", 1, 0x5413, true },  /* TIOCGWINSZ goes along */
		{ CG_GENERATE_ARGS_SAFE, "ioctl", 1, 0x5412, false }, /* TIOCSTI does not */
		{ CG_GENERATE_ARGS_SAFE, "lseek", 2, 1, true },
		{ CG_GENERATE_ARGS_STRICT, "lseek", 2, 2, true },
		{ CG_GENERATE_ARGS_STRICT, "lseek", 2, 1, false },
		{ CG_GENERATE_ARGS_STRICT, "openat", 2, 0x80040, true },
		{ CG_GENERATE_ARGS_STRICT, "openat", 2, 0x10400, true }, /* O_DIRECTORY|O_APPEND: open nothing */
		{ CG_GENERATE_ARGS_STRICT, "openat", 2, 0x4000, false }, /* O_DIRECT */
		{ CG_GENERATE_ARGS_STRICT, "openat", 2, 0x410000, false }, /* O_TMPFILE */
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_call call = { .arch = cg_arch_find("x86_64")->token };
		struct cg_policy *policy;
		struct cg_sketch sketch;

		make_sketch(rows[i].args, &sketch);
		policy = round_trip(&sketch, engines[i % CG_N_ITEMS(engines)], NULL);
		assert_true(cg_syscall_number(sketch.arches[0], rows[i].call, &call.nr));
		call.args[rows[i].arg] = rows[i].value;
		if (cg_action_is_permit(cg_policy_eval(policy, &call)) != rows[i].is_allowed)
			fail_msg("row %zu: %s", i, rows[i].call);
		cg_policy_free(policy);
		cg_sketch_done(&sketch);
	}
}

/* What is generated passes its own check: nothing above a note. */
static void test_lint(void **state)
{
	for (enum cg_generate_args args = CG_GENERATE_ARGS_NONE; args <= CG_GENERATE_ARGS_STRICT; args++) {
		struct cg_notes notes = { 0 };
		struct cg_sketch sketch;

		make_sketch(args, &sketch);
		cg_policy_free(round_trip(&sketch, "oci", &notes));
		for (size_t i = 0; i < notes.list.n_items; i++)
			if (notes.list.items[i].severity > CG_SEVERITY_NOTE)
				fail_msg("%s: %s", notes.list.items[i].rule, notes.list.items[i].message);
		cg_notes_done(&notes);
		cg_sketch_done(&sketch);
	}
}

/* Comments say why, and how to leave out. */
static void test_comments(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_profile *profile = NULL;
	struct cg_sketch sketch;

	make_sketch(CG_GENERATE_ARGS_SAFE, &sketch);
	assert_int_equal(cg_draft_profile(&sketch, "draft", &profile, NULL), 0);
	assert_int_equal(cg_profile_write(profile, &text), 0);
	assert_non_null(strstr(cg_text_get(&text), "\"seen: file"));
	assert_non_null(strstr(cg_text_get(&text), "--without libc"));
	assert_non_null(strstr(cg_text_get(&text), "--without clone3"));
	assert_non_null(strstr(cg_text_get(&text), "domain == AF_UNIX"));
	assert_non_null(strstr(cg_text_get(&text), "critical risk"));
	cg_profile_free(profile);
	cg_sketch_done(&sketch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_calls),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_lint),
		cmocka_unit_test(test_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
