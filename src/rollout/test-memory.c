/*
 * Running out of memory, at every single allocation from a rollout's text to what its gate waits for: -ENOMEM, and
 * nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "rollout/prometheus.h"
#include "rollout/rollout.h"
#include "rollout/state.h"
#include "rollout/twin.h"

static const char json[] =
	"{\"callgate\": \"rollout\", \"version\": 1, \"name\": \"r\", \"profile\": \"p\", \"audit\": \"a\", \"hosts\": [\"h\"],"
	"\"cohorts\": [{\"name\": \"c\", \"hosts\": [\"h\", \"i\"]}], \"phases\": [{\"name\": \"x\", \"enforce\": [\"c\"],"
	"\"gate\": {\"violations\": 0, \"tiers\": [\"high\"], \"lost\": 0, \"tests\": \"s\"}}, {\"name\": \"y\", \"enforce\": "
	"\"all\"}], \"source\": {\"prometheus\": \"http://x\", \"match\": {\"profile\": \"p\"}}}";
static const char answer[] = "{\"status\": \"success\", \"data\": {\"resultType\": \"vector\", \"result\": [{\"metric\": "
			     "{\"instance\": \"h:1\"}, \"value\": [1, \"2\"]}]}}";
static const char profile_json[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\", \"mount\", "
				   "\"bpf\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_BPF\"]}}]}";

static int decide(struct cg_rollout *rollout)
{
	struct cg_rollout_host_fact host = { "h", false, false, 10, 0 };
	struct cg_rollout_seen seen = { "ptrace", "LOG", "c", "h", CG_TIER_HIGH, true, 3 };
	struct cg_rollout_facts facts = { .n_violations = 3, .n_lost = 1, .hosts = { &host, 1, 1 }, .seen = { &seen, 1, 1 } };
	struct cg_rollout_decision decision;
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	int r = cg_rollout_decide(rollout, 0, 5, &facts, &arena, &decision);

	if (r == 0) {
		cg_rollout_say_waiting(&decision, &text);
		r = text.has_failed ? -ENOMEM : 0;
	}
	cg_text_done(&text);
	cg_arena_done(&arena);
	return r;
}

static int work_rollout(void *context)
{
	struct cg_rollout rollout = { 0 };
	int r = cg_rollout_read("r", json, strlen(json), &rollout, NULL);

	if (r == 0)
		r = decide(&rollout);
	else
		assert_null(rollout.name);
	cg_rollout_done(&rollout);
	return r;
}

static int work_state(void *context)
{
	struct cg_rollout_state state = { "r", "x", 1, 2, "init", "", "me", "h", "", "0", "1", true }, again;
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	int r = 0;

	cg_rollout_state_write(&state, &text);
	cg_rollout_journal_line(&state, "w", &text);
	if (text.has_failed)
		r = -ENOMEM;
	cg_text_clear(&text);
	cg_rollout_state_write(&state, &text);
	if (r == 0 && text.has_failed)
		r = -ENOMEM;
	if (r == 0)
		r = cg_rollout_state_read(&arena, "s", cg_text_get(&text), text.length, &again, NULL);
	cg_text_done(&text);
	cg_arena_done(&arena);
	return r;
}

static int work_prometheus(void *context)
{
	struct cg_rollout_source source = { .prometheus = "http://x", .prefix = "", .job = "j", .host_label = "instance" };
	struct cg_prometheus_samples samples = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	int r = cg_prometheus_read(&arena, "a", answer, strlen(answer), &samples, NULL);

	if (r == 0 && !cg_prometheus_host(&samples.items[0], "instance", &arena))
		r = -ENOMEM;
	cg_prometheus_query(&source, CG_PROMETHEUS_NEW, 5, &text);
	cg_prometheus_url(&source, "up", &text);
	if (r == 0 && text.has_failed)
		r = -ENOMEM;
	cg_text_done(&text);
	cg_arena_done(&arena);
	return r;
}

static int work_twin(void *context)
{
	struct cg_target target;
	struct cg_profile *profile = NULL;
	int r;

	cg_target_init(&target);
	r = cg_profile_read("p", profile_json, strlen(profile_json), &target, NULL, &profile, NULL);
	if (r == 0)
		r = cg_rollout_make_audit(profile, NULL);
	cg_profile_free(profile);
	return r;
}

static void test_all_of_it(void **state)
{
	static int (*const works[])(void *) = { work_rollout, work_state, work_prometheus, work_twin };

	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		assert_true(fail_each(works[i], NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
