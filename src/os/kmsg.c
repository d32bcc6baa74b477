/*
 * See kmsg.h.
 */
#include "os/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PATH "/dev/kmsg"

static int refused(int fd, struct cg_err *err)
{
	int code = errno;

	if (fd >= 0)
		close(fd);
	if (code == EPERM || code == EACCES)
		return cg_err_set(err, -EPERM, PATH, "reading the kernel's log needs CAP_SYSLOG (root) here");
	return cg_err_set(err, -code, PATH, "cannot read the kernel's log: %s", strerror(code));
}

int cg_kmsg_open(int *ret_fd, struct cg_err *err)
{
	char room[CG_KMSG_RECORD_LIMIT];
	size_t length;
	int fd = open(PATH, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		return refused(fd, err);
	/* Some let it be opened and nothing be read: found out by reading, at the end, where there is hardly anything. */
	r = cg_kmsg_read(fd, room, &length);
	if (r < 0 && r != -EPIPE) {
		errno = -r;
		return refused(fd, err);
	}
	lseek(fd, 0, SEEK_END);
	*ret_fd = fd;
	return 0;
}

int cg_kmsg_read(int fd, char room[CG_KMSG_RECORD_LIMIT], size_t *ret_length)
{
	ssize_t n;

	do
		n = read(fd, room, CG_KMSG_RECORD_LIMIT - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return 0;
	room[n] = '\0';
	*ret_length = strcspn(room, "\n");
	room[*ret_length] = '\0';
	return 1;
}
