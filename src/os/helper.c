/*
 * See helper.h. Sources: unix(7), epoll(7).
 */
#include "os/helper.h"

#include "base/cleanup.h"
#include "os/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_BYTES (1 << 20)

int cg_helper_find(const char *name, char **ret_path, struct cg_err *err)
{
	char here[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", here, sizeof(here) - 1);
	char *path = NULL, *slash;

	if (length < 0)
		return cg_err_set(err, -errno, "/proc/self/exe", "cannot tell where this program is: %s",
				  strerror(errno));
	here[length] = '\0';
	slash = strrchr(here, '/');
	if (slash)
		*slash = '\0';
	if (asprintf(&path, "%s/%s", here, name) < 0)
		return cg_err_memory(err);
	if (access(path, X_OK) < 0) {
		int code = -errno;

		cg_err_set(err, code, path, "cannot be run: %s; it belongs beside callgate", strerror(errno));
		free(path);
		return code;
	}
	*ret_path = path;
	return 0;
}

bool cg_helper_is_one(void)
{
	int type = 0;
	socklen_t length = sizeof(type);

	return getsockopt(CG_HELPER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

/* In the child, between fork and exec. */
static void become(const char *path, char *const *argv, int socket)
{
	sigset_t none;

	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* ours must not be called there; those that cannot be set stay */
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (socket == CG_HELPER_SOCKET ? fcntl(socket, F_SETFD, 0) < 0 : dup2(socket, CG_HELPER_SOCKET) < 0)
		_exit(126);
	close_range(CG_HELPER_SOCKET + 1, ~0U, 0);
	execv(path, argv);
	_exit(errno == ENOENT ? 127 : 126);
}

int cg_helper_start(const char *path, char *const *argv, pid_t *ret_pid, int *ret_socket, struct cg_err *err)
{
	int sockets[2], size = SOCKET_BYTES;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) < 0)
		return cg_err_set(err, -errno, NULL, "cannot make a socket: %s", strerror(errno));
	if (setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	pid = fork();
	if (pid == 0)
		become(path, argv, sockets[1]);
	close(sockets[1]);
	if (pid < 0) {
		int code = -errno;

		close(sockets[0]);
		return cg_err_set(err, code, NULL, "cannot fork: %s", strerror(-code));
	}
	*ret_pid = pid;
	*ret_socket = sockets[0];
	return 0;
}

int cg_helper_send(int socket, const void *bytes, size_t length)
{
	ssize_t n;

	do
		n = send(socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	return errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : errno == ECONNRESET ? -EPIPE : -errno;
}

ssize_t cg_helper_receive(int socket, void *bytes, size_t size)
{
	ssize_t n;

	do
		n = recv(socket, bytes, size, MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return (size_t)n > size ? -EMSGSIZE : n;
}

int cg_helper_wait(int socket, int timeout_ms)
{
	struct pollfd waiting = { .fd = socket, .events = POLLIN };
	uint64_t until = cg_clock_ms() + (uint64_t)timeout_ms;

	for (;;) {
		uint64_t now = cg_clock_ms();
		int n = poll(&waiting, 1, now < until ? (int)(until - now) : 0);

		if (n >= 0 || errno != EINTR)
			return n != 0;
	}
}

void cg_helper_close(int fd)
{
	close(fd);
}

bool cg_helper_has_ended(pid_t pid, int *ret_status)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

void cg_helper_await(pid_t pid, int *ret_status)
{
	for (int i = 0; i < 500; i++) {
		if (cg_helper_has_ended(pid, ret_status))
			return;
		poll(NULL, 0, 10);
	}
	cg_helper_kill(pid);
}

void cg_helper_kill(pid_t pid)
{
	if (kill(pid, SIGKILL) < 0 && errno == EPERM)
		return; /* it has become somebody else, and we have given up the right; it ends with its socket */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int cg_helper_watch_new(struct cg_err *err)
{
	int watch = epoll_create1(EPOLL_CLOEXEC);

	return watch < 0 ? cg_err_set(err, -errno, NULL, "cannot watch a socket: %s", strerror(errno)) : watch;
}

int cg_helper_watch(int watch, int old_socket, int new_socket)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (old_socket >= 0)
		epoll_ctl(watch, EPOLL_CTL_DEL, old_socket, NULL);
	if (new_socket >= 0 && epoll_ctl(watch, EPOLL_CTL_ADD, new_socket, &event) < 0)
		return -errno;
	return 0;
}
