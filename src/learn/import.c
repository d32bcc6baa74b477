/*
 * See import.h.
 */
#include "learn/import.h"

#include "base/cleanup.h"
#include "base/instant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct keeper {
	struct cg_recording *recording;
	struct cg_run *run;
	uint64_t n_events;
};

static int keep_event(void *context, const struct cg_event *event)
{
	struct keeper *keeper = context;

	keeper->n_events++;
	return cg_run_add(keeper->recording, keeper->run, event);
}

/* Two unlike walks over the bytes, 64 bits each: enough to tell logs apart, not to withstand a forger. */
static void make_id(const char *bytes, size_t length, char *ret_id)
{
	uint64_t a = 0xcbf29ce484222325U, b = 0x9e3779b97f4a7c15U ^ length;

	for (size_t i = 0; i < length; i++) {
		a = (a ^ (unsigned char)bytes[i]) * 0x100000001b3U;
		b = ((b << 7 | b >> 57) ^ (unsigned char)bytes[i]) * 0xff51afd7ed558ccdU;
	}
	b ^= b >> 32;
	snprintf(ret_id, CG_RUN_ID_LENGTH + 1, "%016" PRIx64 "%016" PRIx64, a, b);
}

/* The next line of the log, without its end; false at the end of the log. */
static bool next_line(const char **at, const char *end, const char **ret_line, size_t *ret_length)
{
	const char *newline;

	if (*at == end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*ret_line = *at;
	*ret_length = (size_t)((newline ? newline : end) - *at);
	*at = newline ? newline + 1 : end;
	return true;
}

static const struct cg_log_format *choose_format(const char *bytes, size_t length)
{
	const char *at = bytes, *line;
	size_t line_length;

	while (next_line(&at, bytes + length, &line, &line_length))
		for (size_t i = 0; line_length <= CG_LOG_LINE_LIMIT && i < cg_n_log_formats; i++)
			if (cg_log_formats[i]->is_typical(line, line_length))
				return cg_log_formats[i];
	return NULL;
}

static void show_line(struct cg_import_report *report, const char *line, size_t length)
{
	size_t i;

	report->n_unreadable++;
	if (report->n_shown == CG_IMPORT_SHOWN)
		return;
	for (i = 0; i < length && i < CG_IMPORT_SHOWN_LENGTH; i++)
		report->shown[report->n_shown].text[i] = line[i] >= ' ' && line[i] < 0x7f ? line[i] : '?';
	report->shown[report->n_shown].text[i] = '\0';
	report->shown[report->n_shown++].line = report->n_lines;
}

static int read_lines(const char *bytes, size_t length, void *reader, struct cg_import_report *report)
{
	const char *at = bytes, *line;
	size_t line_length;

	while (next_line(&at, bytes + length, &line, &line_length)) {
		int r = line_length > CG_LOG_LINE_LIMIT ? 1 : report->format->line(reader, line, line_length);

		if (r < 0)
			return r;
		report->n_lines++;
		if (r > 0)
			show_line(report, line, line_length);
	}
	return 0;
}

static int set_time(struct keeper *keeper, const struct cg_log_facts *facts)
{
	char text[CG_INSTANT_SIZE];

	if (facts->first_ns == 0)
		return 0;
	cg_instant_format(facts->first_ns / 1000000, text);
	keeper->run->duration_ms = (facts->last_ns - facts->first_ns) / 1000000;
	return cg_run_set_text(keeper->recording, &keeper->run->started, text);
}

static int set_facts(struct keeper *keeper, const struct cg_arch *arch, const struct cg_log_facts *facts)
{
	int r = set_time(keeper, facts);

	keeper->run->exit_status = facts->exit_status;
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->machine, arch->name);
	if (r == 0 && facts->program)
		r = cg_run_add_word(keeper->recording, keeper->run, facts->program);
	return r;
}

static int fill(struct keeper *keeper, const char *bytes, size_t length, const struct cg_arch *arch,
		struct cg_import_report *report)
{
	char id[CG_RUN_ID_LENGTH + 1];
	struct cg_log_facts facts;
	void *reader;
	int r;

	make_id(bytes, length, id);
	r = cg_recording_add_run(keeper->recording, id, &keeper->run);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->backend, report->format->backend);
	if (r < 0)
		return r;
	reader = report->format->begin(arch, keep_event, keeper);
	if (!reader)
		return -ENOMEM;
	r = read_lines(bytes, length, reader, report);
	if (r == 0)
		r = report->format->end(reader, &facts);
	if (r == 0)
		r = set_facts(keeper, arch, &facts);
	report->format->done(reader);
	cg_run_finish(keeper->run);
	return r;
}

int cg_import(const char *name, const char *bytes, size_t length, const struct cg_log_format *format,
	      const struct cg_arch *arch, struct cg_recording **ret_recording, struct cg_import_report *ret_report,
	      struct cg_err *err)
{
	struct cg_import_report report = { .format = format ? format : choose_format(bytes, length) };
	struct keeper keeper = { .recording = NULL };
	int r;

	if (length == 0)
		return cg_err_set(err, -EBADMSG, name, "the log is empty");
	if (!report.format)
		return cg_err_set(err, -EBADMSG, name,
				  "no line of this is of a log that can be read; --from names the format");
	keeper.recording = cg_recording_new();
	r = keeper.recording ? fill(&keeper, bytes, length, arch, &report) : -ENOMEM;
	if (r == 0 && keeper.n_events == 0)
		r = cg_err_set(err, -EBADMSG, name, "no call could be read in any of its %" PRIu64 " lines as %s",
			       report.n_lines, report.format->meaning);
	else if (r < 0)
		cg_err_memory(err);
	if (r < 0) {
		cg_recording_free(keeper.recording);
		return r;
	}
	*ret_recording = keeper.recording;
	*ret_report = report;
	return 0;
}
