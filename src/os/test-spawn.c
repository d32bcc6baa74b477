/*
 * Tests of spawn.c: what the command finds is what we were given, filters are in force when it starts, an admission
 * lets in the launcher's execve and nobody else's, and failures say how far it got. Each runs as root and as nobody.
 */
#include "os/notify.h"
#include "os/spawn.h"
#include "os/test-live.h"

#include "abi/action.h"
#include "filter/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JEQ(value, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (jt), (jf))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static char folder[] = "/tmp/callgate-test-XXXXXX";

/* One call by number: `action`, everything else ALLOW. */
static struct cg_filter *make(uint32_t nr, uint32_t action)
{
	struct sock_filter program[] = { LD(0), JEQ(nr, 0, 1), RET(action), RET(CG_ACTION_ALLOW) };
	struct cg_filter *filter = cg_filter_new(program, 4, IS_BIG_ENDIAN);

	assert_non_null(filter);
	return filter;
}

static struct cg_launch launch_shell(char *const *argv, const struct cg_filter *filter)
{
	return (struct cg_launch){
		.path = "/bin/sh",
		.argv = argv,
		.environment = environ,
		.filters = { filter },
		.n_filters = filter ? 1 : 0,
		.may_exit = true,
	};
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* An executable file of our folder. */
static const char *write_file(const char *name, const char *text, mode_t mode)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static void test_command_runs_under_the_filter(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"kill -0 $$ && exit 3; exit 4", NULL };
	struct cg_filter *filter = make(SYS_kill, CG_ACTION_ERRNO | EPERM);
	struct cg_launch launch = launch_shell(argv, filter);
	enum cg_launch_stage stage;
	int listener = -1;
	pid_t pid;

	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	assert_int_equal(wait_for(pid), 4 << 8);
	assert_int_equal(listener, -1);
	assert_int_equal(stage, CG_LAUNCH_EXECUTING);
	launch.n_filters = 0;
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	assert_int_equal(wait_for(pid), 3 << 8);
	cg_filter_free(filter);
}

/* Descriptors, mask and an ignored SIGCHLD come through; our own descriptors do not. */
static void test_command_finds_what_we_were_given(void **state)
{
	static const char *script = "m=$(sed -n 's/^SigBlk:\\t//p' /proc/self/status)\n"
				    "n=$(sed -n 's/^NoNewPrivs:\\t//p' /proc/self/status)\n"
				    "[ $m = 0000000000000200 ] || exit 10\n"
				    "[ $n = 1 ] || exit 12\n"
				    "[ -e /proc/self/fd/40 ] || exit 13\n"
				    "[ -e /proc/self/fd/41 ] && exit 14\n"
				    "exit 0\n";
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	/* Not by the shell, which sets SIGCHLD as it likes. */
	char *ignored[] = { (char *)"grep", (char *)"-q", (char *)"^SigIgn:.*[13579bdf]....$",
			    (char *)"/proc/self/status", NULL };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct cg_signal_state signals;
	struct cg_launch launch;
	enum cg_launch_stage stage;
	int listener, status;
	pid_t pid, outer = fork();

	if (outer == 0) {
		sigset_t mask;

		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR1);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		sigaction(SIGCHLD, &ignore, NULL);
		dup2(2, 40);
		dup3(2, 41, O_CLOEXEC);
		cg_signals_hold(&signals);
		launch = launch_shell(argv, NULL);
		launch.signals = &signals;
		if (cg_launch_child(&launch, &pid, &listener, &stage, NULL) < 0 || waitpid(pid, &status, 0) != pid)
			_exit(99);
		if (status)
			_exit(WEXITSTATUS(status));
		launch.path = "/bin/grep";
		launch.argv = ignored;
		if (cg_launch_child(&launch, &pid, &listener, &stage, NULL) < 0 || waitpid(pid, &status, 0) != pid)
			_exit(98);
		_exit(status ? 11 : 0);
	}
	assert_int_equal(wait_for(outer), 0);
}

static void test_listener_is_ours(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"kill -0 $$ && exit 3; exit 4", NULL };
	struct cg_filter *filter = make(SYS_kill, CG_ACTION_NOTIFY);
	struct cg_launch launch = launch_shell(argv, filter);
	struct cg_notification notification;
	enum cg_launch_stage stage;
	int listener = -1;
	struct pollfd poll_fd;
	pid_t pid;

	launch.wants_listener = true;
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	assert_true(listener >= 0);
	assert_int_equal(fcntl(listener, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(cg_notify_receive(listener, &notification), 0);
	assert_int_equal(notification.tid, pid);
	assert_int_equal(notification.call.nr, SYS_kill);
	assert_int_equal(notification.call.args[0], pid);
	assert_true(cg_notify_is_waiting(listener, notification.id));
	assert_int_equal(cg_notify_refuse(listener, notification.id, ESRCH), 0);
	assert_false(cg_notify_is_waiting(listener, notification.id));
	assert_int_equal(wait_for(pid), 4 << 8);
	assert_true(cg_notify_has_hangup(listener));
	poll_fd = (struct pollfd){ .fd = listener, .events = POLLIN };
	assert_int_equal(poll(&poll_fd, 1, 1000), 1);
	assert_true(poll_fd.revents & POLLHUP);
	close(listener);
	cg_filter_free(filter);
}

/* The filter forbids every execve by killing; the launcher's goes through, that of the shell it started does not. */
static void test_admission_is_for_the_launcher_alone(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exec /bin/true", NULL };
	struct cg_filter *filter = make(SYS_execve, CG_ACTION_KILL_PROCESS), *admitting = NULL;
	struct cg_admission admission = { .arch = AUDIT_ARCH_X86_64, .numbers = { SYS_execve }, .n_numbers = 1 };
	struct cg_launch launch;
	enum cg_launch_stage stage;
	int listener, status;
	pid_t pid;

	assert_int_equal(cg_token_make(admission.token, NULL), 0);
	assert_int_equal(cg_filter_admit(filter, &admission, &admitting, NULL), 0);
	launch = launch_shell(argv, admitting);
	memcpy(launch.token, admission.token, sizeof(launch.token));
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	status = wait_for(pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);

	launch.token[2] ^= 1; /* the wrong token */
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	status = wait_for(pid);
	assert_true(WIFSIGNALED(status));
	cg_filter_free(admitting);
	cg_filter_free(filter);
}

static void test_failures_say_how_far_it_got(void **state)
{
	char *argv[] = { (char *)"x", (char *)"one two", NULL };
	static const struct sock_filter bad_program[] = { LD(1), RET(CG_ACTION_ALLOW) };
	struct cg_filter *bad = cg_filter_new(bad_program, 2, IS_BIG_ENDIAN);
	struct cg_filter *no_exit = make(SYS_exit_group, CG_ACTION_NOTIFY);
	struct cg_launch launch = launch_shell(argv, bad);
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	int listener = -1;
	pid_t pid;

	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, &err), -EINVAL);
	assert_int_equal(stage, CG_LAUNCH_LOADING);
	assert_non_null(strstr(err.message, "cannot load the filter"));

	/* No interpreter; and an exit that nobody would answer must not be tried: it would wait for ever. */
	launch = launch_shell(argv, no_exit);
	launch.may_exit = false;
	launch.wants_listener = true;
	launch.path = write_file("no-interpreter", "#!/no/such/interpreter\n", 0755);
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, &err), -ENOENT);
	assert_int_equal(stage, CG_LAUNCH_EXECUTING);
	assert_non_null(strstr(err.message, "interpreter"));
	assert_int_equal(listener, -1);
	cg_filter_free(bad);
	cg_filter_free(no_exit);
}

static void test_script_without_interpreter_is_the_shells(void **state)
{
	char *argv[] = { (char *)"x", (char *)"one two", NULL };
	struct cg_launch launch = launch_shell(argv, NULL);
	enum cg_launch_stage stage;
	int listener;
	pid_t pid;

	launch.path = write_file("script", "[ \"$1\" = 'one two' ] && [ $# = 1 ] && exit 7\n", 0755);
	assert_int_equal(cg_launch_child(&launch, &pid, &listener, &stage, NULL), 0);
	assert_int_equal(wait_for(pid), 7 << 8);
}

static void test_commands_are_found_as_a_shell_does(void **state)
{
	char *path = NULL, *old = strdup(getenv("PATH"));
	char search[300];
	struct cg_err err = { 0 };

	assert_int_equal(cg_spawn_find("sh", &path, NULL), 0);
	assert_int_equal(path[0], '/');
	free(path);
	assert_int_equal(cg_spawn_find("callgate-no-such-command", &path, &err), -ENOENT);
	assert_string_equal(err.message, "command not found");
	assert_int_equal(cg_spawn_find("/no/such", &path, &err), -ENOENT);
	assert_int_equal(cg_spawn_find("", &path, &err), -ENOENT);
	assert_int_equal(cg_spawn_find("/tmp", &path, &err), -EACCES);

	write_file("not-executable", "", 0644);
	snprintf(search, sizeof(search), "/no/such:%s", folder);
	setenv("PATH", search, 1);
	assert_int_equal(cg_spawn_find("not-executable", &path, &err), -EACCES);
	write_file("found", "", 0755);
	assert_int_equal(cg_spawn_find("found", &path, &err), 0);
	free(path);
	/* An empty folder is the current one. */
	setenv("PATH", "/no/such:", 1);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(cg_spawn_find("found", &path, &err), 0);
	assert_string_equal(path, "./found");
	free(path);
	unsetenv("PATH");
	assert_int_equal(cg_spawn_find("sh", &path, &err), 0);
	free(path);
	setenv("PATH", old, 1);
	free(old);
}

static void test_lost_privileges_are_seen(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", write_file("plain", "x", 0755));
	assert_null(cg_spawn_privilege(path));
	assert_null(cg_spawn_privilege("/no/such"));
	if (geteuid() != 0) {
		print_message("# set-uid files can only be made by root\n");
		skip();
	}
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(chmod(path, 04755), 0);
	assert_string_equal(cg_spawn_privilege(path), "set-uid");
	assert_int_equal(chmod(path, 02755), 0);
	assert_string_equal(cg_spawn_privilege(path), "set-gid");
	assert_int_equal(chmod(path, 02745), 0); /* without x for the group: a mark for locking, no privilege */
	assert_null(cg_spawn_privilege(path));
	write_file("plain", "#!/bin/sh\n", 04755);
	assert_null(cg_spawn_privilege(path));
}

static int set_up(void **state)
{
	alarm(60);
	return mkdtemp(folder) && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_runs_under_the_filter),
		cmocka_unit_test(test_command_finds_what_we_were_given),
		cmocka_unit_test(test_listener_is_ours),
		cmocka_unit_test(test_admission_is_for_the_launcher_alone),
		cmocka_unit_test(test_failures_say_how_far_it_got),
		cmocka_unit_test(test_script_without_interpreter_is_the_shells),
		cmocka_unit_test(test_commands_are_found_as_a_shell_does),
		cmocka_unit_test(test_lost_privileges_are_seen),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
