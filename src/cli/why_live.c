/*
 * Looking on for a while: what happens from now on, by every source of the monitor that works here. A signal ends it
 * early, and what was seen until then is told.
 */
#include "cli/why.h"

#include "base/cleanup.h"
#include "monitor/stream.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STEP_MS 200

struct looking {
	struct cg_why_events *events;
	struct cg_why_source source;
};

static int keep(void *context, const struct cg_violation *violation, bool is_first)
{
	struct looking *looking = context;
	int r = cg_why_keep(looking->events, violation);

	(void)is_first;
	if (r <= 0)
		return r;
	looking->source.n_found += violation->n;
	if (!looking->source.oldest_ns || violation->time_ns < looking->source.oldest_ns)
		looking->source.oldest_ns = violation->time_ns;
	return 0;
}

static struct cg_stream_filter filter_of(const struct cg_why_scope *scope)
{
	return (struct cg_stream_filter){
		.container = scope->whose == CG_WHY_CONTAINER ? scope->name : NULL,
		.unit = scope->whose == CG_WHY_UNIT ? scope->name : NULL,
		.pid = scope->pid,
	};
}

/* Which of them run, and what all of them miss. */
static void name_sources(struct looking *looking, struct cg_stream *stream)
{
	const struct cg_stream_source *sources;
	size_t n = cg_stream_sources(stream, &sources), n_running = 0;
	uint32_t sees = 0;

	for (size_t i = 0; i < n; i++) {
		size_t used = strlen(looking->source.place);

		if (!sources[i].is_running)
			continue;
		snprintf(looking->source.place + used, sizeof(looking->source.place) - used, "%s%s",
			 n_running++ ? ", " : "by ", sources[i].source->name);
		sees |= sources[i].source->sees;
	}
	looking->source.misses = sees & CG_SEES_ERRNO ? "what happened before it began" :
							"what happened before it began; and calls that got ERRNO, TRAP, TRACE or "
							"NOTIFY from a filter loaded without the LOG flag, as eBPF cannot be used "
							"here";
}

static bool is_told_to_end(const struct cg_signals *signals)
{
	struct cg_signal signal;
	bool is_told = false;

	while (cg_signals_next(signals, &signal)) {
		if (cg_signal_stops(signal.number))
			cg_signals_stop_self(signal.number);
		is_told |= cg_signal_ends(signal.number);
	}
	return is_told;
}

static int watch(struct cg_stream *stream, uint64_t ms, const struct cg_signals *signals, struct cg_err *err)
{
	uint64_t end_ms = cg_clock_ms() + ms, now;
	int r = 0;

	while (r == 0 && (now = cg_clock_ms()) < end_ms && !is_told_to_end(signals))
		r = cg_stream_step(stream, end_ms - now < STEP_MS ? (int)(end_ms - now) : STEP_MS, err);
	return r < 0 ? r : cg_stream_finish(stream, err);
}

static int look(struct looking *looking, uint64_t ms, const struct cg_signals *signals, struct cg_err *err)
{
	struct cg_stream_sink sink = { .violation = keep, .context = looking };
	struct cg_stream_options options = { .source = "auto", .filter = filter_of(looking->events->scope),
					     .wants_all = true, .sinks = &sink, .n_sinks = 1 };
	struct cg_stream_totals totals;
	struct cg_stream *stream = NULL;
	int r = cg_stream_open(&options, &stream, err);

	if (r < 0)
		return r;
	name_sources(looking, stream);
	cg_cli_say("watching for %u.%u s, %s", (unsigned int)(ms / 1000), (unsigned int)(ms % 1000 / 100),
		   looking->source.place);
	r = watch(stream, ms, signals, err);
	cg_stream_totals(stream, &totals);
	looking->source.n_lost = totals.n_lost;
	looking->source.has_unknown_loss = totals.has_unknown_loss;
	cg_stream_free(stream);
	return r;
}

int cg_why_look_live(uint64_t ms, struct cg_why_events *events, struct cg_why_sources *sources)
{
	struct looking looking = { events, { .kind = "live", .look = CG_WHY_LOOKED } };
	struct cg_signals signals;
	struct cg_err err = { 0 };
	int r = cg_signals_begin(&signals, &err);

	if (r == 0) {
		r = look(&looking, ms, &signals, &err);
		cg_signals_end(&signals);
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		looking.source.look = CG_WHY_FAILED;
		looking.source.err = err;
	}
	return cg_vec_push(&sources->list, looking.source);
}
