/*
 * Running out of memory, at every allocation between a source and a sink: -ENOMEM, or all is told or said to be lost.
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"
#include "monitor/place.h"
#include "monitor/stream.h"
#include "monitor/twins.h"

#include "abi/action.h"
#include "abi/arch.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define N_LINES 6
#define DOCKER "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char path[] = "/tmp/callgate-monitor-XXXXXX";

struct heard {
	uint64_t n;
	uint64_t n_repeated;
	bool has_loss;
};

static int hear(void *context, const struct cg_violation *violation, bool is_first)
{
	struct heard *heard = context;

	heard->n += violation->n;
	return 0;
}

static int hear_again(void *context, const struct cg_violation *violation, uint64_t total, bool is_others)
{
	struct heard *heard = context;

	heard->n_repeated += violation->n;
	return 0;
}

static int hear_loss(void *context, const struct cg_stream_loss *loss)
{
	struct heard *heard = context;

	heard->has_loss = true;
	return 0;
}

/* Of us, now: so that our place is looked for; then twice each. */
static void write_log(void)
{
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(file);
	for (int i = 0; i < N_LINES; i++)
		fprintf(file, "type=SECCOMP msg=audit(%lld.000:%d): uid=0 pid=%d comm=\"t\" %s arch=c000003e syscall=%d ip=0x1 "
			"code=0x50000\n", (long long)time(NULL), i, (int)getpid(), i % 2 ? "" : "exe=\"/t\"", 41 + i / 2);
	fclose(file);
}

static int watch(struct cg_stream *stream)
{
	struct cg_err err = { 0 };
	int r = 0;

	for (int i = 0; r == 0 && i < 100; i++)
		r = cg_stream_step(stream, 10, &err);
	return r == CG_VIOLATIONS_OVER ? cg_stream_finish(stream, &err) : r;
}

static int work(void *context)
{
	struct heard heard = { 0 };
	const struct cg_stream_sink sink = { .violation = hear, .repeated = hear_again, .loss = hear_loss, .context = &heard };
	const struct cg_stream_options options = { .path = path, .sinks = &sink, .n_sinks = 1 };
	struct cg_stream *stream = NULL;
	struct cg_err err = { 0 };
	int r = cg_stream_open(&options, &stream, &err);

	if (r < 0) {
		assert_null(stream);
		return r;
	}
	r = watch(stream);
	if (r == 0 && !heard.has_loss)
		assert_int_equal(heard.n, N_LINES);
	cg_stream_free(stream);
	return r;
}

static void test_stream(void **state)
{
	write_log();
	assert_true(fail_each(work, NULL) > 10);
	unlink(path);
}

/* What cannot be found for want of memory stays unknown; what is given is never wrong. */
static int place(void *context)
{
	struct cg_violation violation = { .pid = getpid(), .cgroup = DOCKER };
	struct cg_placer *placer = cg_placer_new();

	if (!placer)
		return -ENOMEM;
	cg_placer_look(placer);
	for (int i = 0; i < 2; i++) {
		cg_placer_fill(placer, &violation);
		assert_string_equal(violation.cgroup, DOCKER);
		assert_true(!violation.container_id || strncmp(violation.container_id, "0123456789", 10) == 0);
		violation = (struct cg_violation){ .pid = getpid() };
		cg_placer_fill(placer, &violation);
		violation = (struct cg_violation){ .pid = getpid(), .cgroup = DOCKER };
	}
	cg_placer_free(placer);
	return 0;
}

static void test_place(void **state)
{
	assert_true(fail_each(place, NULL) > 3);
}

static int count(void *context, const struct cg_violation *violation)
{
	*(uint64_t *)context += violation->n;
	return 0;
}

/* What cannot be held is told at once: none is lost. */
static int pair(void *context)
{
	struct cg_violation violation = { .n = 2, .pid = 1, .call.arch = cg_arch_find("x86_64")->token,
					  .action = CG_ACTION_LOG, .seen_by = CG_SEEN_BY_EBPF };
	uint64_t n = 0;
	struct cg_twins *twins = cg_twins_new(count, &n);

	if (!twins)
		return -ENOMEM;
	assert_int_equal(cg_twins_add(twins, &violation, false, 1), 0);
	violation.pid = 2;
	assert_int_equal(cg_twins_add(twins, &violation, true, 1), 0);
	assert_int_equal(cg_twins_expire(twins, UINT64_MAX), 0);
	assert_int_equal(n, 4);
	cg_twins_free(twins);
	return 0;
}

static void test_twins(void **state)
{
	assert_true(fail_each(pair, NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
