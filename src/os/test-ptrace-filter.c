/*
 * Tests of ptrace_filter.c: what comes out is what was loaded, in the kernel's order, and the thread goes on as it was.
 */
#include "os/procfs.h"
#include "os/ptrace_filter.h"
#include "os/seccomp.h"
#include "os/test-live.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED_NR 0x3ffffff /* no call has it: what the filters refuse */
#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Refuses one number, with its own errno. */
static struct cg_filter *make_filter(unsigned int number)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNUSED_NR, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, cg_action_errno(number)),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	};

	return cg_filter_new(insns, 4, IS_BIG_ENDIAN);
}

enum kind { BARE, FILTERED, STRICT };

/* A child that has its filters once this returns, and waits to be killed. */
static pid_t start_child(enum kind kind, unsigned int n_filters)
{
	int ready[2], nothing[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(nothing), 0);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		cg_no_new_privs_set(NULL);
		for (unsigned int i = 0; kind == FILTERED && i < n_filters; i++) {
			struct cg_filter *filter = make_filter(i + 1);

			if (cg_seccomp_load(filter, i % 2 ? CG_SECCOMP_LOG : 0, NULL, NULL) < 0)
				_exit(1);
			cg_filter_free(filter);
		}
		if (kind == STRICT && cg_seccomp_strict(NULL) < 0)
			syscall(SYS_exit, 1);
		syscall(SYS_write, ready[1], "x", 1);
		for (;;) {
			if (kind == STRICT)
				syscall(SYS_read, nothing[0], &byte, 1);
			else
				pause();
		}
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(nothing[i]);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void need_right(void)
{
	if (!cg_proc_has_capability(21) || cg_seccomp_mode() != 0) {
		print_message("# skipped: no CAP_SYS_ADMIN, or under a filter: the kernel gives no filters out\n");
		skip();
	}
}

static char state_of(pid_t pid)
{
	char path[64], line[256], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "State:\t%c", &state) == 1)
			break;
	if (file)
		fclose(file);
	return state;
}

/* 0 is the oldest; flags as loaded. */
static void test_reads_what_was_loaded(void **state)
{
	struct cg_filter_stack stack = { 0 }, again = { 0 };
	struct cg_err err = { 0 };
	pid_t pid;

	need_right();
	pid = start_child(FILTERED, 3);
	assert_int_equal(cg_thread_filters(pid, &stack, &err), 0);
	assert_int_equal(stack.filters.n_items, 3);
	for (unsigned int i = 0; i < 3; i++) {
		struct cg_filter *want = make_filter(i + 1);
		const struct cg_loaded_filter *loaded = &stack.filters.items[i];

		assert_int_equal(loaded->filter->n_insns, want->n_insns);
		assert_memory_equal(loaded->filter->insns, want->insns, want->n_insns * sizeof(*want->insns));
		assert_int_equal(loaded->filter->is_big_endian, IS_BIG_ENDIAN);
		if (loaded->knows_flags)
			assert_int_equal(loaded->is_logged, i % 2);
		cg_filter_free(want);
	}
	assert_int_equal(cg_thread_filters(pid, &again, &err), 0);
	assert_true(cg_filter_stack_equals(&stack, &again));
	again.filters.items[1].filter->insns[2].k++;
	assert_false(cg_filter_stack_equals(&stack, &again));
	cg_filter_stack_done(&stack);
	cg_filter_stack_done(&again);
	assert_true(cg_proc_is_alive(pid));
	end_child(pid);
}

static void test_no_filter_is_an_empty_stack(void **state)
{
	struct cg_filter_stack stack = { 0 };
	pid_t pid;

	need_right();
	pid = start_child(BARE, 0);
	assert_int_equal(cg_thread_filters(pid, &stack, NULL), 0);
	assert_int_equal(stack.filters.n_items, 0);
	cg_filter_stack_done(&stack);
	end_child(pid);
}

/* Not the same as no filter. */
static void test_strict_mode_is_said(void **state)
{
	struct cg_filter_stack stack = { 0 };
	struct cg_err err = { 0 };
	pid_t pid;

	need_right();
	pid = start_child(STRICT, 0);
	assert_int_equal(cg_thread_filters(pid, &stack, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.message, "strict mode"));
	end_child(pid);
}

/* A stopped process stays stopped, a running one runs; a signal meanwhile is not lost. */
static void test_leaves_it_as_it_was(void **state)
{
	struct cg_filter_stack stack = { 0 };
	int status;
	pid_t pid;

	need_right();
	pid = start_child(FILTERED, 1);
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(cg_thread_filters(pid, &stack, NULL), 0);
	cg_filter_stack_done(&stack);
	for (int i = 0; i < 100 && state_of(pid) != 'T'; i++)
		usleep(10000);
	assert_int_equal(state_of(pid), 'T');
	kill(pid, SIGCONT);
	for (int i = 0; i < 100 && state_of(pid) != 'S'; i++)
		usleep(10000);
	assert_int_equal(state_of(pid), 'S');

	/* Caught before or after its delivery; where it had ended already, its end was told to us. */
	kill(pid, SIGTERM);
	if (cg_thread_filters(pid, &stack, NULL) == 0) {
		cg_filter_stack_done(&stack);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
	assert_false(cg_proc_is_alive(pid));
}

/* Interrupted, a sleep would go on by restart_syscall: where that is death, it must not. */
static void test_spares_who_may_not_resume(void **state)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	};
	struct cg_filter filter = { insns, 4, IS_BIG_ENDIAN };
	struct cg_filter_stack stack = { 0 };
	pid_t pid;

	need_right();
	if (strcmp(cg_arch_native()->name, "x86_64") != 0) {
		print_message("# skipped: x86 only, see ptrace_restart.h\n");
		skip();
	}
	cg_syscall_number(cg_arch_native(), "restart_syscall", &insns[1].k);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		cg_no_new_privs_set(NULL);
		if (cg_seccomp_load(&filter, 0, NULL, NULL) < 0)
			_exit(1);
		sleep(50);
		_exit(2);
	}
	for (int i = 0; i < 100 && state_of(pid) != 'S'; i++)
		usleep(10000);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cg_thread_filters(pid, &stack, NULL), 0);
		assert_int_equal(stack.filters.n_items, 1);
		cg_filter_stack_done(&stack);
		usleep(50000);
		assert_int_equal(state_of(pid), 'S');
	}
	end_child(pid);
}

static void test_says_what_is_missing(void **state)
{
	struct cg_filter_stack stack = { 0 };
	struct cg_err err = { 0 };
	pid_t pid;

	need_right();
	pid = start_child(BARE, 0);
	end_child(pid);
	assert_int_equal(cg_thread_filters(pid, &stack, &err), -ENOENT);
	assert_int_equal(cg_thread_filters(getpid(), &stack, &err), -EPERM);
	assert_non_null(strstr(err.message, "callgate itself"));
	assert_int_equal(cg_thread_filters(2, &stack, &err), -EPERM); /* kthreadd, or nothing */
}

static void test_needs_privilege(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct cg_filter_stack stack = { 0 };
		struct cg_err err = { 0 };

		if (getuid() == 0 && !test_become_nobody())
			_exit(99);
		if (cg_thread_filters(getppid(), &stack, &err) != -EPERM)
			_exit(1);
		_exit(strstr(err.message, "CAP_SYS_ADMIN") || strstr(err.message, "seccomp") ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_was_loaded),
		cmocka_unit_test(test_no_filter_is_an_empty_stack),
		cmocka_unit_test(test_strict_mode_is_said),
		cmocka_unit_test(test_leaves_it_as_it_was),
		cmocka_unit_test(test_spares_who_may_not_resume),
		cmocka_unit_test(test_says_what_is_missing),
		cmocka_unit_test(test_needs_privilege),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
