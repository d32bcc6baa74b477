/*
 * Tests of supervise.c and of the job under it: answers, words, statuses, signals, job control. As root and as nobody.
 *
 * Commands are small perl programs (perl-base is on every Debian), which can make any system call by number.
 */
#include "supervise/supervise.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "gate/gate.h"
#include "os/test-live.h"
#include "supervise/plan.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLD_SIZE 65536
#define PERL "/usr/bin/perl"

static char *told; /* shared with the process that says */

static void hear(const char *text)
{
	strncat(told, text, TOLD_SIZE - strlen(told) - 1);
}

/* A policy that allows everything but what `rules` say: "ACTION CALL" pairs. */
struct subject {
	struct cg_policy *policy;
	struct cg_filter *filter;
	struct cg_plan plan;
};

static void add_rule(struct cg_policy *policy, const char *action, const char *name)
{
	struct cg_rule rule = { .arch = cg_arch_native() };

	assert_true(cg_action_parse(action, &rule.action));
	assert_true(cg_syscall_number(rule.arch, name, &rule.nr));
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

static void set_up_subject(struct subject *subject, bool is_audit, const char *const *rules)
{
	uint64_t token[CG_TOKEN_WORDS];

	memset(subject, 0, sizeof(*subject));
	subject->policy = cg_policy_new(CG_ACTION_ALLOW);
	subject->policy->bad_arch_action = CG_ACTION_ERRNO | ENOSYS;
	assert_int_equal(cg_policy_add_arch(subject->policy, cg_arch_native(), NULL), 0);
	for (; rules[0]; rules += 2)
		add_rule(subject->policy, rules[0], rules[1]);
	assert_int_equal(cg_gate_compile(subject->policy, NULL, &subject->filter, NULL), 0);
	assert_int_equal(cg_token_make(token, NULL), 0);
	assert_int_equal(cg_plan_make(subject->filter, is_audit ? CG_RUN_AUDIT : CG_RUN_ENFORCE, CG_TELL_NOTIFY, 0,
				      token, &subject->plan, NULL),
			 0);
}

static void tear_down_subject(struct subject *subject)
{
	cg_plan_done(&subject->plan);
	cg_filter_free(subject->filter);
	cg_policy_free(subject->policy);
}

static struct cg_supervise make_supervise(const struct subject *subject, bool is_audit, char *const *argv)
{
	struct cg_supervise supervise = {
		.policy = subject->policy,
		.filter = subject->filter,
		.is_audit = is_audit,
		.launch = cg_plan_launch(&subject->plan),
		.say = hear,
	};

	supervise.launch.path = argv[0];
	supervise.launch.argv = argv;
	supervise.launch.environment = environ;
	return supervise;
}

/* The whole of a run in a child, as callgate itself would: its exit status, or 200 + errno for a failure. */
static pid_t start(const struct subject *subject, bool is_audit, const char *script)
{
	char *argv[] = { (char *)PERL, (char *)"-e", (char *)script, NULL };
	struct cg_supervise supervise = make_supervise(subject, is_audit, argv);
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	int status, r;
	pid_t pid;

	told[0] = '\0';
	pid = fork();
	if (pid != 0)
		return pid;
	r = cg_supervise_run(&supervise, &status, &stage, &err);
	syscall(SYS_exit_group, r < 0 ? 200 - r : status);
	return 0;
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int run(bool is_audit, const char *const *rules, const char *script)
{
	struct subject subject;
	int status;

	set_up_subject(&subject, is_audit, rules);
	status = finish(start(&subject, is_audit, script));
	tear_down_subject(&subject);
	return status;
}

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void test_denials_are_answered_and_told(void **state)
{
	static const char *const rules[] = { "ERRNO(EACCES)", "socket", "ERRNO(0)", "getppid", "LOG", "getpgrp", NULL };

	/* socket 41, getppid 110, getpgrp 111 */
	assert_int_equal(
		run(false, rules,
		    "$r = syscall(41, 2, 1, 0); exit 1 unless $r == -1 && $! == 13;"
		    "syscall(41, 2, 1, 0) for 1..9; exit 2 if syscall(110); exit 3 if syscall(111) < 1; exit 5"),
		5);
	assert_non_null(strstr(told, "denied socket(AF_INET, SOCK_STREAM, 0) -> ERRNO(EACCES)  by perl["));
	assert_non_null(strstr(told, "denied getppid() -> ERRNO(0)"));
	assert_non_null(strstr(told, "logged getpgrp()  by perl["));
	assert_non_null(strstr(told, "12 calls of 3 kinds"));
	assert_non_null(strstr(told, "        10  denied      socket(AF_INET, SOCK_STREAM, 0)"));
}

static void test_paths_are_told(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };

	assert_int_equal(run(false, rules, "exit 1 if mkdir '/tmp/callgate-never'; exit 0"), 0);
	assert_non_null(strstr(told, "denied mkdir(\"/tmp/callgate-never\", 0777) -> ERRNO(EPERM)"));
}

static void test_silence_when_nothing_is_denied(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };

	assert_int_equal(run(false, rules, "exit 0"), 0);
	assert_string_equal(told, "");
}

/* However a program arms itself against SIGSYS, it ends, and its status is the one that the kernel would give. */
static void test_kill_is_the_end(void **state)
{
	static const char *const actions[] = { "KILL_PROCESS", "KILL_THREAD" };
	static const char *const scripts[] = {
		"syscall(110); exit 0",
		"$SIG{SYS} = sub {}; syscall(110); exit 0",
		"$SIG{SYS} = 'IGNORE'; syscall(110); exit 0",
		"use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(31)); syscall(110); exit 0",
	};

	for (size_t a = 0; a < 2; a++) {
		const char *rules[] = { actions[a], "getppid", NULL };

		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(run(false, rules, scripts[i]), 128 + SIGSYS);
			assert_non_null(strstr(told, "denied getppid() -> KILL_"));
		}
		/* Of a child only the child: its parent sees the signal. */
		assert_int_equal(run(false, rules, "if (!fork) { syscall(110); exit 0 } wait; exit $? & 127"), SIGSYS);
	}
}

static void test_traps_go_to_the_program(void **state)
{
	static const char *const rules[] = { "TRAP", "getppid", NULL };

	assert_int_equal(run(false, rules, "$SIG{SYS} = sub { exit 9 }; syscall(110); exit 0"), 9);
	assert_int_equal(run(false, rules, "syscall(110); exit 0"), 128 + SIGSYS);
	assert_non_null(strstr(told, "SIGSYS: by a TRAP"));
}

static void test_notify_without_an_agent_is_enosys(void **state)
{
	static const char *const rules[] = { "NOTIFY", "getppid", NULL };

	assert_int_equal(run(false, rules, "syscall(110); exit $!"), ENOSYS);
}

static void test_audit_lets_through_all_but_the_critical(void **state)
{
	static const char *const rules[] = { "KILL_PROCESS", "getppid", "TRAP",   "getpgrp",      "TRACE(1)",
					     "getsid",       "NOTIFY",  "getuid", "ERRNO(EPERM)", "umount2",
					     "KILL_PROCESS", "reboot",  NULL };

	/* getsid 124, getuid 102, umount2 166 on nothing: EINVAL or ENOENT had it been made */
	assert_int_equal(
		run(true, rules,
		    "exit 1 if syscall(110) < 0; exit 2 if syscall(111) < 0; exit 3 if syscall(124, 0) < 0;"
		    "exit 4 if syscall(102) < 0; $p = '/no/such'; syscall(166, $p, 0); exit 5 unless $! == 1; exit 0"),
		0);
	assert_non_null(strstr(told, "would deny getppid() -> KILL_PROCESS"));
	assert_non_null(strstr(told, "would deny getpgrp() -> TRAP"));
	assert_non_null(strstr(told, "would deny getsid("));
	assert_non_null(strstr(told, "would deny getuid() -> NOTIFY"));
	assert_non_null(strstr(told, "\ndenied umount2(\"/no/such\""));
	assert_int_equal(run(true, rules, "syscall(169, 1, 2, 3); exit 0"), 128 + SIGSYS); /* no reboot either way */
}

static void test_status_is_the_commands(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	char script[64];

	for (int i = 0; i < 256; i += 51) {
		snprintf(script, sizeof(script), "exit %d", i);
		assert_int_equal(run(false, rules, script), i);
	}
	assert_int_equal(run(false, rules, "kill 'TERM', $$; sleep 5"), 128 + SIGTERM);
	assert_int_equal(run(false, rules, "kill 'KILL', $$; sleep 5"), 128 + SIGKILL);
}

static void test_failures_name_their_stage(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	char *argv[] = { (char *)"/no/such", NULL };
	struct cg_supervise supervise;
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	struct subject subject;
	int status = -1;

	set_up_subject(&subject, false, rules);
	supervise = make_supervise(&subject, false, argv);
	assert_int_equal(cg_supervise_run(&supervise, &status, &stage, &err), -ENOENT);
	assert_int_equal(stage, CG_LAUNCH_EXECUTING);
	assert_string_equal(err.place, "/no/such");
	assert_int_equal(status, -1);
	tear_down_subject(&subject);
}

/* A second listener in the chain: the caller is told, and nothing has happened. */
static void test_second_listener_is_busy(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	struct sock_filter program[] = { BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW) };
	struct sock_fprog outer = { 1, program };
	struct subject subject;
	pid_t pid;

	set_up_subject(&subject, false, rules);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(SYS_seccomp, 1, 8 /* NEW_LISTENER */, &outer) < 0)
			syscall(SYS_exit_group, 99);
		syscall(SYS_exit_group, finish(start(&subject, false, "exit 0")));
	}
	assert_int_equal(finish(pid), 200 + EBUSY);
	tear_down_subject(&subject);
}

static void test_signals_are_forwarded(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT };
	struct subject subject;

	set_up_subject(&subject, false, rules);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		char script[256];
		pid_t pid;

		/* Before its handler is set the command may be ended by the signal: so it says when it is ready. */
		snprintf(script, sizeof(script),
			 "$SIG{$_} = sub { exit 70 } for qw(TERM INT HUP USR1 QUIT);"
			 "mkdir '/tmp/x'; sleep 20; exit 1");
		pid = start(&subject, false, script);
		for (int k = 0; k < 500 && !strstr(told, "mkdir"); k++)
			pause_ms(10);
		kill(pid, signals[i]);
		assert_int_equal(finish(pid), 70);
	}
	tear_down_subject(&subject);
}

/* When the command stops, so do we; when we are continued, so is it. */
static void test_job_control(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	struct subject subject;
	int status;
	pid_t pid;

	set_up_subject(&subject, false, rules);
	pid = start(&subject, false, "kill 'STOP', $$; exit 7");
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGSTOP);
	kill(pid, SIGCONT);
	assert_int_equal(finish(pid), 7);
	tear_down_subject(&subject);
}

/* While the job is stopped, what it left running in another group still gets its answers. */
static void test_stopped_job_hangs_nobody(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	struct subject subject;
	int status, pipes[2];
	char script[256], byte = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	set_up_subject(&subject, false, rules);
	snprintf(script, sizeof(script),
		 "open(F, '>&=', %d); if (!fork) { setpgrp; sleep 1; mkdir '/x'; syswrite(F, $! == 1 ? 'y' : 'n'); "
		 "exit }"
		 "kill 'STOP', $$; wait; exit 7",
		 pipes[1]);
	pid = start(&subject, false, script);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	kill(pid, SIGCONT);
	assert_int_equal(finish(pid), 7);
	close(pipes[0]);
	close(pipes[1]);
	tear_down_subject(&subject);
}

/* The command is gone, and so are we, but its orphan is under the filter still: EPERM, not ENOSYS. */
static void test_orphans_are_answered(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	struct subject subject;
	int pipes[2];
	char script[256], byte = 0;

	assert_int_equal(pipe(pipes), 0);
	set_up_subject(&subject, false, rules);
	snprintf(
		script, sizeof(script),
		"open(F, '>&=', %d); if (!fork) { sleep 1; mkdir '/x'; syswrite(F, $! == 1 ? 'y' : 'n'); exit } exit 3",
		pipes[1]);
	assert_int_equal(finish(start(&subject, false, script)), 3);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_null(strstr(told, "mkdir")); /* nobody is there to be told */
	close(pipes[0]);
	close(pipes[1]);
	tear_down_subject(&subject);
}

/* SIGKILL cannot be forwarded; the command does not outlive it all the same. */
static void test_kill_9_takes_the_command_along(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };
	struct subject subject;
	int pipes[2];
	char script[256], byte = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	set_up_subject(&subject, false, rules);
	snprintf(script, sizeof(script), "open(F, '>&=', %d); $| = 1; syswrite(F, 'x'); sleep 50", pipes[1]);
	pid = start(&subject, false, script);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(finish(pid), -SIGKILL);
	assert_int_equal(read(pipes[0], &byte, 1), 0); /* end of file: the last writer is gone */
	close(pipes[0]);
	tear_down_subject(&subject);
}

/* Threads, and many of them at once: every answer reaches its asker. */
static void test_many_askers(void **state)
{
	static const char *const rules[] = { "ERRNO(EPERM)", "mkdir", NULL };

	assert_int_equal(run(false, rules,
			     "for (1..8) { if (!fork) { for (1..500) { mkdir '/x'; exit 1 if $! != 1 } exit 0 } }"
			     "$s |= $? while wait > 0; exit $s ? 1 : 0"),
			 0);
	assert_non_null(strstr(told, "4000 calls of 1 kind"));
}

static int set_up(void **state)
{
	alarm(120);
	told = mmap(NULL, TOLD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED;
}

static void test_as_nobody(void **state);

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_denials_are_answered_and_told),
	cmocka_unit_test(test_paths_are_told),
	cmocka_unit_test(test_silence_when_nothing_is_denied),
	cmocka_unit_test(test_kill_is_the_end),
	cmocka_unit_test(test_traps_go_to_the_program),
	cmocka_unit_test(test_notify_without_an_agent_is_enosys),
	cmocka_unit_test(test_audit_lets_through_all_but_the_critical),
	cmocka_unit_test(test_status_is_the_commands),
	cmocka_unit_test(test_failures_name_their_stage),
	cmocka_unit_test(test_second_listener_is_busy),
	cmocka_unit_test(test_signals_are_forwarded),
	cmocka_unit_test(test_job_control),
	cmocka_unit_test(test_stopped_job_hangs_nobody),
	cmocka_unit_test(test_orphans_are_answered),
	cmocka_unit_test(test_kill_9_takes_the_command_along),
	cmocka_unit_test(test_many_askers),
	cmocka_unit_test(test_as_nobody), /* must be the last */
};

#define N_TESTS (sizeof(tests) / sizeof(tests[0]))

/* All of the above once more, in a child without privilege. */
static void test_as_nobody(void **state)
{
	pid_t pid;

	if (geteuid() != 0) {
		print_message("# this is a run without privilege already\n");
		skip();
	}
	pid = fork();
	if (pid == 0) {
		if (!test_become_nobody() || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
			_exit(99);
		_exit(_cmocka_run_group_tests("as nobody", tests, N_TESTS - 1, set_up, NULL));
	}
	assert_int_equal(finish(pid), 0);
}

int main(void)
{
	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, set_up, NULL);
}
