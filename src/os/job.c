/*
 * Front and keeper: the front, and how the two are made. See job.h; job_keeper.c has the other side.
 *
 * Both block all signals but faults. The front reads them from a signalfd and forwards what was sent to it; what the
 * terminal sends (SI_KERNEL) has reached the command's process, in the same group, already.
 */
#include "os/job.h"

#include "base/cleanup.h"
#include "os/job_message.h"
#include "os/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the front knows. */
struct front {
	int port;
	int signal_fd;
	pid_t pid; /* of the command, and */
	int pidfd; /* the same, -1 until it has started */
	bool keeper_stays;
	uint64_t early; /* bit n - 1: signal n came before there was anybody to forward it to */
};

/* As /proc/PID/stat says now: what the keeper told may be over. */
static bool is_stopped(pid_t pid)
{
	char path[64], text[512];
	const char *name_end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	name_end = strrchr(text, ')');
	return name_end && name_end[1] == ' ' && name_end[2] == 'T';
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

static void send_to_command(const struct front *front, int number, const siginfo_t *info)
{
	syscall(SYS_pidfd_send_signal, front->pidfd, number, info, 0);
}

/*
 * Before the command runs. A stop reaches its process all the same, perhaps between fork and exec, and then the keeper
 * sleeps (vfork(2)) and cannot tell us: so we stop of our own accord, and go on when the job does.
 */
static void keep_for_later(struct front *front, int number, bool is_of_group)
{
	if (is_of_group && cg_signal_stops(number))
		cg_signals_stop_self(number);
	else if (!is_of_group && number <= 64)
		front->early |= UINT64_C(1) << (number - 1);
}

static void forward_early(struct front *front)
{
	for (int number = 1; number <= 64; number++)
		if (front->early >> (number - 1) & 1)
			send_to_command(front, number, NULL);
	front->early = 0;
}

static void forward(struct front *front)
{
	struct signalfd_siginfo info;
	siginfo_t sent = { 0 };
	bool is_of_group;
	int number;

	if (read(front->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	number = (int)info.ssi_signo;
	is_of_group = info.ssi_code == SI_KERNEL && is_of_terminal(number);
	if (front->pidfd < 0)
		keep_for_later(front, number, is_of_group);
	if (front->pidfd < 0 || is_of_group)
		return;
	/* With its value, if it has one (sigqueue(3)). */
	sent.si_signo = number;
	sent.si_code = SI_QUEUE;
	sent.si_pid = getpid();
	sent.si_uid = getuid();
	sent.si_value.sival_ptr = (void *)(uintptr_t)info.ssi_ptr;
	send_to_command(front, number, info.ssi_code == SI_QUEUE ? &sent : NULL);
}

/* The keeper is gone without a word. The command is not: what the filter denies fails with ENOSYS from now on. */
static int lose_keeper(struct front *front, struct cg_err *err)
{
	front->port = -1;
	if (front->pidfd >= 0)
		return 1;
	return cg_err_set(err, -ECHILD, NULL, "the process that was to start the command was killed");
}

/* A SIGCONT takes back the stops that wait: what waits now came after it. */
static bool is_stop_waiting(void)
{
	sigset_t waiting;

	sigpending(&waiting);
	return sigismember(&waiting, SIGTSTP) == 1 || sigismember(&waiting, SIGTTIN) == 1 ||
	       sigismember(&waiting, SIGTTOU) == 1;
}

/*
 * Stops as the command did. Who continues us continues the whole job, as a rule, and then the SIGCONT that woke us is
 * not to be forwarded: it would come late and undo the next stop. Who continues us alone means the command; unless the
 * terminal has stopped the job again before we got here.
 */
static void stop_along(struct front *front, int number)
{
	const struct timespec now = { 0, 0 };
	sigset_t mask;

	if (!is_stopped(front->pid))
		return;
	cg_signals_stop_self(number);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCONT);
	sigtimedwait(&mask, NULL, &now);
	if (is_stopped(front->pid) && !is_stop_waiting())
		send_to_command(front, SIGCONT, NULL);
}

/* 1: go on; 0: the command has ended; negative: it never started. */
static int hear(struct front *front, int *ret_status, enum cg_launch_stage *ret_stage, struct cg_err *err)
{
	struct cg_job_message message;
	ssize_t n = recv(front->port, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return 1;
	if (n != sizeof(message))
		return lose_keeper(front, err);
	switch (message.kind) {
	case CG_JOB_MESSAGE_STARTED:
		front->pid = message.value;
		front->pidfd = (int)syscall(SYS_pidfd_open, message.value, 0);
		forward_early(front);
		return 1;
	case CG_JOB_MESSAGE_STOPPED:
		stop_along(front, message.value);
		return 1;
	case CG_JOB_MESSAGE_CONTINUED:
		return 1;
	case CG_JOB_MESSAGE_ENDED:
		*ret_status = cg_shell_status(message.value);
		front->keeper_stays = message.stays;
		return 0;
	case CG_JOB_MESSAGE_FAILED:
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
		struct pollfd fds[] = { { .fd = front->port, .events = POLLIN },
					{ .fd = front->signal_fd, .events = POLLIN },
					{ .fd = front->port < 0 ? front->pidfd : -1, .events = POLLIN } };

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return cg_err_set(err, -errno, NULL, "cannot wait: %s", strerror(errno));
		if (fds[0].revents)
			r = hear(front, ret_status, ret_stage, err);
		if (fds[1].revents)
			forward(front);
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

	if (front->pidfd >= 0)
		close(front->pidfd);
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
