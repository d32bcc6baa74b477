/*
 * Running out of memory at every single allocation while a log becomes a recording, JSON, a recording again, is merged
 * and summed up: the answer is -ENOMEM, no output is touched, and nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/cleanup.h"
#include "base/test-memory.h"
#include "learn/import.h"
#include "learn/recording.h"

#include <string.h>

static const char log_lines[] =
	"1 1700000000.1 execve(\"/bin/a\\xff\", [\"a\"], 0x1 /* 3 vars */) = 0\n"
	"1 1700000000.2 openat(AT_FDCWD, \"/x\", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)\n"
	"1 1700000000.3 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
	"2 1700000000.4 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n"
	"1 1700000000.5 <... clone resumed>) = 2\n"
	"nonsense\n"
	"2 1700000000.6 execve(\"/bin/b\", [\"b\"], 0x1) = 0\n"
	"2 1700000000.7 exit_group(0) = ?\n"
	"1 1700000000.8 +++ exited with 0 +++\n";

/* Logs of the other formats, and what strace -ff writes: in two parts. */
static const char kernel_lines[] =
	"{\"__REALTIME_TIMESTAMP\":\"1\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"audit: type=1326 audit(1.000:7): "
	"exe=2F6120 arch=c000003e syscall=83 code=0x50000\"}\n"
	"{\"_TRANSPORT\":\"audit\",\"MESSAGE\":[83,69]}\n"
	"[1.0] kauditd_printk_skb: 14 callbacks suppressed\n";
static const char audit_lines[] =
	"type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 success=no exit=-2 a0=1 exe=\"/bin/sh\"\n";
static const char perf_lines[] = " 0.5 ( ): a/2 wait4()  ...\n 0.5 ( 0.03 ms): a/3 getpid() = 3\n";
static const char table_lines[] = " Summary of events:\n\n   syscall  calls  errors  total\n   read  3 1 1.0\n";
static const char first_part[] = "execve(\"/bin/a\", [\"a\"], 0x1) = 0\nfork() = 6\nexit_group(0) = ?\n";
static const char second_part[] = "getpid() = 6\nexit_group(0) = ?\n+++ exited with 0 +++\n";

static const char unknown_members[] =
	"{\"callgate\": \"recording\", \"version\": 1, \"x\": {\"y\": [1, \"z\"]}, \"runs\": [{\"id\": "
	"\"0123456789abcdef0123456789abcdef\", \"stage\": \"start\", \"command\": [\"a\"], \"calls\": [{\"arch\": "
	"\"x86\", \"nr\": 1, \"count\": 2, \"errors\": {\"EPERM\": 1}, \"args\": [{\"index\": 0, \"values\": [1]}], "
	"\"programs\": {\"/a\": 2}, \"w\": null}]}]}";

static int import_log(void *context)
{
	struct cg_recording *recording = NULL;
	struct cg_import_report report;
	int r = cg_import("log", log_lines, strlen(log_lines), NULL, cg_arch_find("x86_64"), &recording, &report, NULL);

	assert_true(r == 0 ? recording != NULL : recording == NULL);
	cg_recording_free(recording);
	return r;
}

static int import_other(void *lines)
{
	struct cg_recording *recording = NULL;
	struct cg_import_report report;
	int r = cg_import("log", lines, strlen(lines), NULL, cg_arch_find("x86_64"), &recording, &report, NULL);

	assert_true(r == 0 ? recording != NULL : recording == NULL);
	cg_recording_free(recording);
	return r;
}

static int import_parts(void *context)
{
	const struct cg_log_part parts[] = {
		{ "log.5", first_part, strlen(first_part), 5 },
		{ "log.6", second_part, strlen(second_part), 6 },
	};
	struct cg_recording *recording = NULL;
	struct cg_import_report report;
	int r = cg_import_parts(parts, CG_N_ITEMS(parts), NULL, cg_arch_find("x86_64"), &recording, &report, NULL);

	(void)context;
	assert_true(r == 0 ? recording != NULL : recording == NULL);
	if (r == 0) {
		assert_int_equal(report.n_unreadable, 0);
		assert_int_equal(recording->runs.n_items, 1);
		assert_int_equal(recording->runs.items[0]->exit_status, -1);
	}
	cg_recording_free(recording);
	return r;
}

static int read_json(void *json)
{
	struct cg_recording *recording = NULL;
	int r = cg_recording_read("json", json, strlen(json), &recording, NULL);

	assert_true(r == 0 ? recording != NULL : recording == NULL);
	cg_recording_free(recording);
	return r;
}

static int write_json(void *recording)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	return cg_recording_write(recording, &text);
}

/* Into nothing, then once more: the second time each run is there and is compared. */
static int merge(void *recording)
{
	struct cg_recording *merged = cg_recording_new();
	int r = merged ? cg_recording_merge(merged, recording, NULL) : -ENOMEM;

	if (r == 0)
		r = cg_recording_merge(merged, recording, NULL);
	cg_recording_free(merged);
	return r;
}

static int summarise(void *recording)
{
	struct cg_summary summary = { .calls.n_items = 77 };
	int r = cg_recording_summarise(recording, &summary);

	if (r == 0)
		cg_summary_done(&summary);
	else
		assert_int_equal(summary.calls.n_items, 77);
	return r;
}

static void check_recording(struct cg_recording *recording)
{
	assert_true(fail_each(write_json, recording) > 1);
	assert_true(fail_each(merge, recording) > 5);
	assert_true(fail_each(summarise, recording) > 3);
}

static void test_log(void **state)
{
	struct cg_recording *recording;
	struct cg_import_report report;

	assert_true(fail_each(import_log, NULL) > 10);
	assert_int_equal(
		cg_import("log", log_lines, strlen(log_lines), NULL, cg_arch_find("x86_64"), &recording, &report, NULL),
		0);
	check_recording(recording);
	cg_recording_free(recording);
}

static void test_other_logs(void **state)
{
	(void)state;
	assert_true(fail_each(import_other, (char *)kernel_lines) > 5);
	assert_true(fail_each(import_other, (char *)audit_lines) > 5);
	assert_true(fail_each(import_other, (char *)perf_lines) > 5);
	assert_true(fail_each(import_other, (char *)table_lines) > 5);
	assert_true(fail_each(import_parts, NULL) > 5);
}

static void test_json(void **state)
{
	struct cg_recording *recording;

	assert_true(fail_each(read_json, (char *)unknown_members) > 5);
	assert_int_equal(cg_recording_read("json", unknown_members, strlen(unknown_members), &recording, NULL), 0);
	check_recording(recording);
	cg_recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_other_logs),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
