/*
 * See keeper.h.
 *
 * Violations of one key and process that come together are joined before they are sent: a flood costs one row then. What
 * is sent stays in the queue until the keeper has said that it is on the disk.
 */
#include "monitor/keeper.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/vec.h"
#include "monitor/frame.h"
#include "monitor/keep.h"
#include "os/helper.h"
#include "os/random.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "callgate-keeper"
#define SESSION_SIZE 33
#define FRAME_ROOM (CG_KEEPER_FRAME_BYTES + CG_VIOLATION_LINE_LIMIT) /* what one frame takes at most */
#define RETRY_MS 500

struct frame {
	struct frame *next;
	uint64_t sequence;
	uint64_t n_violations;
	size_t length;
	char bytes[];
};

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

	struct frame *first; /* the oldest that is not kept */
	struct frame **end;
	struct frame *unsent; /* the oldest that this keeper was not sent; NULL: all were */
	size_t n_held_bytes;
	uint64_t sequence;
	uint64_t n_owed; /* lost for want of room, and not told yet */

	CG_VEC(struct cg_violation *) joined; /* waiting to become a frame */
	struct cg_map by_key;
	struct cg_arena keys;
	size_t n_joined_bytes;
	uint64_t joined_ms; /* since when the oldest waits */
	struct cg_text scratch;
	struct cg_keeper_totals totals;
};

/* Into the queue, or counted as lost. */
static int queue(struct cg_keeper *keeper, const struct cg_text *text, uint64_t n_violations)
{
	struct frame *frame;

	if (text->has_failed)
		return -ENOMEM;
	frame = malloc(sizeof(*frame) + text->length);
	if (!frame)
		return -ENOMEM;
	*frame = (struct frame){ .sequence = keeper->sequence, .n_violations = n_violations, .length = text->length };
	memcpy(frame->bytes, text->data, text->length);
	*keeper->end = frame;
	keeper->end = &frame->next;
	keeper->n_held_bytes += text->length;
	if (!keeper->unsent)
		keeper->unsent = frame;
	return 0;
}

static bool has_room(const struct cg_keeper *keeper)
{
	return keeper->n_held_bytes + FRAME_ROOM <= CG_KEEPER_HELD_BYTES;
}

static void begin_frame(struct cg_keeper *keeper, struct cg_json_writer *json)
{
	cg_text_clear(&keeper->scratch);
	*json = (struct cg_json_writer){ .text = &keeper->scratch, .is_compact = true };
	cg_json_open_object(json, NULL);
	cg_json_u64(json, "sequence", ++keeper->sequence);
}

static void lose(struct cg_keeper *keeper, uint64_t n)
{
	keeper->totals.n_lost += n;
	keeper->n_owed += n;
}

/* Violations from `*at` on, as many as one frame takes. */
static int queue_violations(struct cg_keeper *keeper, size_t *at)
{
	struct cg_json_writer json;
	uint64_t n = 0;
	int r;

	begin_frame(keeper, &json);
	cg_json_open_array(&json, "violations");
	while (*at < keeper->joined.n_items && keeper->scratch.length < CG_KEEPER_FRAME_BYTES) {
		r = cg_violation_write(keeper->joined.items[*at], &json);
		if (r < 0)
			return r;
		n += keeper->joined.items[(*at)++]->n;
	}
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	if (!has_room(keeper)) {
		lose(keeper, n);
		return 0;
	}
	return queue(keeper, &keeper->scratch, n);
}

static void forget_joined(struct cg_keeper *keeper)
{
	for (size_t i = 0; i < keeper->joined.n_items; i++)
		free(keeper->joined.items[i]);
	keeper->joined.n_items = 0;
	cg_map_done(&keeper->by_key);
	keeper->by_key = (struct cg_map){ 0 };
	cg_arena_done(&keeper->keys);
	keeper->n_joined_bytes = 0;
}

static int flush_joined(struct cg_keeper *keeper)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < keeper->joined.n_items)
		r = queue_violations(keeper, &at);
	forget_joined(keeper);
	return r;
}

static int join(struct cg_keeper *keeper, const struct cg_violation *violation)
{
	struct cg_map_entry *entry;
	struct cg_violation *kept;
	size_t size = 0;
	char *key;

	cg_text_clear(&keeper->scratch);
	cg_text_addf(&keeper->scratch, "%d ", violation->pid);
	if (cg_violation_key(violation, &keeper->scratch) < 0 || keeper->scratch.has_failed)
		return -ENOMEM;
	entry = cg_map_find(&keeper->by_key, cg_text_get(&keeper->scratch), keeper->scratch.length);
	if (entry) {
		kept = entry->value.pointer;
		kept->n += violation->n ? violation->n : 1;
		kept->time_ns = violation->time_ns > kept->time_ns ? violation->time_ns : kept->time_ns;
		kept->seen_by |= violation->seen_by;
		return 0;
	}
	key = cg_arena_copy(&keeper->keys, cg_text_get(&keeper->scratch), keeper->scratch.length);
	if (!key || cg_map_put(&keeper->by_key, key, keeper->scratch.length, &entry) < 0)
		return -ENOMEM;
	kept = cg_violation_keep(violation, &size);
	if (!kept || cg_vec_push(&keeper->joined, kept) < 0) {
		free(kept);
		keeper->by_key.n_entries = 0; /* an entry without a violation must not be found */
		return -ENOMEM;
	}
	kept->n = kept->n ? kept->n : 1;
	entry->value.pointer = kept;
	keeper->n_joined_bytes += size;
	return 0;
}

static int take_violation(void *context, const struct cg_violation *violation, bool is_first)
{
	struct cg_keeper *keeper = context;
	int r;

	if (!keeper->joined.n_items)
		keeper->joined_ms = cg_clock_ms();
	keeper->totals.n_given += violation->n ? violation->n : 1;
	r = join(keeper, violation);
	if (r == 0 && keeper->n_joined_bytes >= CG_KEEPER_FRAME_BYTES)
		r = flush_joined(keeper);
	return r;
}

static int queue_loss(struct cg_keeper *keeper, const struct cg_stream_loss *loss)
{
	struct cg_json_writer json;

	begin_frame(keeper, &json);
	cg_json_open_object(&json, "loss");
	cg_json_u64(&json, "time_ns", loss->time_ns);
	cg_json_string(&json, "source", loss->source);
	cg_json_string(&json, "reason", loss->reason);
	cg_json_u64(&json, "n", loss->n);
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	return queue(keeper, &keeper->scratch, 0);
}

/* Without room it is a loss of ours, and as such told later: how many, nobody knows any more. */
static int take_loss(void *context, const struct cg_stream_loss *loss)
{
	struct cg_keeper *keeper = context;

	if (has_room(keeper))
		return queue_loss(keeper, loss);
	lose(keeper, loss->n ? loss->n : 1);
	return 0;
}

/* Without room it is left out: then that time counts as unwatched, which is right. */
static int take_beat(void *context, uint64_t time_ns, const char *host, const char *sources)
{
	struct cg_keeper *keeper = context;
	struct cg_json_writer json;
	int r;

	r = flush_joined(keeper); /* what was seen before the beat is kept before it */
	if (r < 0 || !has_room(keeper))
		return r;
	begin_frame(keeper, &json);
	cg_json_open_object(&json, "beat");
	cg_json_u64(&json, "time_ns", time_ns);
	cg_json_string(&json, "host", host);
	cg_json_string(&json, "sources", sources);
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	return queue(keeper, &keeper->scratch, 0);
}

static void close_socket(struct cg_keeper *keeper)
{
	if (keeper->socket < 0)
		return;
	cg_helper_watch(keeper->watch, keeper->socket, -1);
	cg_helper_close(keeper->socket);
	keeper->socket = -1;
	keeper->is_ready = false;
	keeper->unsent = keeper->first;
}

static int say_hello(struct cg_keeper *keeper)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text, .is_compact = true };

	cg_json_open_object(&json, NULL);
	cg_json_open_object(&json, "hello");
	cg_json_string(&json, "session", keeper->session);
	cg_json_u64(&json, "restarts", keeper->totals.n_restarts);
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

static void take_ack(struct cg_keeper *keeper, const struct cg_frame_ack *ack)
{
	uint64_t n_lost = ack->n_lost;

	keeper->is_ready = true;
	while (keeper->first && keeper->first->sequence <= ack->sequence && keeper->first != keeper->unsent) {
		struct frame *frame = keeper->first;

		keeper->totals.n_kept += frame->n_violations;
		keeper->n_held_bytes -= frame->length;
		keeper->first = frame->next;
		if (!keeper->first)
			keeper->end = &keeper->first;
		free(frame);
	}
	/* It is believed as far as it can be true. */
	n_lost = n_lost < keeper->totals.n_kept ? n_lost : keeper->totals.n_kept;
	keeper->totals.n_kept -= n_lost;
	keeper->totals.n_lost += n_lost;
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
		take_ack(keeper, &ack);
	}
}

static int send_queue(struct cg_keeper *keeper)
{
	while (keeper->is_ready && keeper->unsent) {
		int r = cg_helper_send(keeper->socket, keeper->unsent->bytes, keeper->unsent->length);

		if (r < 0)
			return r == -EAGAIN ? 0 : -EPIPE;
		keeper->unsent = keeper->unsent->next;
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
		return cg_err_set(err, -ECHILD, PROGRAM, "ended %d times within %d s, at last with status %d; see what it said",
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
	keeper->totals.n_restarts++;
	return start(keeper, err);
}

static int tell_owed(struct cg_keeper *keeper)
{
	struct cg_stream_loss loss = { cg_clock_epoch_ms() * 1000000, "keeper", "overrun", keeper->n_owed };

	if (!keeper->n_owed || keeper->n_held_bytes > CG_KEEPER_HELD_BYTES / 2)
		return 0;
	keeper->n_owed = 0;
	return queue_loss(keeper, &loss);
}

int cg_keeper_turn(struct cg_keeper *keeper, struct cg_err *err)
{
	bool is_gone = keeper->pid != 0 && (receive(keeper) < 0);
	int r = 0;

	if (keeper->joined.n_items && cg_clock_ms() - keeper->joined_ms >= CG_KEEPER_FRAME_MS)
		r = flush_joined(keeper);
	if (r == 0)
		r = tell_owed(keeper);
	if (r < 0)
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
			return cg_err_set(err, -ETIMEDOUT, PROGRAM, "was not ready within %d s", CG_KEEPER_PATIENCE_MS / 1000);
		}
		if (receive(keeper) == 0)
			continue;
		cg_helper_await(keeper->pid, &status);
		keeper->pid = 0;
		return cg_err_set(err, status > 0 && status < 126 ? -status : -ECHILD, PROGRAM, "could not begin; it has said why above");
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
	keeper->end = &keeper->first;
	keeper->sink = (struct cg_stream_sink){
		.violation = take_violation, .loss = take_loss, .beat = take_beat, .context = keeper,
	};
	return keeper;
}

static int begin(struct cg_keeper *keeper, const char *const *words, size_t n_words, struct cg_err *err)
{
	int r;

	if (n_words > CG_KEEPER_WORDS_LIMIT)
		return cg_err_set(err, -E2BIG, PROGRAM, "more than %d words for its command line", CG_KEEPER_WORDS_LIMIT);
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

static void count_rest(struct cg_keeper *keeper)
{
	for (const struct frame *frame = keeper->first; frame; frame = frame->next)
		keeper->totals.n_lost += frame->n_violations;
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
	int r = flush_joined(keeper);

	if (r < 0)
		return cg_err_memory(err);
	r = cg_keeper_turn(keeper, err);
	while (r == 0 && (keeper->first || keeper->n_owed) && cg_clock_ms() < until) {
		cg_helper_wait(keeper->watch, 100);
		r = cg_keeper_turn(keeper, err);
	}
	count_rest(keeper);
	await_end(keeper);
	return r;
}

void cg_keeper_totals(const struct cg_keeper *keeper, struct cg_keeper_totals *ret_totals)
{
	*ret_totals = keeper->totals;
}

struct cg_keeper *cg_keeper_free(struct cg_keeper *keeper)
{
	if (!keeper)
		return NULL;
	close_socket(keeper);
	while (keeper->first) {
		struct frame *next = keeper->first->next;

		free(keeper->first);
		keeper->first = next;
	}
	forget_joined(keeper);
	cg_vec_done(&keeper->joined);
	cg_text_done(&keeper->scratch);
	if (keeper->watch >= 0)
		cg_helper_close(keeper->watch);
	cg_arena_done(&keeper->words_memory);
	free(keeper->path);
	free(keeper);
	return NULL;
}
