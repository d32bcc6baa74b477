/*
 * What goes to the keeper: in order, again until it is kept, joined where it is the same, and bounded.
 */
#include "monitor/frames.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "base/json_read.h"
#include "monitor/frame.h"
#include "monitor/keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_violation sample(int pid, uint32_t nr)
{
	return (struct cg_violation){
		.n = 1, .time_ns = 5, .pid = pid, .exe = "/usr/bin/t", .uid = 0, .action = CG_ACTION_LOG,
		.call = { .arch = cg_arch_find("x86_64")->token, .nr = nr },
	};
}

static void tell(struct cg_frames *frames, int pid, uint32_t nr)
{
	struct cg_stream_sink sink = cg_frames_sink(frames);
	struct cg_violation violation = sample(pid, nr);

	assert_int_equal(sink.violation(sink.context, &violation, true), 0);
}

/* The oldest that is not sent, as JSON; it is sent now. */
static struct cg_json *send_next(struct cg_frames *frames, struct cg_arena *arena)
{
	const struct cg_frame *frame = cg_frames_next(frames);
	struct cg_json *root = NULL;

	assert_non_null(frame);
	assert_in_range(frame->length, 1, CG_FRAME_LIMIT);
	assert_int_equal(cg_json_read(arena, "frame", frame->bytes, frame->length, 0, &root, NULL), 0);
	cg_frames_sent(frames);
	return root;
}

static void test_joined_sent_kept(void **state)
{
	struct cg_frames *frames = cg_frames_new();
	struct cg_stream_sink sink = cg_frames_sink(frames);
	struct cg_arena arena = { 0 };
	struct cg_json *root;

	for (int i = 0; i < 1000; i++)
		tell(frames, 7, 165);
	tell(frames, 8, 165);
	assert_null(cg_frames_next(frames));
	assert_int_equal(cg_frames_close(frames, true), 0);
	assert_int_equal(sink.beat(sink.context, 1, "h", "audit"), 0);
	assert_int_equal(sink.loss(sink.context, &(struct cg_stream_loss){ 1, "audit", "enobufs", 0 }), 0);

	root = send_next(frames, &arena);
	assert_int_equal(cg_json_get(root, "sequence")->number, 1);
	assert_int_equal(cg_json_get(root, "violations")->n_children, 2);
	assert_int_equal(cg_json_get(cg_json_get(root, "violations")->first, "n")->number, 1000);
	assert_string_equal(cg_json_get(cg_json_get(send_next(frames, &arena), "beat"), "sources")->text, "audit");

	/* The keeper died: all that it had not kept comes again, in order, then the rest. */
	cg_frames_rewind(frames);
	assert_int_equal(cg_json_get(send_next(frames, &arena), "sequence")->number, 1);
	cg_frames_kept(frames, 3, 0); /* no more than was sent is believed */
	assert_int_equal(cg_frames_totals(frames)->n_kept, 1001);
	assert_int_equal(cg_json_get(send_next(frames, &arena), "sequence")->number, 2);
	assert_string_equal(cg_json_get(cg_json_get(send_next(frames, &arena), "loss"), "reason")->text, "enobufs");
	assert_null(cg_frames_next(frames));
	assert_true(cg_frames_are_left(frames));
	cg_frames_kept(frames, 3, 1); /* a full disk */
	assert_false(cg_frames_are_left(frames));
	assert_int_equal(cg_frames_totals(frames)->n_kept, 1000);
	assert_int_equal(cg_frames_totals(frames)->n_lost, 1);
	cg_frames_kept(frames, UINT64_MAX, UINT64_MAX); /* nonsense */
	assert_int_equal(cg_frames_totals(frames)->n_lost, 1001);
	cg_arena_done(&arena);
	cg_frames_free(frames);
}

/* No keeper for long: memory is bounded, and what does not fit is counted and told when there is room again. */
static void test_bounded(void **state)
{
	struct cg_frames *frames = cg_frames_new();
	struct cg_arena arena = { 0 };
	uint64_t n_told = 0, n_held = 0, n_bytes = 0, n_lost = 0;
	struct cg_json *root, *loss;

	while (cg_frames_totals(frames)->n_lost < 5000 && n_told < 1000000)
		tell(frames, (int)++n_told, 165);
	assert_int_equal(cg_frames_close(frames, true), 0);
	assert_int_equal(cg_frames_totals(frames)->n_given, n_told);
	while (cg_frames_next(frames)) {
		n_bytes += cg_frames_next(frames)->length;
		root = send_next(frames, &arena);
		n_held += cg_json_get(root, "violations")->n_children;
		cg_frames_kept(frames, cg_json_get(root, "sequence")->number, 0);
		cg_arena_done(&arena);
	}
	assert_in_range(n_bytes, CG_KEEPER_HELD_BYTES / 2, CG_KEEPER_HELD_BYTES);
	assert_int_equal(n_held + cg_frames_totals(frames)->n_lost, n_told);
	assert_int_equal(cg_frames_close(frames, false), 0);
	loss = cg_json_get(send_next(frames, &arena), "loss");
	assert_string_equal(cg_json_get(loss, "reason")->text, "overrun");
	n_lost = cg_json_get(loss, "n")->number;
	assert_int_equal(n_lost, cg_frames_totals(frames)->n_lost);
	cg_arena_done(&arena);
	cg_frames_free(frames);
}

/* The longest strings: each frame stays within what is received at once. */
static void test_long(void **state)
{
	struct cg_frames *frames = cg_frames_new();
	struct cg_stream_sink sink = cg_frames_sink(frames);
	struct cg_violation violation = sample(1, 165);
	struct cg_arena arena = { 0 };
	char *name = malloc(20001);
	size_t n = 0;

	memset(name, 1, 20000);
	name[20000] = '\0';
	violation.exe = violation.cgroup = violation.container = violation.image = violation.unit = name;
	for (int i = 0; i < 100; i++) {
		violation.pid = i;
		assert_int_equal(sink.violation(sink.context, &violation, true), 0);
	}
	assert_int_equal(cg_frames_close(frames, true), 0);
	while (cg_frames_next(frames))
		n += cg_json_get(send_next(frames, &arena), "violations")->n_children;
	assert_int_equal(n, 100);
	free(name);
	cg_arena_done(&arena);
	cg_frames_free(frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined_sent_kept), cmocka_unit_test(test_bounded), cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
