/*
 * Tests of the native API: policies and profiles in force, strict mode and its one way. Each in a child, as root and as
 * nobody.
 */
#include "callgate/load.h"

#include "abi/syscalls.h"
#include "os/test-live.h"
#include "policy/policy.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT 20

/*
 * Out of a child by the one exit that strict mode has too. Without exit handlers, and not declared to not return:
 * sanitizers make calls of their own before either.
 */
static void leave(int status)
{
	syscall(SYS_exit, status);
}

/* Runs `body` in a child, as nobody when wanted; its wait status. */
static int in_child(void (*body)(void), bool as_nobody)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		alarm(TIME_LIMIT);
		if (as_nobody && !test_become_nobody())
			leave(99);
		body();
		leave(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The child's exit status must be 0, with and without privilege. */
static void check(void (*body)(void))
{
	assert_int_equal(in_child(body, false), 0);
	if (geteuid() == 0)
		assert_int_equal(in_child(body, true), 0);
}

static void check_killed(void (*body)(void), int number)
{
	int status = in_child(body, false);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
	if (geteuid() != 0)
		return;
	status = in_child(body, true);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
}

static void expect(bool holds, int line)
{
	if (!holds)
		leave(line % 200 + 1);
}

#define EXPECT(holds) expect((holds), __LINE__)

/* Allows all but getppid, which is `action`. */
static struct cg_policy *make_policy(uint32_t action)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);
	struct cg_rule rule = { .arch = cg_arch_native(), .action = action };

	EXPECT(policy && cg_policy_add_arch(policy, rule.arch, NULL) == 0);
	EXPECT(cg_syscall_number(rule.arch, "getppid", &rule.nr));
	EXPECT(cg_policy_add_rule(policy, &rule, NULL) == 0);
	return policy;
}

static void load_a_policy(void)
{
	struct cg_policy *policy = make_policy(cg_action_errno(EDOM));

	EXPECT(syscall(SYS_getppid) > 0);
	EXPECT(cg_load_policy(policy, CG_LOAD_LOG, NULL) == 0);
	EXPECT(syscall(SYS_getppid) == -1 && errno == EDOM);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	EXPECT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
	cg_policy_free(policy);
}

static void test_policy(void **state)
{
	check(load_a_policy);
}

static void keep_privileges(void)
{
	struct cg_policy *policy = make_policy(cg_action_errno(EDOM));
	struct cg_err err = { 0 };
	int r = cg_load_policy(policy, CG_LOAD_KEEP_PRIVS, &err);

	EXPECT(r == (geteuid() == 0 ? 0 : -EACCES));
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	EXPECT(r == 0 || strstr(err.message, "CAP_SYS_ADMIN"));
}

static void test_privileges_are_kept_by_whom_may(void **state)
{
	check(keep_privileges);
}

static void load_the_empty_policy(void)
{
	/* Everything is the end, free(3)'s calls too: only what the kernel does not see may happen now. */
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_rule rule = { .arch = cg_arch_native(), .action = CG_ACTION_ALLOW, .nr = SYS_exit };

	EXPECT(cg_policy_add_arch(policy, rule.arch, NULL) == 0 && cg_policy_add_rule(policy, &rule, NULL) == 0);
	EXPECT(cg_load_policy(policy, 0, NULL) == 0);
}

static void test_nothing_is_called_after_the_load(void **state)
{
	check(load_the_empty_policy);
}

static int sync_pipe[2];

static void *wait_and_call(void *unused)
{
	char byte;

	if (read(sync_pipe[0], &byte, 1) != 1)
		return NULL;
	return syscall(SYS_getppid) == -1 && errno == EDOM ? &sync_pipe : NULL;
}

static void load_for_all_threads(void)
{
	struct cg_policy *policy = make_policy(cg_action_errno(EDOM));
	pthread_t thread;
	void *answer = NULL;

	EXPECT(pipe(sync_pipe) == 0 && pthread_create(&thread, NULL, wait_and_call, NULL) == 0);
	EXPECT(cg_load_policy(policy, CG_LOAD_ALL_THREADS, NULL) == 0);
	EXPECT(write(sync_pipe[1], "x", 1) == 1 && pthread_join(thread, &answer) == 0);
	EXPECT(answer == &sync_pipe);
}

static void *load_own_filter(void *unused)
{
	struct cg_policy *policy = make_policy(cg_action_errno(ENODATA));
	int r = cg_load_policy(policy, 0, NULL);
	char byte;

	return write(sync_pipe[1], r == 0 ? "y" : "n", 1) == 1 && read(sync_pipe[0], &byte, 1) == 1 ? unused : NULL;
}

static void fail_for_all_threads(void)
{
	struct cg_policy *policy = make_policy(cg_action_errno(EDOM));
	int pipes[2];
	pthread_t thread;
	char byte = 0;

	EXPECT(pipe(sync_pipe) == 0 && pipe(pipes) == 0);
	int to_thread = sync_pipe[1], from_thread = pipes[0];

	sync_pipe[1] = pipes[1];
	EXPECT(pthread_create(&thread, NULL, load_own_filter, NULL) == 0);
	EXPECT(read(from_thread, &byte, 1) == 1 && byte == 'y');
	EXPECT(cg_load_policy(policy, CG_LOAD_ALL_THREADS, NULL) == -ESRCH);
	EXPECT(syscall(SYS_getppid) > 0); /* nothing is in force here */
	EXPECT(write(to_thread, "x", 1) == 1);
}

static void test_all_threads_or_none(void **state)
{
	check(load_for_all_threads);
	check(fail_for_all_threads);
}

static void load_profiles(void)
{
	static const char profile[] =
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"getppid\"],"
		"\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 33}]} ";
	struct cg_err err = { 0 };

	EXPECT(cg_load_profile("bad.json", "{\"defaultAction\":\n \"SCMP_ACT_DENY\"}", 34, 0, &err) < 0);
	EXPECT(strncmp(err.place, "bad.json:2:", 11) == 0);
	EXPECT(cg_load_profile("cut.json", profile, 20, 0, &err) == -EBADMSG);
	EXPECT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	EXPECT(cg_load_profile("p.json", profile, sizeof(profile) - 1, 0, &err) == 0);
	EXPECT(syscall(SYS_getppid) == -1 && errno == 33);
}

static void test_profile(void **state)
{
	check(load_profiles);
}

/* Strict mode. */

static void go_strict(void)
{
	EXPECT(cg_load_strict(NULL) == 0);
}

static volatile sig_atomic_t has_signal;

static void on_signal(int number)
{
	has_signal = write(sync_pipe[1], "s", 1) == 1; /* and back by rt_sigreturn(2) */
}

static void live_strictly(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	char byte = 0;

	EXPECT(sigaction(SIGUSR1, &action, NULL) == 0);
	go_strict();
	EXPECT(write(sync_pipe[1], "r", 1) == 1);
	/* The parent sends a signal now, and a byte after the handler has answered it. */
	EXPECT(read(STDIN_FILENO, &byte, 1) == 1 && byte == 'b');
	EXPECT(has_signal == 1);
	leave(7);
}

/* "Seccomp:	1" of /proc/PID/status: strict mode is in force. */
static int mode_of(pid_t pid)
{
	char path[64], line[256];
	int mode = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "Seccomp: %d", &mode);
	fclose(file);
	return mode;
}

static void check_life(bool as_nobody)
{
	int to_child[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(sync_pipe), 0);
	pid = fork();
	if (pid == 0) {
		dup2(to_child[0], STDIN_FILENO);
		if (as_nobody && !test_become_nobody())
			leave(99);
		live_strictly();
	}
	assert_int_equal(read(sync_pipe[0], &byte, 1), 1);
	assert_int_equal(byte, 'r');
	assert_int_equal(mode_of(pid), SECCOMP_MODE_STRICT);
	kill(pid, SIGUSR1);
	assert_int_equal(read(sync_pipe[0], &byte, 1), 1);
	assert_int_equal(byte, 's');
	assert_int_equal(write(to_child[1], "b", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	for (int i = 0; i < 2; i++) {
		close(to_child[i]);
		close(sync_pipe[i]);
	}
}

static void test_strict_lives_by_four_calls(void **state)
{
	check_life(false);
	if (geteuid() == 0)
		check_life(true);
}

static void strict_getpid(void)
{
	go_strict();
	syscall(SYS_getpid);
}

static void strict_exit_group(void)
{
	go_strict();
	syscall(SYS_exit_group, 0);
}

static void strict_mmap(void)
{
	go_strict();
	syscall(SYS_mmap, 0, 4096, 3, 0x22, -1, 0);
}

static void test_any_other_call_is_sigkill(void **state)
{
	check_killed(strict_getpid, SIGKILL);
	check_killed(strict_exit_group, SIGKILL);
	check_killed(strict_mmap, SIGKILL);
}

static void strict_leave(void)
{
	go_strict();
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_DISABLED, 0, 0, 0);
}

static void strict_again(void)
{
	go_strict();
	cg_load_strict(NULL);
}

static void strict_then_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	go_strict();
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* Not even asking is a way back: each of these is one call too many. */
static void test_strict_is_one_way(void **state)
{
	check_killed(strict_leave, SIGKILL);
	check_killed(strict_again, SIGKILL);
	check_killed(strict_then_filter, SIGKILL);
}

static void filter_then_strict(void)
{
	struct cg_policy *policy = make_policy(cg_action_errno(EDOM));
	struct cg_err err = { 0 };

	EXPECT(cg_load_policy(policy, 0, NULL) == 0);
	EXPECT(cg_load_strict(&err) == -EINVAL && strstr(err.message, "strict mode"));
	EXPECT(syscall(SYS_getppid) == -1 && errno == EDOM); /* the filter is what it was */
	EXPECT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_DISABLED, 0, 0, 0) == -1);
}

static void test_a_filter_is_one_way_too(void **state)
{
	check(filter_then_strict);
}

static int set_up(void **state)
{
	alarm(120);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_privileges_are_kept_by_whom_may),
		cmocka_unit_test(test_nothing_is_called_after_the_load),
		cmocka_unit_test(test_all_threads_or_none),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_strict_lives_by_four_calls),
		cmocka_unit_test(test_any_other_call_is_sigkill),
		cmocka_unit_test(test_strict_is_one_way),
		cmocka_unit_test(test_a_filter_is_one_way_too),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, set_up, NULL);
}
