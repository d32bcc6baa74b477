/*
 * Tests of the live oracle: every action, on every arch that this machine can make calls of, as root and as nobody.
 */
#include "live_probe.h"

#include "abi/action.h"
#include "os/test-live.h"

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JEQ(value, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (jt), (jf))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, (action))

#define FIRST 1000 /* numbers that no kernel knows, one for each action */

static const uint32_t actions[] = {
	CG_ACTION_KILL_PROCESS,   CG_ACTION_KILL_THREAD, CG_ACTION_TRAP | 7,     CG_ACTION_ERRNO,
	CG_ACTION_ERRNO | 1,      CG_ACTION_ERRNO | 38,  CG_ACTION_ERRNO | 4095, CG_ACTION_NOTIFY,
	CG_ACTION_TRACE | 0xfffe, CG_ACTION_TRACE | 5,   CG_ACTION_LOG,          CG_ACTION_ALLOW,
};

#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* Number FIRST + i gives actions[i]; others: KILL_PROCESS when argument 0 is above 32 bits, else ERRNO(2). */
static struct cg_filter *make(uint32_t bit)
{
	struct sock_filter program[2 * N_ACTIONS + 5] = { LD(0) };
	size_t n = 1;

	for (size_t i = 0; i < N_ACTIONS; i++) {
		program[n++] = (struct sock_filter)JEQ(FIRST + (uint32_t)i + bit, 0, 1);
		program[n++] = (struct sock_filter)RET(actions[i]);
	}
	program[n++] = (struct sock_filter)LD(20);
	program[n++] = (struct sock_filter)JEQ(0, 0, 1);
	program[n++] = (struct sock_filter)RET(CG_ACTION_ERRNO | 2);
	program[n++] = (struct sock_filter)RET(CG_ACTION_KILL_PROCESS);
	return cg_filter_new(program, n, false);
}

static void check(struct live_prober *prober, uint32_t arch, uint32_t nr, uint64_t arg, uint32_t expected)
{
	struct cg_call call = { .arch = arch, .nr = nr, .args = { arg } };
	bool is_permit = cg_action_is_permit(expected), is_coarse = false;
	uint32_t action = 0;
	struct cg_err err = { 0 };
	int r = live_prober_ask(prober, &call, &action, &is_coarse, &err);

	if (r < 0)
		print_error("%s\n", err.message);
	assert_int_equal(r, 0);
	assert_int_equal(is_coarse, is_permit);
	assert_int_equal(action, is_permit ? CG_ACTION_ALLOW : expected);
}

static void check_arch(uint32_t arch, uint32_t bit)
{
	struct cg_filter *filter = make(bit);
	struct live_prober *prober = NULL;
	struct cg_err err = { 0 };
	int r;

	assert_non_null(filter);
	r = live_prober_new(filter, &prober, &err);
	if (r < 0)
		print_error("%s\n", err.message);
	assert_int_equal(r, 0);
	for (int round = 0; round < 3; round++)
		for (uint32_t i = 0; i < N_ACTIONS; i++)
			check(prober, arch, FIRST + i + bit, 0, actions[i]);
	check(prober, arch, 1 + bit, 1, CG_ACTION_ERRNO | 2);
	check(prober, arch, 1 + bit, 0x100000001, CG_ACTION_KILL_PROCESS);
	check(prober, arch, 0xffffffff, 0, CG_ACTION_ERRNO | 2);
	check(prober, arch, 0x80000000, 0, CG_ACTION_ERRNO | 2);
	live_prober_free(prober);
	cg_filter_free(filter);
}

static void test_x86_64(void **state)
{
	check_arch(AUDIT_ARCH_X86_64, 0);
}

static void test_x32(void **state)
{
	check_arch(AUDIT_ARCH_X86_64, 0x40000000);
}

static void test_i386(void **state)
{
	check_arch(AUDIT_ARCH_I386, 0);
}

/* exit_group, kill and reboot under a filter that allows everything: nothing happens. */
static void test_nothing_is_done(void **state)
{
	static const struct sock_filter allow[] = { RET(CG_ACTION_ALLOW) };
	struct cg_filter *filter = cg_filter_new(allow, 1, false);
	struct live_prober *prober = NULL;
	struct cg_call call = { .arch = AUDIT_ARCH_X86_64, .args = { (uint64_t)getpid(), 9 } };
	static const uint32_t numbers[] = { 231 /* exit_group */, 62 /* kill */, 169 /* reboot */, 59 /* execve */ };
	uint32_t action;
	bool is_coarse;

	assert_int_equal(live_prober_new(filter, &prober, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		call.nr = numbers[i];
		assert_int_equal(live_prober_ask(prober, &call, &action, &is_coarse, NULL), 0);
		assert_true(is_coarse);
	}
	live_prober_free(prober);
	cg_filter_free(filter);
}

static void test_other_machines_calls_cannot_be_asked(void **state)
{
	static const struct sock_filter allow[] = { RET(CG_ACTION_ALLOW) };
	struct cg_filter *filter = cg_filter_new(allow, 1, false);
	struct cg_call call = { .arch = AUDIT_ARCH_AARCH64 };
	uint32_t action;
	bool is_coarse;

	assert_int_equal(live_probe(filter, &call, &action, &is_coarse, NULL), -EOPNOTSUPP);
	cg_filter_free(filter);
}

/* Without privilege the answers are the same: the same tests again in a child that has become nobody. */
static void test_as_nobody(void **state)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		if (!test_become_nobody())
			_exit(77);
		check_arch(AUDIT_ARCH_X86_64, 0);
		check_arch(AUDIT_ARCH_I386, 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86_64),
		cmocka_unit_test(test_x32),
		cmocka_unit_test(test_i386),
		cmocka_unit_test(test_nothing_is_done),
		cmocka_unit_test(test_other_machines_calls_cannot_be_asked),
		cmocka_unit_test(test_as_nobody),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
