/*
 * Coverage: runs as lists of calls go in, counts and estimates that were worked out by hand come out.
 */
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "learn/coverage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A letter is a call: its number on x86_64. */
static void add_run(struct cg_recording *recording, unsigned int number, const char *started, const char *letters)
{
	char id[CG_RUN_ID_LENGTH + 1];
	struct cg_run *run;

	snprintf(id, sizeof(id), "%032x", number);
	assert_int_equal(cg_recording_add_run(recording, id, &run), 0);
	assert_int_equal(cg_run_set_text(recording, &run->started, started), 0);
	for (; *letters; letters++) {
		struct cg_event event = { .call = { .arch = cg_arch_find("x86_64")->token,
						    .nr = (uint32_t)*letters },
					  .n_calls = 5 };

		assert_int_equal(cg_run_add(recording, run, &event), 0);
	}
	cg_run_finish(run);
}

static struct cg_coverage measure(struct cg_recording *recording)
{
	struct cg_coverage coverage;

	assert_int_equal(cg_coverage_measure(recording, &coverage), 0);
	return coverage;
}

/* a, b in all three runs, c in two, d, e, f in one: Q1 = 3, Q2 = 1, U = 11. */
static void test_estimates(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_coverage coverage;

	add_run(recording, 1, "2026-05-03", "abdef");
	add_run(recording, 2, "2026-05-01", "abc");
	add_run(recording, 3, "2026-05-02", "abc");
	coverage = measure(recording);
	assert_int_equal(coverage.n_calls, 6);
	assert_int_equal(coverage.n_once, 3);
	assert_int_equal(coverage.n_twice, 1);
	assert_int_equal(coverage.n_sightings, 11);
	/* 6 + 2/3 * 3 * 2 / (2 * 2) = 7; 1 - 3/11 * 6/8 = 0.7954… */
	assert_int_equal(coverage.n_estimated, 7);
	assert_int_equal(coverage.per_mille, 795);
	/* By time, not by id. */
	assert_int_equal(coverage.curve.items[0].n_new, 3);
	assert_int_equal(coverage.curve.items[1].n_new, 0);
	assert_int_equal(coverage.curve.items[2].n_new, 3);
	assert_int_equal(coverage.curve.items[2].n_calls, 5);
	cg_coverage_format(&coverage, &text);
	assert_string_equal(cg_text_get(&text),
			    "6 different calls in 3 runs, 3 of them in one run only, 3 new in the last; estimated: at "
			    "least 7 in all (Chao2), 79.5% of what a further run does was seen (Good-Turing)");
	cg_coverage_done(&coverage);
	cg_recording_free(recording);
}

/* Nothing is left to guess, or nothing to guess from. */
static void test_edges(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	struct cg_coverage coverage = measure(recording);

	assert_false(coverage.is_estimated);
	cg_coverage_done(&coverage);

	add_run(recording, 1, "", "abc");
	coverage = measure(recording);
	assert_false(coverage.is_estimated);
	assert_int_equal(coverage.n_calls, 3);
	cg_coverage_done(&coverage);

	add_run(recording, 2, "", "abc");
	coverage = measure(recording);
	assert_true(coverage.is_estimated);
	assert_int_equal(coverage.n_estimated, 3);
	assert_int_equal(coverage.per_mille, 1000);
	cg_coverage_done(&coverage);
	cg_recording_free(recording);

	/* Every run another: all that was seen was seen once. */
	recording = cg_recording_new();
	add_run(recording, 1, "", "ab");
	add_run(recording, 2, "", "cd");
	coverage = measure(recording);
	assert_int_equal(coverage.n_estimated, 4 + 3); /* 1/2 * 4 * 3 / 2 */
	assert_int_equal(coverage.per_mille, 0);
	cg_coverage_done(&coverage);

	/* Runs that did nothing are runs all the same. */
	cg_recording_free(recording);
	recording = cg_recording_new();
	add_run(recording, 1, "", "");
	add_run(recording, 2, "", "");
	coverage = measure(recording);
	assert_false(coverage.is_estimated);
	cg_coverage_done(&coverage);
	cg_recording_free(recording);
}

static void test_json(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text, .is_compact = true };
	struct cg_coverage coverage;

	add_run(recording, 1, "", "ab");
	add_run(recording, 2, "", "a");
	coverage = measure(recording);
	cg_coverage_write(&coverage, &json, NULL);
	assert_non_null(strstr(cg_text_get(&text), "in_one_run"));
	assert_non_null(strstr(cg_text_get(&text), "estimated_coverage_per_mille"));
	cg_coverage_done(&coverage);
	cg_recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
