/*
 * Places for files that somebody else named: what is refused, and that what is written goes where it was checked.
 */
#include "os/place.h"

#include "os/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64];

static const char *in_top(const char *rest)
{
	static char path[2][5000];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[which]), "%s%s", top, rest);
	return path[which];
}

static int make_top(void **state)
{
	char name[] = "/tmp/callgate-place.XXXXXX";

	if (!mkdtemp(name))
		return -1;
	strcpy(top, name);
	return mkdir(in_top("/folder"), 0755) | symlink("folder", in_top("/link")) | mkdir(in_top("/open"), 0755) |
	       chmod(in_top("/open"), 0777) | mkdir(in_top("/sticky"), 0755) | chmod(in_top("/sticky"), 01777);
}

static int remove_top(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

static int open_code(const char *path, const char *under)
{
	struct cg_place place = { .folder = -7 };
	struct cg_err err = { 0 };
	int r = cg_place_open(path, under, &place, &err);

	if (r == 0) {
		cg_place_done(&place);
		return 0;
	}
	assert_int_equal(place.folder, -7);
	assert_true(err.message[0]);
	return r;
}

static void test_refusals(void **state)
{
	char long_name[CG_PLACE_NAME_LIMIT + 64];

	assert_int_equal(open_code("p.json", NULL), -EINVAL);
	assert_int_equal(open_code("./p.json", NULL), -EINVAL);
	assert_int_equal(open_code("/", NULL), -EINVAL);
	assert_int_equal(open_code(in_top("/folder/"), NULL), -EINVAL);
	assert_int_equal(open_code(in_top("/folder/.."), NULL), -EINVAL);
	assert_int_equal(open_code(in_top("/none/p.json"), NULL), -ENOENT);
	assert_int_equal(open_code(in_top("/link/p.json"), NULL), -ELOOP);
	assert_int_equal(open_code(in_top("/open/p.json"), NULL), -EACCES);
	assert_int_equal(open_code(in_top("/folder"), NULL), -EISDIR);
	assert_int_equal(open_code("/dev/null", NULL), -EINVAL);
	assert_int_equal(open_code(in_top("/link"), NULL), -ELOOP);
	assert_int_equal(open_code(in_top("/folder/p.json"), NULL), 0);
	assert_int_equal(open_code(in_top("/sticky/p.json"), NULL), 0);

	memset(long_name, 'x', sizeof(long_name));
	memcpy(long_name, "/folder/", 8);
	long_name[8 + CG_PLACE_NAME_LIMIT + 1] = '\0';
	assert_int_equal(open_code(in_top(long_name), NULL), -ENAMETOOLONG);
	long_name[8 + CG_PLACE_NAME_LIMIT] = '\0';
	assert_int_equal(open_code(in_top(long_name), NULL), 0);
}

static void test_under(void **state)
{
	assert_int_equal(open_code(in_top("/folder/p.json"), in_top("/folder")), 0);
	assert_int_equal(open_code(in_top("/folder/p.json"), in_top("/folder/")), 0);
	assert_int_equal(open_code(in_top("/link/p.json"), in_top("/link")), 0);
	assert_int_equal(open_code(in_top("/folder/p.json"), in_top("/fold")), -EINVAL);
	assert_int_equal(open_code(in_top("/sticky/p.json"), in_top("/folder")), -EINVAL);
	assert_int_equal(open_code(in_top("/folder/../sticky/p.json"), in_top("/folder")), -EXDEV);
}

/* What is renamed or linked after the check leads nowhere else. */
static void test_held(void **state)
{
	struct cg_text text = { 0 };
	struct cg_place place;
	struct cg_err err = { 0 };
	struct stat status;

	assert_int_equal(cg_place_open(in_top("/folder/p.json"), NULL, &place, &err), 0);
	assert_int_equal(cg_place_read(&place, "p.json", 100, &text, &err), -ENOENT);
	assert_int_equal(rename(in_top("/folder"), in_top("/moved")), 0);
	assert_int_equal(symlink("sticky", in_top("/folder")), 0);
	assert_int_equal(symlink("../sticky/target", in_top("/moved/p.json")), 0);
	assert_int_equal(cg_place_read(&place, "p.json", 100, &text, &err), -ELOOP);

	assert_int_equal(cg_place_write(&place, "p.json", "twelve bytes", 12, &err), 0);
	assert_int_equal(access(in_top("/sticky/p.json"), F_OK), -1);
	assert_int_equal(access(in_top("/sticky/target"), F_OK), -1);
	assert_int_equal(lstat(in_top("/moved/p.json"), &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(cg_place_read(&place, "p.json", 11, &text, &err), -EFBIG);
	cg_text_clear(&text);
	assert_int_equal(cg_place_read(&place, "p.json", 12, &text, &err), 0);
	assert_string_equal(cg_text_get(&text), "twelve bytes");
	cg_place_remove(&place, "p.json");
	assert_int_equal(access(in_top("/moved/p.json"), F_OK), -1);
	/* Nothing else was left there. */
	cg_place_done(&place);
	assert_int_equal(rmdir(in_top("/moved")), 0);
	cg_text_done(&text);
}

static void be_ready(void *context, int port)
{
	cg_detach_ready(port);
}

static void tell_failure(void *context, int port)
{
	struct cg_err err;

	cg_err_set(&err, -EBUSY, "here", "%s", (const char *)context);
	cg_detach_fail(port, &err);
}

static void say_nothing(void *context, int port)
{
}

static void take_long(void *context, int port)
{
	sleep(60);
}

static void test_detach(void **state)
{
	struct cg_err err = { 0 };

	assert_int_equal(cg_detach_run(be_ready, NULL, 5000, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(cg_detach_run(tell_failure, (void *)"as asked", 5000, &err), -EBUSY);
	assert_string_equal(err.place, "here");
	assert_string_equal(err.message, "as asked");
	assert_int_equal(cg_detach_run(say_nothing, NULL, 5000, &err), -ECHILD);
	assert_int_equal(cg_detach_run(take_long, NULL, 50, &err), -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_under),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_detach),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
