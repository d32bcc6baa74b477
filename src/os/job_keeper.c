/*
 * The keeper's side of a job. See job.h.
 *
 * It has all signals blocked but faults, and learns of the command by SIGCHLD from a signalfd.
 */
#include "os/job.h"

#include "os/file.h"
#include "os/job_message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAY_PATIENCE 200 /* milliseconds */

static void tell(struct cg_job *job, const struct cg_job_message *message)
{
	/* A front that is gone wants to know nothing any more. */
	while (send(job->port, message, sizeof(*message), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

void cg_job_tell_failure(struct cg_job *job, enum cg_launch_stage stage, const struct cg_err *err)
{
	tell(job, &(struct cg_job_message){ .kind = CG_JOB_MESSAGE_FAILED, .stage = stage, .err = *err });
}

void cg_job_tell_start(struct cg_job *job, pid_t pid)
{
	job->pid = pid;
	tell(job, &(struct cg_job_message){ .kind = CG_JOB_MESSAGE_STARTED, .value = pid });
}

void cg_job_tell_end(struct cg_job *job, int status, bool stays)
{
	job->pid = 0;
	tell(job, &(struct cg_job_message){ .kind = CG_JOB_MESSAGE_ENDED, .value = status, .stays = stays });
}

static void drain(int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
		;
}

/* One change of the command, if there is one. */
static bool take_change(struct cg_job *job, struct cg_job_event *ret_event)
{
	int status;

	if (job->pid == 0 || waitpid(job->pid, &status, WNOHANG | WUNTRACED | WCONTINUED) != job->pid)
		return false;
	ret_event->status = status;
	if (WIFSTOPPED(status)) {
		ret_event->kind = CG_JOB_STOPPED;
		tell(job, &(struct cg_job_message){ .kind = CG_JOB_MESSAGE_STOPPED, .value = WSTOPSIG(status) });
	} else if (WIFCONTINUED(status)) {
		ret_event->kind = CG_JOB_CONTINUED;
		tell(job, &(struct cg_job_message){ .kind = CG_JOB_MESSAGE_CONTINUED });
	} else {
		ret_event->kind = CG_JOB_ENDED;
	}
	return true;
}

/* The front was killed, so is the command. It is our child and not waited for yet: the id is its own. */
static void follow_front(struct cg_job *job)
{
	close(job->port);
	job->port = -1;
	if (job->pid)
		kill(job->pid, SIGKILL);
}

int cg_job_wait(struct cg_job *job, int listener, struct cg_job_event *ret_event)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = listener, .events = POLLIN },
					{ .fd = job->child_fd, .events = POLLIN },
					{ .fd = job->pid ? job->port : -1, .events = 0 } };

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			follow_front(job);
		job->is_childs_turn = !job->is_childs_turn;
		if (fds[0].revents && !(fds[1].revents && job->is_childs_turn)) {
			ret_event->kind = fds[0].revents & POLLIN ? CG_JOB_NOTIFICATION : CG_JOB_HANGUP;
			return 0;
		}
		drain(job->child_fd);
		if (take_change(job, ret_event)) {
			/* There may be another one behind it, for which no signal comes any more. */
			raise(SIGCHLD);
			return 0;
		}
	}
}

void cg_job_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (chdir("/") < 0)
		return;
}

void cg_job_shield(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void cg_job_say(const char *line)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&fd, 1, SAY_PATIENCE) == 1 && fd.revents & POLLOUT)
		cg_fd_write(STDERR_FILENO, line, strlen(line));
}
