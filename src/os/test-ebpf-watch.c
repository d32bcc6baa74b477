/*
 * The watching programs' slots: given back when nobody counts in them, so that a watch that goes on for long has room,
 * and no denial is missing from the sum of all.
 */
#include "os/ebpf_watch.h"
#include "os/test-live.h"

#include <linux/filter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#define N_ROUNDS 3
#define N_EACH 5000
#define LIMIT_S 60

static uint64_t n_told;

static int take(void *context, const struct cg_watch_denial *denial, uint64_t n)
{
	n_told += n;
	return 0;
}

static int take_filter(void *context, const struct cg_watch_filter *filter)
{
	return 0;
}

/* Each with another argument, so that no two are alike. */
static void flood(unsigned int round)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4, insns };
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
			_exit(98);
		for (unsigned int i = 0; i < N_EACH; i++)
			syscall(SYS_getppid, round, i);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static const struct cg_ebpf_watch_sink sink = { take, take_filter, NULL };

/* Until all is told and few slots are in use. */
static void read_until_idle(struct cg_ebpf_watch *watch)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	struct cg_watch_totals totals;
	time_t end = time(NULL) + LIMIT_S;
	uint64_t n_misses;

	do {
		while (cg_ebpf_watch_read(watch, &sink) > 0)
			;
		assert_int_equal(cg_ebpf_watch_sums(watch, &sink), 0);
		cg_ebpf_watch_totals(watch, &totals, &n_misses);
		nanosleep(&moment, NULL);
	} while (time(NULL) < end && (n_told < totals.n_denials || totals.n_slots >= CG_WATCH_SLOTS / 2));
	assert_int_equal(totals.n_lost, 0);
	assert_int_equal(n_told, totals.n_denials);
	assert_in_range(totals.n_slots, 0, CG_WATCH_SLOTS / 2 - 1);
}

static void test_slots(void **state)
{
	const struct cg_ebpf_watch_options options = { .pid = getpid() };
	struct cg_watch_totals totals;
	struct cg_ebpf_watch *watch;
	struct cg_err err = { 0 };
	uint64_t n_misses;
	int r = cg_ebpf_watch_open(&options, &watch, &err);

	if (r == -EPERM || r == -ENOSYS) {
		print_message("# skipped: %s\n", err.message);
		skip();
	}
	assert_int_equal(r, 0);
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		flood(round);
		cg_ebpf_watch_totals(watch, &totals, &n_misses);
		assert_int_equal(totals.n_denials, (uint64_t)(round + 1) * N_EACH);
		assert_in_range(totals.n_slots, CG_WATCH_SLOTS / 2, CG_WATCH_SLOTS - CG_WATCH_COARSE_SLOTS);
		read_until_idle(watch);
	}
	assert_int_equal(n_misses, 0);
	cg_ebpf_watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_slots) };

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
