/*
 * Following a log: lines whole, across rotation, truncation and lines that are too long; where a process belongs.
 */
#include "os/follow.h"

#include "base/cleanup.h"
#include "os/container_facts.h"
#include "os/whereabouts.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/callgate-follow-XXXXXX";
static char path[128], old_path[128];

static int begin(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(old_path, sizeof(old_path), "%s/log.1", folder);
	return 0;
}

static int end(void **state)
{
	unlink(path);
	unlink(old_path);
	return rmdir(folder);
}

static void put(const char *name, const char *text, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static struct cg_follow *start(bool follows, bool is_new_only)
{
	const struct cg_follow_options options = { path, follows, is_new_only };
	struct cg_follow *follow = NULL;

	assert_int_equal(cg_follow_open(&options, &follow, NULL), 0);
	return follow;
}

static void next_is(struct cg_follow *follow, int answer, const char *wanted)
{
	const char *line = NULL;
	size_t length = 0;

	assert_int_equal(cg_follow_next(follow, &line, &length), answer);
	if (!wanted)
		return;
	assert_string_equal(line, wanted);
	assert_int_equal(length, strlen(wanted));
}

static void test_to_the_end(void **state)
{
	struct cg_follow *follow;

	put(path, "one\n\ntwo", O_TRUNC);
	follow = start(false, false);
	next_is(follow, CG_FOLLOW_LINE, "one");
	next_is(follow, CG_FOLLOW_LINE, "");
	next_is(follow, CG_FOLLOW_LINE, "two");
	next_is(follow, CG_FOLLOW_END, NULL);
	next_is(follow, CG_FOLLOW_END, NULL);
	cg_follow_free(follow);
}

static void test_on_and_on(void **state)
{
	struct cg_follow *follow;

	unlink(path);
	follow = start(true, false);
	next_is(follow, CG_FOLLOW_NOTHING, NULL);
	put(path, "one\nhal", O_TRUNC);
	next_is(follow, CG_FOLLOW_ROTATED, NULL);
	next_is(follow, CG_FOLLOW_LINE, "one");
	next_is(follow, CG_FOLLOW_NOTHING, NULL);
	put(path, "f\n", O_APPEND);
	next_is(follow, CG_FOLLOW_LINE, "half");
	/* Renamed, written to once more, and another one has its name. */
	assert_int_equal(rename(path, old_path), 0);
	put(old_path, "last\nrest", O_APPEND);
	next_is(follow, CG_FOLLOW_LINE, "last");
	next_is(follow, CG_FOLLOW_NOTHING, NULL);
	put(path, "new\n", O_TRUNC);
	next_is(follow, CG_FOLLOW_LINE, "rest");
	next_is(follow, CG_FOLLOW_ROTATED, NULL);
	next_is(follow, CG_FOLLOW_LINE, "new");
	put(path, "", O_TRUNC);
	next_is(follow, CG_FOLLOW_TRUNCATED, NULL);
	put(path, "again\n", O_APPEND);
	next_is(follow, CG_FOLLOW_LINE, "again");
	cg_follow_free(follow);
}

static void test_new_only(void **state)
{
	struct cg_follow *follow;

	put(path, "old\n", O_TRUNC);
	follow = start(true, true);
	next_is(follow, CG_FOLLOW_NOTHING, NULL);
	put(path, "new\n", O_APPEND);
	next_is(follow, CG_FOLLOW_LINE, "new");
	cg_follow_free(follow);
}

/* A line of the greatest length is whole; one byte more is not, wherever the reads happen to part it. */
static void test_limit(void **state)
{
	char *text = malloc(4 * CG_FOLLOW_LINE_LIMIT);
	struct cg_follow *follow;
	const char *line;
	size_t length;

	for (size_t more = 0; more < 3; more++) {
		size_t n = more == 2 ? 3 * CG_FOLLOW_LINE_LIMIT : CG_FOLLOW_LINE_LIMIT + more;

		memset(text, 'x', n);
		strcpy(text + n, "\nnext\n");
		put(path, text, O_TRUNC);
		follow = start(false, false);
		assert_int_equal(cg_follow_next(follow, &line, &length), more ? CG_FOLLOW_TOO_LONG : CG_FOLLOW_LINE);
		if (!more)
			assert_int_equal(length, CG_FOLLOW_LINE_LIMIT);
		next_is(follow, CG_FOLLOW_LINE, "next");
		next_is(follow, CG_FOLLOW_END, NULL);
		cg_follow_free(follow);
	}
	free(text);
}

static void test_errors(void **state)
{
	const struct cg_follow_options no_file = { "/no/such/file", false, false }, no_log = { "/tmp", true, false };
	struct cg_follow *follow = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_follow_open(&no_file, &follow, &err), -ENOENT);
	assert_string_equal(err.place, "/no/such/file");
	assert_int_equal(cg_follow_open(&no_log, &follow, &err), -EISDIR);
	assert_null(follow);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_cgroups(void **state)
{
	static const struct {
		const char *path, *engine, *unit;
		uint32_t uid;
	} cases[] = {
		{ "/system.slice/docker-" ID ".scope", "docker", NULL, 0 },
		{ "/docker/" ID "/inner/" ID, "docker", NULL, 0 },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman", NULL, 0 },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "podman",
		  "user@1000.service", 1000 },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", "cri-o", NULL, 0 },
		{ "/kubepods/pod1/" ID, "container", NULL, 0 },
		{ "/system.slice/nginx.service", NULL, "nginx.service", 0 },
		{ "/user.slice/user-0.slice/session-3.scope", NULL, "session-3.scope", 0 },
		{ "/machine.slice/libpod-conmon-" ID ".scope", NULL, "libpod-conmon-" ID ".scope", 0 },
		{ "/", NULL, NULL, 0 },
		{ "", NULL, NULL, 0 },
		{ "/.service/docker-0123.scope/", NULL, "docker-0123.scope", 0 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(cases); i++) {
		struct cg_container_facts facts = { .uid = 0 };
		char unit[256];

		assert_int_equal(cg_container_of_cgroup(cases[i].path, &facts), cases[i].engine != NULL);
		if (cases[i].engine) {
			assert_string_equal(facts.id, ID);
			assert_string_equal(facts.engine, cases[i].engine);
			assert_int_equal(facts.uid, cases[i].uid);
		}
		assert_int_equal(cg_cgroup_unit(cases[i].path, unit, sizeof(unit)), cases[i].unit != NULL);
		if (cases[i].unit)
			assert_string_equal(unit, cases[i].unit);
	}
}

static void test_whereabouts(void **state)
{
	struct cg_whereabouts where;

	assert_int_equal(cg_whereabouts_of(getpid(), &where), 0);
	assert_true(where.started_ns > 0 && where.started_ns <= cg_clock_boot_ns());
	assert_true(where.ns_pid > 0);
	assert_int_equal(cg_whereabouts_of(INT32_MAX, &where), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_the_end), cmocka_unit_test(test_on_and_on), cmocka_unit_test(test_new_only),
		cmocka_unit_test(test_limit),      cmocka_unit_test(test_errors),    cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_whereabouts),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
