/*
 * What tells tighten that a round is over: histories that were watched too short, lost events, or heard a call.
 *
 * The history is a real one, of history/; callgate monitor writes no other.
 */
#include "cli/tightening.h"

#include "base/cleanup.h"
#include "history/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define HOUR (3600 * SECOND)

/* Of input.c, which brings all readers of profiles. */
const char *cg_input_name(const char *reference)
{
	return reference;
}

static const struct cg_option options_here[] = {
	{ "history", 0, "DB", "", 0, NULL },
	{ "watched", 0, "TIME", "", 0, NULL },
	{ "container", 0, "NAME", "", 0, NULL },
	{ "unit", 0, "NAME", "", 0, NULL },
	{ "despite-loss", 0, NULL, "", 0, NULL },
	{ "log", 0, "FILE", "", CG_OPTION_REPEATS, NULL },
	{ NULL },
};

static char folder[] = "/tmp/callgate-tighten-XXXXXX";
static char path[64];
static uint64_t now_ns;

static int set_up(void **state)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * SECOND;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/history.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };

	for (size_t i = 0; i < CG_N_ITEMS(suffixes); i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	return rmdir(folder);
}

/* Someone watched from `from` to `until` hours ago. */
static void watch(struct cg_history *history, unsigned int from, unsigned int until)
{
	for (uint64_t at = now_ns - from * HOUR; at <= now_ns - until * HOUR; at += 20 * SECOND)
		assert_int_equal(cg_history_add_watch(history, at, "h", "audit", NULL), 0);
}

static void add_mount(struct cg_history *history, uint64_t time_ns, uint32_t action, const char *container)
{
	struct cg_violation violation = { .time_ns = time_ns,
					  .n = 1,
					  .exe = "/bin/mount",
					  .container = container,
					  .uid = CG_ID_UNKNOWN,
					  .call = { .arch = cg_arch_find("x86_64")->token, .nr = 165 },
					  .action = action };

	assert_int_equal(cg_history_add(history, &violation, 1, NULL), 0);
}

/* A round that logged mount two hours ago, judged by these options. */
static void judge(int argc, const char *const *argv, struct cg_tighten_evidence *evidence)
{
	struct cg_command command = { .name = "tighten", .options = options_here };
	struct cg_recording *recording = cg_recording_new();
	struct cg_tighten tighten = { .round = 1, .began_ns = now_ns - 2 * HOUR, .began = "2026-01-01T00:00:00.000Z" };
	struct cg_tighten_item item = { .call = "mount", .round = 1, .since_ns = now_ns - 2 * HOUR, .why = "" };
	struct cg_text error = { 0 };
	struct cg_err err = { 0 };
	struct cg_args args;
	char *words[16];

	for (int i = 0; i < argc; i++)
		words[i] = (char *)argv[i];
	assert_int_equal(cg_vec_push(&tighten.items, item), 0);
	assert_true(cg_args_parse(&command, argc, words, &args, &error));
	if (cg_tighten_evidence_read(&args, &tighten, recording, evidence, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	cg_recording_free(recording);
	cg_vec_done(&tighten.items);
}

static void test_history(void **state)
{
	const char *short_enough[] = { "--history", path, "--watched", "1h" },
		   *web[] = { "--history", path, "--watched", "1h", "--container", "web" };
	const char *too_long[] = { "--history", path, "--watched", "2h" },
		   *bold[] = { "--history", path, "--watched", "1h", "--despite-loss" };
	struct cg_tighten_evidence evidence = { 0 };
	struct cg_history *history = NULL;
	char *moved = NULL;

	assert_int_equal(cg_history_open(path, NULL, &history, &moved, NULL), 0);
	watch(history, 8, 5); /* before the round: that counts for nothing */
	watch(history, 2, 1);
	add_mount(history, now_ns - 3 * HOUR, CG_ACTION_LOG, "db");
	judge(4, short_enough, &evidence);
	assert_true(evidence.is_over);
	assert_int_equal(evidence.hits.n_items, 0);
	cg_tighten_evidence_done(&evidence);

	evidence = (struct cg_tighten_evidence){ 0 };
	judge(4, too_long, &evidence);
	assert_false(evidence.is_over);
	assert_non_null(strstr(cg_text_get(&evidence.why), "watched for 3600 of 7200 s"));
	cg_tighten_evidence_done(&evidence);

	add_mount(history, now_ns - HOUR, CG_ACTION_LOG, "db");
	evidence = (struct cg_tighten_evidence){ 0 };
	judge(4, short_enough, &evidence);
	assert_int_equal(evidence.hits.n_items, 1);
	assert_true(evidence.hits.items[0].is_log);
	assert_non_null(strstr(evidence.hits.items[0].who, "by /bin/mount in container db"));
	cg_tighten_evidence_done(&evidence);
	evidence = (struct cg_tighten_evidence){ 0 };
	judge(6, web, &evidence);
	assert_int_equal(evidence.hits.n_items, 0);
	cg_tighten_evidence_done(&evidence);

	assert_int_equal(cg_history_add_loss(history, now_ns - HOUR, "audit", "enobufs", 3, NULL), 0);
	evidence = (struct cg_tighten_evidence){ 0 };
	judge(4, short_enough, &evidence);
	assert_false(evidence.is_over);
	assert_non_null(strstr(cg_text_get(&evidence.why), "3 events were lost"));
	cg_tighten_evidence_done(&evidence);
	evidence = (struct cg_tighten_evidence){ 0 };
	judge(5, bold, &evidence);
	assert_true(evidence.is_over);
	cg_tighten_evidence_done(&evidence);
	cg_history_close(history);
	free(moved);
}

static void test_nothing(void **state)
{
	struct cg_tighten_evidence evidence = { 0 };

	judge(0, NULL, &evidence);
	assert_false(evidence.is_over);
	cg_tighten_evidence_done(&evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_history), cmocka_unit_test(test_nothing) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
