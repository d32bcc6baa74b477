/*
 * See keeper.h. What is to be sent is frames.c's; here is the process that it is sent to.
 */
#include "monitor/keeper.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "monitor/frame.h"
#include "monitor/frames.h"
#include "os/helper.h"
#include "os/random.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "callgate-keeper"
#define SESSION_SIZE 33
#define RETRY_MS 500

struct cg_keeper {
	char *path;
	const char *words[CG_KEEPER_WORDS_LIMIT + 2];
	struct cg_arena words_memory;
	char session[SESSION_SIZE];
	struct cg_stream_sink sink;

	pid_t pid; /* 0: none runs */
	int socket;
	int watch;
	bool is_ready; /* it has said so */
	uint64_t starts_ms[CG_KEEPER_STARTS_LIMIT]; /* when the last were started, a ring */
	unsigned int n_starts;
	uint64_t next_start_ms;

	struct cg_frames *frames;
	unsigned int n_restarts;
};

static void close_socket(struct cg_keeper *keeper)
{
	if (keeper->socket < 0)
		return;
	cg_helper_watch(keeper->watch, keeper->socket, -1);
	cg_helper_close(keeper->socket);
	keeper->socket = -1;
	keeper->is_ready = false;
	cg_frames_rewind(keeper->frames);
}

static int say_hello(struct cg_keeper *keeper)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text, .is_compact = true };

	cg_json_open_object(&json, NULL);
	cg_json_open_object(&json, "hello");
	cg_json_string(&json, "session", keeper->session);
	cg_json_u64(&json, "restarts", keeper->n_restarts);
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	if (text.has_failed)
		return -ENOMEM;
	return cg_helper_send(keeper->socket, text.data, text.length);
}

static int start(struct cg_keeper *keeper, struct cg_err *err)
{
	int r = cg_helper_start(keeper->path, (char *const *)keeper->words, &keeper->pid, &keeper->socket, err);

	if (r < 0)
		return r;
	keeper->starts_ms[keeper->n_starts++ % CG_KEEPER_STARTS_LIMIT] = cg_clock_ms();
	r = cg_helper_watch(keeper->watch, -1, keeper->socket);
	if (r < 0)
		return cg_err_set(err, r, NULL, "cannot watch the keeper: %s", strerror(-r));
	say_hello(keeper); /* if it is gone already, its end is seen at the next turn */
	return 0;
}

/* 0; -EPIPE: it is gone, or talks nonsense. */
static int receive(struct cg_keeper *keeper)
{
	struct cg_frame_ack ack;

	for (;;) {
		ssize_t n = cg_helper_receive(keeper->socket, &ack, sizeof(ack));

		if (n == -EAGAIN)
			return 0;
		if (n != (ssize_t)sizeof(ack))
			return -EPIPE;
		keeper->is_ready = true;
		cg_frames_kept(keeper->frames, ack.sequence, ack.n_lost);
	}
}

static int send_queue(struct cg_keeper *keeper)
{
	const struct cg_frame *frame;

	while (keeper->is_ready && (frame = cg_frames_next(keeper->frames))) {
		int r = cg_helper_send(keeper->socket, frame->bytes, frame->length);

		if (r < 0)
			return r == -EAGAIN ? 0 : -EPIPE;
		cg_frames_sent(keeper->frames);
	}
	return 0;
}

/* Whether too many were started lately; else when the next may be. */
static int plan_restart(struct cg_keeper *keeper, int status, struct cg_err *err)
{
	uint64_t now = cg_clock_ms(), oldest = keeper->starts_ms[keeper->n_starts % CG_KEEPER_STARTS_LIMIT];

	keeper->pid = 0;
	close_socket(keeper);
	if (keeper->n_starts >= CG_KEEPER_STARTS_LIMIT && now - oldest < CG_KEEPER_STARTS_MS)
		return cg_err_set(err, -ECHILD, PROGRAM,
				  "ended %d times within %d s, at last with status %d; see what it said",
				  CG_KEEPER_STARTS_LIMIT, CG_KEEPER_STARTS_MS / 1000, status);
	keeper->next_start_ms = now + RETRY_MS * (keeper->n_starts < 4 ? keeper->n_starts : 4);
	return 0;
}

/* One that is stuck at its start is as good as dead; so is one whose socket has ended. */
static int look_after(struct cg_keeper *keeper, bool is_gone, struct cg_err *err)
{
	uint64_t started = keeper->n_starts ? keeper->starts_ms[(keeper->n_starts - 1) % CG_KEEPER_STARTS_LIMIT] : 0;
	int status = 128 + 9;

	if (keeper->pid && !is_gone && !keeper->is_ready)
		is_gone = cg_clock_ms() - started > CG_KEEPER_PATIENCE_MS;
	if (keeper->pid && is_gone && !cg_helper_has_ended(keeper->pid, &status))
		cg_helper_kill(keeper->pid);
	if (keeper->pid && is_gone)
		return plan_restart(keeper, status, err);
	if (keeper->pid || cg_clock_ms() < keeper->next_start_ms)
		return 0;
	keeper->n_restarts++;
	return start(keeper, err);
}

int cg_keeper_turn(struct cg_keeper *keeper, struct cg_err *err)
{
	bool is_gone = keeper->pid != 0 && receive(keeper) < 0;

	if (cg_frames_close(keeper->frames, false) < 0)
		return cg_err_memory(err);
	if (keeper->pid && !is_gone)
		is_gone = send_queue(keeper) < 0;
	return look_after(keeper, is_gone, err);
}

/* Until it is ready, at the first start: what it lacks is told by itself, at once. */
static int await_ready(struct cg_keeper *keeper, struct cg_err *err)
{
	uint64_t until = cg_clock_ms() + CG_KEEPER_PATIENCE_MS;
	int status = 0;

	while (!keeper->is_ready) {
		uint64_t now = cg_clock_ms();

		if (now >= until || !cg_helper_wait(keeper->socket, (int)(until - now))) {
			cg_helper_kill(keeper->pid);
			keeper->pid = 0;
			return cg_err_set(err, -ETIMEDOUT, PROGRAM, "was not ready within %d s",
					  CG_KEEPER_PATIENCE_MS / 1000);
		}
		if (receive(keeper) == 0)
			continue;
		cg_helper_await(keeper->pid, &status);
		keeper->pid = 0;
		return cg_err_set(err, status > 0 && status < 126 ? -status : -ECHILD, PROGRAM,
				  "could not begin; it has said why above");
	}
	return 0;
}

static int make_session(char ret_session[SESSION_SIZE], struct cg_err *err)
{
	unsigned char bytes[(SESSION_SIZE - 1) / 2];
	int r = cg_random_fill(bytes, sizeof(bytes), err);

	for (size_t i = 0; r == 0 && i < sizeof(bytes); i++)
		snprintf(ret_session + 2 * i, 3, "%02x", bytes[i]);
	return r;
}

static struct cg_keeper *new_keeper(void)
{
	struct cg_keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return NULL;
	keeper->socket = keeper->watch = -1;
	keeper->frames = cg_frames_new();
	if (!keeper->frames) {
		free(keeper);
		return NULL;
	}
	keeper->sink = cg_frames_sink(keeper->frames);
	return keeper;
}

static int begin(struct cg_keeper *keeper, const char *const *words, size_t n_words, struct cg_err *err)
{
	int r;

	if (n_words > CG_KEEPER_WORDS_LIMIT)
		return cg_err_set(err, -E2BIG, PROGRAM, "more than %d words for its command line",
				  CG_KEEPER_WORDS_LIMIT);
	keeper->words[0] = PROGRAM;
	for (size_t i = 0; i < n_words; i++) /* they are needed again for the next keeper */
		if (!(keeper->words[i + 1] = cg_arena_copy_text(&keeper->words_memory, words[i])))
			return cg_err_memory(err);
	r = make_session(keeper->session, err);
	if (r == 0)
		r = cg_helper_find(PROGRAM, &keeper->path, err);
	if (r < 0)
		return r;
	keeper->watch = cg_helper_watch_new(err);
	if (keeper->watch < 0)
		return keeper->watch;
	r = start(keeper, err);
	return r < 0 ? r : await_ready(keeper, err);
}

int cg_keeper_start(const char *const *words, size_t n_words, struct cg_keeper **ret_keeper, struct cg_err *err)
{
	struct cg_keeper *keeper = new_keeper();
	int r;

	if (!keeper)
		return cg_err_memory(err);
	r = begin(keeper, words, n_words, err);
	if (r < 0) {
		cg_keeper_free(keeper);
		return r;
	}
	*ret_keeper = keeper;
	return 0;
}

const struct cg_stream_sink *cg_keeper_sink(const struct cg_keeper *keeper)
{
	return &keeper->sink;
}

int cg_keeper_fd(const struct cg_keeper *keeper)
{
	return keeper->watch;
}

/* The keeper ends when its socket does, once it has written what it still has to. */
static void await_end(struct cg_keeper *keeper)
{
	uint64_t until = cg_clock_ms() + CG_KEEPER_PATIENCE_MS;
	int status;

	close_socket(keeper);
	while (keeper->pid && cg_clock_ms() < until && !cg_helper_has_ended(keeper->pid, &status))
		cg_helper_wait(-1, 20);
	if (keeper->pid && cg_clock_ms() >= until)
		cg_helper_kill(keeper->pid);
	keeper->pid = 0;
}

int cg_keeper_finish(struct cg_keeper *keeper, struct cg_err *err)
{
	uint64_t until = cg_clock_ms() + CG_KEEPER_PATIENCE_MS;
	int r;

	if (cg_frames_close(keeper->frames, true) < 0)
		return cg_err_memory(err);
	r = cg_keeper_turn(keeper, err);
	while (r == 0 && cg_frames_are_left(keeper->frames) && cg_clock_ms() < until) {
		cg_helper_wait(keeper->watch, 100);
		r = cg_keeper_turn(keeper, err);
	}
	await_end(keeper);
	cg_frames_give_up(keeper->frames);
	return r;
}

void cg_keeper_totals(const struct cg_keeper *keeper, struct cg_keeper_totals *ret_totals)
{
	const struct cg_frames_totals *totals = cg_frames_totals(keeper->frames);

	*ret_totals = (struct cg_keeper_totals){
		.n_given = totals->n_given, .n_kept = totals->n_kept, .n_lost = totals->n_lost,
		.n_restarts = keeper->n_restarts,
	};
}

struct cg_keeper *cg_keeper_free(struct cg_keeper *keeper)
{
	if (!keeper)
		return NULL;
	close_socket(keeper);
	cg_frames_free(keeper->frames);
	if (keeper->watch >= 0)
		cg_helper_close(keeper->watch);
	cg_arena_done(&keeper->words_memory);
	free(keeper->path);
	free(keeper);
	return NULL;
}
