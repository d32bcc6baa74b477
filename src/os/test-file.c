/*
 * Files: read within a limit, replaced whole or not at all.
 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/callgate-test-file-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void expect_content(const char *path, const char *content)
{
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_file_read(path, 1000, &text, &err), 0);
	assert_string_equal(cg_text_get(&text), content);
	cg_text_done(&text);
}

static unsigned int n_entries(void)
{
	char command[128];
	unsigned int n = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "ls -A %s | wc -l", folder);
	pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%u", &n), 1);
	pclose(pipe);
	return n;
}

static void replaces_and_keeps_the_mode(void **state)
{
	const char *path = in_folder("a");
	struct stat info;

	assert_int_equal(cg_file_write(path, "one", 3, NULL), 0);
	expect_content(path, "one");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(cg_file_write(path, "second", 6, NULL), 0);
	expect_content(path, "second");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_int_equal(n_entries(), 1);
}

static void writes_through_a_link(void **state)
{
	char target[128];
	struct stat info;

	strcpy(target, in_folder("a"));
	assert_int_equal(symlink(target, in_folder("link")), 0);
	assert_int_equal(cg_file_write(in_folder("link"), "linked", 6, NULL), 0);
	expect_content(target, "linked");
	assert_int_equal(lstat(in_folder("link"), &info), 0);
	assert_true(S_ISLNK(info.st_mode));
	unlink(in_folder("link"));
}

static void says_why_it_cannot(void **state)
{
	struct cg_err err = { 0 };
	struct cg_text text = { 0 };

	assert_int_equal(cg_file_read(in_folder("missing"), 10, &text, &err), -ENOENT);
	assert_string_equal(err.place, in_folder("missing"));
	assert_int_equal(cg_file_read(in_folder("a"), 3, &text, &err), -EFBIG);
	assert_int_equal(cg_file_read(folder, 10, &text, &err), -EISDIR);
	assert_int_equal(cg_file_write("/dev/full", "x", 1, &err), -ENOSPC);
	assert_int_equal(cg_file_write(in_folder("no/such/folder"), "x", 1, &err), -ENOENT);
	assert_int_equal(n_entries(), 1);
	cg_text_done(&text);
}

/* RLIMIT_FSIZE stands for a full disk: the old file stays, and no temporary one. */
static void leaves_the_old_file_when_writing_fails(void **state)
{
	static char large[65536];
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit limit = { 8192, 8192 };
		struct cg_err err = { 0 };

		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(cg_file_write(in_folder("a"), large, sizeof(large), &err) == -EFBIG &&
			      strstr(err.message, "the old file is unchanged") ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	expect_content(in_folder("a"), "linked");
	assert_int_equal(n_entries(), 1);
}

static int make_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	unlink(in_folder("a"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_and_keeps_the_mode),
		cmocka_unit_test(writes_through_a_link),
		cmocka_unit_test(says_why_it_cannot),
		cmocka_unit_test(leaves_the_old_file_when_writing_fails),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
