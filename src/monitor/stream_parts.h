/*
 * What the files of the stream share. Within monitor/.
 */
#ifndef CG_MONITOR_STREAM_PARTS_H
#define CG_MONITOR_STREAM_PARTS_H

#include "base/text.h"
#include "monitor/kinds.h"
#include "monitor/place.h"
#include "monitor/stream.h"
#include "monitor/twins.h"

#define CG_STREAM_WAKERS_LIMIT 8
#define CG_STREAM_HOST_SIZE 256

struct cg_stream_loss_sum {
	struct cg_stream_loss loss; /* all; n 0: none that is known */
	bool is_unknown; /* some of it */
	uint64_t n_untold;
	bool is_unknown_untold;
	uint64_t told_ms;
	bool was_told;
	char source[32];
	char reason[32];
};

struct cg_stream_reader {
	struct cg_stream_source state;
	struct cg_violation_reader *reader; /* NULL: does not run */
	bool has_more;
};

struct cg_stream {
	struct cg_stream_options options;
	struct cg_violation_request request;
	struct cg_violation_tell tell;
	struct cg_stream_reader readers[CG_STREAM_SOURCES_LIMIT];
	struct cg_stream_source sources[CG_STREAM_SOURCES_LIMIT]; /* for cg_stream_sources() */
	size_t n_readers;
	struct cg_stream_reader *telling; /* whose read() is at work */
	struct cg_twins *twins;
	struct cg_kinds *kinds;
	struct cg_placer *placer;
	struct cg_stream_loss_sum losses[CG_STREAM_LOSSES_LIMIT];
	struct cg_stream_loss told_losses[CG_STREAM_LOSSES_LIMIT];
	size_t n_losses;
	struct cg_stream_totals totals;
	int wakers[CG_STREAM_WAKERS_LIMIT];
	size_t n_wakers;
	uint64_t repeat_due_ms;
	uint64_t beat_due_ms;
	bool is_muted; /* nothing is told any more */
	int sink_error; /* what a sink said, as opposed to what a source failed of */
	char host[CG_STREAM_HOST_SIZE];
	struct cg_text names; /* of sources that run, for the beat */
};

/* Opens what the options ask for. Errors: as cg_stream_open(). */
int cg_stream_start_sources(struct cg_stream *stream, struct cg_err *err);

/* It ends, for this reason (NULL: it is over). */
void cg_stream_stop_source(struct cg_stream *stream, struct cg_stream_reader *reader, const struct cg_err *why);

/* Is it one of those that the filter lets through? Counts those whose place nobody knows. */
bool cg_stream_wants(struct cg_stream *stream, const struct cg_violation *violation);

#endif
