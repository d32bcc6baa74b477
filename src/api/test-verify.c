/*
 * Tests of verify.c: threads with other filters, stacks, and proofs about a live process, each with a child of its own.
 */
#include "api/verify.h"

#include "abi/syscalls.h"
#include "compile/compile.h"
#include "os/procfs.h"
#include "os/seccomp.h"
#include "os/test-live.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void need_right(void)
{
	if (!cg_proc_has_capability(21) || cg_seccomp_mode() != 0) {
		print_message("# skipped: no CAP_SYS_ADMIN, or under a filter: the kernel gives no filters out\n");
		skip();
	}
}

/* Refuses one call. */
static struct cg_policy *refusing(const char *name, unsigned int number)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);
	struct cg_rule rule = { .arch = cg_arch_native(), .action = cg_action_errno(number) };

	policy->bad_arch_action = CG_ACTION_ALLOW;
	assert_int_equal(cg_policy_add_arch(policy, cg_arch_native(), NULL), 0);
	assert_true(cg_syscall_number(cg_arch_native(), name, &rule.nr));
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	return policy;
}

static struct cg_filter *compiled(const struct cg_policy *policy)
{
	struct cg_filter *filter = NULL;

	assert_int_equal(cg_compile(policy, &filter, NULL), 0);
	return filter;
}

static void *load_and_wait(void *filter)
{
	cg_seccomp_load(filter, 0, NULL, NULL);
	for (;;)
		pause();
	return NULL;
}

/* A child with the first filters in force, and a second thread that has one more. */
static pid_t start_child(struct cg_filter *const *filters, size_t n_filters, struct cg_filter *of_thread)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		alarm(60);
		cg_no_new_privs_set(NULL);
		for (size_t i = 0; i < n_filters; i++)
			if (cg_seccomp_load(filters[i], 0, NULL, NULL) < 0)
				_exit(1);
		if (of_thread && pthread_create(&thread, NULL, load_and_wait, of_thread) != 0)
			_exit(1);
		if (of_thread)
			usleep(200000);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_child(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static int verify(pid_t pid, const struct cg_policy *policy, struct cg_verification *found)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_wanted wanted = { .policy = policy, .engine = cg_engine_find("oci") };
	struct cg_live live = { 0 };
	int r;

	assert_int_equal(cg_live_read(pid, &live, NULL), 0);
	r = cg_verify(meanings, &live, &wanted, found, NULL);
	cg_live_done(&live);
	cg_meanings_free(meanings);
	return r;
}

static void test_proves_what_runs(void **state)
{
	struct cg_policy *policy, *other;
	struct cg_verification found;
	struct cg_filter *filter;
	pid_t pid;

	need_right();
	policy = refusing("mount", EPERM);
	other = refusing("mount", ENOSYS);
	filter = compiled(policy);
	pid = start_child(&filter, 1, NULL);
	assert_int_equal(verify(pid, policy, &found), 1);
	assert_false(found.has_admission);
	assert_int_equal(verify(pid, other, &found), 0);
	assert_int_equal(found.tid, pid);
	assert_int_equal(found.witness.a, cg_action_errno(EPERM));
	assert_int_equal(found.witness.b, cg_action_errno(ENOSYS));
	assert_int_equal(verify(pid, NULL, &found), 0); /* no seccomp at all */
	end_child(pid);
	cg_filter_free(filter);
	cg_policy_free(policy);
	cg_policy_free(other);
}

/* Of equal actions the newest filter's data counts; the order of the stack must be the kernel's. */
static void test_stacks(void **state)
{
	struct cg_policy *older, *newer;
	struct cg_verification found;
	struct cg_filter *filters[2];
	pid_t pid;

	need_right();
	older = refusing("mount", EPERM);
	newer = refusing("mount", ENOSYS);
	filters[0] = compiled(older);
	filters[1] = compiled(newer);
	pid = start_child(filters, 2, NULL);
	assert_int_equal(verify(pid, newer, &found), 1);
	assert_int_equal(verify(pid, older, &found), 0);
	end_child(pid);
	for (size_t i = 0; i < 2; i++)
		cg_filter_free(filters[i]);
	cg_policy_free(older);
	cg_policy_free(newer);
}

static void test_every_thread(void **state)
{
	struct cg_policy *policy, *more;
	struct cg_verification found;
	struct cg_filter *filter, *of_thread;
	struct cg_live live = { 0 };
	int thread;
	pid_t pid;

	need_right();
	policy = refusing("mount", EPERM);
	more = refusing("umount2", EPERM);
	filter = compiled(policy);
	of_thread = compiled(more);
	pid = start_child(&filter, 1, of_thread);
	assert_int_equal(cg_live_read(pid, &live, NULL), 0);
	assert_int_equal(live.n_threads, 2);
	assert_int_equal(live.stacks.n_items, 2);
	assert_int_equal(live.stacks.items[0].tids.items[0], pid);
	thread = live.stacks.items[1].tids.items[0];
	cg_live_done(&live);
	assert_int_equal(verify(pid, policy, &found), 0);
	assert_int_equal(found.tid, thread);
	/* By its own id: this thread alone. */
	assert_int_equal(cg_live_read(thread, &live, NULL), 0);
	assert_int_equal(live.n_threads, 1);
	assert_int_equal(live.stacks.items[0].stack.filters.n_items, 2);
	cg_live_done(&live);
	end_child(pid);
	assert_int_equal(cg_live_read(pid, &live, NULL), -ENOENT);
	cg_filter_free(filter);
	cg_filter_free(of_thread);
	cg_policy_free(policy);
	cg_policy_free(more);
}

/* The stub is in the meaning of runc's engines, and of no other. */
static void test_engines_add_a_stub(void **state)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	const struct cg_arch *arch = cg_arch_native();
	struct cg_rule rule = { .arch = arch, .action = CG_ACTION_ALLOW, .nr = 3 };
	struct cg_call call = { .arch = arch->token, .nr = 4 };
	struct cg_wanted wanted = { .policy = policy, .engine = cg_engine_find("oci") };
	uint32_t plain, runc;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	assert_int_equal(cg_wanted_meaning(meanings, &wanted, &plain, NULL), 0);
	wanted.engine = cg_engine_find("runc");
	assert_int_equal(cg_wanted_meaning(meanings, &wanted, &runc, NULL), 0);
	assert_int_equal(cg_meaning_eval(meanings, plain, &call), cg_action_errno(EPERM));
	assert_int_equal(cg_meaning_eval(meanings, runc, &call), cg_action_errno(ENOSYS));
	call.nr = 3;
	assert_int_equal(cg_meaning_eval(meanings, runc, &call), CG_ACTION_ALLOW);
	call.nr = 2;
	assert_int_equal(cg_meaning_eval(meanings, runc, &call), cg_action_errno(EPERM));
	cg_policy_free(policy);
	cg_meanings_free(meanings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proves_what_runs),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_every_thread),
		cmocka_unit_test(test_engines_add_a_stub),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
