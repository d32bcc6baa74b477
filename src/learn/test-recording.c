/*
 * Tests of recordings: what is counted and kept, that merging knows no order, that JSON comes back as it went, and that
 * bad JSON is refused in place.
 */
#include "learn/recording.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "learn/import.h"
#include "learn/recorded_call.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "1123456789abcdef0123456789abcdef"
#define ID_C "2123456789abcdef0123456789abcdef"

static struct cg_event event_of(const char *arch, const char *name)
{
	struct cg_event event = {
		.call.arch = cg_arch_find(arch)->token,
		.has_args = true,
		.outcome = CG_OUTCOME_RETURNED,
		.n_calls = 1,
	};

	assert_true(cg_syscall_number(cg_arch_find(arch), name, &event.call.nr));
	return event;
}

static struct cg_recording *new_recording(const char *id, struct cg_run **ret_run)
{
	struct cg_recording *recording = cg_recording_new();

	assert_non_null(recording);
	assert_int_equal(cg_recording_add_run(recording, id, ret_run), 0);
	return recording;
}

static void add(struct cg_recording *recording, struct cg_run *run, const struct cg_event *event)
{
	assert_int_equal(cg_run_add(recording, run, event), 0);
}

static char *write_recording(const struct cg_recording *recording)
{
	struct cg_text text = { 0 };

	assert_int_equal(cg_recording_write(recording, &text), 0);
	return cg_text_steal(&text);
}

static struct cg_recording *read_recording(const char *json)
{
	struct cg_recording *recording = NULL;
	struct cg_err err = { 0 };

	if (cg_recording_read("r.json", json, strlen(json), &recording, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	return recording;
}

static const struct cg_recorded_call *find(const struct cg_run *run, const char *arch, const char *name)
{
	struct cg_event event = event_of(arch, name);

	for (size_t i = 0; i < run->calls.n_items; i++)
		if (run->calls.items[i].nr == event.call.nr && run->calls.items[i].arch_token == event.call.arch)
			return &run->calls.items[i];
	return NULL;
}

static void test_counting(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "read");
	const struct cg_recorded_call *call;

	add(recording, run, &event);
	event.result = -4;
	event.n_calls = 2;
	add(recording, run, &event);
	event.result = -CG_ERRNO_UNKNOWN;
	event.n_calls = 1;
	add(recording, run, &event);
	event.outcome = CG_OUTCOME_RESTARTED;
	add(recording, run, &event);
	event.outcome = CG_OUTCOME_BEGAN;
	add(recording, run, &event);
	event.outcome = CG_OUTCOME_ENDED;
	add(recording, run, &event);
	event.outcome = CG_OUTCOME_DENIED;
	add(recording, run, &event);
	event.n_calls = 0;
	add(recording, run, &event);

	call = find(run, "x86_64", "read");
	assert_int_equal(call->count, 5);
	assert_int_equal(call->n_restarts, 1);
	assert_int_equal(call->n_unfinished, 1);
	assert_int_equal(call->n_denied, 1);
	assert_int_equal(call->errors.n_items, 2);
	assert_int_equal(call->errors.items[0].number, 4);
	assert_int_equal(call->errors.items[0].count, 2);
	assert_int_equal(call->errors.items[1].number, CG_ERRNO_UNKNOWN);
	cg_recording_free(recording);
}

/* A number means another call on another arch, and x32's are told from x86_64's. */
static void test_arches_apart(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "getpid"), unknown = { .n_calls = 3 };

	add(recording, run, &event);
	event = event_of("x86", "getpid");
	add(recording, run, &event);
	event = event_of("x32", "getpid");
	add(recording, run, &event);
	unknown.call.arch = 0x1234;
	unknown.call.nr = 77;
	add(recording, run, &unknown);
	assert_int_equal(run->calls.n_items, 4);
	assert_ptr_equal(run->calls.items[2].arch, cg_arch_find("x32"));
	assert_null(run->calls.items[3].arch);

	cg_run_finish(run);
	for (size_t i = 1; i < run->calls.n_items; i++)
		assert_true(cg_recorded_call_compare(&run->calls.items[i - 1], &run->calls.items[i]) < 0);
	/* More may come after that. */
	add(recording, run, &unknown);
	assert_int_equal(run->calls.n_items, 4);
	assert_int_equal(run->calls.items[0].count, 6);
	cg_recording_free(recording);
}

static void test_values(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "socket"), open = event_of("x86_64", "openat");
	const struct cg_recorded_call *call;

	/* Downwards, so that each pushes a larger one out. */
	for (uint64_t i = 100; i > 0; i--) {
		event.call.args[0] = 0xffffffff00000000U | i;
		event.call.args[1] = 1;
		add(recording, run, &event);
	}
	call = find(run, "x86_64", "socket");
	assert_int_equal(call->args[0]->n_values, CG_VALUES_LIMIT);
	assert_true(call->args[0]->has_overflow);
	for (unsigned int i = 0; i < CG_VALUES_LIMIT; i++)
		assert_int_equal(call->args[0]->values[i], i + 1);
	assert_int_equal(call->args[1]->n_values, 1);
	assert_false(call->args[1]->has_overflow);
	assert_null(call->args[3]);

	/* Of a directory only whether it is AT_FDCWD; of a path nothing. */
	open.call.args[0] = (uint64_t)-100;
	open.call.args[1] = 0x7fff12345678;
	add(recording, run, &open);
	call = find(run, "x86_64", "openat");
	assert_int_equal(call->args[0]->values[0], 0xffffff9c);
	assert_false(call->args[0]->has_overflow);
	assert_null(call->args[1]);
	open.call.args[0] = 5;
	add(recording, run, &open);
	call = find(run, "x86_64", "openat");
	assert_int_equal(call->args[0]->n_values, 1);
	assert_true(call->args[0]->has_overflow);
	cg_recording_free(recording);
}

/* Where some event did not tell an argument, its set must not look whole. */
static void test_unknown_values(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "socket"), dup = event_of("x86_64", "shutdown");

	event.call.args[0] = 1;
	add(recording, run, &event);
	event.unknown_args = 1 << 0;
	add(recording, run, &event);
	assert_true(find(run, "x86_64", "socket")->args[0]->has_overflow);
	assert_false(find(run, "x86_64", "socket")->args[1]->has_overflow);
	event.has_args = false;
	add(recording, run, &event);
	assert_true(find(run, "x86_64", "socket")->args[1]->has_overflow);

	dup.has_args = false;
	add(recording, run, &dup);
	assert_null(find(run, "x86_64", "shutdown")->args[1]);
	dup.has_args = true;
	add(recording, run, &dup);
	assert_true(find(run, "x86_64", "shutdown")->args[1]->has_overflow);
	cg_recording_free(recording);
}

/* A wide plain number may be an address, and addresses differ from run to run. */
static void test_addresses_are_not_kept(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "prctl");
	const struct cg_value_set *set;

	event.call.args[1] = 0x7fff12345678;
	add(recording, run, &event);
	event.call.args[1] = 9;
	add(recording, run, &event);
	set = find(run, "x86_64", "prctl")->args[1];
	if (set) {
		assert_int_equal(set->n_values, 1);
		assert_int_equal(set->values[0], 9);
		assert_true(set->has_overflow);
	}
	cg_recording_free(recording);
}

static void test_programs(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "getpid");
	const struct cg_recorded_call *call;
	char path[32];

	event.exe = path;
	for (int i = CG_PROGRAMS_LIMIT + 10; i > 0; i--) {
		snprintf(path, sizeof(path), "/p%03d", i);
		add(recording, run, &event);
	}
	snprintf(path, sizeof(path), "/p001");
	event.outcome = CG_OUTCOME_ENDED;
	add(recording, run, &event);
	call = find(run, "x86_64", "getpid");
	assert_int_equal(call->programs.n_items, CG_PROGRAMS_LIMIT);
	assert_true(call->has_program_overflow);
	assert_string_equal(call->programs.items[0].path, "/p001");
	assert_int_equal(call->programs.items[0].count, 1);
	assert_string_equal(call->programs.items[CG_PROGRAMS_LIMIT - 1].path, "/p064");
	cg_recording_free(recording);
}

static void test_limits_of_a_run(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run), *again;
	struct cg_event event = event_of("x86_64", "getpid");
	char remark[32], *json;

	for (uint32_t i = 0; i < CG_CALLS_LIMIT + 5; i++) {
		event.call.nr = i;
		add(recording, run, &event);
	}
	assert_int_equal(run->calls.n_items, CG_CALLS_LIMIT);
	assert_int_equal(run->n_unlisted, 5);
	for (int i = 0; i < CG_REMARKS_LIMIT + 5; i++) {
		snprintf(remark, sizeof(remark), "remark %d", i);
		assert_int_equal(cg_run_add_remark(recording, run, remark), 0);
		assert_int_equal(cg_run_add_remark(recording, run, remark), 0);
	}
	assert_int_equal(run->remarks.n_items, CG_REMARKS_LIMIT);

	json = write_recording(recording);
	again = read_recording(json);
	assert_int_equal(again->runs.items[0]->n_unlisted, 5);
	free(json);
	cg_recording_free(again);
	cg_recording_free(recording);
}

static void test_counts_stop(void **state)
{
	struct cg_run *run;
	struct cg_recording *recording = new_recording(ID_A, &run);
	struct cg_event event = event_of("x86_64", "getpid");

	event.n_calls = UINT64_MAX - 1;
	event.exe = "/a";
	add(recording, run, &event);
	add(recording, run, &event);
	assert_true(find(run, "x86_64", "getpid")->count == UINT64_MAX);
	assert_true(find(run, "x86_64", "getpid")->programs.items[0].count == UINT64_MAX);
	cg_recording_free(recording);
}

static void test_ids(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	struct cg_run *run = NULL;

	assert_int_equal(cg_recording_add_run(recording, "abc", &run), -EINVAL);
	assert_int_equal(cg_recording_add_run(recording, "0123456789ABCDEF0123456789abcdef", &run), -EINVAL);
	assert_null(run);
	assert_int_equal(cg_recording_add_run(recording, ID_B, &run), 0);
	assert_int_equal(cg_recording_add_run(recording, ID_A, &run), 0);
	assert_int_equal(cg_recording_add_run(recording, ID_C, &run), 0);
	assert_int_equal(cg_recording_add_run(recording, ID_B, &run), -EEXIST);
	assert_string_equal(recording->runs.items[0]->id, ID_A);
	assert_string_equal(recording->runs.items[2]->id, ID_C);
	cg_recording_free(recording);
}

/* A run with something in every part. */
static struct cg_recording *make_full(const char *id, unsigned int seed)
{
	static const char *const names[] = { "read", "openat", "socket", "futex", "prctl", "getpid" };
	static const char *const arches[] = { "x86_64", "x86", "x32" };
	static const char *const programs[] = { "/bin/a", "/bin/b\xff", "/bin/\"c\"\n", "/bin/\xc3\xa9" };
	struct cg_run *run;
	struct cg_recording *recording = new_recording(id, &run);

	for (unsigned int i = 0; i < 200; i++) {
		unsigned int x = (seed * 2654435761U + i) * 2246822519U >> 8;
		struct cg_event event = event_of(arches[x % 3], names[x / 3 % 6]);

		event.outcome = (enum cg_outcome)(x / 18 % 5);
		event.result = x & 1 ? -(int64_t)(x / 64 % 40) : 7;
		event.exe = programs[x / 90 % 4];
		event.unknown_args = (uint8_t)(x >> 12 & 1 ? 0 : x >> 13);
		for (int a = 0; a < 6; a++)
			event.call.args[a] = x >> a & 0x3f;
		add(recording, run, &event);
	}
	assert_int_equal(cg_run_set_text(recording, &run->backend, "ptrace"), 0);
	assert_int_equal(cg_run_set_text(recording, &run->started, "2024-01-31T12:34:56.789Z"), 0);
	assert_int_equal(cg_run_set_text(recording, &run->kernel, "6.1"), 0);
	assert_int_equal(cg_run_set_text(recording, &run->machine, "x86_64"), 0);
	assert_int_equal(cg_run_add_word(recording, run, "a b"), 0);
	assert_int_equal(cg_run_add_word(recording, run, "\x01\xfe"), 0);
	assert_int_equal(cg_run_add_remark(recording, run, "something"), 0);
	if (seed % 3) {
		struct cg_call_time time = { .n_calls = seed, .total_ns = 1000 * seed, .max_ns = 900 };
		struct cg_recorded_call timed = {
			.arch = cg_arch_find("x86_64"),
			.arch_token = cg_arch_find("x86_64")->token,
			.nr = 39,
			.count = seed,
			.time = &time,
		};

		time.buckets[9] = seed;
		assert_int_equal(cg_run_add_call(recording, run, &timed), 0);
		assert_int_equal(cg_run_add_file(recording, run, "/usr/bin/b", "00ff"), 0);
		assert_int_equal(cg_run_add_file(recording, run, "/usr/bin/a\xfe", ""), 0);
		assert_int_equal(cg_run_add_file(recording, run, "/usr/bin/b", "00ff"), 0);
		assert_int_equal(cg_run_add_packaged_file(
					 recording, run,
					 &(struct cg_recorded_file){ "/usr/bin/b", "00ff", "b", "1.2-3\xfe" }),
				 0);
		assert_int_equal(run->files.n_items, 3);
	}
	run->duration_ms = seed;
	run->exit_status = seed % 2 ? 9 : 3 << 8;
	run->is_partial = seed % 2;
	return recording;
}

/* The first by path stay, whatever comes first. */
static void test_files_are_bounded(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	struct cg_run *run;
	char path[32];

	assert_int_equal(cg_recording_add_run(recording, ID_A, &run), 0);
	for (int i = CG_FILES_LIMIT + 10; i >= 0; i--) {
		snprintf(path, sizeof(path), "/%05d", i);
		assert_int_equal(cg_run_add_file(recording, run, path, ""), 0);
	}
	assert_int_equal(run->files.n_items, CG_FILES_LIMIT);
	assert_string_equal(run->files.items[0].path, "/00000");
	snprintf(path, sizeof(path), "/%05d", CG_FILES_LIMIT - 1);
	assert_string_equal(run->files.items[CG_FILES_LIMIT - 1].path, path);
	cg_recording_free(recording);
}

/* More buckets than there are, counts that are none, files without a path: refused with their place. */
static void test_bad_time_and_files(void **state)
{
	static const char *const bad[] = {
		"\"files\": [{}]",
		"\"files\": {}",
		"\"files\": [1]",
		"\"calls\": [{\"arch\": \"x86_64\", \"nr\": 1, \"time\": []}]",
		"\"calls\": [{\"arch\": \"x86_64\", \"nr\": 1, \"time\": {\"log2_ns\": [-1]}}]",
		"\"calls\": [{\"arch\": \"x86_64\", \"nr\": 1, \"time\": {\"log2_ns\": "
		"[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1]}}]",
	};

	for (size_t i = 0; i < CG_N_ITEMS(bad); i++) {
		struct cg_recording *recording;
		struct cg_err err = { 0 };
		char json[512];

		snprintf(json, sizeof(json),
			 "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{\"id\": \"" ID_A "\", %s}]}", bad[i]);
		assert_int_equal(cg_recording_read("bad", json, strlen(json), &recording, &err), -EBADMSG);
		assert_non_null(strstr(err.place, "bad:1:"));
	}
}

static void test_json_comes_back(void **state)
{
	for (unsigned int seed = 0; seed < 20; seed++) {
		struct cg_recording *recording = make_full(ID_A, seed), *again;
		char *json = write_recording(recording), *json_again;

		again = read_recording(json);
		json_again = write_recording(again);
		assert_string_equal(json, json_again);
		assert_string_equal(again->runs.items[0]->command.items[1], "\x01\\xfe");
		assert_int_equal(again->runs.items[0]->exit_status, recording->runs.items[0]->exit_status);
		free(json);
		free(json_again);
		cg_recording_free(recording);
		cg_recording_free(again);
	}
}

static struct cg_recording *merge_in_order(struct cg_recording **parts, const size_t *order, size_t n_parts)
{
	struct cg_recording *merged = cg_recording_new();

	for (size_t i = 0; i < n_parts; i++)
		assert_int_equal(cg_recording_merge(merged, parts[order[i]], NULL), 0);
	return merged;
}

/* Five parts, two of them the same run and one an edited form of another, with members that we do not know. */
static void make_parts(struct cg_recording **parts)
{
	parts[0] = make_full(ID_A, 1);
	parts[1] = make_full(ID_B, 2);
	parts[2] = make_full(ID_A, 1);
	parts[3] = make_full(ID_B, 3);
	parts[4] = read_recording("{\"callgate\": \"recording\", \"version\": 1, \"z\": [1, 2], \"a\": {\"b\": null}, "
				  "\"runs\": [{\"id\": \"" ID_C "\", \"new\": [{}], \"calls\": [{\"arch\": \"x86\", "
				  "\"nr\": 1, \"count\": 1, \"stage\": \"start\"}]}]}");
	parts[5] = read_recording("{\"callgate\": \"recording\", \"version\": 1, \"z\": [1, 3], \"m\": 1e3}");
}

#define N_PARTS 6

static void test_merging_knows_no_order(void **state)
{
	struct cg_recording *parts[N_PARTS], *merged;
	size_t order[N_PARTS] = { 0, 1, 2, 3, 4, 5 };
	char *first, *json;

	make_parts(parts);
	merged = merge_in_order(parts, order, N_PARTS);
	assert_int_equal(merged->runs.n_items, 3);
	first = write_recording(merged);
	cg_recording_free(merged);
	for (unsigned int turn = 0; turn < 200; turn++) {
		for (size_t i = N_PARTS - 1; i > 0; i--) {
			size_t k = (turn * 7919 + i * 104729) % (i + 1), kept = order[i];

			order[i] = order[k];
			order[k] = kept;
		}
		merged = merge_in_order(parts, order, N_PARTS);
		json = write_recording(merged);
		assert_string_equal(json, first);
		free(json);
		/* Twice changes nothing. */
		assert_int_equal(cg_recording_merge(merged, parts[turn % N_PARTS], NULL), 0);
		json = write_recording(merged);
		assert_string_equal(json, first);
		free(json);
		cg_recording_free(merged);
	}
	free(first);
	for (size_t i = 0; i < N_PARTS; i++)
		cg_recording_free(parts[i]);
}

static void test_unknown_members_are_kept(void **state)
{
	static const char json[] =
		"{\"version\": 1, \"zz\": {\"deep\": [1.50, -0, 1e400, \"\\u0000\"]}, \"callgate\": "
		"\"recording\", \"aa\": true, \"aa\": false, \"runs\": [{\"stage\": [\"x\"], \"id\": "
		"\"" ID_A "\", \"calls\": [{\"nr\": 470000, \"arch\": \"x86_64\", \"name\": \"future\", "
		"\"extra\": 18446744073709551615}]}]}";
	struct cg_recording *recording = read_recording(json), *merged = cg_recording_new();
	char *written = write_recording(recording), *again;

	assert_non_null(strstr(written, "\"aa\": false"));
	assert_null(strstr(written, "true,"));
	assert_non_null(strstr(written, "1.50"));
	assert_non_null(strstr(written, "1e400"));
	assert_non_null(strstr(written, "\"stage\""));
	assert_non_null(strstr(written, "\"name\": \"future\""));
	assert_non_null(strstr(written, "18446744073709551615"));
	assert_int_equal(cg_recording_merge(merged, recording, NULL), 0);
	again = write_recording(merged);
	assert_string_equal(written, again);
	free(written);
	free(again);
	cg_recording_free(recording);
	cg_recording_free(merged);
}

#define RUN(members) "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{\"id\": \"" ID_A "\", " members "}]}"
#define CALL(members) RUN("\"calls\": [{\"arch\": \"x86_64\", \"nr\": 1, " members "}]")

static void test_bad_json_is_refused(void **state)
{
	static const struct {
		const char *json;
		int code;
		const char *message;
	} rows[] = {
		{ "", -EBADMSG, "" },
		{ "[]", -EBADMSG, "no recording" },
		{ "{}", -EBADMSG, "no recording" },
		{ "{\"callgate\": \"suite\"}", -EBADMSG, "no recording" },
		{ "{\"callgate\": \"recording\"}", -EBADMSG, "version" },
		{ "{\"callgate\": \"recording\", \"version\": \"1\"}", -EBADMSG, "version" },
		{ "{\"callgate\": \"recording\", \"version\": 0}", -EBADMSG, "version" },
		{ "{\"callgate\": \"recording\", \"version\": 1.5}", -EBADMSG, "version" },
		{ "{\"callgate\": \"recording\", \"version\": 2}", -EPROTONOSUPPORT, "newer" },
		{ "{\"callgate\": \"recording\", \"version\": 18446744073709551616}", -EBADMSG, "version" },
		{ "{\"callgate\": \"recording\", \"version\": 1, \"runs\": {}}", -EBADMSG, "an array" },
		{ "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [1]}", -EBADMSG, "an object" },
		{ "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{}]}", -EBADMSG, "\"id\"" },
		{ "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{\"id\": \"x\"}]}", -EBADMSG, "\"id\"" },
		{ RUN("\"calls\": [") "]}", -EBADMSG, "" },
		{ RUN("\"calls\": [3]"), -EBADMSG, "an object" },
		{ RUN("\"calls\": [{}]"), -EBADMSG, "\"arch\"" },
		{ RUN("\"calls\": [{\"arch\": \"vax\", \"nr\": 1}]"), -EBADMSG, "architecture" },
		{ RUN("\"calls\": [{\"arch\": \"0x1ffffffff\", \"nr\": 1}]"), -EBADMSG, "architecture" },
		{ RUN("\"calls\": [{\"arch\": \"x86\", \"nr\": 4294967296}]"), -EBADMSG, "whole number" },
		{ RUN("\"calls\": [{\"arch\": \"x86\", \"nr\": 1}, {\"arch\": \"x86\", \"nr\": 1}]"), -EBADMSG,
		  "twice" },
		{ RUN("\"command\": [1]"), -EBADMSG, "a string" },
		{ RUN("\"command\": [\"a\\u0000b\"]"), -EBADMSG, "zero" },
		{ RUN("\"exit\": 256"), -EBADMSG, "whole number" },
		{ RUN("\"signal\": 0"), -EBADMSG, "signal 0" },
		{ RUN("\"signal\": 9, \"exit\": 0"), -EBADMSG, "\"exit\" and \"signal\"" },
		{ RUN("\"partial\": 1"), -EBADMSG, "true or false" },
		{ CALL("\"count\": -1"), -EBADMSG, "whole number" },
		{ CALL("\"count\": 1.0"), -EBADMSG, "whole number" },
		{ CALL("\"errors\": {\"EWHAT\": 1}"), -EBADMSG, "errno" },
		{ CALL("\"errors\": {\"4096\": 1}"), -EBADMSG, "errno" },
		{ CALL("\"errors\": {\"EPERM\": \"1\"}"), -EBADMSG, "a count" },
		{ CALL("\"programs\": [1]"), -EBADMSG, "an object" },
		{ CALL("\"args\": [{\"index\": 6}]"), -EBADMSG, "whole number" },
		{ CALL("\"args\": [{\"values\": [1]}]"), -EBADMSG, "index" },
		{ CALL("\"args\": [{\"index\": 1}, {\"index\": 1}]"), -EBADMSG, "index" },
		{ CALL("\"args\": [{\"index\": 1, \"values\": [-1]}]"), -EBADMSG, "whole number" },
		{ CALL("\"x\": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"), -E2BIG, "nested" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_recording *recording = NULL;
		struct cg_err err = { 0 };
		int r = cg_recording_read("r.json", rows[i].json, strlen(rows[i].json), &recording, &err);

		if (r != rows[i].code || err.code != r || recording || strncmp(err.place, "r.json:1:", 9) != 0 ||
		    !strstr(err.message, rows[i].message))
			fail_msg("%s\n%d %s: %s", rows[i].json, r, err.place, err.message);
	}
}

/* Broken order and limits are mended, as if the events had come so. */
static void test_parts_are_put_in_order(void **state)
{
	struct cg_text text = { 0 };
	struct cg_recording *recording;
	const struct cg_recorded_call *call;

	cg_text_add(&text,
		    "{\"callgate\": \"recording\", \"version\": 1, \"runs\": [{\"id\": \"" ID_A "\", \"calls\": ["
		    "{\"arch\": \"x86_64\", \"nr\": 2}, {\"arch\": \"i386\", \"nr\": 9}, {\"arch\": "
		    "\"x86_64\", \"nr\": 1, \"errors\": {\"ENOENT\": 1, \"1\": 2, \"EPERM\": 3}, \"args\": "
		    "[{\"index\": 0, \"values\": [");
	for (int i = 50; i > 0; i--)
		cg_text_addf(&text, "%d, ", i);
	cg_text_add(&text, "1, 1], \"overflow\": false}]}]}]}");
	recording = read_recording(cg_text_get(&text));
	assert_int_equal(recording->runs.items[0]->calls.items[0].nr, 9);
	call = &recording->runs.items[0]->calls.items[1];
	assert_int_equal(call->nr, 1);
	assert_int_equal(call->errors.items[0].number, 1);
	assert_int_equal(call->errors.items[0].count, 5);
	assert_int_equal(call->args[0]->n_values, CG_VALUES_LIMIT);
	assert_int_equal(call->args[0]->values[0], 1);
	assert_true(call->args[0]->has_overflow);
	cg_recording_free(recording);
	cg_text_done(&text);
}

static void test_summary(void **state)
{
	struct cg_run *run;
	struct cg_recording *merged = cg_recording_new(), *a = new_recording(ID_A, &run), *b;
	struct cg_event event = event_of("x86_64", "socket");
	struct cg_summary summary;

	event.call.args[0] = 1;
	event.exe = "/a";
	add(a, run, &event);
	b = new_recording(ID_B, &run);
	event.call.args[0] = 2;
	event.result = -13;
	add(b, run, &event);
	event = event_of("x86", "getpid");
	add(b, run, &event);
	assert_int_equal(cg_recording_merge(merged, a, NULL), 0);
	assert_int_equal(cg_recording_merge(merged, b, NULL), 0);

	assert_int_equal(cg_recording_summarise(merged, &summary), 0);
	assert_int_equal(summary.calls.n_items, 2);
	assert_ptr_equal(summary.calls.items[0].call.arch, cg_arch_find("x86"));
	assert_int_equal(summary.calls.items[0].n_runs, 1);
	assert_int_equal(summary.calls.items[1].n_runs, 2);
	assert_int_equal(summary.calls.items[1].call.count, 2);
	assert_int_equal(summary.calls.items[1].call.args[0]->n_values, 2);
	assert_false(summary.calls.items[1].call.args[0]->has_overflow);
	assert_int_equal(summary.calls.items[1].call.errors.items[0].number, 13);
	assert_int_equal(summary.calls.items[1].call.programs.items[0].count, 2);
	cg_summary_done(&summary);

	/* A run that made the call without telling its arguments. */
	cg_recording_free(b);
	b = new_recording(ID_C, &run);
	event = event_of("x86_64", "socket");
	event.has_args = false;
	add(b, run, &event);
	assert_int_equal(cg_recording_merge(merged, b, NULL), 0);
	assert_int_equal(cg_recording_summarise(merged, &summary), 0);
	assert_true(summary.calls.items[1].call.args[0]->has_overflow);
	cg_summary_done(&summary);
	cg_recording_free(a);
	cg_recording_free(b);
	cg_recording_free(merged);
}

static void test_import(void **state)
{
	static const char log[] = "1 execve(\"/bin/x\", [\"x\"], 0x1) = 0\nrubbish\n1 getpid() = 1\n\x01\x02\n"
				  "1 exit_group(4) = ?\n1 +++ exited with 4 +++\n";
	struct cg_recording *recording, *again;
	struct cg_import_report report;
	struct cg_err err = { 0 };
	const struct cg_run *run;

	assert_int_equal(cg_import("l", log, strlen(log), NULL, cg_arch_native(), &recording, &report, &err), 0);
	assert_ptr_equal(report.format, &cg_log_strace);
	assert_int_equal(report.n_lines, 6);
	assert_int_equal(report.n_unreadable, 2);
	assert_int_equal(report.shown[0].line, 2);
	assert_string_equal(report.shown[0].text, "rubbish");
	assert_string_equal(report.shown[1].text, "??");
	run = recording->runs.items[0];
	assert_string_equal(run->backend, "import-strace");
	assert_string_equal(run->command.items[0], "/bin/x");
	assert_int_equal(run->exit_status, 4 << 8);
	assert_int_equal(run->calls.n_items, 3);
	assert_int_equal(cg_import("m", log, strlen(log), &cg_log_strace, cg_arch_native(), &again, &report, &err), 0);
	assert_string_equal(again->runs.items[0]->id, run->id);
	cg_recording_free(again);
	cg_recording_free(recording);

	recording = NULL;
	assert_int_equal(cg_import("e", "", 0, NULL, cg_arch_native(), &recording, &report, &err), -EBADMSG);
	assert_string_equal(err.place, "e");
	assert_int_equal(cg_import("e", "x\ny\n", 4, NULL, cg_arch_native(), &recording, &report, &err), -EBADMSG);
	assert_int_equal(cg_import("e", "x\ny\n", 4, &cg_log_strace, cg_arch_native(), &recording, &report, &err),
			 -EBADMSG);
	assert_null(recording);
}

/* A line without an end must not take a mebibyte of time each time it is looked at, nor be read half. */
static void test_import_limit_of_a_line(void **state)
{
	size_t length = CG_LOG_LINE_LIMIT + 20;
	char *log = malloc(length);
	struct cg_recording *recording;
	struct cg_import_report report;

	assert_non_null(log);
	memset(log, 'a', length);
	memcpy(log, "1 getpid() = 1\n", 15);
	assert_int_equal(cg_import("l", log, length, NULL, cg_arch_native(), &recording, &report, NULL), 0);
	assert_int_equal(report.n_lines, 2);
	assert_int_equal(report.n_unreadable, 1);
	assert_int_equal(strlen(report.shown[0].text), CG_IMPORT_SHOWN_LENGTH);
	cg_recording_free(recording);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_arches_apart),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_unknown_values),
		cmocka_unit_test(test_addresses_are_not_kept),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_limits_of_a_run),
		cmocka_unit_test(test_counts_stop),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_files_are_bounded),
		cmocka_unit_test(test_bad_time_and_files),
		cmocka_unit_test(test_json_comes_back),
		cmocka_unit_test(test_merging_knows_no_order),
		cmocka_unit_test(test_unknown_members_are_kept),
		cmocka_unit_test(test_bad_json_is_refused),
		cmocka_unit_test(test_parts_are_put_in_order),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_import_limit_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
