/*
 * A listening socket for a server: numeric addresses only, nothing is looked up.
 */
#ifndef CG_OS_LISTEN_H
#define CG_OS_LISTEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CG_LISTEN_NAME_SIZE 80
#define CG_WAIT_FDS_LIMIT 32

struct cg_listen {
	int fd;
	char name[CG_LISTEN_NAME_SIZE]; /* "127.0.0.1:9464", "[::1]:9464": with the port that it got */
	bool is_loopback;
	bool is_ipv6;
};

/* "127.0.0.1:9464", "[::1]:9464", ":9464" and "*:9464" (every address); port 0: any. -EINVAL; -EADDRINUSE, …. */
int cg_listen_open(const char *address, struct cg_listen *ret_listen, struct cg_err *err);
void cg_listen_close(struct cg_listen *listen);

/* Until one of `fds` is readable; bit i of the answer is fds[i]. 0: time is up. CG_WAIT_FDS_LIMIT at most. */
unsigned int cg_wait_any(const int *fds, size_t n_fds, int timeout_ms);

/* Ends a connection from our side, at once; its owner closes the descriptor. */
void cg_connection_cut(int fd);

#endif
