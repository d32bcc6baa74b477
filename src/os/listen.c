/*
 * See listen.h. Sources: getaddrinfo(3) with AI_NUMERICHOST, ip(7), ipv6(7).
 */
#include "os/listen.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static int parse(const char *address, char *host, size_t size, char *port, size_t port_size, struct cg_err *err)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	uint64_t number;

	if (!colon || !cg_num_parse_decimal(colon + 1, 0, 65535, &number) || length >= size)
		return cg_err_set(err, -EINVAL, address, "is no ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464");
	if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	} else if (memchr(address, ':', length)) {
		return cg_err_set(err, -EINVAL, address, "an IPv6 address stands in brackets, as [::1]:9464");
	}
	memcpy(host, address, length);
	host[length] = '\0';
	if (strcmp(host, "*") == 0)
		host[0] = '\0';
	snprintf(port, port_size, "%u", (unsigned int)number);
	return 0;
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int bind_to(const struct addrinfo *info, struct cg_listen *listening)
{
	int on = 1;

	listening->fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listening->fd < 0)
		return -errno;
	setsockopt(listening->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6)
		setsockopt(listening->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(listening->fd, info->ai_addr, info->ai_addrlen) < 0 || listen(listening->fd, BACKLOG) < 0) {
		int code = -errno;

		close(listening->fd);
		return code;
	}
	return 0;
}

static void name_it(struct cg_listen *listening)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN] = "", port[8] = "";

	getsockname(listening->fd, (struct sockaddr *)&address, &length);
	getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	listening->is_loopback = is_loopback((struct sockaddr *)&address);
	listening->is_ipv6 = address.ss_family == AF_INET6;
	snprintf(listening->name, sizeof(listening->name), listening->is_ipv6 ? "[%s]:%s" : "%s:%s", host, port);
}

int cg_listen_open(const char *address, struct cg_listen *ret_listen, struct cg_err *err)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM,
	};
	struct cg_listen listening = { .fd = -1 };
	struct addrinfo *info = NULL;
	char host[64], port[8];
	int r = parse(address, host, sizeof(host), port, sizeof(port), err);

	if (r < 0)
		return r;
	r = getaddrinfo(*host ? host : NULL, port, &hints, &info);
	if (r != 0)
		return cg_err_set(err, -EINVAL, address, "is no numeric address: %s", gai_strerror(r));
	r = bind_to(info, &listening);
	freeaddrinfo(info);
	if (r < 0)
		return cg_err_set(err, r, address, "cannot listen there: %s", strerror(-r));
	name_it(&listening);
	*ret_listen = listening;
	return 0;
}

void cg_listen_close(struct cg_listen *listening)
{
	if (listening->fd >= 0)
		close(listening->fd);
	listening->fd = -1;
}

unsigned int cg_wait_any(const int *fds, size_t n_fds, int timeout_ms)
{
	struct pollfd waiting[CG_WAIT_FDS_LIMIT];
	unsigned int readable = 0;

	for (size_t i = 0; i < n_fds; i++)
		waiting[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (poll(waiting, n_fds, timeout_ms) <= 0)
		return 0;
	for (size_t i = 0; i < n_fds; i++)
		if (waiting[i].revents)
			readable |= 1U << i;
	return readable;
}

void cg_connection_cut(int fd)
{
	shutdown(fd, SHUT_RDWR);
}
