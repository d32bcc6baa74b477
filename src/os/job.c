/*
 * Front and keeper. See job.h.
 *
 * Signals: both sides block all of them but faults. The front reads them from a signalfd and forwards what was sent to
 * it; what the terminal sends (SI_KERNEL) has reached the command's process, in the same group, already. The keeper
 * needs SIGCHLD only, also from a signalfd.
 */
#include "os/job.h"

#include "base/cleanup.h"
#include "os/file.h"
#include "os/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAY_PATIENCE 200 /* milliseconds */

enum message_kind {
	MESSAGE_FAILED,
	MESSAGE_STARTED,
	MESSAGE_STOPPED,
	MESSAGE_CONTINUED,
	MESSAGE_ENDED,
};

/* From keeper to front, one packet each. */
struct message {
	enum message_kind kind;
	enum cg_launch_stage stage; /* FAILED */
	int value;                  /* a PID, a signal, a status */
	bool stays;                 /* ENDED: the keeper has others to answer */
	struct cg_err err;          /* FAILED */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void tell(struct cg_job *job, const struct message *message)
{
	/* A front that is gone wants to know nothing any more. */
	while (send(job->port, message, sizeof(*message), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

void cg_job_tell_failure(struct cg_job *job, enum cg_launch_stage stage, const struct cg_err *err)
{
	tell(job, &(struct message){ .kind = MESSAGE_FAILED, .stage = stage, .err = *err });
}

void cg_job_tell_start(struct cg_job *job, pid_t pid)
{
	job->pid = pid;
	tell(job, &(struct message){ .kind = MESSAGE_STARTED, .value = pid });
}

void cg_job_tell_end(struct cg_job *job, int status, bool stays)
{
	job->pid = 0;
	tell(job, &(struct message){ .kind = MESSAGE_ENDED, .value = status, .stays = stays });
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
		tell(job, &(struct message){ .kind = MESSAGE_STOPPED, .value = WSTOPSIG(status) });
	} else if (WIFCONTINUED(status)) {
		ret_event->kind = CG_JOB_CONTINUED;
		tell(job, &(struct message){ .kind = MESSAGE_CONTINUED });
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

/* What the front knows. */
struct front {
	int port;
	int signal_fd;
	int pidfd; /* of the command, -1 until it has started */
	bool keeper_stays;
};

static bool has_news(const struct front *front)
{
	struct pollfd fd = { .fd = front->port, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

/* Signals that a terminal, or its end, sends to the whole foreground group. */
static bool is_of_terminal(int number)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGCONT };

	for (size_t i = 0; i < CG_N_ITEMS(numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static void forward(const struct front *front)
{
	struct signalfd_siginfo info;
	siginfo_t sent = { 0 };

	if (read(front->signal_fd, &info, sizeof(info)) != sizeof(info) || front->pidfd < 0)
		return;
	if (info.ssi_code == SI_KERNEL && is_of_terminal((int)info.ssi_signo))
		return;
	/* With its value, if it has one (sigqueue(3)). */
	sent.si_signo = (int)info.ssi_signo;
	sent.si_code = SI_QUEUE;
	sent.si_pid = getpid();
	sent.si_uid = getuid();
	sent.si_value.sival_ptr = (void *)(uintptr_t)info.ssi_ptr;
	syscall(SYS_pidfd_send_signal, front->pidfd, info.ssi_signo, info.ssi_code == SI_QUEUE ? &sent : NULL, 0);
}

static int end_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The keeper is gone without a word. The command is not: what the filter denies fails with ENOSYS from now on. */
static int lose_keeper(struct front *front, struct cg_err *err)
{
	front->port = -1;
	if (front->pidfd >= 0)
		return 1;
	return cg_err_set(err, -ECHILD, NULL, "the process that was to start the command was killed");
}

/* 1: go on; 0: the command has ended; negative: it never started. */
static int hear(struct front *front, int *ret_status, enum cg_launch_stage *ret_stage, struct cg_err *err)
{
	struct message message;
	ssize_t n = recv(front->port, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return 1;
	if (n != sizeof(message))
		return lose_keeper(front, err);
	switch (message.kind) {
	case MESSAGE_STARTED:
		front->pidfd = (int)syscall(SYS_pidfd_open, message.value, 0);
		return 1;
	case MESSAGE_STOPPED:
		/* If it goes on already, somebody continued us both, and we would stop alone. */
		if (!has_news(front))
			cg_signals_stop_self(message.value);
		return 1;
	case MESSAGE_CONTINUED:
		return 1;
	case MESSAGE_ENDED:
		*ret_status = end_status(message.value);
		front->keeper_stays = message.stays;
		return 0;
	case MESSAGE_FAILED:
		*ret_stage = message.stage;
		if (err)
			*err = message.err;
		return message.err.code;
	}
	return 1;
}

static int relay(struct front *front, int *ret_status, enum cg_launch_stage *ret_stage, struct cg_err *err)
{
	int r = 1;

	while (r > 0) {
		/* Signals wait until there is somebody to forward them to. */
		struct pollfd fds[] = { { .fd = front->port, .events = POLLIN },
					{ .fd = front->pidfd >= 0 ? front->signal_fd : -1, .events = POLLIN },
					{ .fd = front->port < 0 ? front->pidfd : -1, .events = POLLIN } };

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return cg_err_set(err, -errno, NULL, "cannot wait: %s", strerror(errno));
		if (fds[1].revents)
			forward(front);
		if (fds[0].revents)
			r = hear(front, ret_status, ret_stage, err);
		if (fds[2].revents)
			return cg_err_set(err, -ECHILD, NULL,
					  "the process that answered for the filter was killed, and the command's "
					  "status is lost with it");
	}
	return r;
}

/* All of them but SIGCHLD for the front, SIGCHLD alone for the keeper. */
static int open_signals(bool is_keeper)
{
	sigset_t mask;

	if (is_keeper) {
		sigemptyset(&mask);
		sigaddset(&mask, SIGCHLD);
	} else {
		sigfillset(&mask);
		sigdelset(&mask, SIGCHLD);
	}
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static _Noreturn void be_keeper(int port, const struct cg_signal_state *signals,
				void (*keep)(void *context, struct cg_job *job), void *context)
{
	struct cg_job job = { .signals = *signals, .port = port, .child_fd = open_signals(true) };

	if (job.child_fd >= 0)
		keep(context, &job);
	_exit(0);
}

static int be_front(struct front *front, pid_t keeper, int *ret_status, enum cg_launch_stage *ret_stage,
		    struct cg_err *err)
{
	int port = front->port, r = relay(front, ret_status, ret_stage, err);

	close_fd(&front->pidfd);
	front->port = port;
	if (!front->keeper_stays)
		waitpid(keeper, NULL, 0); /* it has nothing left to do, or is dead */
	return r;
}

int cg_job_run(void (*keep)(void *context, struct cg_job *job), void *context, int *ret_status,
	       enum cg_launch_stage *ret_stage, struct cg_err *err)
{
	struct front front = { .pidfd = -1 };
	struct cg_signal_state signals;
	int ports[2], r;
	pid_t pid;

	*ret_stage = CG_LAUNCH_LOADING;
	front.signal_fd = open_signals(false);
	if (front.signal_fd < 0)
		return cg_err_set(err, -errno, NULL, "cannot watch signals: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ports) < 0) {
		r = -errno;
		close(front.signal_fd);
		return cg_err_set(err, r, NULL, "cannot make a pair of sockets: %s", strerror(-r));
	}
	front.port = ports[0];

	cg_signals_hold(&signals);
	pid = fork();
	if (pid == 0) {
		close(front.port);
		close(front.signal_fd);
		be_keeper(ports[1], &signals, keep, context);
	}
	close(ports[1]);
	if (pid < 0)
		r = cg_err_set(err, -errno, NULL, "cannot start a process: %s", strerror(errno));
	else
		r = be_front(&front, pid, ret_status, ret_stage, err);
	close(front.port);
	close(front.signal_fd);
	if (r < 0)
		cg_signals_restore(&signals);
	return r;
}
