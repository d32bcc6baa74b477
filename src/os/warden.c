/*
 * See warden.h. The question lies in shared memory into which the kernel itself writes it: between its receipt and our
 * first instruction afterwards there is no moment in which only we know of it.
 */
#include "os/warden.h"

#include "os/job.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTION_SIZE 1024 /* cg_notify_check() has asked whether that is enough */
#define LOOK_MS 1000 /* where the kernel does not tell that nobody is left */

static bool is_answered_for_good(int listener)
{
	struct pollfd fd = { .fd = listener, .events = POLLIN };

	while (poll(&fd, 1, LOOK_MS) < 0 && errno == EINTR)
		;
	return fd.revents & (POLLHUP | POLLERR | POLLNVAL) && !(fd.revents & POLLIN);
}

static void take_over(int listener, const struct seccomp_notif *question)
{
	struct cg_notification next;

	/* Answered already, perhaps: then there is no such question any more. */
	cg_notify_continue(listener, question->id);
	while (!is_answered_for_good(listener)) {
		struct pollfd fd = { .fd = listener, .events = POLLIN };

		if (poll(&fd, 1, 0) == 1 && fd.revents & POLLIN && cg_notify_receive(listener, &next) == 0)
			cg_notify_continue(listener, next.id);
	}
}

/* In a session of its own: a signal to our group, or its terminal's end, is not for it. */
static void __attribute__((noreturn)) stand_by(int listener, int leash, const struct seccomp_notif *question)
{
	sigset_t all;
	char byte;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "callgate-warden", 0, 0, 0);
	cg_job_detach();
	do
		n = read(leash, &byte, 1);
	while (n < 0 && errno == EINTR);
	/* A byte: dismissed. Its end: whoever held it is gone. */
	if (n == 0)
		take_over(listener, question);
	_exit(0);
}

int cg_warden_post(int listener, struct cg_warden *ret_warden, struct cg_err *err)
{
	struct cg_warden warden = { .leash = -1 };
	int ends[2];

	warden.question = mmap(NULL, QUESTION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (warden.question == MAP_FAILED)
		return cg_err_memory(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		munmap(warden.question, QUESTION_SIZE);
		return cg_err_set(err, -errno, NULL, "cannot make a pair of sockets: %s", strerror(errno));
	}
	warden.pid = fork();
	if (warden.pid == 0) {
		close(ends[1]);
		stand_by(listener, ends[0], warden.question);
	}
	close(ends[0]);
	if (warden.pid < 0) {
		int r = -errno;

		close(ends[1]);
		munmap(warden.question, QUESTION_SIZE);
		return cg_err_set(err, r, NULL, "cannot fork: %s", strerror(-r));
	}
	warden.leash = ends[1];
	*ret_warden = warden;
	return 0;
}

int cg_warden_receive(const struct cg_warden *warden, int listener, struct cg_notification *ret_notification)
{
	struct seccomp_notif *question = warden->question;
	int r;

	/* The kernel wants it zeroed; its own, larger structure too. */
	memset(question, 0, sizeof(*question));
	r = cg_notify_receive_raw(listener, question);
	if (r < 0)
		return r;
	ret_notification->id = question->id;
	ret_notification->tid = (int)question->pid;
	ret_notification->call = (struct cg_call){
		.arch = question->data.arch,
		.nr = (uint32_t)question->data.nr,
		.ip = question->data.instruction_pointer,
	};
	for (unsigned int i = 0; i < 6; i++)
		ret_notification->call.args[i] = question->data.args[i];
	return 0;
}

void cg_warden_dismiss(struct cg_warden *warden)
{
	if (warden->leash < 0)
		return;
	while (send(warden->leash, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
	close(warden->leash);
	while (waitpid(warden->pid, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(warden->question, QUESTION_SIZE);
	*warden = (struct cg_warden){ .leash = -1 };
}
