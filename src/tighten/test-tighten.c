/*
 * Rounds over a profile in memory: what each closes is exact, opens nothing, and comes back.
 *
 * For any profile of a list and any recording of it: round by round the new policy is proven to open nothing; every call
 * that was recorded gets the same answer all the way; undoing gives the bytes of before.
 */
#include "tighten/tighten.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "policy/eval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct cg_target target;
	struct cg_summary summary;
	struct cg_text bytes;
	struct cg_profile *profile;
	struct cg_policy *policy;
	struct cg_tighten tighten;
	struct cg_tighten_changes changes;
	struct cg_tighten_rest rest;
	uint64_t n_step;
	uint64_t now_ns;
	struct cg_tighten_hit hit;
	size_t n_hits;
};

static void see(struct world *world, const char *name, unsigned int arg, const uint64_t *values, size_t n_values)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_summary_call added = { .call = { .arch = arch, .arch_token = arch->token, .count = 2 }, .n_runs = 1 };
	struct cg_value_set *set = cg_arena_alloc(&world->summary.arena, sizeof(*set));

	assert_non_null(set);
	assert_true(cg_syscall_number(arch, name, &added.call.nr));
	for (size_t i = 0; i < n_values; i++)
		set->values[set->n_values++] = values[i];
	if (n_values)
		added.call.args[arg] = set;
	assert_int_equal(cg_vec_push(&world->summary.calls, added), 0);
}

static void take(struct world *world)
{
	struct cg_err err = { 0 };

	cg_profile_free(world->profile);
	cg_policy_free(world->policy);
	world->profile = NULL;
	world->policy = NULL;
	if (cg_profile_read("p", cg_text_get(&world->bytes), world->bytes.length, &world->target, NULL, &world->profile,
			    &err) < 0 ||
	    cg_profile_resolve(world->profile, &world->target, NULL, &world->policy, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
}

static void begin(struct world *world, const char *profile)
{
	cg_target_init(&world->target);
	world->target.arch = cg_arch_find("x86_64");
	world->tighten.began = world->tighten.digest = "";
	world->n_step = 1000;
	cg_text_add(&world->bytes, profile);
	take(world);
}

static void end(struct world *world)
{
	cg_profile_free(world->profile);
	cg_policy_free(world->policy);
	cg_text_done(&world->bytes);
	cg_tighten_done(&world->tighten);
	cg_vec_done(&world->changes);
	cg_summary_done(&world->summary);
}

static struct cg_tighten_input input_of(const struct world *world)
{
	return (struct cg_tighten_input){ .name = "p",
					  .bytes = cg_text_get(&world->bytes),
					  .length = world->bytes.length,
					  .profile = world->profile,
					  .policy = world->policy,
					  .target = &world->target,
					  .summary = &world->summary,
					  .n_runs = 1,
					  .hits = &world->hit,
					  .n_hits = world->n_hits,
					  .n_step = world->n_step,
					  .now_ns = world->now_ns,
					  .now = "2026-11-22T00:00:00Z" };
}

static void replace(struct world *world, struct cg_text *text)
{
	cg_text_done(&world->bytes);
	world->bytes = *text;
	take(world);
}

static bool exceeds(const struct cg_policy *a, const struct cg_policy *b)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_witness witness;
	uint32_t roots[2];
	int r;

	assert_int_equal(cg_meaning_of_policy(meanings, a, &roots[0], NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, b, &roots[1], NULL), 0);
	r = cg_meaning_exceeds(meanings, roots[0], roots[1], &witness, NULL);
	assert_true(r >= 0);
	cg_meanings_free(meanings);
	return r != 0;
}

/* Both steps; the second is proven to open nothing. */
static void next_round(struct world *world)
{
	struct cg_policy *before;
	struct cg_tighten_input input = input_of(world);
	struct cg_text text = { 0 };

	world->now_ns += 1000;
	world->changes.n_items = 0;
	assert_int_equal(cg_tighten_remember(&world->tighten, input.bytes, input.length, NULL), 0);
	assert_int_equal(cg_tighten_bring_back(&world->tighten, &input, &world->changes, &text, NULL), 0);
	replace(world, &text);
	before = world->policy;
	world->policy = NULL;
	input = input_of(world);
	input.policy = before;
	text = (struct cg_text){ 0 };
	assert_int_equal(cg_tighten_advance(&world->tighten, &input, &world->changes, &world->rest, &text, NULL), 0);
	replace(world, &text);
	assert_false(exceeds(world->policy, before));
	cg_policy_free(before);
}

static uint32_t answer(const struct world *world, const char *text)
{
	struct cg_call call;

	assert_int_equal(cg_call_parse(world->target.arch, text, &call, NULL), 0);
	return cg_policy_eval(world->policy, &call);
}

#define DENY "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86_64\"]"
#define ENOSYS_ (CG_ACTION_ERRNO | 38)

static void test_call_goes_and_comes_back(void **state)
{
	struct world world = { 0 };

	see(&world, "read", 0, NULL, 0);
	begin(&world, DENY ",\"syscalls\":[{\"names\":[\"read\",\"mount\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	next_round(&world);
	assert_int_equal(world.changes.n_items, 1);
	assert_int_equal(world.changes.items[0].kind, CG_TIGHTEN_TO_LOG);
	assert_int_equal(answer(&world, "mount"), CG_ACTION_LOG);
	next_round(&world);
	assert_int_equal(answer(&world, "mount"), ENOSYS_);
	assert_int_equal(answer(&world, "read"), CG_ACTION_ALLOW);

	/* Refused before it was closed: that was not us. */
	assert_int_equal(cg_call_parse(world.target.arch, "mount", &world.hit.call, NULL), 0);
	world.hit.who = "";
	world.hit.time_ns = 1;
	world.n_hits = 1;
	next_round(&world);
	assert_int_equal(answer(&world, "mount"), ENOSYS_);
	world.hit.time_ns = world.now_ns + 1;
	next_round(&world);
	assert_int_equal(answer(&world, "mount"), CG_ACTION_ALLOW);
	assert_int_equal(world.changes.items[0].kind, CG_TIGHTEN_TO_BACK);
	assert_true(world.changes.items[0].was_closed);
	world.n_hits = 0;
	for (int i = 0; i < 3; i++)
		next_round(&world);
	assert_int_equal(answer(&world, "mount"), CG_ACTION_ALLOW);
	assert_int_equal(world.rest.n_protected, 1);
	end(&world);
}

/* Whatever the values are: exactly they stay, and exactly the others are logged, then refused. */
static void test_values_are_exact(void **state)
{
	static const uint64_t sets[][3] = { { 1, 2, 10 },
					    { 0, 1, 0xffffffff },
					    { 0x80000000, 0x7fffffff, 0x7ffffffe } };

	for (size_t i = 0; i < CG_N_ITEMS(sets); i++) {
		struct world world = { 0 };
		struct cg_call call = { .arch = cg_arch_find("x86_64")->token };

		see(&world, "socket", 0, sets[i], 3);
		begin(&world, DENY ",\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
		next_round(&world);
		assert_true(cg_syscall_number(world.target.arch, "socket", &call.nr));
		for (unsigned int round = 0; round < 2; round++) {
			for (uint64_t value = 0; value < 4096; value++) {
				uint64_t tried[] = { value, sets[i][value % 3] + value % 5 - 2, value << 20 };

				for (size_t k = 0; k < CG_N_ITEMS(tried); k++) {
					uint32_t low = (uint32_t)tried[k];
					bool is_seen = low == sets[i][0] || low == sets[i][1] || low == sets[i][2];

					call.args[0] = tried[k]; /* with whatever high bits: the kernel reads the low */
					assert_int_equal(cg_policy_eval(world.policy, &call), is_seen ?
												      CG_ACTION_ALLOW :
											      round ? ENOSYS_ :
												      CG_ACTION_LOG);
				}
			}
			next_round(&world);
		}
		end(&world);
	}
}

static void test_flags_are_exact(void **state)
{
	const uint64_t seen[] = { 0x1200011, 0x20000011 }; /* CLONE_NEWPID */
	struct world world = { 0 };

	see(&world, "clone", 0, seen, 2);
	begin(&world, DENY ",\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	next_round(&world);
	assert_int_equal(answer(&world, "clone(0x11)"), CG_ACTION_ALLOW);
	assert_int_equal(answer(&world, "clone(CLONE_NEWPID)"), CG_ACTION_ALLOW);
	assert_int_equal(answer(&world, "clone(CLONE_NEWUSER)"), CG_ACTION_LOG);
	assert_int_equal(answer(&world, "clone(CLONE_NEWUSER|CLONE_NEWPID)"), CG_ACTION_LOG);
	next_round(&world);
	assert_int_equal(answer(&world, "clone(CLONE_NEWUSER)"), ENOSYS_);
	assert_int_equal(answer(&world, "clone(CLONE_NEWPID|0x11)"), CG_ACTION_ALLOW);
	end(&world);
}

/* What was seen stays as it is to the last bit, whatever the profile, until nothing is left to be closed. */
static void test_what_was_seen_stays(void **state)
{
	static const char *const profiles[] = {
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
		"{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\",\"socket\",\"mount\"],\"action\":\"SCMP_"
		"ACT_ALLOW\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":[{\"names\":[\"read\",\"socket\",\"bpf\","
		"\"openat\",\"ioctl\"],"
		"\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_LOG\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_"
		"ERRNO\","
		"\"args\":[{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_EQ\"}]}]}",
	};
	const uint64_t families[] = { 1, 2 }, requests[] = { 0x5401, 0x80045430 };

	for (size_t i = 0; i < CG_N_ITEMS(profiles); i++) {
		struct world world = { 0 };

		see(&world, "read", 0, NULL, 0);
		see(&world, "openat", 0, NULL, 0);
		see(&world, "socket", 0, families, 2);
		see(&world, "ioctl", 1, requests, 2);
		begin(&world, profiles[i]);
		for (unsigned int round = 0; round < 8; round++) {
			next_round(&world);
			for (size_t k = 0; k < CG_N_ITEMS(families); k++) {
				struct cg_call call = { .arch = cg_arch_find("x86_64")->token,
							.args = { families[k] } };

				assert_true(cg_syscall_number(world.target.arch, "socket", &call.nr));
				assert_true(cg_action_is_permit(cg_policy_eval(world.policy, &call)));
			}
			assert_true(cg_action_is_permit(answer(&world, "read")));
			assert_true(i == 2 || cg_action_is_permit(answer(&world, "exit_group")));
		}
		assert_false(cg_action_is_permit(answer(&world, "bpf")));
		assert_int_equal(world.changes.n_items, 0);
		/* A list with conditions stays one; else all that is left is what was seen or is needed. */
		assert_int_equal(cg_action_is_permit(world.policy->default_action), i == 3 || i == 0);
		end(&world);
	}
}

static void test_state_survives(void **state)
{
	struct cg_text first = { 0 }, second = { 0 };
	struct cg_tighten read = { 0 };
	const struct cg_json *profile = NULL;
	struct world world = { 0 };

	see(&world, "read", 0, NULL, 0);
	begin(&world, DENY ",\"syscalls\":[{\"names\":[\"read\",\"mount\",\"bpf\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	world.n_step = 1;
	for (unsigned int i = 0; i < CG_TIGHTEN_UNDO_LIMIT + 3; i++)
		next_round(&world);
	cg_tighten_write(&world.tighten, &first);
	assert_int_equal(cg_tighten_read("s", cg_text_get(&first), first.length, &read, NULL), 0);
	cg_tighten_write(&read, &second);
	assert_string_equal(cg_text_get(&first), cg_text_get(&second));
	for (unsigned int i = 0; i < CG_TIGHTEN_UNDO_LIMIT; i++)
		assert_int_equal(cg_tighten_undo(&read, "s", &profile, NULL), 0);
	assert_int_equal(cg_tighten_undo(&read, "s", &profile, NULL), -ENOENT);
	cg_tighten_done(&read);
	cg_text_done(&first);
	cg_text_done(&second);
	end(&world);
}

static void test_too_large_a_state(void **state)
{
	struct cg_tighten read = { 0 };
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	cg_text_add(&text, "{\"callgate\":\"tighten\",\"version\":1,\"round\":1,\"began\":\"\",\"began_ns\":0,"
			   "\"digest\":\"\",\"calls\":[0");
	for (int i = 0; i < CG_TIGHTEN_ITEMS_LIMIT; i++)
		cg_text_add(&text, ",0");
	cg_text_add(&text, "]}");
	assert_int_equal(cg_tighten_read("s", cg_text_get(&text), text.length, &read, &err), -E2BIG);
	assert_int_equal(cg_tighten_read("s", "", CG_TIGHTEN_SIZE_LIMIT + 1, &read, &err), -E2BIG);
	cg_tighten_done(&read);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_goes_and_comes_back), cmocka_unit_test(test_values_are_exact),
		cmocka_unit_test(test_flags_are_exact),          cmocka_unit_test(test_what_was_seen_stays),
		cmocka_unit_test(test_state_survives),           cmocka_unit_test(test_too_large_a_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
