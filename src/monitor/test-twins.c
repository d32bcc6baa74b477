/*
 * Twins and kinds: what two sources saw is told once, whatever they sum; what came again is counted, within limits.
 */
#include "abi/action.h"
#include "abi/arch.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "monitor/kinds.h"
#include "monitor/stream.h"
#include "monitor/twins.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_violation seen(uint32_t by, int pid, uint32_t action, uint64_t n)
{
	return (struct cg_violation){ .n = n, .pid = pid, .uid = CG_ID_UNKNOWN, .action = action, .seen_by = by,
				      .call = { .arch = cg_arch_find("x86_64")->token, .nr = 41, .ip = 0x1000 } };
}

/* "77x3@3 ": pid, count, marks. */
static int note(void *context, const struct cg_violation *violation)
{
	cg_text_addf(context, "%dx%" PRIu64 "@%u ", violation->pid, violation->n, violation->seen_by);
	return 0;
}

static void told(struct cg_text *text, const char *wanted)
{
	assert_string_equal(cg_text_get(text), wanted);
	cg_text_clear(text);
}

static int add(struct cg_twins *twins, uint32_t by, int pid, uint32_t action, uint64_t n, bool is_sure, uint64_t now)
{
	struct cg_violation violation = seen(by, pid, action, n);

	return cg_twins_add(twins, &violation, is_sure, now);
}

static void test_twins(void **state)
{
	struct cg_text text = { 0 };
	struct cg_twins *twins = cg_twins_new(note, &text);

	assert_int_equal(add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 1, false, 100), 0);
	told(&text, "");
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 150);
	told(&text, "1x1@3 ");
	/* Not of the same process, answer, or from the same source. */
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 1, false, 200);
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 1, false, 200);
	add(twins, CG_SEEN_BY_AUDIT, 2, CG_ACTION_ERRNO, 1, true, 200);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_TRAP, 1, true, 200);
	told(&text, "");
	assert_int_equal(cg_twins_waiting(twins), 4);
	/* The one that may come is not waited for as long as the one that will. */
	cg_twins_expire(twins, 200 + CG_STREAM_TWIN_MS);
	told(&text, "1x1@1 1x1@1 ");
	cg_twins_expire(twins, 200 + CG_STREAM_SURE_TWIN_MS);
	told(&text, "2x1@2 1x1@2 ");
	assert_int_equal(cg_twins_joined(twins), 1);
	cg_twins_free(twins);
	cg_text_done(&text);
}

/* A sum of one source and many of the other, in both orders; what is left over is told alone. */
static void test_sums(void **state)
{
	struct cg_text text = { 0 };
	struct cg_twins *twins = cg_twins_new(note, &text);

	for (int i = 0; i < 3; i++)
		add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 100);
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 5, false, 300);
	told(&text, "1x1@3 1x1@3 1x1@3 ");
	cg_twins_expire(twins, UINT64_MAX);
	told(&text, "1x2@1 ");
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 3, false, 400);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 400);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 400);
	told(&text, "1x1@3 1x1@3 ");
	cg_twins_expire(twins, UINT64_MAX);
	told(&text, "1x1@1 ");
	cg_twins_free(twins);
	cg_text_done(&text);
}

/* What either knew. */
static int note_joined(void *context, const struct cg_violation *violation)
{
	assert_string_equal(violation->exe, "/bin/a");
	assert_string_equal(violation->container, "web");
	assert_true(violation->has_args && violation->has_data);
	assert_int_equal(violation->action, cg_action_errno(13));
	assert_int_equal(violation->call.args[0], 2);
	assert_int_equal(violation->uid, 33);
	assert_int_equal(violation->tid, 8);
	*(int *)context += 1;
	return 0;
}

static void test_joined(void **state)
{
	int n = 0;
	struct cg_twins *twins = cg_twins_new(note_joined, &n);
	struct cg_violation audit = seen(CG_SEEN_BY_AUDIT, 7, CG_ACTION_ERRNO, 1);
	struct cg_violation ebpf = seen(CG_SEEN_BY_EBPF, 7, cg_action_errno(13), 1);

	audit.uid = 33;
	audit.exe = "/bin/a";
	ebpf.tid = 8;
	ebpf.has_args = ebpf.has_data = true;
	ebpf.call.args[0] = 2;
	ebpf.call.ip = 0; /* not known to it */
	ebpf.cgroup = "/docker/x";
	ebpf.container_id = "x";
	ebpf.container = "web";
	cg_twins_add(twins, &audit, true, 1);
	cg_twins_add(twins, &ebpf, false, 2);
	cg_twins_add(twins, &ebpf, false, 3);
	cg_twins_add(twins, &audit, true, 4);
	assert_int_equal(n, 2);
	cg_twins_free(twins);
}

/* One kill, in a process of one thread: what the kernel's record calls it is what the filter said. */
static int note_kill(void *context, const struct cg_violation *violation)
{
	assert_int_equal(violation->action, CG_ACTION_KILL_THREAD);
	assert_int_equal(violation->seen_by, CG_SEEN_BY_EBPF | CG_SEEN_BY_AUDIT);
	*(int *)context += 1;
	return 0;
}

static void test_kills(void **state)
{
	int n = 0;
	struct cg_twins *twins = cg_twins_new(note_kill, &n);

	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_KILL_PROCESS, 1, true, 1);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_KILL_THREAD, 1, true, 2);
	assert_int_equal(n, 1);
	add(twins, CG_SEEN_BY_AUDIT, 2, CG_ACTION_KILL_THREAD, 1, true, 3);
	add(twins, CG_SEEN_BY_EBPF, 2, CG_ACTION_KILL_PROCESS, 1, true, 4);
	assert_int_equal(n, 2);
	assert_int_equal(cg_twins_waiting(twins), 0);
	cg_twins_free(twins);
}

/* The kernel's log lags behind in a flood: what was told meanwhile is not told again, and nothing else is kept back. */
static void test_late(void **state)
{
	struct cg_text text = { 0 };
	struct cg_twins *twins = cg_twins_new(note, &text);

	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 5, false, 100);
	cg_twins_expire(twins, 100 + CG_STREAM_TWIN_MS);
	told(&text, "1x5@1 ");
	for (int i = 0; i < 4; i++)
		add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 1000);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_TRAP, 1, true, 1000);
	/* One that still waits comes before one that was told. */
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 1, false, 1000);
	told(&text, "");
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 1001);
	told(&text, "1x1@3 ");
	assert_int_equal(cg_twins_joined(twins), 5);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 2, true, 1002);
	cg_twins_expire(twins, UINT64_MAX);
	told(&text, "1x1@2 1x1@2 ");
	/* Long after it is another. */
	add(twins, CG_SEEN_BY_EBPF, 1, CG_ACTION_ERRNO, 1, false, 2000);
	cg_twins_expire(twins, 2000 + CG_STREAM_TWIN_MS);
	cg_twins_expire(twins, 2000 + CG_STREAM_TWIN_MS + CG_STREAM_LATE_TWIN_MS);
	add(twins, CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1, true, 20000);
	cg_twins_expire(twins, UINT64_MAX);
	told(&text, "1x1@1 1x1@2 ");
	cg_twins_free(twins);
	cg_text_done(&text);
}

struct flood {
	uint64_t n;
	uint64_t n_told;
};

static int count(void *context, const struct cg_violation *violation)
{
	struct flood *flood = context;

	flood->n += violation->n;
	flood->n_told++;
	return 0;
}

/* More than may wait: of those that differ the oldest go, those that are alike wait as one; nothing is lost. */
static void test_flood(void **state)
{
	struct flood flood = { 0 };
	struct cg_twins *twins = cg_twins_new(count, &flood);

	for (int i = 0; i < CG_STREAM_HELD_LIMIT + 1000; i++)
		assert_int_equal(add(twins, CG_SEEN_BY_AUDIT, i + 1, CG_ACTION_ERRNO, 1, true, 1), 0);
	assert_int_equal(cg_twins_waiting(twins), CG_STREAM_HELD_LIMIT);
	assert_int_equal(flood.n, 1000);
	cg_twins_expire(twins, UINT64_MAX);
	assert_int_equal(flood.n, CG_STREAM_HELD_LIMIT + 1000);
	flood = (struct flood){ 0 };
	for (int i = 0; i < 200000; i++)
		add(twins, CG_SEEN_BY_AUDIT, 5, CG_ACTION_ERRNO, 1, true, 1);
	assert_in_range(cg_twins_waiting(twins), 1, 2000);
	cg_twins_expire(twins, UINT64_MAX);
	assert_int_equal(flood.n, 200000);
	/* Long strings: by bytes. */
	for (int i = 0; i < 10000; i++) {
		struct cg_violation violation = seen(CG_SEEN_BY_AUDIT, i + 1, CG_ACTION_ERRNO, 1);
		static char path[4096];

		memset(path, 'x', sizeof(path) - 1);
		violation.exe = path;
		cg_twins_add(twins, &violation, true, 1);
	}
	assert_in_range(cg_twins_waiting(twins), 1000, CG_STREAM_HELD_BYTES / 4096 + 1);
	cg_twins_free(twins);
}

static int sum_kinds(void *context, const struct cg_violation *violation, uint64_t total, bool is_others)
{
	cg_text_addf(context, "%s+%" PRIu64 "=%" PRIu64 " ", is_others ? "others" : violation->exe, violation->n, total);
	return 0;
}

static void test_kinds(void **state)
{
	struct cg_kinds *kinds = cg_kinds_new();
	struct cg_violation violation = seen(CG_SEEN_BY_AUDIT, 1, CG_ACTION_ERRNO, 1);
	struct cg_text text = { 0 };
	bool is_first;
	char name[32];

	violation.exe = "/a";
	cg_kinds_add(kinds, &violation, &is_first);
	assert_true(is_first);
	violation.pid = 9;
	violation.n = 4;
	cg_kinds_add(kinds, &violation, &is_first);
	assert_false(is_first);
	cg_kinds_repeated(kinds, sum_kinds, &text);
	told(&text, "/a+4=5 ");
	cg_kinds_repeated(kinds, sum_kinds, &text);
	told(&text, "");
	violation.n = 1;
	violation.exe = name;
	for (int i = 0; i < CG_STREAM_KINDS_LIMIT + 3; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		assert_int_equal(cg_kinds_add(kinds, &violation, &is_first), 0);
		assert_int_equal(is_first, i < CG_STREAM_KINDS_LIMIT);
	}
	assert_int_equal(cg_kinds_count(kinds), CG_STREAM_KINDS_LIMIT);
	cg_kinds_repeated(kinds, sum_kinds, &text);
	told(&text, "others+3=4 ");
	cg_kinds_free(kinds);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twins), cmocka_unit_test(test_sums),  cmocka_unit_test(test_joined),
		cmocka_unit_test(test_kills), cmocka_unit_test(test_late),
		cmocka_unit_test(test_flood), cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
