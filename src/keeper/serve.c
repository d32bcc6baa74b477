/*
 * See serve.h. Source: libmicrohttpd's manual ("External event loop", options).
 */
#include "keeper/serve.h"

#include "keeper/answer.h"
#include "os/signals.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

struct connection {
	struct connection *next;
	struct connection **self;
	int fd;
	uint64_t deadline_ms;
};

struct door {
	struct cg_server *server;
	struct cg_listen listening;
	struct MHD_Daemon *daemon;
};

struct cg_server {
	struct cg_ledger *ledger;
	struct door doors[CG_KEEPER_LISTENS_LIMIT];
	size_t n_doors;
	struct connection *connections;
};

/* Errors that clients make are theirs; nothing of it is printed. */
static void log_nothing(void *context, const char *format, va_list args)
{
	(void)context;
	(void)format;
	(void)args;
}

static void renew(struct connection *connection)
{
	connection->deadline_ms = cg_clock_ms() + CG_SERVE_REQUEST_MS;
}

static void begin_connection(struct cg_server *server, struct MHD_Connection *handle, void **context)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return; /* then it only has the time limit for silence */
	connection->fd = info ? info->connect_fd : -1;
	connection->next = server->connections;
	connection->self = &server->connections;
	if (connection->next)
		connection->next->self = &connection->next;
	server->connections = connection;
	renew(connection);
	*context = connection;
}

static void end_connection(void **context)
{
	struct connection *connection = *context;

	if (!connection)
		return;
	*connection->self = connection->next;
	if (connection->next)
		connection->next->self = connection->self;
	free(connection);
	*context = NULL;
}

static void on_connection(void *context, struct MHD_Connection *handle, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct door *door = context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		begin_connection(door->server, handle, socket_context);
	else
		end_connection(socket_context);
}

/* The next request has its own time. */
static void on_completed(void *context, struct MHD_Connection *handle, void **request,
			 enum MHD_RequestTerminationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	(void)context;
	(void)request;
	(void)code;
	if (info && info->socket_context)
		renew(info->socket_context);
}

static enum MHD_Result send_answer(struct MHD_Connection *handle, struct cg_answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	size_t length = answer->body.length;
	char *body = cg_text_steal(&answer->body);

	if (!body)
		return MHD_NO; /* no memory: the connection ends */
	response = MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(handle, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct cg_request *request = context;

	(void)kind;
	if (request->n_arguments == CG_REQUEST_ARGUMENTS_LIMIT) {
		request->has_too_many = true;
		return MHD_NO;
	}
	request->arguments[request->n_arguments].name = name;
	request->arguments[request->n_arguments++].value = value ? value : "";
	return MHD_YES;
}

/* Nobody wants a body: such a request is answered before it is read, and its connection ended. */
static bool has_body(struct MHD_Connection *handle)
{
	const char *length = MHD_lookup_connection_value(handle, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return MHD_lookup_connection_value(handle, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
	       (length && strcmp(length, "0") != 0);
}

/*
 * Called when the head is there, and again when all is: an answer at the first call ends the connection, which is right
 * for what is refused; for the rest it is kept.
 */
static enum MHD_Result on_request(void *context, struct MHD_Connection *handle, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_size, void **request_context)
{
	struct door *door = context;
	struct cg_request request = {
		.method = method, .path = url, .is_loopback = door->listening.is_loopback,
		.accept = MHD_lookup_connection_value(handle, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT),
		.host = MHD_lookup_connection_value(handle, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST),
	};
	struct cg_answer answer = { 0 };
	enum MHD_Result result;

	(void)version;
	(void)upload;
	(void)upload_size;
	if (!*request_context && cg_request_is_read(&request) && !has_body(handle)) {
		*request_context = door;
		return MHD_YES;
	}
	MHD_get_connection_values(handle, MHD_GET_ARGUMENT_KIND, add_argument, &request);
	cg_answer(door->server->ledger, &request, &answer);
	result = send_answer(handle, &answer);
	cg_text_done(&answer.body);
	return result;
}

static int open_door(struct door *door, struct cg_err *err)
{
	unsigned int flags = MHD_USE_ERROR_LOG | MHD_USE_EPOLL | (door->listening.is_ipv6 ? MHD_USE_IPv6 : 0);

	door->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, door, MHD_OPTION_EXTERNAL_LOGGER, log_nothing,
					NULL, MHD_OPTION_LISTEN_SOCKET, door->listening.fd, MHD_OPTION_CONNECTION_LIMIT,
					(unsigned int)CG_SERVE_CONNECTIONS_LIMIT, MHD_OPTION_CONNECTION_TIMEOUT,
					(unsigned int)CG_SERVE_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					(size_t)CG_SERVE_REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
					door, MHD_OPTION_NOTIFY_COMPLETED, on_completed, door, MHD_OPTION_END);
	if (!door->daemon)
		return cg_err_set(err, -EIO, door->listening.name, "libmicrohttpd cannot serve there");
	door->listening.fd = -1; /* libmicrohttpd closes it */
	return 0;
}

int cg_server_open(struct cg_listen *listens, size_t n_listens, struct cg_ledger *ledger, struct cg_server **ret_server,
		   struct cg_err *err)
{
	struct cg_server *server = calloc(1, sizeof(*server));
	int r = 0;

	if (!server)
		return cg_err_memory(err);
	server->ledger = ledger;
	for (size_t i = 0; r == 0 && i < n_listens; i++) {
		server->doors[i] = (struct door){ .server = server, .listening = listens[i] };
		server->n_doors++;
		r = open_door(&server->doors[i], err);
	}
	if (r < 0) {
		cg_server_close(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

size_t cg_server_fds(const struct cg_server *server, int *ret_fds)
{
	for (size_t i = 0; i < server->n_doors; i++) {
		const union MHD_DaemonInfo *info =
			MHD_get_daemon_info(server->doors[i].daemon, MHD_DAEMON_INFO_EPOLL_FD);

		ret_fds[i] = info ? info->epoll_fd : -1;
	}
	return server->n_doors;
}

int cg_server_timeout(const struct cg_server *server, int most)
{
	for (size_t i = 0; i < server->n_doors; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(server->doors[i].daemon, &ms) == MHD_YES && ms < (unsigned int)most)
			most = (int)ms;
	}
	return most;
}

void cg_server_turn(struct cg_server *server)
{
	uint64_t now = cg_clock_ms();

	for (struct connection *connection = server->connections; connection; connection = connection->next)
		if (connection->fd >= 0 && now >= connection->deadline_ms)
			cg_connection_cut(connection->fd); /* libmicrohttpd then sees its end */
	for (size_t i = 0; i < server->n_doors; i++)
		MHD_run(server->doors[i].daemon);
}

struct cg_server *cg_server_close(struct cg_server *server)
{
	if (!server)
		return NULL;
	for (size_t i = 0; i < server->n_doors; i++) {
		if (server->doors[i].daemon)
			MHD_stop_daemon(server->doors[i].daemon);
		cg_listen_close(&server->doors[i].listening);
	}
	free(server);
	return NULL;
}
