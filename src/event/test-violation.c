/*
 * Violations: through JSON and back without loss; one line with a limit, whatever is in it; what makes two the same.
 */
#include "abi/action.h"
#include "abi/arch.h"
#include "base/cleanup.h"
#include "base/test-memory.h"
#include "event/violation.h"

#include <stdio.h>

static struct cg_violation example(void)
{
	return (struct cg_violation){
		.time_ns = 1795315661438000007,
		.n = 3,
		.host = "builder",
		.engine = "podman",
		.container_id = "c0ffee",
		.container = "web",
		.image = "localhost/web:1",
		.unit = "web.service",
		.cgroup = "/machine.slice/libpod-c0ffee.scope",
		.pid = 4711,
		.tid = 4712,
		.ns_pid = 7,
		.comm = "my prog",
		.exe = "/usr/bin/\"odd\"",
		.uid = 1000,
		.call = { .arch = cg_arch_find("x86_64")->token, .nr = 41, .ip = 0x7fffffffffffffff,
			  .args = { 2, 1, 0, 0xffffffffffffffff, 0, 0 } },
		.has_args = true,
		.action = cg_action_errno(1),
		.has_data = true,
		.signal = 31,
		.profile = "workspace.json",
		.seen_by = CG_SEEN_BY_EBPF | CG_SEEN_BY_KMSG,
	};
}

static char *written(const struct cg_violation *violation)
{
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text, .is_compact = true };

	assert_int_equal(cg_violation_write(violation, &writer), 0);
	return cg_text_steal(&text);
}

static int read_back(const char *json, struct cg_arena *arena, struct cg_violation *violation, struct cg_err *err)
{
	struct cg_json *root;

	assert_int_equal(cg_json_read(arena, "line", json, strlen(json), 0, &root, err), 0);
	return cg_violation_read(root, arena, violation, err);
}

static void test_round_trip(void **state)
{
	struct cg_violation before = example(), after;
	struct cg_arena arena = { 0 };
	CG_FREE char *first = written(&before), *second = NULL;

	assert_null(strchr(first, '\n'));
	assert_non_null(strstr(first, "\"time\":\"2026-11-22T02:47:41.438Z\""));
	assert_non_null(strstr(first, "\"call\":\"socket(AF_INET, SOCK_STREAM, 0)\""));
	assert_non_null(strstr(first, "\"action\":\"ERRNO(EPERM)\""));
	assert_non_null(strstr(first, "\"seen_by\":[\"ebpf\",\"kmsg\"]"));
	assert_int_equal(read_back(first, &arena, &after, NULL), 0);
	assert_int_equal(after.time_ns, before.time_ns);
	assert_int_equal(after.n, 3);
	assert_int_equal(after.uid, 1000);
	assert_int_equal(after.tid, 4712);
	assert_true(memcmp(&after.call, &before.call, sizeof(after.call)) == 0);
	assert_int_equal(after.action, before.action);
	assert_true(after.has_data && after.has_args);
	assert_string_equal(after.exe, before.exe);
	second = written(&after);
	assert_string_equal(first, second);
	cg_arena_done(&arena);
}

/* What nobody told stays untold, both ways: an ERRNO of the audit log is of no number, and is not EPERM. */
static void test_unknown(void **state)
{
	struct cg_violation before = { .n = 1, .uid = CG_ID_UNKNOWN, .action = CG_ACTION_ERRNO,
				       .call = { .arch = 0xc0ffee, .nr = 77 } }, after;
	struct cg_arena arena = { 0 };
	CG_FREE char *first = written(&before), *second = NULL;

	assert_string_equal(first, "{\"n\":1,\"arch\":\"0xc0ffee\",\"nr\":77,\"syscall\":\"0xc0ffee:77\",\"action\":"
				   "\"ERRNO\",\"seen_by\":[]}");
	assert_int_equal(read_back(first, &arena, &after, NULL), 0);
	assert_false(after.has_data || after.has_args);
	assert_int_equal(after.action, CG_ACTION_ERRNO);
	assert_int_equal(after.uid, CG_ID_UNKNOWN);
	assert_null(after.exe);
	second = written(&after);
	assert_string_equal(first, second);
	cg_arena_done(&arena);
}

static void fill(char *room, size_t size, const char *unit)
{
	size_t n = strlen(unit);

	for (size_t i = 0; i < size; i++)
		room[i] = unit[i % n];
	room[size - size % n] = '\0';
}

/* Every string far too long, of the bytes that JSON writes longest, and of characters that must not be cut in two. */
static void test_line_limit(void **state)
{
	static const char *const units[] = { "\x01", "x", "\"", "\xff", "\xe2\x82\xac", "\x7f" };
	static char huge[40001];

	for (size_t i = 0; i < CG_N_ITEMS(units); i++) {
		struct cg_violation violation = example(), after;
		struct cg_arena arena = { 0 };
		CG_FREE char *json = NULL;

		fill(huge, sizeof(huge) - 1, units[i]);
		violation.host = violation.engine = violation.container_id = violation.container = huge;
		violation.image = violation.unit = violation.cgroup = violation.comm = violation.exe = huge;
		violation.profile = huge;
		violation.time_ns = violation.n = UINT64_MAX;
		memset(violation.call.args, 0xff, sizeof(violation.call.args));
		json = written(&violation);
		assert_in_range(strlen(json), 8000, CG_VIOLATION_LINE_LIMIT);
		assert_int_equal(read_back(json, &arena, &after, NULL), 0);
		assert_string_equal(after.exe + strlen(after.exe) - 3, "\xe2\x80\xa6");
		if (units[i][0] != '\xff') /* which JSON cannot hold */
			assert_memory_equal(after.exe, huge, strlen(after.exe) - 3);
		cg_arena_done(&arena);
	}
}

/* A path of the greatest length is whole. */
static void test_path_whole(void **state)
{
	struct cg_violation violation = example(), after;
	struct cg_arena arena = { 0 };
	CG_FREE char *json = NULL;
	char path[4097];

	fill(path, sizeof(path) - 1, "/");
	violation.exe = path;
	json = written(&violation);
	assert_int_equal(read_back(json, &arena, &after, NULL), 0);
	assert_string_equal(after.exe, path);
	cg_arena_done(&arena);
}

static void test_bad_input(void **state)
{
	static const struct {
		const char *json;
		const char *message;
	} cases[] = {
		{ "[]", "a violation is an object, not an array" },
		{ "{}", "a violation needs \"arch\"" },
		{ "{\"arch\":\"x86_64\"}", "a violation needs \"nr\", the call's number" },
		{ "{\"arch\":\"x86_64\",\"nr\":1}", "a violation needs \"action\"" },
		{ "{\"arch\":\"vax\",\"nr\":1,\"action\":\"LOG\"}", "unknown architecture \"vax\"" },
		{ "{\"arch\":\"x86_64\",\"nr\":4294967296,\"action\":\"LOG\"}", "\"nr\" is too large" },
		{ "{\"arch\":\"x86_64\",\"nr\":-1,\"action\":\"LOG\"}", "\"nr\" must be a whole number, not a number" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"DENY\"}", "unknown action \"DENY\"" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"ERRNO(\"}", "unknown action \"ERRNO(\"" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"LOG\",\"exe\":7}", "\"exe\" must be a string, not a number" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"LOG\",\"args\":[\"0\"]}", "\"args\" must be an array of six" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"LOG\",\"ip\":5}",
		  "a number in a string, as \"0x7f\", should stand here" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"LOG\",\"pid\":2147483648}", "\"pid\" is too large" },
		{ "{\"arch\":\"x86_64\",\"nr\":1,\"action\":\"LOG\",\"seen_by\":[1]}", "\"seen_by\" holds names of sources" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(cases); i++) {
		struct cg_violation violation = { .pid = 12345 };
		struct cg_arena arena = { 0 };
		struct cg_err err = { 0 };

		assert_int_equal(read_back(cases[i].json, &arena, &violation, &err), -EINVAL);
		assert_string_equal(err.message, cases[i].message);
		assert_int_equal(strncmp(err.place, "violation:1:", 12), 0);
		assert_int_equal(violation.pid, 12345);
		cg_arena_done(&arena);
	}
}

static char *key_of(const struct cg_violation *violation)
{
	struct cg_text text = { 0 };

	assert_int_equal(cg_violation_key(violation, &text), 0);
	return cg_text_steal(&text);
}

static void expect_same(const struct cg_violation *a, const struct cg_violation *b, bool is_same)
{
	CG_FREE char *one = key_of(a), *other = key_of(b);

	assert_true((strcmp(one, other) == 0) == is_same);
}

static void test_key(void **state)
{
	struct cg_violation one = example(), other = example();
	CG_FREE char *key = key_of(&one);

	assert_string_equal(key, "workspace.json\x1fweb\x1f/usr/bin/\"odd\"\x1fx86_64\x1fsocket\x1f" "ERRNO(EPERM)\x1f"
				 "domain=AF_INET, type=SOCK_STREAM");
	other.pid = 1;
	other.time_ns = 5;
	other.uid = 0;
	other.comm = "other";
	other.call.ip = 9;
	other.seen_by = CG_SEEN_BY_AUDIT;
	expect_same(&one, &other, true);
	other.call.args[0] = 10;
	expect_same(&one, &other, false);
	other = example();
	other.container = "db";
	expect_same(&one, &other, false);
	other = example();
	other.has_data = false;
	expect_same(&one, &other, false);
	other = example();
	other.exe = "/usr/bin/\"odd\"\x1fx86_64"; /* a path that would be two fields */
	other.call.arch = 0;
	expect_same(&one, &other, false);
}

static void test_class(void **state)
{
	struct cg_violation violation = example();
	struct cg_text text = { 0 };

	violation.call.nr = 0; /* read(fd, buf, count) */
	assert_int_equal(cg_violation_class(&violation, &text), 0);
	assert_string_equal(cg_text_get(&text), "");
	violation.call.nr = 16; /* ioctl */
	violation.call.args[1] = 0x5412;
	assert_int_equal(cg_violation_class(&violation, &text), 0);
	assert_string_equal(cg_text_get(&text), "cmd=TIOCSTI");
	cg_text_clear(&text);
	violation.has_args = false;
	assert_int_equal(cg_violation_class(&violation, &text), 0);
	assert_string_equal(cg_text_get(&text), "");
	cg_text_done(&text);
}

static int there_and_back(void *context)
{
	const struct cg_violation before = example();
	struct cg_violation after = { .pid = 77 };
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text, .is_compact = true };
	struct cg_arena arena = { 0 };
	struct cg_json *root;
	int r = cg_violation_write(&before, &writer);

	if (r == 0)
		r = cg_json_read(&arena, "line", cg_text_get(&text), text.length, 0, &root, NULL);
	if (r == 0) {
		r = cg_violation_read(root, &arena, &after, NULL);
		assert_int_equal(after.pid, r < 0 ? 77 : 4711);
	}
	cg_text_clear(&text);
	if (r == 0)
		r = cg_violation_key(&before, &text);
	cg_text_done(&text);
	cg_arena_done(&arena);
	return r;
}

static void test_memory(void **state)
{
	assert_in_range(fail_each(there_and_back, NULL), 10, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_unknown),   cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_path_whole), cmocka_unit_test(test_bad_input), cmocka_unit_test(test_key),
		cmocka_unit_test(test_class),      cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
