/*
 * The ledger: history and metrics, and what the reader's messages do to them.
 *
 * In: messages (monitor/frame.h). Out: what was kept, and how far; the metrics. What the history cannot take - a full
 * disk - is counted, and the count is written to it once it can be again.
 */
#ifndef CG_KEEPER_LEDGER_H
#define CG_KEEPER_LEDGER_H

#include "base/err.h"
#include "keeper/options.h"
#include "monitor/frame.h"
#include "monitor/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_LEDGER_SESSION_SIZE 65
#define CG_LEDGER_BEAT_STALE_NS ((uint64_t)30 * 1000000000U)

struct cg_ledger {
	const struct cg_keeper_options *options;
	struct cg_metrics *metrics;
	struct cg_history *history; /* NULL: none is kept, or it could not be opened again */
	char session[CG_LEDGER_SESSION_SIZE];
	uint64_t sequence; /* the last that was taken */
	uint64_t kept_sequence; /* up to this, the keeper before us had kept it, and died before it could say so */
	uint64_t last_beat_ns;
	bool is_failing; /* the history took nothing last time */
	struct cg_err trouble; /* why */
	uint64_t n_owed; /* violations that it did not take, and does not know of yet */
	uint64_t retry_ms;
};

/* Says on standard error what it moved aside. */
int cg_ledger_open(struct cg_ledger *ledger, const struct cg_keeper_options *options, struct cg_err *err);
void cg_ledger_close(struct cg_ledger *ledger);

struct cg_batch;

/*
 * Messages that have come together: all are read, then what they say is kept at once. Start: NULL. A message that is
 * none is -EBADMSG: whoever sends it is no reader of ours.
 */
int cg_ledger_read(struct cg_ledger *ledger, struct cg_batch **batch, const char *bytes, size_t length,
		   struct cg_err *err);
/* Keeps them, frees the batch, and says how far all is done. -ENOMEM only. */
int cg_ledger_keep(struct cg_ledger *ledger, struct cg_batch **batch, struct cg_frame_ack *ret_ack, struct cg_err *err);

/* Phases of rollouts from their files, anew. */
void cg_ledger_read_rollouts(struct cg_ledger *ledger);
/* NULL: all is well; else why not, in `text`. */
const char *cg_ledger_trouble(const struct cg_ledger *ledger, struct cg_text *text);

#endif
