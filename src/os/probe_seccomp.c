/*
 * Probes of seccomp itself: modes, actions, flags. In: nothing. Out: an answer, from what really happened to a child.
 */
#include "os/probe_rows.h"

#include "abi/action.h"
#include "os/seccomp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_SECCOMP "a kernel with CONFIG_SECCOMP_FILTER, or a container whose own filter allows seccomp(2)"
#define NEWER_KERNEL "a newer kernel"

static bool died_of(int status, int number)
{
	return status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == number;
}

static bool left_with(int status, int expected)
{
	return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == expected;
}

void cg_probe_strict(struct cg_feature_answer *answer)
{
	pid_t lives = cg_probe_fork(), dies;

	if (lives == 0) {
		if (cg_seccomp_strict(NULL) == 0 && syscall(SYS_write, 1, "", 0) == 0)
			syscall(SYS_exit, 7);
		cg_probe_leave(1);
	}
	dies = cg_probe_fork();
	if (dies == 0) {
		if (cg_seccomp_strict(NULL) == 0)
			syscall(SYS_getpid);
		cg_probe_leave(1);
	}
	if (left_with(cg_probe_wait(lives), 7) && died_of(cg_probe_wait(dies), SIGKILL))
		cg_probe_yes(answer, "write and exit lived, getpid was SIGKILL");
	else
		cg_probe_no(answer, "not from within a filter: strict mode and filters exclude each other",
			    "it could not be entered");
}

void cg_probe_filter(struct cg_feature_answer *answer)
{
	if (cg_probe_load(cg_action_errno(EDOM), 0) < 0)
		cg_probe_errno(answer, NO_SECCOMP, "loading a filter");
	else
		cg_probe_yes(answer, "any user can load filters, with no_new_privs");
}

void cg_probe_filter_privileged(struct cg_feature_answer *answer)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW);
	const struct cg_filter filter = { &allow, 1, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };
	bool is_set = cg_no_new_privs_is_set();
	int r = cg_seccomp_load(&filter, 0, NULL, NULL);

	errno = -r;
	if (r < 0)
		cg_probe_errno(answer, "CAP_SYS_ADMIN, for run --keep-privs", "loading a filter");
	else if (is_set)
		cg_probe_no(answer, "start callgate where no_new_privs is not set",
			    "no_new_privs is set here already, and cannot be unset");
	else
		cg_probe_yes(answer, "set-uid programs can keep their privilege under a filter");
}

static volatile bool has_returned;

static void *call_getppid(void *unused)
{
	syscall(SYS_getppid);
	has_returned = true;
	return unused;
}

/* A thread of a child makes the call; the child leaves with 7 if it outlives that thread. */
static int call_in_thread(uint32_t action)
{
	pid_t pid = cg_probe_fork();
	pthread_t thread = 0;

	if (pid == 0) {
		if (cg_probe_load(action, 0) < 0 || pthread_create(&thread, NULL, call_getppid, NULL) != 0)
			cg_probe_leave(1);
		/* The kernel tells the C library of a thread's end, however it came. */
		pthread_join(thread, NULL);
		cg_probe_leave(has_returned ? 8 : 7);
	}
	return cg_probe_wait(pid);
}

void cg_probe_kill_process(struct cg_feature_answer *answer)
{
	int status = call_in_thread(CG_ACTION_KILL_PROCESS);

	if (died_of(status, SIGSYS))
		cg_probe_yes(answer, "a call of one thread ended the process with SIGSYS");
	else
		cg_probe_no(answer, NEWER_KERNEL,
			    left_with(status, 7) ? "it ended one thread only" : "it had no effect");
}

void cg_probe_kill_thread(struct cg_feature_answer *answer)
{
	int status = call_in_thread(CG_ACTION_KILL_THREAD);

	if (left_with(status, 7))
		cg_probe_yes(answer, "the thread ended, its process went on");
	else
		cg_probe_no(answer, NO_SECCOMP,
			    died_of(status, SIGSYS) ? "it ended the whole process" : "it had no effect");
}

static volatile sig_atomic_t trapped_call;

static void on_trap(int number, siginfo_t *info, void *context)
{
	trapped_call = info->si_syscall;
}

void cg_probe_trap(struct cg_feature_answer *answer)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	trapped_call = -1;
	sigaction(SIGSYS, &action, NULL);
	if (cg_probe_load(CG_ACTION_TRAP, 0) < 0) {
		cg_probe_errno(answer, NO_SECCOMP, "loading a filter");
		return;
	}
	syscall(SYS_getppid);
	if (trapped_call == SYS_getppid)
		cg_probe_yes(answer, "SIGSYS came with the call's number");
	else
		cg_probe_no(answer, NO_SECCOMP, "SIGSYS did not come");
}

void cg_probe_action_errno(struct cg_feature_answer *answer)
{
	if (cg_probe_load(cg_action_errno(EDOM), 0) < 0)
		cg_probe_errno(answer, NO_SECCOMP, "loading a filter");
	else if (syscall(SYS_getppid) == -1 && errno == EDOM)
		cg_probe_yes(answer, "the call failed with the filter's number");
	else
		cg_probe_no(answer, NO_SECCOMP, "the call was made");
}

static void probe_permit(struct cg_feature_answer *answer, uint32_t action, const char *detail)
{
	/* A kernel without LOG (before 4.14) takes the filter and kills. */
	pid_t pid = cg_probe_fork();
	int status;

	if (pid == 0) {
		if (cg_probe_load(action, 0) < 0)
			cg_probe_leave(1);
		cg_probe_leave(syscall(SYS_getppid) >= 0 ? 7 : 1);
	}
	status = cg_probe_wait(pid);
	if (left_with(status, 7))
		cg_probe_yes(answer, "%s", detail);
	else
		cg_probe_no(answer, NEWER_KERNEL, "the call was not made");
}

void cg_probe_action_log(struct cg_feature_answer *answer)
{
	probe_permit(answer, CG_ACTION_LOG, "the call was made; for its record see \"kernel log\"");
}

void cg_probe_action_allow(struct cg_feature_answer *answer)
{
	probe_permit(answer, CG_ACTION_ALLOW, "the call was made");
}

static void *call_when_told(void *pipe_end)
{
	char byte;

	if (read(*(int *)pipe_end, &byte, 1) != 1)
		return NULL;
	return syscall(SYS_getppid) == -1 && errno == EDOM ? pipe_end : NULL;
}

void cg_probe_tsync(struct cg_feature_answer *answer)
{
	pthread_t thread;
	void *result = NULL;
	int pipes[2];

	if (pipe(pipes) < 0 || pthread_create(&thread, NULL, call_when_told, &pipes[0]) != 0) {
		cg_probe_errno(answer, "", "making a thread");
		return;
	}
	if (cg_probe_load(cg_action_errno(EDOM), CG_SECCOMP_TSYNC) < 0) {
		cg_probe_errno(answer, NEWER_KERNEL, "loading for all threads");
		return;
	}
	if (write(pipes[1], "x", 1) == 1 && pthread_join(thread, &result) == 0 && result)
		cg_probe_yes(answer, "a filter reached the other thread");
	else
		cg_probe_no(answer, NEWER_KERNEL, "the filter did not reach the other thread");
}

static void probe_flag(struct cg_feature_answer *answer, unsigned int flags, const char *detail)
{
	if (cg_probe_load(cg_action_errno(EDOM), flags) < 0)
		cg_probe_errno(answer, NEWER_KERNEL, "loading with this flag");
	else
		cg_probe_yes(answer, "%s", detail);
}

/* Alone it changes the answer for a thread that cannot follow; it exists so that TSYNC can have a listener. */
void cg_probe_tsync_esrch(struct cg_feature_answer *answer)
{
	int r = cg_probe_load(CG_ACTION_NOTIFY, CG_SECCOMP_TSYNC | CG_SECCOMP_TSYNC_ESRCH | CG_SECCOMP_NEW_LISTENER);

	if (r < 0)
		cg_probe_errno(answer, NEWER_KERNEL, "a listener for all threads");
	else
		cg_probe_yes(answer, "one listener can serve all threads");
}

void cg_probe_flag_log(struct cg_feature_answer *answer)
{
	probe_flag(answer, CG_SECCOMP_LOG, "denials can be logged (run --tell log)");
}

void cg_probe_spec_allow(struct cg_feature_answer *answer)
{
	probe_flag(answer, CG_SECCOMP_SPEC_ALLOW, "a filter can be loaded without speculation barriers");
}

void cg_probe_wait_killable(struct cg_feature_answer *answer)
{
	if (cg_probe_load(CG_ACTION_NOTIFY, CG_SECCOMP_NEW_LISTENER | CG_SECCOMP_WAIT_KILLABLE_RECV) < 0)
		cg_probe_errno(answer, "a kernel of 5.19 or newer; callgate does without", "loading with this flag");
	else
		cg_probe_yes(answer, "a call that is being answered is not interrupted by signals");
}
