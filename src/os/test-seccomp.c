/*
 * Tests of seccomp.c and notify.c: what a load may fail of, and each answer that a listener can give. In children, as
 * root and as nobody.
 */
#include "os/notify.h"
#include "os/seccomp.h"
#include "os/test-live.h"

#include "abi/action.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JEQ(value, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (jt), (jf))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Not declared to not return: sanitizers make calls of their own before such a function. */
static void leave(int status)
{
	syscall(SYS_exit_group, status);
}

static void expect(bool holds, int line)
{
	if (!holds)
		leave(line % 200 + 1);
}

#define EXPECT(holds) expect((holds), __LINE__)

static void run_in_child(void (*body)(void), bool as_nobody)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		alarm(20);
		if (as_nobody && !test_become_nobody())
			leave(99);
		body();
		leave(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void check(void (*body)(void))
{
	run_in_child(body, false);
	if (geteuid() == 0)
		run_in_child(body, true);
}

static struct sock_filter program[] = { LD(0), JEQ(SYS_getppid, 0, 1), RET(CG_ACTION_NOTIFY), RET(CG_ACTION_ALLOW) };
static const struct cg_filter filter = { .insns = program, .n_insns = 4, .is_big_endian = IS_BIG_ENDIAN };

static void refuse_loads(void)
{
	static struct sock_filter many[CG_FILTER_LENGTH_MAX + 1];
	struct cg_filter bad = filter;
	struct cg_err err = { 0 };
	int listener = -1, other = -1, r;

	r = cg_seccomp_load(&filter, 0, NULL, &err);
	EXPECT(geteuid() == 0 || (r == -EACCES && strstr(err.message, "no_new_privs")));
	EXPECT(cg_no_new_privs_set(NULL) == 0 && cg_no_new_privs_is_set());

	bad.n_insns = 0;
	EXPECT(cg_seccomp_load(&bad, 0, NULL, &err) == -EINVAL);
	bad.insns = many;
	bad.n_insns = CG_FILTER_LENGTH_MAX + 1;
	EXPECT(cg_seccomp_load(&bad, 0, NULL, &err) == -EINVAL && strstr(err.message, "4096"));
	bad = filter;
	bad.is_big_endian = !IS_BIG_ENDIAN;
	EXPECT(cg_seccomp_load(&bad, 0, NULL, &err) == -EINVAL && strstr(err.message, "byte order"));
	EXPECT(cg_seccomp_load(&filter, 1U << 31, NULL, &err) == -EINVAL);

	EXPECT(cg_seccomp_load(&filter, CG_SECCOMP_NEW_LISTENER, &listener, &err) == 0 && listener >= 0);
	EXPECT(cg_seccomp_load(&filter, CG_SECCOMP_NEW_LISTENER, &other, &err) == -EBUSY && other == -1);
	EXPECT(cg_seccomp_mode() == 2);
}

static void test_refused_loads(void **state)
{
	check(refuse_loads);
}

/*
 * 32,768 instructions in all. The kernel counts what it has translated: a load is one, a RET two, three more stand
 * before a program, and each filter counts four more. So 4,095 loads and a RET are 4,104, and seven of them go in.
 */
static void load_until_full(void)
{
	static struct sock_filter many[CG_FILTER_LENGTH_MAX];
	struct cg_filter full = { .insns = many, .n_insns = CG_FILTER_LENGTH_MAX, .is_big_endian = IS_BIG_ENDIAN };
	struct cg_err err = { 0 };
	int n_loaded = 0;

	for (size_t i = 0; i < CG_FILTER_LENGTH_MAX; i++)
		many[i] = (struct sock_filter)LD(0);
	many[CG_FILTER_LENGTH_MAX - 1] = (struct sock_filter)RET(CG_ACTION_ALLOW);
	EXPECT(cg_no_new_privs_set(NULL) == 0);
	while (n_loaded < 20 && cg_seccomp_load(&full, 0, NULL, &err) == 0)
		n_loaded++;
	EXPECT(n_loaded == 7 && err.code == -ENOMEM && strstr(err.message, "32768"));
}

static void test_filters_fill_up(void **state)
{
	check(load_until_full);
}

static void test_actions_are_listed(void **state)
{
	for (size_t i = 0; i < cg_n_actions; i++)
		assert_true(cg_seccomp_lists_action(cg_actions[i].value));
	assert_false(cg_seccomp_lists_action(0x12340000));
}

/* What the asker, a child under `filter`, makes of its getppid(2). */
static pid_t ask(int listener, long wanted, int wanted_errno, bool reads_fd)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		long r;

		close(listener);
		r = syscall(SYS_getppid);
		if (reads_fd)
			EXPECT(r >= 0 && read((int)r, &byte, 1) == 1 && byte == 'p');
		else if (wanted >= 0)
			EXPECT(r == wanted || (wanted == 1 && r > 1));
		else
			EXPECT(r == -1 && errno == wanted_errno);
		leave(0);
	}
	return pid;
}

static void finish(pid_t pid)
{
	int status;

	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
}

static void answer_in_every_way(void)
{
	struct cg_notification asked;
	int listener = -1, pipes[2];
	pid_t pid;

	EXPECT(cg_no_new_privs_set(NULL) == 0);
	EXPECT(cg_seccomp_load(&filter, CG_SECCOMP_NEW_LISTENER, &listener, NULL) == 0);
	EXPECT(cg_notify_check(NULL) == 0 && cg_notify_has_askers(listener));
	EXPECT(pipe(pipes) == 0 && write(pipes[1], "p", 1) == 1);

	pid = ask(listener, -1, ENOTTY, false);
	EXPECT(cg_notify_receive(listener, &asked) == 0 && asked.tid == pid && asked.call.nr == SYS_getppid);
	EXPECT(cg_notify_is_waiting(listener, asked.id) && !cg_notify_is_waiting(listener, asked.id + 1000));
	EXPECT(cg_notify_refuse(listener, asked.id, ENOTTY) == 0);
	finish(pid);
	EXPECT(cg_notify_refuse(listener, asked.id, ENOTTY) == -ENOENT); /* gone */

	pid = ask(listener, 1234567, 0, false);
	EXPECT(cg_notify_receive(listener, &asked) == 0 && cg_notify_return(listener, asked.id, 1234567) == 0);
	finish(pid);
	pid = ask(listener, 0, 0, false);
	EXPECT(cg_notify_receive(listener, &asked) == 0 && cg_notify_refuse(listener, asked.id, 0) == 0);
	finish(pid);
	pid = ask(listener, 1, 0, false);
	EXPECT(cg_notify_receive(listener, &asked) == 0 && cg_notify_continue(listener, asked.id) == 0);
	finish(pid);
	pid = ask(listener, 0, 0, true);
	EXPECT(cg_notify_receive(listener, &asked) == 0);
	EXPECT(cg_notify_add_fd(listener, asked.id, pipes[0], true) >= 0);
	finish(pid);
}

static void test_answers(void **state)
{
	check(answer_in_every_way);
}

/* An asker that dies waiting: what it asked is gone, and that is no failure. */
static void lose_the_asker(void)
{
	struct cg_notification asked;
	int listener = -1, status, number;
	pid_t pid;

	EXPECT(cg_no_new_privs_set(NULL) == 0);
	EXPECT(cg_seccomp_load(&filter, CG_SECCOMP_NEW_LISTENER, &listener, NULL) == 0);
	pid = ask(listener, 1, 0, false);
	EXPECT(cg_notify_receive(listener, &asked) == 0);
	kill(pid, SIGKILL);
	EXPECT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	EXPECT(!cg_notify_is_waiting(listener, asked.id));
	EXPECT(cg_notify_continue(listener, asked.id) == -ENOENT);
	EXPECT(cg_notify_kill(listener, &asked, &number) < 0);
}

static void test_lost_askers(void **state)
{
	check(lose_the_asker);
}

static int set_up(void **state)
{
	alarm(60);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_loads),      cmocka_unit_test(test_filters_fill_up),
		cmocka_unit_test(test_actions_are_listed), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_lost_askers),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, set_up, NULL);
}
