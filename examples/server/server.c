/*
 * A server whose worker drops to a filter once it has started: it opens what it needs, then gives up opening.
 * cc server.c $(pkg-config --cflags --libs libseccomp)
 *
 *     server FILE        serves FILE on a port of 127.0.0.1, which it prints, until it is told to stop
 *
 * A client sends one line: "get" gets the file; "more" would have the worker open /etc/passwd, "exec" start a shell,
 * as one that was taken over might: the filter says no. The master starts another worker when one was ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTENT_SIZE 65536

static char content[CONTENT_SIZE];
static size_t content_length;

/* What a worker does with connections that the master made for it: this, and no more. */
static const int allowed[] = { SCMP_SYS(accept4), SCMP_SYS(read),	SCMP_SYS(write), SCMP_SYS(close),
			       SCMP_SYS(sendto),  SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn) };

static int drop_calls(int listener)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		/* A condition, as arg_cnt says: connections are taken from this one socket. */
		if (allowed[i] == SCMP_SYS(accept4))
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 1, SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)listener));
		else
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	}
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
	if (r == 0)
		r = seccomp_load(ctx);
	return r;
}

static void say(int client, const char *text)
{
	if (send(client, text, strlen(text), MSG_NOSIGNAL) < 0)
		return; /* it has gone */
}

static void serve(int client)
{
	char line[64] = "";
	char *const shell[] = { "sh", NULL };

	if (read(client, line, sizeof(line) - 1) <= 0)
		return;
	if (strncmp(line, "get", 3) == 0)
		send(client, content, content_length, MSG_NOSIGNAL);
	else if (strncmp(line, "more", 4) == 0)
		say(client, open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? strerror(errno) : "opened");
	else if (strncmp(line, "exec", 4) == 0)
		execv("/bin/sh", shell);
	else
		say(client, "what?");
}

static int work(int listener)
{
	strerror(EACCES); /* reads its texts now: translations come from files */
	if (drop_calls(listener) < 0)
		return 2;
	for (;;) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0 && errno != EINTR && errno != ECONNABORTED)
			return 1;
		if (client >= 0) {
			serve(client);
			close(client);
		}
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 16) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}

static int read_content(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, content, sizeof(content));

	if (n < 0)
		return -1;
	content_length = (size_t)n;
	return close(fd);
}

int main(int argc, char **argv)
{
	int listener;
	int status;

	if (argc != 2)
		return fprintf(stderr, "usage: server FILE\n"), 2;
	if (read_content(argv[1]) < 0)
		return perror(argv[1]), 1;
	listener = listen_somewhere();
	if (listener < 0)
		return perror("server"), 1;
	for (;;) {
		pid_t master = getpid();
		pid_t pid = fork();

		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL); /* no worker outlives its master */
			_exit(getppid() == master ? work(listener) : 1);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 1;
		if (WIFEXITED(status)) /* it could not begin */
			return WEXITSTATUS(status);
		printf("a worker was ended by signal %d: the next one\n", WTERMSIG(status));
		fflush(stdout);
	}
}
