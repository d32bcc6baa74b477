/*
 * Probes of user notification: a child asks, the probe answers in the way that is tried.
 */
#include "os/probe_rows.h"

#include "abi/action.h"
#include "os/notify.h"
#include "os/seccomp.h"
#include "os/spawn.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_LISTENER "not beneath another listener, and a kernel of 5.0 or newer; run falls back to --tell log"

/*
 * What getppid(2) gave the child: its value, or -errno, cut to what an exit status holds. The probe is under the filter
 * too, but never makes that call itself.
 */
static pid_t ask(int (*judge)(long result))
{
	pid_t pid = cg_probe_fork();
	long result;

	if (pid != 0)
		return pid;
	result = syscall(SYS_getppid);
	cg_probe_leave(judge(result < 0 ? -errno : result));
	return 0;
}

static int listen_here(struct cg_feature_answer *answer)
{
	int listener = cg_probe_load(CG_ACTION_NOTIFY, CG_SECCOMP_NEW_LISTENER);

	if (listener < 0)
		cg_probe_errno(answer, NO_LISTENER, "making a listener");
	return listener;
}

/* Waits for the question, gives `answer_it` a go, and says whether the child got what it should. */
static bool try_answer(int listener, int (*judge)(long result),
		       int (*answer_it)(int listener, const struct cg_notification *asked))
{
	struct cg_notification asked;
	pid_t pid = ask(judge);
	int r = cg_notify_receive(listener, &asked);

	if (r == 0)
		r = answer_it(listener, &asked);
	if (r < 0) {
		cg_notify_refuse(listener, asked.id, ENOSYS);
		cg_probe_wait(pid);
		errno = -r;
		return false;
	}
	errno = 0;
	return cg_probe_wait(pid) == 0;
}

void cg_probe_new_listener(struct cg_feature_answer *answer)
{
	if (listen_here(answer) >= 0)
		cg_probe_yes(answer, "a filter can have a listener");
}

static int is_edom(long result)
{
	return result != -EDOM;
}

static int refuse(int listener, const struct cg_notification *asked)
{
	return cg_notify_refuse(listener, asked->id, EDOM);
}

void cg_probe_notify(struct cg_feature_answer *answer)
{
	int listener = listen_here(answer);

	if (listener < 0)
		return;
	if (try_answer(listener, is_edom, refuse))
		cg_probe_yes(answer, "a question came and was answered (run --tell notify)");
	else
		cg_probe_errno(answer, NO_LISTENER, "receiving and answering");
}

static int is_pid(long result)
{
	return result <= 0;
}

static int let_continue(int listener, const struct cg_notification *asked)
{
	return cg_notify_continue(listener, asked->id);
}

void cg_probe_continue(struct cg_feature_answer *answer)
{
	int listener = listen_here(answer);

	if (listener < 0)
		return;
	if (try_answer(listener, is_pid, let_continue))
		cg_probe_yes(answer, "audit can let calls through that it has told");
	else
		cg_probe_errno(answer, "a kernel of 5.5 or newer", "answering CONTINUE");
}

static int is_fd(long result)
{
	char byte;

	return !(result >= 0 && read((int)result, &byte, 1) == 1 && byte == 'x');
}

/* A pipe with one byte in it: what arrives can be told from every other descriptor. */
static int make_pipe(void)
{
	int pipes[2];

	if (pipe(pipes) < 0 || write(pipes[1], "x", 1) != 1)
		return -errno;
	return pipes[0];
}

static int add_fd(int listener, const struct cg_notification *asked)
{
	int fd = make_pipe(), theirs = fd < 0 ? fd : cg_notify_add_fd(listener, asked->id, fd, false);

	return theirs < 0 ? theirs : cg_notify_return(listener, asked->id, theirs);
}

static int add_fd_and_answer(int listener, const struct cg_notification *asked)
{
	int fd = make_pipe(), theirs = fd < 0 ? fd : cg_notify_add_fd(listener, asked->id, fd, true);

	return theirs < 0 ? theirs : 0;
}

void cg_probe_add_fd(struct cg_feature_answer *answer)
{
	int listener = listen_here(answer);

	if (listener < 0)
		return;
	if (try_answer(listener, is_fd, add_fd))
		cg_probe_yes(answer, "a file can be opened on a program's behalf");
	else
		cg_probe_errno(answer, "a kernel of 5.9 or newer", "adding a descriptor");
}

void cg_probe_add_fd_send(struct cg_feature_answer *answer)
{
	int listener = listen_here(answer);

	if (listener < 0)
		return;
	if (try_answer(listener, is_fd, add_fd_and_answer))
		cg_probe_yes(answer, "and returned in the same step");
	else
		cg_probe_errno(answer, "a kernel of 5.14 or newer", "adding and answering at once");
}

void cg_probe_sync_wake_up(struct cg_feature_answer *answer)
{
	int listener = listen_here(answer), r;

	if (listener < 0)
		return;
	r = cg_notify_wake_synchronously(listener);
	errno = -r;
	if (r == 0 && try_answer(listener, is_edom, refuse))
		cg_probe_yes(answer, "asker and answerer share a CPU");
	else
		cg_probe_errno(answer, "a kernel of 6.6 or newer; it only makes answers faster", "setting it");
}

/* A command of its own under the filter: the probe itself would keep the filter in use. */
void cg_probe_hangup(struct cg_feature_answer *answer)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW);
	const struct cg_filter filter = { &allow, 1, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)":", NULL };
	const struct cg_launch launch = {
		.path = "/bin/sh",
		.argv = argv,
		.environment = environ,
		.filters = { &filter },
		.n_filters = 1,
		.wants_listener = true,
		.may_exit = true,
	};
	struct pollfd fd = { .fd = -1 };
	enum cg_launch_stage stage;
	pid_t pid;
	int r = cg_launch_child(&launch, &pid, &fd.fd, &stage, NULL);

	errno = -r;
	if (r < 0) {
		cg_probe_errno(answer, NO_LISTENER, "starting a command with a listener");
		return;
	}
	cg_probe_wait(pid);
	if (poll(&fd, 1, 1000) == 1 && fd.revents & POLLHUP)
		cg_probe_yes(answer, "the end of the last process under a filter is seen");
	else
		cg_probe_no(answer, "a kernel of 5.9 or newer",
			    "the end of the last process under a filter is not seen");
}
