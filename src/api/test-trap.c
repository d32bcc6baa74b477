/*
 * Tests of the report on trapped calls: what the line says, what it says with less to go by, and the two ends. Each in
 * a child of its own, with a filter that traps a few calls.
 */
#include "callgate/trap.h"

#include "abi/syscalls.h"
#include "callgate/load.h"
#include "os/self_maps.h"
#include "os/test-live.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT 20
#define LINE_SIZE 2048

/* Loads a filter that allows all but `names`, which are separated by blanks. */
static int trap_calls(const char *names, unsigned int data)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);
	struct cg_rule rule = { .arch = cg_arch_native(), .action = CG_ACTION_TRAP | data };
	char copy[200];
	char *rest = copy;

	if (!policy || cg_policy_add_arch(policy, rule.arch, NULL) < 0)
		return -1;
	strcpy(copy, names);
	for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		if (!cg_syscall_number(rule.arch, name, &rule.nr) || cg_policy_add_rule(policy, &rule, NULL) < 0)
			return -1;
	return cg_load_policy(policy, 0, NULL);
}

/* One call under a filter, in a child; what was reported, and the child's wait status. */
struct child {
	const char *trapped;
	unsigned int data;
	enum cg_trap_end end;
	int (*body)(void); /* 0 when all was well */
	char report[LINE_SIZE];
	int status;
};

static void run(struct child *child)
{
	size_t length = 0;
	int fds[2];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static const int caught[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGSYS }; /* by cmocka */

		alarm(TIME_LIMIT);
		for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
			signal(caught[i], SIG_DFL);
		if (cg_trap_report_then(fds[1], child->end) < 0 || trap_calls(child->trapped, child->data) < 0)
			_exit(90);
		_exit(child->body());
	}
	close(fds[1]);
	while ((n = read(fds[0], child->report + length, LINE_SIZE - 1 - length)) > 0)
		length += (size_t)n;
	child->report[length] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &child->status, 0), pid);
}

static int make_a_socket(void)
{
	errno = EDOM;
	return socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == ENOSYS ? 0 : 1;
}

static int ask_for_parent(void)
{
	return syscall(SYS_getppid) == -1 && errno == ENOSYS ? 0 : 1;
}

static int signal_nobody(void)
{
	return kill(-1, 0) == -1 && errno == ENOSYS ? 0 : 1;
}

static int do_nothing(void)
{
	return 0;
}

static void test_report(void **state)
{
	struct child child = { .trapped = "socket", .body = make_a_socket };

	run(&child);
	assert_int_equal(child.status, 0);
	assert_non_null(strstr(child.report, "callgate: refused socket("));
	assert_non_null(strstr(child.report, "+0x"));
	assert_non_null(strstr(child.report, "/libc"));
	assert_ptr_equal(strchr(child.report, '\n'), child.report + strlen(child.report) - 1);
	assert_null(strstr(child.report, " data "));
	if (strcmp(cg_arch_native()->name, "x86_64") == 0 || strcmp(cg_arch_native()->name, "aarch64") == 0)
		assert_non_null(strstr(child.report, "socket(AF_INET, SOCK_STREAM, 0) at /"));
}

static void test_negative_numbers(void **state)
{
	struct child child = { .trapped = "kill", .body = signal_nobody };

	run(&child);
	assert_int_equal(child.status, 0);
	if (strcmp(cg_arch_native()->name, "x86_64") == 0 || strcmp(cg_arch_native()->name, "aarch64") == 0)
		assert_non_null(strstr(child.report, "kill(-1, 0) at /"));
}

static void test_data(void **state)
{
	struct child child = { .trapped = "getppid", .data = 7, .body = ask_for_parent };

	run(&child);
	assert_int_equal(child.status, 0);
	assert_non_null(strstr(child.report, "getppid() at "));
	assert_non_null(strstr(child.report, " data 7\n"));
}

/* The handler's own calls are trapped too: it says what it still can, and the program goes on. */
static void test_a_narrow_filter(void **state)
{
	struct child without_open = { .trapped = "getppid openat open", .body = ask_for_parent };
	struct child without_maps = { .trapped = "getppid openat open pread64 read gettid", .body = ask_for_parent };
	struct child without_write = { .trapped = "getppid write", .body = ask_for_parent };

	run(&without_open);
	assert_int_equal(without_open.status, 0);
	assert_non_null(strstr(without_open.report, "/libc"));
	run(&without_maps);
	assert_int_equal(without_maps.status, 0);
	assert_non_null(strstr(without_maps.report, "refused getppid() at 0x"));
	run(&without_write);
	assert_int_equal(without_write.status, 0);
	assert_string_equal(without_write.report, "");
}

static void test_dying(void **state)
{
	struct child child = { .trapped = "getppid", .end = CG_TRAP_DIE, .body = ask_for_parent };
	struct child bound = { .trapped = "getppid rt_sigaction tgkill", .end = CG_TRAP_DIE, .body = ask_for_parent };

	run(&child);
	assert_true(WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGSYS);
	assert_non_null(strstr(child.report, "refused getppid()"));
	run(&bound);
	assert_true(WIFSIGNALED(bound.status));
}

static int send_sigsys(void)
{
	raise(SIGSYS);
	return 0;
}

static void test_a_sigsys_of_somebody_else_ends(void **state)
{
	struct child child = { .trapped = "getppid", .body = send_sigsys };

	run(&child);
	assert_true(WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGSYS);
	assert_string_equal(child.report, "");
}

static int twice(void)
{
	return ask_for_parent() || ask_for_parent() || make_a_socket();
}

static void test_each_is_told(void **state)
{
	struct child child = { .trapped = "getppid socket", .body = twice };
	const char *first;

	run(&child);
	assert_int_equal(child.status, 0);
	first = strstr(child.report, "getppid()");
	assert_non_null(first);
	first = strstr(first + 1, "getppid()");
	assert_non_null(first);
	assert_non_null(strstr(first, "socket("));
}

static int after_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ask_for_parent());
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static void test_children(void **state)
{
	struct child child = { .trapped = "getppid", .body = after_fork };

	run(&child);
	assert_int_equal(child.status, 0);
	assert_non_null(strstr(child.report, "/libc"));
}

static void test_errors(void **state)
{
	struct child quiet = { .trapped = "getppid", .body = do_nothing };

	assert_int_equal(cg_trap_report(-1), -EBADF);
	assert_int_equal(cg_trap_report_then(2, (enum cg_trap_end)9), -EINVAL);
	run(&quiet);
	assert_int_equal(quiet.status, 0);
	assert_string_equal(quiet.report, "");
}

static bool feed(struct cg_maps_search *search, const char *text)
{
	for (; *text; text++)
		if (cg_maps_search_feed(search, *text))
			return true;
	return false;
}

static void test_maps(void **state)
{
	static const char maps[] = "55d0c0000000-55d0c0002000 r--p 00000000 fd:01 123                  /usr/bin/a b\n"
				   "55d0c0002000-55d0c0005000 r-xp 00002000 fd:01 123                  /usr/bin/a b\n"
				   "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 \n"
				   "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0            [vsyscall]\n";
	struct cg_maps_search search;
	char path[64];
	char cut[8];

	cg_maps_search_begin(&search, 0x55d0c0002010, path, sizeof(path));
	assert_true(feed(&search, maps));
	assert_string_equal(path, "/usr/bin/a b");
	assert_int_equal(cg_maps_search_offset(&search), 0x2010);
	cg_maps_search_begin(&search, 0x7ffd00000000, path, sizeof(path));
	assert_true(feed(&search, maps));
	assert_string_equal(path, "");
	cg_maps_search_begin(&search, 0xffffffffff600000, cut, sizeof(cut));
	assert_true(feed(&search, maps));
	assert_string_equal(cut, "yscall]");
	cg_maps_search_begin(&search, 0x1000, path, sizeof(path));
	assert_false(feed(&search, maps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_negative_numbers),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_a_narrow_filter),
		cmocka_unit_test(test_dying),
		cmocka_unit_test(test_a_sigsys_of_somebody_else_ends),
		cmocka_unit_test(test_each_is_told),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_maps),
	};

	return test_is_not_live() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
