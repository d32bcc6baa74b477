/*
 * See frames.h.
 *
 * Violations of one key and process that come together are joined before they are sent: a flood costs one row then. What
 * is sent stays in the queue until the keeper has said that it is on the disk.
 */
#include "monitor/frames.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "monitor/keep.h"
#include "monitor/keeper.h"
#include "os/signals.h"

#include <errno.h>
#include <string.h>

#define FRAME_ROOM (CG_KEEPER_FRAME_BYTES + CG_VIOLATION_LINE_LIMIT) /* what one frame takes at most */

struct cg_frames {
	struct cg_frame *first; /* the oldest that is not kept */
	struct cg_frame **end;
	struct cg_frame *unsent; /* the oldest that this keeper was not sent; NULL: all were */
	size_t n_held_bytes;
	uint64_t sequence;
	uint64_t n_owed; /* lost for want of room, and not told yet */

	CG_VEC(struct cg_violation *) joined; /* waiting to become a frame */
	struct cg_map by_key;
	struct cg_arena keys;
	size_t n_joined_bytes;
	uint64_t joined_ms; /* since when the oldest waits */
	struct cg_text scratch;
	struct cg_frames_totals totals;
};

/* Into the queue, or counted as lost. */
static int queue(struct cg_frames *frames, const struct cg_text *text, uint64_t n_violations)
{
	struct cg_frame *frame;

	if (text->has_failed)
		return -ENOMEM;
	frame = malloc(sizeof(*frame) + text->length);
	if (!frame)
		return -ENOMEM;
	*frame =
		(struct cg_frame){ .sequence = frames->sequence, .n_violations = n_violations, .length = text->length };
	memcpy(frame->bytes, text->data, text->length);
	*frames->end = frame;
	frames->end = &frame->next;
	frames->n_held_bytes += text->length;
	if (!frames->unsent)
		frames->unsent = frame;
	return 0;
}

static bool has_room(const struct cg_frames *frames)
{
	return frames->n_held_bytes + FRAME_ROOM <= CG_KEEPER_HELD_BYTES;
}

static void begin_frame(struct cg_frames *frames, struct cg_json_writer *json)
{
	cg_text_clear(&frames->scratch);
	*json = (struct cg_json_writer){ .text = &frames->scratch, .is_compact = true };
	cg_json_open_object(json, NULL);
	cg_json_u64(json, "sequence", ++frames->sequence);
}

static void lose(struct cg_frames *frames, uint64_t n)
{
	frames->totals.n_lost += n;
	frames->n_owed += n;
}

/* Violations from `*at` on, as many as one frame takes. */
static int queue_violations(struct cg_frames *frames, size_t *at)
{
	struct cg_json_writer json;
	uint64_t n = 0;
	int r;

	begin_frame(frames, &json);
	cg_json_open_array(&json, "violations");
	while (*at < frames->joined.n_items && frames->scratch.length < CG_KEEPER_FRAME_BYTES) {
		r = cg_violation_write(frames->joined.items[*at], &json);
		if (r < 0)
			return r;
		n += frames->joined.items[(*at)++]->n;
	}
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	if (!has_room(frames)) {
		lose(frames, n);
		return 0;
	}
	return queue(frames, &frames->scratch, n);
}

static void forget_joined(struct cg_frames *frames)
{
	for (size_t i = 0; i < frames->joined.n_items; i++)
		free(frames->joined.items[i]);
	frames->joined.n_items = 0;
	cg_map_done(&frames->by_key);
	frames->by_key = (struct cg_map){ 0 };
	cg_arena_done(&frames->keys);
	frames->n_joined_bytes = 0;
}

static int flush_joined(struct cg_frames *frames)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < frames->joined.n_items)
		r = queue_violations(frames, &at);
	forget_joined(frames);
	return r;
}

static int join(struct cg_frames *frames, const struct cg_violation *violation)
{
	struct cg_map_entry *entry;
	struct cg_violation *kept;
	size_t size = 0;
	char *key;

	cg_text_clear(&frames->scratch);
	cg_text_addf(&frames->scratch, "%d ", violation->pid);
	if (cg_violation_key(violation, &frames->scratch) < 0 || frames->scratch.has_failed)
		return -ENOMEM;
	entry = cg_map_find(&frames->by_key, cg_text_get(&frames->scratch), frames->scratch.length);
	if (entry) {
		kept = entry->value.pointer;
		kept->n += violation->n ? violation->n : 1;
		kept->time_ns = violation->time_ns > kept->time_ns ? violation->time_ns : kept->time_ns;
		kept->seen_by |= violation->seen_by;
		return 0;
	}
	key = cg_arena_copy(&frames->keys, cg_text_get(&frames->scratch), frames->scratch.length);
	if (!key || cg_map_put(&frames->by_key, key, frames->scratch.length, &entry) < 0)
		return -ENOMEM;
	kept = cg_violation_keep(violation, &size);
	if (!kept || cg_vec_push(&frames->joined, kept) < 0) {
		free(kept);
		frames->by_key.n_entries = 0; /* an entry without a violation must not be found */
		return -ENOMEM;
	}
	kept->n = kept->n ? kept->n : 1;
	entry->value.pointer = kept;
	frames->n_joined_bytes += size;
	return 0;
}

static int take_violation(void *context, const struct cg_violation *violation, bool is_first)
{
	struct cg_frames *frames = context;
	int r;

	if (!frames->joined.n_items)
		frames->joined_ms = cg_clock_ms();
	frames->totals.n_given += violation->n ? violation->n : 1;
	r = join(frames, violation);
	if (r == 0 && frames->n_joined_bytes >= CG_KEEPER_FRAME_BYTES)
		r = flush_joined(frames);
	return r;
}

static int queue_loss(struct cg_frames *frames, const struct cg_stream_loss *loss)
{
	struct cg_json_writer json;

	begin_frame(frames, &json);
	cg_json_open_object(&json, "loss");
	cg_json_u64(&json, "time_ns", loss->time_ns);
	cg_json_string(&json, "source", loss->source);
	cg_json_string(&json, "reason", loss->reason);
	cg_json_u64(&json, "n", loss->n);
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	return queue(frames, &frames->scratch, 0);
}

/* Without room it is a loss of ours, and as such told later: how many, nobody knows any more. */
static int take_loss(void *context, const struct cg_stream_loss *loss)
{
	struct cg_frames *frames = context;

	if (has_room(frames))
		return queue_loss(frames, loss);
	lose(frames, loss->n ? loss->n : 1);
	return 0;
}

/* Without room it is left out: then that time counts as unwatched, which is right. */
static int take_beat(void *context, uint64_t time_ns, const char *host, const char *sources)
{
	struct cg_frames *frames = context;
	struct cg_json_writer json;
	int r;

	r = flush_joined(frames); /* what was seen before the beat is kept before it */
	if (r < 0 || !has_room(frames))
		return r;
	begin_frame(frames, &json);
	cg_json_open_object(&json, "beat");
	cg_json_u64(&json, "time_ns", time_ns);
	cg_json_string(&json, "host", host);
	cg_json_string(&json, "sources", sources);
	cg_json_close_object(&json);
	cg_json_close_object(&json);
	return queue(frames, &frames->scratch, 0);
}

struct cg_frames *cg_frames_new(void)
{
	struct cg_frames *frames = calloc(1, sizeof(*frames));

	if (frames)
		frames->end = &frames->first;
	return frames;
}

struct cg_stream_sink cg_frames_sink(struct cg_frames *frames)
{
	return (struct cg_stream_sink){
		.violation = take_violation, .loss = take_loss, .beat = take_beat, .context = frames,
	};
}

static int tell_owed(struct cg_frames *frames)
{
	struct cg_stream_loss loss = { cg_clock_epoch_ms() * 1000000, "keeper", "overrun", frames->n_owed };

	if (!frames->n_owed || frames->n_held_bytes > CG_KEEPER_HELD_BYTES / 2)
		return 0;
	frames->n_owed = 0;
	return queue_loss(frames, &loss);
}

int cg_frames_close(struct cg_frames *frames, bool is_last)
{
	int r = 0;

	if (frames->joined.n_items && (is_last || cg_clock_ms() - frames->joined_ms >= CG_KEEPER_FRAME_MS))
		r = flush_joined(frames);
	return r < 0 ? r : tell_owed(frames);
}

const struct cg_frame *cg_frames_next(const struct cg_frames *frames)
{
	return frames->unsent;
}

void cg_frames_sent(struct cg_frames *frames)
{
	frames->unsent = frames->unsent->next;
}

void cg_frames_rewind(struct cg_frames *frames)
{
	frames->unsent = frames->first;
}

void cg_frames_kept(struct cg_frames *frames, uint64_t sequence, uint64_t n_lost)
{
	while (frames->first && frames->first->sequence <= sequence && frames->first != frames->unsent) {
		struct cg_frame *frame = frames->first;

		frames->totals.n_kept += frame->n_violations;
		frames->n_held_bytes -= frame->length;
		frames->first = frame->next;
		if (!frames->first)
			frames->end = &frames->first;
		free(frame);
	}
	/* It is believed as far as it can be true. */
	n_lost = n_lost < frames->totals.n_kept ? n_lost : frames->totals.n_kept;
	frames->totals.n_kept -= n_lost;
	frames->totals.n_lost += n_lost;
}

bool cg_frames_are_left(const struct cg_frames *frames)
{
	return frames->first || frames->n_owed;
}

void cg_frames_give_up(struct cg_frames *frames)
{
	while (frames->first) {
		struct cg_frame *next = frames->first->next;

		frames->totals.n_lost += frames->first->n_violations;
		free(frames->first);
		frames->first = next;
	}
	frames->end = &frames->first;
	frames->unsent = NULL;
	frames->n_held_bytes = 0;
}

const struct cg_frames_totals *cg_frames_totals(const struct cg_frames *frames)
{
	return &frames->totals;
}

struct cg_frames *cg_frames_free(struct cg_frames *frames)
{
	if (!frames)
		return NULL;
	cg_frames_give_up(frames);
	forget_joined(frames);
	cg_vec_done(&frames->joined);
	cg_text_done(&frames->scratch);
	free(frames);
	return NULL;
}
