/*
 * callgate-keeper: keeps what `callgate monitor` reads. callgate-keeper(8).
 *
 * In: messages of the reader, on descriptor 3 (os/helper.h). Out: the history, metrics, HTTP, and to the reader how far
 * all is kept. It is another program than the reader, as another user, without any right, under a filter of its own:
 * whoever breaks into it by HTTP, or by a name that a watched process gave itself, finds a process that can write one
 * folder. It ends when its socket does.
 */
#include "base/cleanup.h"
#include "history/history.h"
#include "keeper/ledger.h"
#include "keeper/options.h"
#include "keeper/serve.h"
#include "keeper/take.h"
#include "monitor/confine.h"
#include "os/confine.h"
#include "os/file.h"
#include "os/helper.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 1000
#define MESSAGES_AT_ONCE 64 /* joined into one transaction */
#define TEXTFILE_MS 15000
#define ROLLOUTS_MS 5000

struct keeper {
	struct cg_keeper_options options;
	struct cg_ledger ledger;
	struct cg_server *server;
	char *buffer; /* CG_FRAME_LIMIT */
	uint64_t textfile_ms; /* when it is next written */
	uint64_t rollouts_ms;
	bool has_failed_textfile;
};

static int fail(const struct cg_err *err)
{
	int status = -err->code;

	fprintf(stderr, "callgate-keeper: %s%s%s\n", err->place, *err->place ? ": " : "", err->message);
	return status > 0 && status < 126 ? status : 1; /* the error's number: the reader ends with the same */
}

/* A folder that root's monitor was given is root's mostly, and this is not root. */
static int explain(const struct cg_keeper_options *options, int code, struct cg_err *err)
{
	const struct cg_err first = *err;

	if (code != -EACCES && code != -EPERM)
		return code;
	return cg_err_set(err, code, first.place,
			  "%s (the history is kept as user %s, who must be able to write its folder and reach it: name a "
			  "folder that is not there yet, give it away by chown, or choose another --user)",
			  first.message, options->user);
}

/* As root for the last time: the folder of the history, then never again. */
static int become_user(const struct cg_keeper_options *options, struct cg_err *err)
{
	int r = 0;
	uid_t uid;
	gid_t gid;

	cg_user_mine(&uid, &gid);
	if (cg_user_is_root())
		r = cg_user_find(options->user, &uid, &gid, err);
	if (r == 0 && options->history)
		r = cg_folder_make_for(options->history, uid, gid, err);
	return r < 0 ? r : cg_user_become(uid, gid, err);
}

static int open_server(struct keeper *keeper, struct cg_err *err)
{
	struct cg_listen listens[CG_KEEPER_LISTENS_LIMIT];
	size_t n_listens = keeper->options.n_listens;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_listens; i++)
		r = cg_listen_open(keeper->options.listens[i], &listens[i], err);
	if (r == 0)
		r = cg_server_open(listens, n_listens, &keeper->ledger, &keeper->server, err);
	for (size_t i = 0; r == 0 && i < n_listens; i++)
		fprintf(stderr, "callgate-keeper: serving http://%s/metrics\n", listens[i].name);
	return r;
}

/* 0: go on; 1: the reader has gone; negative: what it says is nonsense, or there is no memory. */
static int take_messages(struct keeper *keeper, struct cg_err *err)
{
	CG_CLEANUP(cg_batch_forget) struct cg_batch *batch = NULL;
	struct cg_frame_ack ack;
	ssize_t length = 0;
	int r = 0;

	for (int i = 0; r == 0 && i < MESSAGES_AT_ONCE; i++) {
		length = cg_helper_receive(CG_HELPER_SOCKET, keeper->buffer, CG_FRAME_LIMIT);
		if (length <= 0)
			break;
		r = cg_ledger_read(&keeper->ledger, &batch, keeper->buffer, (size_t)length, err);
	}
	if (r == 0 && length < 0 && length != -EAGAIN)
		return cg_err_set(err, (int)length, "the reader's socket", "%s", strerror((int)-length));
	if (r < 0)
		return r;
	if (batch)
		r = cg_ledger_keep(&keeper->ledger, &batch, &ack, err);
	else if (length == 0)
		return 1;
	if (r == 0 && cg_helper_send(CG_HELPER_SOCKET, &ack, sizeof(ack)) < 0 && length != 0)
		return 1;
	return r < 0 ? r : length == 0;
}

static void write_textfile(struct keeper *keeper)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int r;

	cg_metrics_write(keeper->ledger.metrics, CG_METRICS_PROMETHEUS, &text);
	cg_user_hide_files(false); /* node_exporter is another user; the numbers are no secret */
	r = text.has_failed ? cg_err_memory(&err) :
			      cg_file_write(keeper->options.textfile, text.data, text.length, &err);
	cg_user_hide_files(true);
	if (r < 0 && !keeper->has_failed_textfile)
		fail(&err);
	keeper->has_failed_textfile = r < 0;
}

static void do_at_times(struct keeper *keeper)
{
	uint64_t now = cg_clock_ms();

	if (keeper->options.n_rollouts && now >= keeper->rollouts_ms) {
		keeper->rollouts_ms = now + ROLLOUTS_MS;
		cg_ledger_read_rollouts(&keeper->ledger);
	}
	if (keeper->options.textfile && now >= keeper->textfile_ms) {
		keeper->textfile_ms = now + TEXTFILE_MS;
		write_textfile(keeper);
	}
}

static int work(struct keeper *keeper, struct cg_err *err)
{
	int fds[CG_KEEPER_LISTENS_LIMIT + 1] = { CG_HELPER_SOCKET };
	size_t n_fds = 1 + cg_server_fds(keeper->server, fds + 1);
	int r = 0;

	while (r == 0) {
		unsigned int readable;

		do_at_times(keeper);
		readable = cg_wait_any(fds, n_fds, cg_server_timeout(keeper->server, TICK_MS));
		if (readable & 1)
			r = take_messages(keeper, err);
		cg_server_turn(keeper->server);
	}
	if (keeper->options.textfile)
		write_textfile(keeper);
	return r == 1 ? 0 : r;
}

/* Everything that needs a right, or a call that is not made later, comes before the filter. */
static int begin(struct keeper *keeper, int argc, char **argv, struct cg_err *err)
{
	int r = cg_keeper_options_parse(argc, argv, &keeper->options, err);
	bool was_root = cg_user_is_root();

	if (r == 0 && !cg_helper_is_one())
		r = cg_err_set(err, -EINVAL, NULL, "is started by callgate monitor, not by hand");
	if (r == 0)
		r = become_user(&keeper->options, err);
	cg_user_hide_files(true);
	if (r == 0)
		r = cg_ledger_open(&keeper->ledger, &keeper->options, err);
	if (r < 0 && was_root)
		r = explain(&keeper->options, r, err);
	if (r == 0)
		r = open_server(keeper, err);
	if (r == 0 && !keeper->options.is_unconfined)
		r = cg_confine_load(CG_CONFINE_KEEPER, err);
	keeper->buffer = malloc(CG_FRAME_LIMIT);
	return r == 0 && !keeper->buffer ? cg_err_memory(err) : r;
}

int main(int argc, char **argv)
{
	struct keeper keeper = { 0 };
	struct cg_err err = { 0 };
	int r = begin(&keeper, argc, argv, &err);

	if (r == 0)
		r = work(&keeper, &err);
	cg_server_close(keeper.server);
	cg_ledger_close(&keeper.ledger);
	free(keeper.buffer);
	return r < 0 ? fail(&err) : 0;
}
