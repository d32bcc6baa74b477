/*
 * See detach.h.
 */
#include "os/detach.h"

#include "os/file.h"
#include "os/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave_the_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	umask(022);
	if (chdir("/") < 0)
		_exit(1);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(1);
	if (null > 2)
		close(null);
	signal(SIGPIPE, SIG_IGN);
}

/* Waits for the child's word until then. 1: there is some, or its end; 0: time is up. */
static int wait_for_word(int port, uint64_t until_ms)
{
	struct pollfd waiting = { .fd = port, .events = POLLIN };

	for (;;) {
		uint64_t now = cg_clock_ms();
		int n = poll(&waiting, 1, now < until_ms ? (int)(until_ms - now) : 0);

		if (n >= 0 || errno != EINTR)
			return n != 0;
	}
}

static int hear(int port, pid_t child, uint64_t limit_ms, struct cg_err *err)
{
	struct cg_err told = { 0 };

	if (!wait_for_word(port, cg_clock_ms() + limit_ms)) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return cg_err_set(err, -ETIMEDOUT, NULL, "the recorder was not ready within %llu ms",
				  (unsigned long long)limit_ms);
	}
	/* One write, smaller than PIPE_BUF: there whole or not at all (pipe(7)). */
	if (read(port, &told, sizeof(told)) != (ssize_t)sizeof(told))
		return cg_err_set(err, -ECHILD, NULL, "the recorder ended before it was ready");
	if (told.code < 0 && err)
		*err = told;
	return told.code;
}

int cg_detach_run(void (*work)(void *context, int port), void *context, uint64_t limit_ms, struct cg_err *err)
{
	int ports[2], r;
	pid_t child;

	if (pipe2(ports, O_CLOEXEC) < 0)
		return cg_err_set(err, -errno, NULL, "cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		close(ports[0]);
		leave_the_caller();
		work(context, ports[1]);
		_exit(0);
	}
	close(ports[1]);
	if (child < 0)
		r = cg_err_set(err, -errno, NULL, "cannot fork: %s", strerror(errno));
	else
		r = hear(ports[0], child, limit_ms, err);
	close(ports[0]);
	return r;
}

void cg_detach_fail(int port, const struct cg_err *err)
{
	cg_fd_write(port, (const char *)err, sizeof(*err));
	close(port);
}

void cg_detach_ready(int port)
{
	const struct cg_err none = { 0 };

	cg_detach_fail(port, &none);
}

int cg_detach_parent(void)
{
	return getppid();
}
