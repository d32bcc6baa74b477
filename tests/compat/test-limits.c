/*
 * What a program may do to the library besides calling it politely: 100 MB of rules, several threads, fork(2) between
 * two calls, a load in a signal handler, two listeners at once.
 *
 * Whatever loads a filter is a child of its own, and leaves by _exit(2).
 */
#include "libseccomp/seccomp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define N_RULES_MANY 1100000 /* of four comparisons: more than 100 MB as they are handed in */
#define N_THREADS 4
#define CHILD_SECONDS 30

static int run_in_child(int (*work)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(CHILD_SECONDS);
		_exit(work());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Each is taken or refused with a code; then the filter is made or refused, within the time limit of the suite. */
static void takes_or_refuses_100_mb(void **state)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
	char bytes[4096 * 8];
	size_t length = sizeof(bytes);
	int r = 0;

	assert_non_null(context);
	for (uint64_t i = 0; i < N_RULES_MANY && r == 0; i++) {
		const struct scmp_arg_cmp comparisons[] = {
			SCMP_A0_64(SCMP_CMP_EQ, i), SCMP_A1_64(SCMP_CMP_EQ, i * 7),
			SCMP_A2_64(SCMP_CMP_EQ, i * 11), SCMP_A3_64(SCMP_CMP_EQ, i * 13)
		};

		r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 4, comparisons);
	}
	assert_true(r == 0 || r == -ENOMEM || r == -EFAULT);
	r = seccomp_export_bpf_mem(context, bytes, &length);
	assert_true(r < 0);
	/* It can be used again. */
	assert_int_equal(seccomp_reset(context, SCMP_ACT_ALLOW), 0);
	length = sizeof(bytes);
	assert_int_equal(seccomp_export_bpf_mem(context, bytes, &length), 0);
	seccomp_release(context);
}

static void *fill_own(void *unused)
{
	for (int round = 0; round < 20; round++) {
		scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
		char bytes[4096 * 8];
		size_t length = sizeof(bytes);
		int r = context ? 0 : -ENOMEM;

		for (int i = 0; i < 50 && r == 0; i++)
			r = seccomp_rule_add(context, SCMP_ACT_ALLOW, i, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)i));
		if (r == 0)
			r = seccomp_export_bpf_mem(context, bytes, &length);
		seccomp_release(context);
		if (r != 0)
			return "failed";
	}
	return NULL;
}

static void different_contexts_at_once(void **state)
{
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fill_own, NULL), 0);
	for (int i = 0; i < N_THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *fill_shared(void *context)
{
	int r = 0;

	for (int i = 0; i < 200 && r == 0; i++) {
		pthread_mutex_lock(&turn);
		r = seccomp_rule_add(context, SCMP_ACT_ALLOW, i, 0);
		pthread_mutex_unlock(&turn);
	}
	return r ? "failed" : NULL;
}

static void one_context_in_turn(void **state)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fill_shared, context), 0);
	for (int i = 0; i < N_THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
	assert_int_equal(seccomp_precompute(context), 0);
	seccomp_release(context);
}

static scmp_filter_ctx prepared;

static int load_prepared(void)
{
	if (seccomp_rule_add(prepared, SCMP_ACT_ERRNO(7), SCMP_SYS(getppid), 0) || seccomp_load(prepared))
		return 1;
	return syscall(SYS_getppid) == -1 && errno == 7 ? 0 : 2;
}

/* A child goes on with what its parent had begun, and neither sees the other. */
static void fork_in_the_middle(void **state)
{
	prepared = seccomp_init(SCMP_ACT_ALLOW);
	assert_int_equal(seccomp_rule_add(prepared, SCMP_ACT_ERRNO(3), SCMP_SYS(getuid), 0), 0);
	assert_int_equal(run_in_child(load_prepared), 0);
	assert_int_equal(run_in_child(load_prepared), 0);
	assert_true(syscall(SYS_getppid) > 0);
	seccomp_release(prepared);
}

static volatile sig_atomic_t load_answer = -1;

static void on_signal(int number)
{
	load_answer = seccomp_load(prepared);
}

static int load_in_handler(void)
{
	void *volatile memory;

	signal(SIGUSR1, on_signal);
	for (int i = 0; i < 3000; i++) {
		memory = malloc(64 + (size_t)i * 37 % 5000);
		if (i == 1500)
			raise(SIGUSR1);
		free(memory);
	}
	if (load_answer != 0)
		return 1;
	return syscall(SYS_getppid) == -1 && errno == 7 ? 0 : 2;
}

static void load_after_precompute_in_a_handler(void **state)
{
	prepared = seccomp_init(SCMP_ACT_ALLOW);
	assert_int_equal(seccomp_rule_add(prepared, SCMP_ACT_ERRNO(7), SCMP_SYS(getppid), 0), 0);
	assert_int_equal(seccomp_precompute(prepared), 0);
	assert_int_equal(run_in_child(load_in_handler), 0);
	seccomp_release(prepared);
}

/* Answers one notification on the descriptor. */
static int answer_one(int fd)
{
	struct pollfd wait_for = { .fd = fd, .events = POLLIN };
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	int r;

	if (poll(&wait_for, 1, 5000) != 1 || seccomp_notify_alloc(&request, &response))
		return -1;
	r = seccomp_notify_receive(fd, request);
	response->id = request->id;
	response->val = 1234;
	if (r == 0)
		r = seccomp_notify_id_valid(fd, request->id);
	if (r == 0)
		r = seccomp_notify_respond(fd, response);
	seccomp_notify_free(request, response);
	return r;
}

/*
 * The kernel gives a task one listener only (seccomp(2), EBUSY), so each context is loaded by a thread of its own; the
 * descriptor belongs to the context that was loaded.
 */
struct listener {
	scmp_filter_ctx context;
	sem_t is_loaded;
	int fd;
};

static void *load_and_call(void *argument)
{
	struct listener *listener = argument;
	int r = seccomp_load(listener->context);

	listener->fd = seccomp_notify_fd(listener->context);
	sem_post(&listener->is_loaded);
	return r == 0 && syscall(SYS_getppid) == 1234 ? NULL : "failed";
}

static int listen_twice(void)
{
	struct listener listeners[2];
	pthread_t threads[2];
	int failures = 0;

	for (int i = 0; i < 2; i++) {
		listeners[i].context = seccomp_init(SCMP_ACT_ALLOW);
		sem_init(&listeners[i].is_loaded, 0, 0);
		if (seccomp_rule_add(listeners[i].context, SCMP_ACT_NOTIFY, SCMP_SYS(getppid), 0) ||
		    pthread_create(&threads[i], NULL, load_and_call, &listeners[i]))
			return 1;
		sem_wait(&listeners[i].is_loaded);
	}
	if (listeners[0].fd < 0 || listeners[1].fd < 0 || listeners[0].fd == listeners[1].fd ||
	    seccomp_notify_fd(listeners[0].context) != listeners[0].fd)
		return 2;
	for (int i = 1; i >= 0; i--)
		failures += answer_one(listeners[i].fd) != 0;
	for (int i = 0; i < 2; i++) {
		void *result;

		pthread_join(threads[i], &result);
		failures += result != NULL;
	}
	return failures ? 3 : 0;
}

static void two_contexts_with_listeners(void **state)
{
	if (seccomp_api_get() < 5) {
		printf("# skip: this kernel has no notifications\n");
		skip();
	}
	assert_int_equal(run_in_child(listen_twice), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_or_refuses_100_mb),   cmocka_unit_test(different_contexts_at_once),
		cmocka_unit_test(one_context_in_turn),       cmocka_unit_test(fork_in_the_middle),
		cmocka_unit_test(load_after_precompute_in_a_handler), cmocka_unit_test(two_contexts_with_listeners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
