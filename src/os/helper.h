/*
 * A program of ours that runs beside us, with a socket between: what has rights, and what works with what it hands on.
 *
 * In: the program's file. Out: its process, and a socket of whole messages (SOCK_SEQPACKET), which is its descriptor
 * CG_HELPER_SOCKET. Nothing else of ours is open in it but the standard streams.
 */
#ifndef CG_OS_HELPER_H
#define CG_OS_HELPER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CG_HELPER_SOCKET 3

/* The file `name` beside the program that runs, in `ret_path`. -ENOENT: there is none; the message says where. */
int cg_helper_find(const char *name, char **ret_path, struct cg_err *err);

/* Was this program started as one? */
bool cg_helper_is_one(void);

/* Signals are as we were started with; it ignores the terminal's keys: it ends when its socket does. */
int cg_helper_start(const char *path, char *const *argv, pid_t *ret_pid, int *ret_socket, struct cg_err *err);

/* One message, whole or not at all. -EAGAIN: there is no room now; -EPIPE: nobody reads any more. Neither waits. */
int cg_helper_send(int socket, const void *bytes, size_t length);
/* The next message: its length, 0 at the end; -EAGAIN: none now; -EMSGSIZE: longer than `size`. */
ssize_t cg_helper_receive(int socket, void *bytes, size_t size);
/* Until a message is there, or the end: 1; 0: `timeout_ms` have passed. */
int cg_helper_wait(int socket, int timeout_ms);

void cg_helper_close(int fd);

/* Has it ended? *ret_status is its exit status, 128 + N for a signal. */
bool cg_helper_has_ended(pid_t pid, int *ret_status);
/* The same, waiting for it: its socket has ended. */
void cg_helper_await(pid_t pid, int *ret_status);
/* Kills it and waits. */
void cg_helper_kill(pid_t pid);

/* One descriptor that is readable when the socket of the moment is: the sockets may change. -1 is no socket. */
int cg_helper_watch_new(struct cg_err *err);
int cg_helper_watch(int watch, int old_socket, int new_socket);

#endif
