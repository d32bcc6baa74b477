/* Pieces of work side by side: their output, their ends, their time limits, what they leave behind. */
#include "os/worker.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int shell(void *context, int port)
{
	(void)!write(port, "told", 4);
	execl("/bin/sh", "sh", "-c", context, NULL);
	return 99;
}

static struct cg_worker worker_of(const char *script, uint64_t timeout_ms)
{
	return (struct cg_worker){ .work = shell, .context = (void *)script, .folder = "/", .timeout_ms = timeout_ms };
}

static void run_one(struct cg_worker *worker)
{
	struct cg_err err = { 0 };

	assert_int_equal(cg_workers_run(worker, 1, 1, NULL, NULL, &err), 0);
	assert_int_equal(worker->err.code, 0);
}

static void test_output(void **state)
{
	struct cg_worker worker = worker_of("cat; echo err >&2; pwd; exit 7", 10000);

	worker.input = "in\n";
	worker.input_length = 3;
	run_one(&worker);
	assert_string_equal(cg_text_get(&worker.streams[CG_WORKER_OUT]), "in\n/\n");
	assert_string_equal(cg_text_get(&worker.streams[CG_WORKER_ERRORS]), "err\n");
	assert_string_equal(cg_text_get(&worker.streams[CG_WORKER_PORT]), "told");
	assert_int_equal(worker.status, 7);
	assert_false(worker.has_timed_out);
	cg_worker_done(&worker);
}

static void test_signal(void **state)
{
	struct cg_worker worker = worker_of("kill -USR1 $$", 10000);

	run_one(&worker);
	assert_int_equal(worker.status, 128 + SIGUSR1);
	cg_worker_done(&worker);
}

/* The time limit ends the whole group; so does the end of the first process. */
static void test_left_behind(void **state)
{
	struct cg_worker slow = worker_of("sleep 100 & echo $!; sleep 100", 300);
	struct cg_worker quick = worker_of("sleep 100 & echo $!", 10000);

	run_one(&slow);
	assert_true(slow.has_timed_out);
	assert_int_equal(slow.status, 128 + SIGKILL);
	run_one(&quick);
	assert_false(quick.has_timed_out);
	for (int i = 0; i < 100; i++) {
		usleep(10000);
		if (kill(atoi(cg_text_get(&slow.streams[0])), 0) < 0 && kill(atoi(cg_text_get(&quick.streams[0])), 0) < 0)
			break;
		if (i == 99) {
			/* A zombie that nobody reaps, where there is no init, is dead as well. */
			char command[100];

			snprintf(command, sizeof(command), "! grep -q '^State:.[^Z]' /proc/%d/status /proc/%d/status 2>/dev/null",
				 atoi(cg_text_get(&slow.streams[0])), atoi(cg_text_get(&quick.streams[0])));
			assert_int_equal(system(command), 0);
		}
	}
	cg_worker_done(&slow);
	cg_worker_done(&quick);
}

static void test_too_much_output(void **state)
{
	struct cg_worker worker = worker_of("head -c 3000000 /dev/zero", 20000);

	run_one(&worker);
	assert_true(worker.is_cut);
	assert_int_equal(worker.status, 0);
	assert_int_equal(worker.streams[CG_WORKER_OUT].length, CG_WORKER_OUTPUT_LIMIT);
	cg_worker_done(&worker);
}

static void count(void *context, struct cg_worker *worker)
{
	*(int *)context += worker->status;
}

static void test_many(void **state)
{
	struct cg_worker workers[40];
	struct cg_err err = { 0 };
	int sum = 0;

	for (size_t i = 0; i < 40; i++)
		workers[i] = worker_of("sleep 0.02; exit 2", 60000);
	assert_int_equal(cg_workers_run(workers, 40, 10, count, &sum, &err), 0);
	assert_int_equal(sum, 80);
	for (size_t i = 0; i < 40; i++)
		cg_worker_done(&workers[i]);
}

static void test_scratch(void **state)
{
	char command[300], *path, *again;
	struct cg_err err = { 0 };

	assert_int_equal(cg_scratch_make(&path, &err), 0);
	snprintf(command, sizeof(command), "cd %s && mkdir -p a/b && touch a/b/c && ln -s / l && chmod 555 a/b a", path);
	assert_int_equal(system(command), 0);
	cg_scratch_remove(path);
	assert_true(access(path, F_OK) < 0);
	assert_true(access("/etc", F_OK) == 0);
	assert_int_equal(cg_path_absolute(path, &again, &err), -ENOENT);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_too_much_output),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
