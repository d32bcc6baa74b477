/*
 * What goes to the keeper: messages (frame.h), from the stream's words to the keeper's word that they are kept.
 *
 * In: what the stream tells; how far is sent, and kept. Out: frames, in order; at most CG_KEEPER_HELD_BYTES of them.
 * Within monitor/.
 */
#ifndef CG_MONITOR_FRAMES_H
#define CG_MONITOR_FRAMES_H

#include "monitor/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cg_frame {
	struct cg_frame *next;
	uint64_t sequence;
	uint64_t n_violations;
	size_t length;
	char bytes[];
};

struct cg_frames_totals {
	uint64_t n_given; /* violations that the stream told */
	uint64_t n_kept;
	uint64_t n_lost; /* did not fit, or could not be kept */
};

struct cg_frames;

struct cg_frames *cg_frames_new(void); /* NULL: no memory */
struct cg_frames *cg_frames_free(struct cg_frames *frames); /* NULL */

/* What the stream is to tell. */
struct cg_stream_sink cg_frames_sink(struct cg_frames *frames);

/* What has waited long enough (is_last: whatever waits) becomes a frame. 0 or -ENOMEM. */
int cg_frames_close(struct cg_frames *frames, bool is_last);

/* The oldest that was not sent, or NULL; it was sent; all that are not kept are to be sent again. */
const struct cg_frame *cg_frames_next(const struct cg_frames *frames);
void cg_frames_sent(struct cg_frames *frames);
void cg_frames_rewind(struct cg_frames *frames);

/* All up to `sequence` are done with, of which `n_lost` violations could not be kept. */
void cg_frames_kept(struct cg_frames *frames, uint64_t sequence, uint64_t n_lost);
bool cg_frames_are_left(const struct cg_frames *frames);

/* What is not kept is lost. */
void cg_frames_give_up(struct cg_frames *frames);

const struct cg_frames_totals *cg_frames_totals(const struct cg_frames *frames);

#endif
