/*
 * See past.h. The kernel's log is read without waiting: its end is EAGAIN.
 */
#include "os/past.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KMSG_PATH "/dev/kmsg"
#define KMSG_RECORD 16384 /* bytes; the kernel's are at most some 8 KiB */
#define KMSG_RECORDS 1000000 /* more than any log holds: somebody writes as fast as we read */
#define AUDIT_ANSWER_MS 2000

int cg_past_kmsg(struct cg_text *text, bool *ret_is_cut, struct cg_err *err)
{
	char record[KMSG_RECORD];
	bool is_cut = false;
	ssize_t n = 0;
	int r = 0;
	int fd = open(KMSG_PATH, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return cg_err_set(err, -errno, KMSG_PATH, "%s", strerror(errno));
	for (int i = 0; i < KMSG_RECORDS && !text->has_failed; i++) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE) {
			is_cut = true;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		/* What stands below a record, indented, says nothing of a call. */
		record[n] = '\0';
		cg_text_add_bytes(text, record, strcspn(record, "\n"));
		cg_text_add_char(text, '\n');
	}
	if (n < 0 && errno != EAGAIN)
		r = cg_err_set(err, -errno, KMSG_PATH, "%s", strerror(errno));
	close(fd);
	if (r < 0)
		return r;
	*ret_is_cut = is_cut;
	return text->has_failed ? cg_err_memory(err) : 0;
}

/* ---- a program */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* In a process group of its own, so that what it starts ends with it. */
static int start(const char *const *argv, int write_end, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, write_end, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(ret_pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* 0 at its end, 1 at the limit, -ETIMEDOUT. */
static int take_output(int fd, size_t limit, uint64_t deadline, struct cg_text *text)
{
	size_t length = 0;
	char room[65536];

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(&ready, 1, (int)(deadline - now)) <= 0)
			continue;
		n = read(fd, room, sizeof(room));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (length + (size_t)n > limit)
			return 1;
		cg_text_add_bytes(text, room, (size_t)n);
		length += (size_t)n;
	}
}

int cg_past_program(const char *const *argv, size_t limit, uint64_t ms, struct cg_text *text, bool *ret_is_cut,
		    struct cg_err *err)
{
	uint64_t deadline = now_ms() + ms;
	int ends[2], status = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cg_err_set(err, -errno, argv[0], "%s", strerror(errno));
	r = start(argv, ends[1], &pid);
	close(ends[1]);
	if (r < 0) {
		close(ends[0]);
		return cg_err_set(err, r, argv[0], "%s", r == -ENOENT ? "there is no such program" : strerror(-r));
	}
	r = take_output(ends[0], limit, deadline, text);
	close(ends[0]);
	if (r != 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == -ETIMEDOUT)
		return cg_err_set(err, r, argv[0], "did not answer in %u seconds", (unsigned int)(ms / 1000));
	if (r < 0)
		return cg_err_set(err, r, argv[0], "%s", strerror(-r));
	if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		return cg_err_set(err, -EPROTO, argv[0], "failed (status %d)",
				  WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	*ret_is_cut = r == 1;
	return text->has_failed ? cg_err_memory(err) : 0;
}

/* ---- audit */

struct question {
	struct nlmsghdr header;
};

union answer {
	struct nlmsghdr header;
	char bytes[4096];
};

/* Answers to others, and acknowledgements, may come first. */
static int take_status(int fd, struct cg_past_audit *ret_audit)
{
	for (int i = 0; i < 16; i++) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		union answer answer;
		struct audit_status status = { 0 };
		ssize_t n;

		if (poll(&ready, 1, AUDIT_ANSWER_MS) <= 0)
			return -ETIMEDOUT;
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n < 0)
			return -errno;
		if ((size_t)n < sizeof(answer.header))
			return -EPROTO;
		if (answer.header.nlmsg_type == NLMSG_ERROR && (size_t)n >= NLMSG_LENGTH(sizeof(int))) {
			int code;

			memcpy(&code, NLMSG_DATA(&answer.header), sizeof(code));
			if (code)
				return code;
			continue;
		}
		if (answer.header.nlmsg_type != AUDIT_GET)
			continue;
		n -= NLMSG_HDRLEN;
		memcpy(&status, NLMSG_DATA(&answer.header), (size_t)n < sizeof(status) ? (size_t)n : sizeof(status));
		*ret_audit = (struct cg_past_audit){ status.enabled != 0, (int)status.pid, status.lost };
		return 0;
	}
	return -EPROTO;
}

int cg_past_audit(struct cg_past_audit *ret_audit, struct cg_err *err)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct question question = { .header = { .nlmsg_len = sizeof(question), .nlmsg_type = AUDIT_GET,
						 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = 1 } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	int r;

	if (fd < 0)
		return cg_err_set(err, -errno, "audit", "%s", strerror(errno));
	r = sendto(fd, &question, sizeof(question), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0 ?
		    -errno :
		    take_status(fd, ret_audit);
	close(fd);
	return r < 0 ? cg_err_set(err, r, "audit", "%s", strerror(-r)) : 0;
}
