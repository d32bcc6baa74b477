/*
 * Tests of probe*.c: answers that must be so wherever these tests can run, and nothing left behind.
 */
#include "os/probe.h"
#include "os/test-live.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static enum cg_feature_state state_of(const char *name)
{
	const struct cg_feature *feature = cg_feature_find(name);
	struct cg_feature_answer answer;

	if (!feature)
		fail_msg("%s is no feature", name);
	cg_feature_try(feature, &answer);
	if (answer.state != CG_FEATURE_YES)
		print_message("# %s: %s: %s\n", name, cg_feature_state_name(answer.state), answer.detail);
	return answer.state;
}

/* Without these no other live test could have passed. */
static void test_what_callgate_stands_on(void **state)
{
	static const char *const names[] = { "strict mode", "filter mode",  "KILL_PROCESS",
					     "KILL_THREAD", "TRAP",         "ERRNO",
					     "USER_NOTIF",  "TRACE",        "LOG",
					     "ALLOW",       "TSYNC",        "FLAG_LOG",
					     "SPEC_ALLOW",  "NEW_LISTENER", "hang-up of the listener" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(state_of(names[i]), CG_FEATURE_YES);
}

static void test_every_feature_has_an_answer(void **state)
{
	for (size_t i = 0; i < cg_n_features; i++) {
		struct cg_feature_answer answer = { .state = 99 };

		cg_feature_try(&cg_features[i], &answer);
		assert_in_range(answer.state, CG_FEATURE_NO, CG_FEATURE_YES);
		if (!answer.detail[0])
			fail_msg("%s: no detail", cg_features[i].name);
		if (answer.state == CG_FEATURE_YES)
			assert_string_equal(answer.remedy, "");
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(cg_features[i].name, cg_features[k].name);
	}
}

static void die(struct cg_feature_answer *answer)
{
	answer->state = CG_FEATURE_YES;
	raise(SIGKILL);
}

static void hang(struct cg_feature_answer *answer)
{
	answer->state = CG_FEATURE_YES;
	if (fork() == 0)
		for (;;)
			pause();
	for (;;)
		pause();
}

static void test_probes_that_fail_are_a_no(void **state)
{
	static const struct cg_feature dies = { "dies", "test", die }, hangs = { "hangs", "test", hang };
	struct cg_feature_answer answer;

	cg_feature_try(&dies, &answer);
	assert_int_equal(answer.state, CG_FEATURE_NO);
	assert_non_null(strstr(answer.detail, "signal 9"));
	cg_feature_try(&hangs, &answer);
	assert_int_equal(answer.state, CG_FEATURE_NO);
	assert_non_null(strstr(answer.detail, "no answer within"));
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void test_nothing_is_left_behind(void **state)
{
	size_t n_before = count_descriptors();
	struct cg_feature_answer answer;
	int is_reaper = -1;

	for (size_t i = 0; i < cg_n_features; i++)
		cg_feature_try(&cg_features[i], &answer);
	assert_int_equal(count_descriptors(), n_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0), 0);
	assert_int_equal(is_reaper, 0);
}

/* What it takes to enforce and to tell needs no privilege. */
static void test_as_nobody(void **state)
{
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("# this is a run without privilege already\n");
		skip();
	}
	pid = fork();
	if (pid == 0) {
		struct cg_feature_answer answer;

		if (!test_become_nobody())
			_exit(99);
		test_what_callgate_stands_on(NULL);
		cg_feature_try(cg_feature_find("filter mode without no_new_privs"), &answer);
		_exit(answer.state != CG_FEATURE_NO);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int set_up(void **state)
{
	alarm(200);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_callgate_stands_on),
		cmocka_unit_test(test_every_feature_has_an_answer),
		cmocka_unit_test(test_probes_that_fail_are_a_no),
		cmocka_unit_test(test_nothing_is_left_behind),
		cmocka_unit_test(test_as_nobody),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, set_up, NULL);
}
