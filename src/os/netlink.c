/*
 * See netlink.h; kernel/audit.c (audit_multicast_bind, kauditd_send_multicast_skb).
 *
 * Only the machine's first network namespace is told: in another one the socket opens and stays silent.
 */
#include "os/netlink.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int refused(int fd, struct cg_err *err)
{
	int code = errno;

	if (fd >= 0)
		close(fd);
	if (code == EPERM)
		return cg_err_set(err, -EPERM, "audit", "listening to the kernel's audit needs CAP_AUDIT_READ (root)");
	return cg_err_set(err, -code, "audit", "this kernel's audit cannot be listened to: %s", strerror(code));
}

int cg_audit_feed_open(int *ret_fd, struct cg_err *err)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	const int size = CG_AUDIT_QUEUE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

	if (fd < 0)
		return refused(fd, err);
	/* Before the bind: nothing is to be lost for want of room. Past net.core.rmem_max only by force. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return refused(fd, err);
	*ret_fd = fd;
	return 0;
}

int cg_audit_feed_read(int fd, char room[CG_AUDIT_RECORD_LIMIT], unsigned int *ret_type, const char **ret_text,
		       size_t *ret_length)
{
	struct nlmsghdr head;
	ssize_t n;

	do
		n = recv(fd, room, CG_AUDIT_RECORD_LIMIT - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	if ((size_t)n < NLMSG_HDRLEN) {
		*ret_type = 0;
		n = NLMSG_HDRLEN;
	} else {
		/* One record a message; its length is what came, as the header's is not the same in all kernels. */
		memcpy(&head, room, sizeof(head));
		*ret_type = head.nlmsg_type;
	}
	room[n] = '\0';
	*ret_text = room + NLMSG_HDRLEN;
	*ret_length = strnlen(*ret_text, (size_t)n - NLMSG_HDRLEN);
	return 1;
}
