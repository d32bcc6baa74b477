/*
 * HTTP: /metrics, /healthz, /api/violations, for GET and HEAD.
 *
 * In: listening sockets, and the ledger. Out: answers. No client can hold up another for long or make us grow: the number
 * of connections, the size of a request and the time for one are bounded. We write no HTTP ourselves: libmicrohttpd does,
 * within our loop, without threads.
 */
#ifndef CG_KEEPER_SERVE_H
#define CG_KEEPER_SERVE_H

#include "base/err.h"
#include "keeper/ledger.h"
#include "os/listen.h"

#include <stddef.h>

#define CG_SERVE_CONNECTIONS_LIMIT 32 /* at once, for each address; more wait until one of them ends */
#define CG_SERVE_IDLE_S 10 /* a connection on which nothing moves is ended */
#define CG_SERVE_REQUEST_MS 20000 /* for a whole request and its answer, however slowly it moves */
#define CG_SERVE_REQUEST_BYTES ((size_t)16 << 10) /* of a request's head, and what is needed to answer it */

struct cg_server;

/* Takes over the sockets. Answers from now on, in cg_server_turn(). */
int cg_server_open(struct cg_listen *listens, size_t n_listens, struct cg_ledger *ledger, struct cg_server **ret_server,
		   struct cg_err *err);
/* Descriptors to wait for; at most CG_KEEPER_LISTENS_LIMIT. */
size_t cg_server_fds(const struct cg_server *server, int *ret_fds);
/* How long they may be waited for, `most` at most. */
int cg_server_timeout(const struct cg_server *server, int most);
void cg_server_turn(struct cg_server *server);
struct cg_server *cg_server_close(struct cg_server *server);

#endif
