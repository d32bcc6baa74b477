/*
 * The reader's side of the keeper: `callgate monitor` may read the kernel's messages and everybody's processes, so it
 * does nothing but read and hand on. callgate-keeper, another program as another user, keeps the history, counts, and
 * answers HTTP.
 *
 * In: what the stream tells. Out: frames to the keeper (monitor/frame.h), which says how far it has kept them; until then
 * they are held here, and told again to the next keeper if this one dies. What does not fit meanwhile is counted as lost
 * by "keeper" for "overrun". From the keeper nothing is read but that number.
 */
#ifndef CG_MONITOR_KEEPER_H
#define CG_MONITOR_KEEPER_H

#include "base/err.h"
#include "monitor/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_KEEPER_HELD_BYTES ((size_t)32 << 20) /* frames that are not kept yet */
#define CG_KEEPER_FRAME_BYTES ((size_t)64 << 10) /* violations are joined to frames of about this size … */
#define CG_KEEPER_FRAME_MS 200 /* … or so old */
#define CG_KEEPER_STARTS_LIMIT 5 /* within CG_KEEPER_STARTS_MS; then it is given up */
#define CG_KEEPER_STARTS_MS 60000
#define CG_KEEPER_PATIENCE_MS 30000 /* for a keeper that starts, and for what it keeps at the end */
#define CG_KEEPER_WORDS_LIMIT 64 /* arguments of its command line */

struct cg_keeper;

/* So far. */
struct cg_keeper_totals {
	uint64_t n_given; /* violations that the stream told */
	uint64_t n_kept; /* of these, by a keeper that said so */
	uint64_t n_lost; /* did not fit, or the keeper could not keep them (a full disk) */
	unsigned int n_restarts;
};

/*
 * Starts callgate-keeper with the words of its command line (keeper/options.h; without its name, CG_KEEPER_WORDS_LIMIT
 * at most) and waits until it serves. It is looked for beside this program. Errors: -ENOENT there is none; -ETIMEDOUT;
 * those of the keeper, which has said more on standard error.
 */
int cg_keeper_start(const char *const *words, size_t n_words, struct cg_keeper **ret_keeper, struct cg_err *err);

/* What the stream is to tell. Lives as long as the keeper. */
const struct cg_stream_sink *cg_keeper_sink(const struct cg_keeper *keeper);

/* Readable when cg_keeper_turn() has something to do: for cg_stream_wake_by(). The same for ever. */
int cg_keeper_fd(const struct cg_keeper *keeper);

/*
 * Sends, takes note of what was kept, starts a new keeper where the last has died. To be called after each
 * cg_stream_step(), of which none should wait longer than CG_KEEPER_FRAME_MS. -ECHILD: keepers die, it is given up.
 */
int cg_keeper_turn(struct cg_keeper *keeper, struct cg_err *err);

/* After cg_stream_finish(): hands over the rest, and waits until all is kept. What is not in time is in n_lost. */
int cg_keeper_finish(struct cg_keeper *keeper, struct cg_err *err);

void cg_keeper_totals(const struct cg_keeper *keeper, struct cg_keeper_totals *ret_totals);
struct cg_keeper *cg_keeper_free(struct cg_keeper *keeper); /* the keeper ends by itself */

#endif
