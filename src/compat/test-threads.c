/*
 * Different contexts from different threads at once, one context from one thread after the other, and a fork in the
 * middle. Most telling under the thread sanitizer.
 */
#include "compat/test-support.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_THREADS 4
#define N_ROUNDS 60

/* A round is a context's whole life; one of them is released by the next round, as a program may hand it on. */
static void *live(void *seed)
{
	scmp_filter_ctx previous = NULL;
	unsigned int number = *(unsigned int *)seed;

	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
		size_t size = 0;

		seccomp_release(previous);
		if (!ctx || seccomp_api_get() < 1)
			return "no context";
		for (unsigned int k = 0; k < 50; k++)
			if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(number + 1), SCMP_SYS(read), 1,
					     SCMP_A0(SCMP_CMP_EQ, number * 1000 + k)) != 0)
				return "a rule was refused";
		if (seccomp_arch_exist(previous, SCMP_ARCH_NATIVE) == 0)
			return "a released context lives";
		if (seccomp_export_bpf_mem(ctx, NULL, &size) != 0 || size == 0)
			return "no export";
		previous = ctx;
	}
	seccomp_release(previous);
	return NULL;
}

static void start_all(pthread_t threads[N_THREADS], unsigned int seeds[N_THREADS])
{
	for (unsigned int i = 0; i < N_THREADS; i++) {
		seeds[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, live, &seeds[i]), 0);
	}
}

static void test_contexts_at_once(void **state)
{
	unsigned int seeds[N_THREADS];
	pthread_t threads[N_THREADS];

	start_all(threads, seeds);
	for (unsigned int i = 0; i < N_THREADS; i++) {
		void *wrong;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		if (wrong)
			fail_msg("%s", (const char *)wrong);
	}
}

static void *add_one(void *ctx)
{
	static const unsigned int value = 7;

	return seccomp_rule_add(ctx, SCMP_ACT_KILL, SCMP_SYS(read), 1, SCMP_A0(SCMP_CMP_EQ, value)) == 0 ? NULL : ctx;
}

static void test_one_at_a_time(void **state)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	for (unsigned int i = 0; i < N_THREADS; i++) {
		pthread_t thread;
		void *wrong;

		assert_int_equal(pthread_create(&thread, NULL, add_one, ctx), 0);
		assert_int_equal(pthread_join(thread, &wrong), 0);
		assert_null(wrong);
	}
	seccomp_release(ctx);
}

/* A child of a process whose other threads are busy with contexts has the whole API. */
static void test_fork(void **state)
{
	unsigned int seeds[N_THREADS];
	pthread_t threads[N_THREADS];
	unsigned int seed = 9;

	start_all(threads, seeds);
	for (int i = 0; i < 20; i++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			alarm(20);
			_exit(live(&seed) ? 1 : 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	for (unsigned int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contexts_at_once),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
