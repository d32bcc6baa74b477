/*
 * Which sources a stream runs. "auto": in the order of the table each that works here and sees something that those
 * before it do not; a last resort only for what nobody else sees at all.
 */
#include "monitor/stream_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static bool is_needed(const struct cg_violation_source *source, uint32_t seen, uint32_t seen_flagged)
{
	if (source->is_last_resort)
		return source->sees & ~seen;
	return (source->sees & ~seen) || (source->sees_flagged & ~(seen | seen_flagged));
}

static int start(struct cg_stream *stream, struct cg_stream_reader *reader, struct cg_err *err)
{
	int r = reader->state.source->open(&stream->request, &stream->tell, &reader->reader, err);

	reader->state.is_running = r == 0;
	return r;
}

static void start_auto(struct cg_stream *stream)
{
	uint32_t seen = 0, seen_flagged = 0;

	for (size_t i = 0; i < stream->n_readers; i++) {
		struct cg_stream_reader *reader = &stream->readers[i];
		const struct cg_violation_source *source = reader->state.source;

		if (source->wants_path)
			continue;
		if (!is_needed(source, seen, seen_flagged)) {
			reader->state.is_spare = source->can(&reader->state.why_not) == 0;
			continue;
		}
		if (start(stream, reader, &reader->state.why_not) < 0)
			continue;
		seen |= source->sees;
		seen_flagged |= source->sees_flagged;
	}
}

static int start_one(struct cg_stream *stream, const struct cg_violation_source *source, struct cg_err *err)
{
	for (size_t i = 0; i < stream->n_readers; i++)
		if (stream->readers[i].state.source == source)
			return start(stream, &stream->readers[i], err);
	return cg_err_set(err, -ENOENT, source->name, "there is no such source");
}

static void name_sources(struct cg_stream *stream)
{
	cg_text_clear(&stream->names);
	for (size_t i = 0; i < stream->n_readers; i++)
		if (stream->readers[i].reader)
			cg_text_addf(&stream->names, "%s%s", stream->names.length ? "," : "",
				     stream->readers[i].state.source->name);
}

static int none_works(struct cg_stream *stream, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	for (size_t i = 0; i < stream->n_readers; i++)
		if (!stream->readers[i].state.source->wants_path)
			cg_text_addf(&text, "%s%s: %s", text.length ? "; " : "", stream->readers[i].state.source->name,
				     stream->readers[i].state.why_not.message);
	return cg_err_set(err, -ENOSYS, NULL, "no source of violations works here (%s)", cg_text_get(&text));
}

int cg_stream_start_sources(struct cg_stream *stream, struct cg_err *err)
{
	const char *name = stream->options.path ? "file" : stream->options.source;
	const struct cg_violation_source *source = NULL;
	bool is_auto = !name || strcmp(name, "auto") == 0;
	int r = 0;

	for (size_t i = 0; i < cg_n_violation_sources && i < CG_STREAM_SOURCES_LIMIT; i++)
		stream->readers[stream->n_readers++].state.source = cg_violation_sources[i];
	if (is_auto)
		start_auto(stream);
	else
		r = cg_violation_source_find(name, &source, err);
	if (r == 0 && !is_auto)
		r = start_one(stream, source, err);
	if (r < 0)
		return r;
	name_sources(stream);
	return stream->names.length || stream->names.has_failed ? 0 : none_works(stream, err);
}

void cg_stream_stop_source(struct cg_stream *stream, struct cg_stream_reader *reader, const struct cg_err *why)
{
	reader->reader = reader->state.source->close(reader->reader);
	reader->has_more = false;
	reader->state.is_running = false;
	if (why)
		reader->state.why_not = *why;
	name_sources(stream);
}
