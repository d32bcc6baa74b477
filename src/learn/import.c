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

/*
 * Two unlike walks over the bytes, 64 bits each: enough to tell logs apart, not to withstand a forger. Where one part
 * ends and the next begins is part of it.
 */
static void make_id(const struct cg_log_part *parts, size_t n_parts, char *ret_id)
{
	uint64_t a = 0xcbf29ce484222325U, b = 0x9e3779b97f4a7c15U;

	for (size_t k = 0; k < n_parts; k++) {
		b ^= parts[k].length;
		for (size_t i = 0; i < parts[k].length; i++) {
			a = (a ^ (unsigned char)parts[k].bytes[i]) * 0x100000001b3U;
			b = ((b << 7 | b >> 57) ^ (unsigned char)parts[k].bytes[i]) * 0xff51afd7ed558ccdU;
		}
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

const struct cg_log_format *cg_import_choose(const char *bytes, size_t length)
{
	const struct cg_log_format *format = NULL;
	const char *at = bytes, *line;
	size_t line_length;

	while (!format && next_line(&at, bytes + length, &line, &line_length))
		format = cg_log_format_of_line(line, line_length);
	return format;
}

enum cg_split_log cg_import_is_split(const char *bytes, size_t length)
{
	const char *at = bytes, *line;
	size_t line_length;

	while (next_line(&at, bytes + length, &line, &line_length))
		if (line_length <= CG_LOG_LINE_LIMIT && cg_log_strace.is_typical(line, line_length)) {
			if (cg_log_strace.names_thread(line, line_length))
				return CG_SPLIT_LOG_NO;
			return memmem(line, line_length, "execve", strlen("execve")) ? CG_SPLIT_LOG_ROOT :
										       CG_SPLIT_LOG_CHILD;
		}
	return CG_SPLIT_LOG_NO;
}

static void keep_unreadable(struct cg_import_report *report, const struct cg_log_part *part, uint64_t number,
			    const char *line, size_t length)
{
	const struct cg_log_format *other = cg_log_format_of_line(line, length);
	size_t i;

	report->n_unreadable++;
	if (other && other != report->format) {
		report->other = report->other ? report->other : other;
		report->n_other++;
	}
	if (report->n_shown == CG_IMPORT_SHOWN)
		return;
	for (i = 0; i < length && i < CG_IMPORT_SHOWN_LENGTH; i++)
		report->shown[report->n_shown].text[i] = line[i] >= ' ' && line[i] < 0x7f ? line[i] : '?';
	report->shown[report->n_shown].text[i] = '\0';
	report->shown[report->n_shown].name = part->name;
	report->shown[report->n_shown++].line = number;
}

static int read_part(const struct cg_log_part *part, void *reader, struct cg_import_report *report)
{
	const char *at = part->bytes, *line;
	uint64_t number = 0;
	size_t length;

	if (part->tid && report->format->part)
		report->format->part(reader, part->tid);
	while (next_line(&at, part->bytes + part->length, &line, &length)) {
		int r = length > CG_LOG_LINE_LIMIT ? 1 : report->format->line(reader, line, length);

		if (r < 0)
			return r;
		report->n_lines++;
		number++;
		if (r > 0)
			keep_unreadable(report, part, number, line, length);
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
	char text[80];

	keeper->run->exit_status = facts->exit_status;
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->machine, arch->name);
	if (r == 0 && facts->program)
		r = cg_run_add_word(keeper->recording, keeper->run, facts->program);
	if (r == 0 && facts->remark)
		r = cg_run_add_remark(keeper->recording, keeper->run, facts->remark);
	if (r == 0 && facts->n_lost) {
		snprintf(text, sizeof(text), "the log lacks %" PRIu64 " events: it says so itself", facts->n_lost);
		r = cg_run_add_remark(keeper->recording, keeper->run, text);
	}
	return r;
}

static int fill(struct keeper *keeper, const struct cg_log_part *parts, size_t n_parts, const struct cg_arch *arch,
		struct cg_import_report *report)
{
	char id[CG_RUN_ID_LENGTH + 1];
	struct cg_log_facts facts;
	void *reader;
	int r;

	make_id(parts, n_parts, id);
	r = cg_recording_add_run(keeper->recording, id, &keeper->run);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->backend, report->format->backend);
	if (r < 0)
		return r;
	reader = report->format->begin(arch, keep_event, keeper);
	if (!reader)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n_parts; i++)
		r = read_part(&parts[i], reader, report);
	if (r == 0)
		r = report->format->end(reader, &facts);
	if (r == 0) {
		report->n_lost = facts.n_lost;
		r = set_facts(keeper, arch, &facts);
	}
	report->format->done(reader);
	cg_run_finish(keeper->run);
	return r;
}

/* The first part in which a line is typical of a format says what all are. */
static const struct cg_log_format *choose(const struct cg_log_part *parts, size_t n_parts)
{
	const struct cg_log_format *format = NULL;

	for (size_t i = 0; !format && i < n_parts; i++)
		format = cg_import_choose(parts[i].bytes, parts[i].length);
	return format;
}

static bool is_empty(const struct cg_log_part *parts, size_t n_parts)
{
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].length)
			return false;
	return true;
}

int cg_import_parts(const struct cg_log_part *parts, size_t n_parts, const struct cg_log_format *format,
		    const struct cg_arch *arch, struct cg_recording **ret_recording,
		    struct cg_import_report *ret_report, struct cg_err *err)
{
	struct cg_import_report report = { .format = format ? format : choose(parts, n_parts) };
	struct keeper keeper = { .recording = NULL };
	int r;

	if (is_empty(parts, n_parts))
		return cg_err_set(err, -EBADMSG, parts[0].name, "the log is empty");
	if (!report.format)
		return cg_err_set(err, -EBADMSG, parts[0].name,
				  "no line of this is of a log that can be read; --from names the format");
	keeper.recording = cg_recording_new();
	r = keeper.recording ? fill(&keeper, parts, n_parts, arch, &report) : -ENOMEM;
	if (r == 0 && keeper.n_events == 0)
		r = cg_err_set(err, -EBADMSG, parts[0].name,
			       "no call could be read in any of its %" PRIu64 " lines as %s", report.n_lines,
			       report.format->meaning);
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

int cg_import(const char *name, const char *bytes, size_t length, const struct cg_log_format *format,
	      const struct cg_arch *arch, struct cg_recording **ret_recording, struct cg_import_report *ret_report,
	      struct cg_err *err)
{
	const struct cg_log_part part = { .name = name, .bytes = bytes, .length = length };

	return cg_import_parts(&part, 1, format, arch, ret_recording, ret_report, err);
}
