/* Gates: each condition, alone, holding and not; and that what is not known is no. */
#include "rollout/rollout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR ((uint64_t)3600000)
#define SINCE (1000 * HOUR)

/* A rollout whose first gate is `gate`, with a minimum of two hours. */
struct subject {
	struct cg_rollout rollout;
	struct cg_arena arena;
	struct cg_rollout_host_fact hosts[3];
	struct cg_rollout_facts facts;
	struct cg_rollout_decision decision;
};

static void set_up(struct subject *subject, const char *more, const char *gate)
{
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	*subject = (struct subject){ .hosts = { { "a", true, false, 100, 0 }, { "b", true, false, 95, 0 },
						 { "c", true, false, 90, 0 } } };
	subject->facts = (struct cg_rollout_facts){ .now_ms = SINCE + 3 * HOUR, .hosts = { subject->hosts, 3, 3 } };
	cg_text_addf(&text,
		     "{\"callgate\": \"rollout\", \"version\": 1, \"name\": \"r\", \"profile\": \"p\", \"audit\": \"a\", %s"
		     "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"minimum\": \"2h\", \"gate\": %s}, "
		     "{\"name\": \"y\", \"enforce\": \"all\"}]}",
		     more, gate);
	if (cg_rollout_read("r", cg_text_get(&text), text.length, &subject->rollout, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	cg_text_done(&text);
}

static void tear_down(struct subject *subject)
{
	cg_rollout_done(&subject->rollout);
	cg_arena_done(&subject->arena);
}

/* `condition` NULL: the gate is open; else it is shut, and for nothing but this, and says so with these words. */
static void check(struct subject *subject, const char *condition, enum cg_rollout_holds holds, const char *words)
{
	const struct cg_rollout_decision *decision = &subject->decision;
	struct cg_text text = { 0 };

	assert_int_equal(cg_rollout_decide(&subject->rollout, 0, SINCE, &subject->facts, &subject->arena, &subject->decision),
			 0);
	cg_rollout_say_waiting(decision, &text);
	if (decision->is_open != !condition)
		fail_msg("open: %d; %s", decision->is_open, cg_text_get(&text));
	for (size_t i = 0; i < decision->n_conditions; i++) {
		const struct cg_rollout_condition *seen = &decision->conditions[i];
		bool is_meant = condition && strcmp(seen->name, condition) == 0;

		if (seen->holds != (is_meant ? holds : CG_ROLLOUT_YES) || (is_meant && !strstr(seen->says, words)))
			fail_msg("%s: %d: %s", seen->name, seen->holds, seen->says);
	}
	cg_text_done(&text);
}

static void test_open(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{\"new_violations\": 0, \"violations\": 5, \"tiers\": [\"critical\"], \"lost\": 0, \"hosts\": \"all\"}");
	subject.facts.n_violations = 5;
	subject.facts.n_of_tier[CG_TIER_HIGH] = 5;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	tear_down(&subject);
}

static void test_time(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{}");
	subject.facts.now_ms = SINCE + 2 * HOUR - 1;
	check(&subject, "time", CG_ROLLOUT_NO, "1 h 59 min of 2 h, 0 s to go");
	subject.facts.now_ms = SINCE + 2 * HOUR;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	/* The clock was set back: nobody knows how long it lasts. */
	subject.facts.now_ms = SINCE - HOUR;
	check(&subject, "time", CG_ROLLOUT_NO, "1 h before the beginning");
	tear_down(&subject);
}

static void test_no_answer(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{\"violations\": 5}");
	subject.facts.no_answer = "nobody there";
	check(&subject, "source", CG_ROLLOUT_UNKNOWN, "nobody there");
	assert_int_equal(subject.decision.n_conditions, 2); /* nothing is told of what is not known */
	tear_down(&subject);
}

static void test_changed(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{}");
	subject.facts.changed = "the profile has changed";
	check(&subject, "profile", CG_ROLLOUT_NO, "the profile has changed since the phase began");
	tear_down(&subject);
}

static void test_hosts(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{\"hosts\": \"all\"}");
	subject.hosts[1].is_reporting = false;
	check(&subject, "hosts", CG_ROLLOUT_NO, "2 of 3 hosts report, 3 wanted; b does not report");
	subject.hosts[1].is_reporting = true;
	subject.hosts[1].is_blind = true; /* it is up, and by eBPF alone: nothing that is logged is seen there */
	check(&subject, "hosts", CG_ROLLOUT_NO, "b is to log, and its monitor does not see what is logged");
	subject.hosts[1].is_blind = false;
	subject.hosts[1].watched_percent = 40;
	check(&subject, "hosts", CG_ROLLOUT_NO, "b was watched 40 % of the time, 90 % wanted");
	subject.rollout.phases[0].gate.hosts = (struct cg_rollout_share){ 60, true };
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	subject.rollout.phases[0].gate.hosts = (struct cg_rollout_share){ 4, false };
	check(&subject, "hosts", CG_ROLLOUT_NO, "2 of 3 hosts report, 4 wanted");
	/* Of nobody all is not enough. */
	subject.rollout.phases[0].gate.hosts = (struct cg_rollout_share){ 100, true };
	subject.facts.hosts.n_items = 0;
	check(&subject, "hosts", CG_ROLLOUT_NO, "0 of 0 hosts report, 1 wanted");
	tear_down(&subject);
}

/* Hosts that are named and never reported are missed; so are those of which only the number is known. */
static void test_missing_hosts(void **state)
{
	struct subject subject;

	set_up(&subject, "\"hosts\": [\"A\", \"b\", \"d\", \"e\", \"f\", \"g\"], ", "{}");
	check(&subject, "hosts", CG_ROLLOUT_NO, "2 of 6 hosts report, 6 wanted; d does not report; e does not report; f does "
						"not report; and 1 more");
	tear_down(&subject);
	set_up(&subject, "\"cohorts\": [{\"name\": \"k\", \"hosts\": [\"a\", \"z\"]}, {\"name\": \"l\", \"hosts\": [\"z\"]}], ",
	       "{}");
	check(&subject, "hosts", CG_ROLLOUT_NO, "3 of 4 hosts report, 4 wanted; z does not report");
	tear_down(&subject);
	set_up(&subject, "\"hosts\": 10, ", "{\"hosts\": \"50%\"}");
	check(&subject, "hosts", CG_ROLLOUT_NO, "3 of 10 hosts report, 5 wanted");
	tear_down(&subject);
}

static void test_violations(void **state)
{
	struct cg_rollout_seen seen[] = { { "read", "LOG", "", "", CG_TIER_NONE, false, 3 },
					  { "mount", "ERRNO", "web", "b", CG_TIER_CRITICAL, true, 1 } };
	struct subject subject;

	set_up(&subject, "", "{\"new_violations\": 0}");
	subject.facts.seen.items = seen;
	subject.facts.seen.n_items = 2;
	subject.facts.n_new = 1;
	subject.facts.n_violations = 4;
	subject.facts.n_of_tier[CG_TIER_CRITICAL] = 1;
	subject.facts.n_of_tier[CG_TIER_NONE] = 3;
	check(&subject, "new_violations", CG_ROLLOUT_NO,
	      "1 new kinds of violations, at most 0: mount (critical, ERRNO) in web on b");
	subject.rollout.phases[0].gate.new_violations = 1;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	subject.rollout.phases[0].gate.violations = 3;
	check(&subject, "violations", CG_ROLLOUT_NO, "4 violations, at most 3: read (LOG), mount");
	subject.rollout.phases[0].gate.violations = CG_ROLLOUT_ANY;
	subject.rollout.phases[0].gate.tiers = 1 << CG_TIER_CRITICAL | 1 << CG_TIER_HIGH;
	check(&subject, "tiers", CG_ROLLOUT_NO, "1 violations by calls of critical or high risk, none wanted: mount");
	subject.rollout.phases[0].gate.tiers = 1 << CG_TIER_HIGH;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	tear_down(&subject);
}

/* The first violations of an audit are all new: what counts is that none comes any more. */
static void test_quiet(void **state)
{
	struct cg_rollout_gate gate = { .quiet_ms = HOUR };
	struct subject subject;

	assert_int_equal(cg_rollout_quiet_since(&gate, SINCE, SINCE + HOUR - 1), SINCE);
	assert_int_equal(cg_rollout_quiet_since(&gate, SINCE, SINCE + 3 * HOUR), SINCE + 2 * HOUR);
	assert_int_equal(cg_rollout_quiet_since(&gate, SINCE, SINCE - HOUR), SINCE); /* the clock was set back */
	gate.quiet_ms = 0;
	assert_int_equal(cg_rollout_quiet_since(&gate, SINCE, SINCE + 3 * HOUR), SINCE);

	set_up(&subject, "", "{\"new_violations\": 0, \"quiet\": \"90m\"}");
	subject.facts.n_new = 1;
	check(&subject, "new_violations", CG_ROLLOUT_NO, "1 new kinds of violations in the last 1 h 30 min, at most 0");
	subject.facts.n_new = 0;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	tear_down(&subject);
}

static void test_loss(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{\"lost\": 10}");
	subject.facts.n_lost = 10;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	subject.facts.has_unknown_loss = true;
	check(&subject, "lost", CG_ROLLOUT_UNKNOWN, "nobody knows how many");
	subject.facts.n_lost = 11;
	check(&subject, "lost", CG_ROLLOUT_NO, "11 events lost, at most 10");
	tear_down(&subject);
}

static void test_tests(void **state)
{
	struct subject subject;

	set_up(&subject, "", "{\"tests\": \"s.json\"}");
	check(&subject, "tests", CG_ROLLOUT_UNKNOWN, "s.json: not run");
	subject.facts.tests = CG_ROLLOUT_TESTS_FAILED;
	subject.facts.tests_say = "3 passed, 1 failed";
	check(&subject, "tests", CG_ROLLOUT_NO, "1 failed");
	subject.facts.tests = CG_ROLLOUT_TESTS_PASSED;
	check(&subject, NULL, CG_ROLLOUT_YES, "");
	tear_down(&subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),	   cmocka_unit_test(test_time),
		cmocka_unit_test(test_no_answer),  cmocka_unit_test(test_changed),
		cmocka_unit_test(test_hosts),	   cmocka_unit_test(test_missing_hosts),
		cmocka_unit_test(test_violations), cmocka_unit_test(test_loss),
		cmocka_unit_test(test_tests),	   cmocka_unit_test(test_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
