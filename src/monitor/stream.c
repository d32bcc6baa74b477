/*
 * See stream.h. A violation goes: source, place, twin (if another source may have seen it), filter, kind, sinks.
 *
 * Its place is found first, as the process may be gone a moment later.
 */
#include "monitor/stream_parts.h"

#include "base/cleanup.h"
#include "os/machine.h"
#include "os/signals.h"
#include "os/wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MS 30000
#define LOSS_EVERY_MS 1000 /* a source that loses all the time is told so often */
#define ASK_EVERY_MS 100 /* sources without a descriptor */

static uint64_t now_ns(void)
{
	return cg_clock_epoch_ms() * 1000000;
}

static int keep_error(struct cg_stream *stream, int r)
{
	if (r < 0 && !stream->sink_error)
		stream->sink_error = r;
	return r < 0 ? r : 0;
}

/* To all sinks. */
static int publish(void *context, const struct cg_violation *violation)
{
	struct cg_stream *stream = context;
	bool is_first = true;
	int r;

	if (!cg_stream_wants(stream, violation))
		return 0;
	r = cg_kinds_add(stream->kinds, violation, &is_first);
	stream->totals.n_violations += violation->n;
	for (size_t i = 0; r == 0 && i < stream->options.n_sinks; i++) {
		const struct cg_stream_sink *sink = &stream->options.sinks[i];

		if (sink->violation)
			r = sink->violation(sink->context, violation, is_first);
	}
	return keep_error(stream, r);
}

enum rivalry {
	NO_RIVAL,
	UNSURE_RIVAL, /* another source that runs may see it */
	SURE_RIVAL, /* … sees it always */
};

static enum rivalry rivalry_of(const struct cg_stream *stream, uint32_t bit)
{
	enum rivalry rivalry = NO_RIVAL;

	for (size_t i = 0; i < stream->n_readers; i++) {
		const struct cg_stream_reader *other = &stream->readers[i];

		if (other == stream->telling || !other->reader)
			continue;
		if (other->state.source->sees & bit)
			return SURE_RIVAL;
		if (other->state.source->sees_flagged & bit)
			rivalry = UNSURE_RIVAL;
	}
	return rivalry;
}

static int take(void *context, const struct cg_violation *seen)
{
	struct cg_stream *stream = context;
	struct cg_violation violation = *seen;
	enum rivalry rivalry;

	/* Not by its place: a cgroup that is made again has another number, and is the same to people. */
	if (stream->is_muted || (stream->options.filter.pid && seen->pid != stream->options.filter.pid))
		return 0;
	if (!violation.host)
		violation.host = stream->host;
	if (!violation.profile)
		violation.profile = stream->options.profile;
	cg_placer_fill(stream->placer, &violation);
	rivalry = rivalry_of(stream, cg_sees_bit(violation.action));
	if (rivalry == NO_RIVAL)
		return publish(stream, &violation);
	return keep_error(stream, cg_twins_add(stream->twins, &violation, rivalry == SURE_RIVAL, cg_clock_ms()));
}

static struct cg_stream_loss_sum *find_loss(struct cg_stream *stream, const char *source, const char *reason)
{
	struct cg_stream_loss_sum *sum;

	for (size_t i = 0; i < stream->n_losses; i++)
		if (strcmp(stream->losses[i].source, source) == 0 && strcmp(stream->losses[i].reason, reason) == 0)
			return &stream->losses[i];
	if (stream->n_losses == CG_STREAM_LOSSES_LIMIT)
		return &stream->losses[CG_STREAM_LOSSES_LIMIT - 1];
	if (stream->n_losses == CG_STREAM_LOSSES_LIMIT - 1)
		source = reason = "other";
	sum = &stream->losses[stream->n_losses++];
	snprintf(sum->source, sizeof(sum->source), "%s", source);
	snprintf(sum->reason, sizeof(sum->reason), "%s", reason);
	sum->loss.source = sum->source;
	sum->loss.reason = sum->reason;
	return sum;
}

static int publish_loss(struct cg_stream *stream, const struct cg_stream_loss_sum *sum, uint64_t n)
{
	const struct cg_stream_loss loss = { now_ns(), sum->source, sum->reason, n };
	int r = 0;

	for (size_t i = 0; r == 0 && i < stream->options.n_sinks; i++)
		if (stream->options.sinks[i].loss)
			r = stream->options.sinks[i].loss(stream->options.sinks[i].context, &loss);
	return keep_error(stream, r);
}

static int tell_loss(struct cg_stream *stream, struct cg_stream_loss_sum *sum, bool is_due)
{
	uint64_t now = cg_clock_ms();
	int r = 0;

	if ((!sum->n_untold && !sum->is_unknown_untold) ||
	    (!is_due && sum->was_told && now - sum->told_ms < LOSS_EVERY_MS))
		return 0;
	if (sum->n_untold)
		r = publish_loss(stream, sum, sum->n_untold);
	if (r == 0 && sum->is_unknown_untold)
		r = publish_loss(stream, sum, 0);
	sum->n_untold = 0;
	sum->is_unknown_untold = false;
	sum->told_ms = now;
	sum->was_told = true;
	return r;
}

static int lose(void *context, const char *source, const char *reason, uint64_t n)
{
	struct cg_stream *stream = context;
	struct cg_stream_loss_sum *sum;

	if (stream->is_muted)
		return 0;
	sum = find_loss(stream, source, reason);
	sum->loss.n += n;
	sum->n_untold += n;
	sum->is_unknown |= n == 0;
	sum->is_unknown_untold |= n == 0;
	stream->totals.n_lost += n;
	stream->totals.has_unknown_loss |= n == 0;
	return tell_loss(stream, sum, false);
}

static int tell_losses(struct cg_stream *stream, bool is_due)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stream->n_losses; i++)
		r = tell_loss(stream, &stream->losses[i], is_due);
	return r;
}

static int repeat(void *context, const struct cg_violation *violation, uint64_t total, bool is_others)
{
	struct cg_stream *stream = context;
	int r = 0;

	for (size_t i = 0; r == 0 && i < stream->options.n_sinks; i++)
		if (stream->options.sinks[i].repeated)
			r = stream->options.sinks[i].repeated(stream->options.sinks[i].context, violation, total,
							      is_others);
	return keep_error(stream, r);
}

static int beat(struct cg_stream *stream)
{
	int r = 0;

	stream->beat_due_ms = cg_clock_ms() + CG_STREAM_BEAT_MS;
	for (size_t i = 0; r == 0 && i < stream->options.n_sinks; i++)
		if (stream->options.sinks[i].beat)
			r = stream->options.sinks[i].beat(stream->options.sinks[i].context, now_ns(), stream->host,
							  cg_text_get(&stream->names));
	return keep_error(stream, r);
}

int cg_stream_open(const struct cg_stream_options *options, struct cg_stream **ret_stream, struct cg_err *err)
{
	struct cg_stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		return cg_err_memory(err);
	stream->options = *options;
	if (!stream->options.repeat_ms)
		stream->options.repeat_ms = REPEAT_MS;
	stream->request = (struct cg_violation_request){ .path = options->path,
							  .follows = options->follows,
							  .is_new_only = options->is_new_only,
							  .tells_all = options->wants_all,
							  .pid = options->path ? 0 : options->filter.pid };
	stream->tell = (struct cg_violation_tell){ take, lose, stream };
	stream->repeat_due_ms = cg_clock_ms() + stream->options.repeat_ms;
	if (options->host)
		snprintf(stream->host, sizeof(stream->host), "%s", options->host);
	else
		cg_machine_host(stream->host, sizeof(stream->host));
	stream->twins = cg_twins_new(publish, stream);
	stream->kinds = cg_kinds_new();
	stream->placer = cg_placer_new();
	if (!stream->twins || !stream->kinds || !stream->placer)
		r = cg_err_memory(err);
	else
		r = cg_stream_start_sources(stream, err);
	if (r < 0) {
		cg_stream_free(stream);
		return r;
	}
	if (!options->path)
		cg_placer_look(stream->placer);
	*ret_stream = stream;
	return 0;
}

size_t cg_stream_sources(struct cg_stream *stream, const struct cg_stream_source **ret_sources)
{
	for (size_t i = 0; i < stream->n_readers; i++)
		stream->sources[i] = stream->readers[i].state;
	*ret_sources = stream->sources;
	return stream->n_readers;
}

int cg_stream_wake_by(struct cg_stream *stream, int fd)
{
	if (stream->n_wakers == CG_STREAM_WAKERS_LIMIT)
		return -E2BIG;
	stream->wakers[stream->n_wakers++] = fd;
	return 0;
}

/* Which sources have something to do now; waits for it. */
static void wait_for_sources(struct cg_stream *stream, int timeout_ms, bool ret_is_ready[CG_STREAM_SOURCES_LIMIT])
{
	int fds[CG_STREAM_SOURCES_LIMIT + CG_STREAM_WAKERS_LIMIT];
	bool is_ready[CG_STREAM_SOURCES_LIMIT + CG_STREAM_WAKERS_LIMIT];
	size_t n = stream->n_readers;

	if (cg_twins_waiting(stream->twins) && timeout_ms > ASK_EVERY_MS)
		timeout_ms = ASK_EVERY_MS;
	for (size_t i = 0; i < n; i++) {
		const struct cg_stream_reader *reader = &stream->readers[i];

		fds[i] = reader->reader ? reader->state.source->fd(reader->reader) : -1;
		if (reader->reader && reader->has_more)
			timeout_ms = 0;
		else if (reader->reader && fds[i] < 0 && timeout_ms > ASK_EVERY_MS)
			timeout_ms = ASK_EVERY_MS;
	}
	memcpy(fds + n, stream->wakers, stream->n_wakers * sizeof(*fds));
	cg_wait_readable(fds, n + stream->n_wakers, timeout_ms, is_ready);
	for (size_t i = 0; i < n; i++)
		ret_is_ready[i] = stream->readers[i].reader &&
				  (is_ready[i] || fds[i] < 0 || stream->readers[i].has_more);
}

/* 0, or what a sink said. A source that fails ends, and that is a loss of nobody knows how many. */
static int read_source(struct cg_stream *stream, struct cg_stream_reader *reader, struct cg_err *err)
{
	struct cg_err why = { 0 };
	int r;

	stream->telling = reader;
	r = reader->state.source->read(reader->reader, &why);
	reader->has_more = r == 1;
	if (stream->sink_error) {
		if (err && !err->code)
			cg_err_set(err, stream->sink_error, NULL, "%s", strerror(-stream->sink_error));
		return stream->sink_error;
	}
	if (r == CG_VIOLATIONS_OVER)
		cg_stream_stop_source(stream, reader, NULL);
	if (r >= 0)
		return 0;
	cg_stream_stop_source(stream, reader, &why);
	if (stream->names.length == 0) {
		if (err)
			*err = why;
		return r;
	}
	return lose(stream, reader->state.source->name, "ended", 0);
}

/* What is due by the clock. */
static int keep_time(struct cg_stream *stream)
{
	uint64_t now = cg_clock_ms();
	int r = cg_twins_expire(stream->twins, now);

	if (!stream->options.path)
		cg_placer_look(stream->placer);
	if (r == 0)
		r = tell_losses(stream, false);
	if (r == 0 && now >= stream->repeat_due_ms) {
		stream->repeat_due_ms = now + stream->options.repeat_ms;
		r = cg_kinds_repeated(stream->kinds, repeat, stream);
	}
	if (r == 0 && now >= stream->beat_due_ms)
		r = beat(stream);
	return r;
}

int cg_stream_step(struct cg_stream *stream, int timeout_ms, struct cg_err *err)
{
	bool is_ready[CG_STREAM_SOURCES_LIMIT];
	int r = keep_time(stream);

	if (r < 0)
		return r;
	wait_for_sources(stream, timeout_ms, is_ready);
	for (size_t i = 0; r == 0 && i < stream->n_readers; i++)
		if (is_ready[i])
			r = read_source(stream, &stream->readers[i], err);
	if (r == 0)
		r = keep_time(stream);
	if (r < 0)
		return r;
	return stream->names.length ? 0 : CG_VIOLATIONS_OVER;
}

void cg_stream_totals(const struct cg_stream *stream, struct cg_stream_totals *ret_totals)
{
	*ret_totals = stream->totals;
	ret_totals->n_kinds = cg_kinds_count(stream->kinds);
	ret_totals->n_twins = cg_twins_joined(stream->twins);
}

size_t cg_stream_losses(struct cg_stream *stream, const struct cg_stream_loss **ret_losses)
{
	for (size_t i = 0; i < stream->n_losses; i++)
		stream->told_losses[i] = stream->losses[i].loss;
	*ret_losses = stream->told_losses;
	return stream->n_losses;
}

/* What is there when it ends, and no more: whoever goes on being denied must not keep us for ever. */
static int read_the_rest(struct cg_stream *stream, struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; i < stream->n_readers; i++)
		stream->readers[i].has_more = stream->readers[i].reader != NULL;
	for (unsigned int round = 0; r == 0 && round < 64; round++) {
		bool has_more = false;

		for (size_t i = 0; r == 0 && i < stream->n_readers; i++) {
			struct cg_stream_reader *reader = &stream->readers[i];

			if (reader->reader && reader->has_more)
				r = read_source(stream, reader, err);
			has_more |= reader->has_more;
		}
		if (!has_more)
			break;
	}
	return r;
}

/* Some tell at their end what they have summed. */
static int close_sources(struct cg_stream *stream)
{
	for (size_t i = 0; i < stream->n_readers; i++) {
		struct cg_stream_reader *reader = &stream->readers[i];

		stream->telling = reader;
		if (reader->reader)
			reader->reader = reader->state.source->close(reader->reader);
	}
	return stream->sink_error;
}

int cg_stream_finish(struct cg_stream *stream, struct cg_err *err)
{
	int r = stream->sink_error ? stream->sink_error : read_the_rest(stream, err);

	if (close_sources(stream) < 0)
		return cg_err_set(err, stream->sink_error, NULL, "%s", strerror(-stream->sink_error));
	if (cg_twins_expire(stream->twins, UINT64_MAX) < 0 || tell_losses(stream, true) < 0 ||
	    cg_kinds_repeated(stream->kinds, repeat, stream) < 0 || beat(stream) < 0)
		return cg_err_set(err, stream->sink_error, NULL, "%s", strerror(-stream->sink_error));
	return r;
}

struct cg_stream *cg_stream_free(struct cg_stream *stream)
{
	if (!stream)
		return NULL;
	stream->is_muted = true;
	for (size_t i = 0; i < stream->n_readers; i++)
		if (stream->readers[i].reader)
			stream->readers[i].state.source->close(stream->readers[i].reader);
	cg_twins_free(stream->twins);
	cg_kinds_free(stream->kinds);
	cg_placer_free(stream->placer);
	cg_text_done(&stream->names);
	free(stream);
	return NULL;
}
