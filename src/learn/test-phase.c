/*
 * Phases: a run is marked between two calls; what was made before and after is told apart, written, read and merged.
 */
#include "learn/phase.h"

#include "base/cleanup.h"
#include "learn/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NR_READ 0
#define NR_SOCKET 41
#define NR_ACCEPT 43

static void make(struct cg_recording *recording, struct cg_run *run, uint32_t nr, enum cg_outcome outcome, uint64_t n)
{
	const struct cg_event event = {
		.call = { .arch = cg_arch_find("x86_64")->token, .nr = nr }, .outcome = outcome, .n_calls = n
	};

	assert_int_equal(cg_run_add(recording, run, &event), 0);
}

/* socket at start-up, read in both, accept (which never completes) while serving. */
static struct cg_recording *serve(const char *id, bool is_marked)
{
	struct cg_recording *recording = cg_recording_new();
	struct cg_run *run;

	assert_int_equal(cg_recording_add_run(recording, id, &run), 0);
	make(recording, run, NR_SOCKET, CG_OUTCOME_RETURNED, 1);
	make(recording, run, NR_READ, CG_OUTCOME_RETURNED, 3);
	make(recording, run, NR_READ, CG_OUTCOME_RESTARTED, 1);
	if (is_marked) {
		assert_int_equal(cg_run_mark(recording, run, "listen", "it waits", 12), 0);
		/* A second one changes nothing. */
		assert_int_equal(cg_run_mark(recording, run, "signal", "again", 13), 0);
	}
	make(recording, run, NR_READ, CG_OUTCOME_RETURNED, 5);
	make(recording, run, NR_ACCEPT, CG_OUTCOME_ENDED, 1);
	cg_run_finish(run);
	return recording;
}

static const struct cg_summary_call *find(const struct cg_summary *summary, uint32_t nr)
{
	for (size_t i = 0; i < summary->calls.n_items; i++)
		if (summary->calls.items[i].call.nr == nr)
			return &summary->calls.items[i];
	return NULL;
}

static struct cg_recording *read_back(const struct cg_text *text)
{
	struct cg_recording *recording;
	struct cg_err err = { 0 };

	assert_int_equal(cg_recording_read("test", cg_text_get(text), text->length, &recording, &err), 0);
	return recording;
}

static void test_written_and_read(void **state)
{
	struct cg_recording *recording = serve("00000000000000000000000000000001", true), *copy;
	CG_CLEANUP(cg_text_done) struct cg_text first = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text second = { 0 };
	struct cg_recording *merged = cg_recording_new();
	struct cg_err err = { 0 };

	assert_int_equal(cg_recording_write(recording, &first), 0);
	assert_non_null(strstr(cg_text_get(&first), "\"phase\": {\"by\": \"listen\", \"at_ms\": 12, \"why\": \"it waits\"}"));
	assert_non_null(strstr(cg_text_get(&first), "\"name\": \"read\", \"count\": 8, \"restarts\": 1, \"startup\": 4"));
	copy = read_back(&first);
	assert_int_equal(cg_recording_merge(merged, copy, &err), 0);
	assert_int_equal(cg_recording_write(merged, &second), 0);
	assert_string_equal(cg_text_get(&first), cg_text_get(&second));
	assert_int_equal(cg_recording_n_marked(merged), 1);
	cg_recording_free(recording);
	cg_recording_free(copy);
	cg_recording_free(merged);
}

static void test_cut_to_a_phase(void **state)
{
	struct cg_recording *recording = serve("00000000000000000000000000000001", true);
	struct cg_summary summary;

	assert_int_equal(cg_recording_summarise(recording, &summary), 0);
	assert_int_equal(find(&summary, NR_READ)->n_startup, 4);
	assert_int_equal(find(&summary, NR_READ)->n_serving, 5);
	cg_summary_keep_phase(&summary, CG_PHASE_BOTH);
	assert_int_equal(summary.calls.n_items, 3);
	cg_summary_keep_phase(&summary, CG_PHASE_SERVING);
	assert_int_equal(summary.calls.n_items, 2);
	assert_null(find(&summary, NR_SOCKET));
	cg_summary_done(&summary);

	assert_int_equal(cg_recording_summarise(recording, &summary), 0);
	cg_summary_keep_phase(&summary, CG_PHASE_STARTUP);
	assert_int_equal(summary.calls.n_items, 2);
	assert_null(find(&summary, NR_ACCEPT));
	cg_summary_done(&summary);
	cg_recording_free(recording);
}

/* A run without a mark may have made its calls in either. */
static void test_runs_without_mark(void **state)
{
	struct cg_recording *recording = serve("00000000000000000000000000000001", true);
	struct cg_recording *unmarked = serve("00000000000000000000000000000002", false);
	struct cg_summary summary;
	struct cg_err err = { 0 };

	assert_int_equal(cg_recording_merge(recording, unmarked, &err), 0);
	assert_int_equal(cg_recording_n_marked(recording), 1);
	assert_int_equal(cg_recording_summarise(recording, &summary), 0);
	cg_summary_keep_phase(&summary, CG_PHASE_SERVING);
	assert_int_equal(summary.calls.n_items, 3);
	assert_int_equal(find(&summary, NR_SOCKET)->n_unmarked, 1);
	cg_summary_done(&summary);
	cg_recording_free(recording);
	cg_recording_free(unmarked);
}

/* A finished sketch is sorted: found by walking. */
static const char *reason_of(const struct cg_sketch *sketch, const char *call)
{
	for (size_t i = 0; i < sketch->calls.n_items; i++)
		if (strcmp(sketch->calls.items[i].call->name, call) == 0)
			return sketch->calls.items[i].reasons.items[0].text;
	fail();
	return NULL;
}

static void test_explained(void **state)
{
	struct cg_recording *recording = serve("00000000000000000000000000000001", true);
	const struct cg_generate_options options = { .native = cg_arch_find("x86_64") };
	struct cg_summary summary;
	struct cg_sketch sketch;
	struct cg_err err = { 0 };

	assert_int_equal(cg_recording_summarise(recording, &summary), 0);
	assert_int_equal(cg_generate(&summary, &options, &sketch, &err), 0);
	assert_string_equal(reason_of(&sketch, "socket"), "seen 1 time, at start-up only");
	assert_string_equal(reason_of(&sketch, "read"), "seen 8 times, 4 at start-up and 5 serving");
	assert_string_equal(reason_of(&sketch, "accept"), "begun, never completed, serving only");
	cg_sketch_done(&sketch);
	cg_summary_done(&summary);
	cg_recording_free(recording);
}

static void refuse(const char *members, const char *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_recording *recording = NULL;
	struct cg_err err = { 0 };

	cg_text_addf(&text,
		     "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{\"id\": "
		     "\"00000000000000000000000000000001\", %s \"calls\": [{\"arch\": \"x86_64\", \"nr\": 0, %s}]}]}",
		     members, call);
	assert_int_equal(cg_recording_read("test", cg_text_get(&text), text.length, &recording, &err), -EBADMSG);
	assert_null(recording);
}

static void test_refused(void **state)
{
	refuse("\"phase\": 3,", "\"count\": 1");
	refuse("\"phase\": {\"by\": 1},", "\"count\": 1");
	refuse("\"phase\": {\"by\": \"listen\", \"at_ms\": -1},", "\"count\": 1");
	/* More before the mark than at all. */
	refuse("", "\"count\": 1, \"denied\": 1, \"startup\": 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_and_read), cmocka_unit_test(test_cut_to_a_phase),
		cmocka_unit_test(test_runs_without_mark), cmocka_unit_test(test_explained),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
