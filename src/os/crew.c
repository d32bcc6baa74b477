/*
 * See crew.h. PR_SET_PDEATHSIG: prctl(2); it is told of the thread that forked, which is our only one.
 */
#include "os/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cg_crew_start(int (*work)(void *context), void *context, const struct cg_signals *signals, int *ret_pid,
		  struct cg_err *err)
{
	pid_t parent = getpid(), pid;

	/* What is in a buffer would be written twice. */
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		int r = -errno;

		return cg_err_set(err, r, NULL, "cannot fork: %s", strerror(-r));
	}
	if (pid == 0) {
		cg_signals_undo(signals);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(128 + SIGTERM);
		_exit(work(context));
	}
	*ret_pid = pid;
	return 0;
}

void cg_crew_tell_to_end(int pid)
{
	kill(pid, SIGTERM);
}

int cg_crew_next_ended(int *ret_status)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return 0;
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return pid;
}

void cg_crew_pause(uint64_t ms)
{
	const struct timespec moment = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000L };

	nanosleep(&moment, NULL);
}
