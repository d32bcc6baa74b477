/*
 * See monitor_print.h. Names come from programs that are being watched, and may be anything: what is no text is
 * escaped, so that nothing of it steers a terminal.
 */
#include "cli/monitor_print.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "base/json_write.h"
#include "cli/cli.h"
#include "os/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define FLUSH_SIZE 65536
#define ACTION_WIDTH 14 /* ERRNO(EACCES) */

static void add_visible(struct cg_text *text, const char *name)
{
	cg_text_add_escaped(text, name, strlen(name));
}

static void add_time(struct cg_text *text, uint64_t time_ns)
{
	char instant[CG_INSTANT_SIZE];

	if (time_ns) {
		cg_instant_format(time_ns / 1000000, instant);
		cg_text_addf(text, "%s  ", instant);
	}
}

static void add_call(struct cg_text *text, const struct cg_violation *violation)
{
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);

	if (violation->has_args || !arch) {
		cg_call_format(text, &violation->call);
	} else {
		cg_call_format_name(text, arch, violation->call.nr);
		cg_text_add(text, "(…)");
	}
	if (arch && arch != cg_arch_native())
		cg_text_addf(text, " [%s]", arch->name);
}

static void add_who(struct cg_text *text, const struct cg_violation *violation)
{
	cg_text_add(text, "  by ");
	add_visible(text, violation->exe ? violation->exe : violation->comm ? violation->comm : "somebody");
	if (violation->pid)
		cg_text_addf(text, "[%d]", violation->pid);
	if (violation->exe && violation->comm) {
		const char *slash = strrchr(violation->exe, '/');

		if (strncmp(slash ? slash + 1 : violation->exe, violation->comm, 15) != 0) {
			cg_text_add(text, " (");
			add_visible(text, violation->comm);
			cg_text_add(text, ")");
		}
	}
	if (violation->uid != CG_ID_UNKNOWN)
		cg_text_addf(text, " uid %" PRIu32, violation->uid);
}

static void add_where(struct cg_text *text, const struct cg_violation *violation)
{
	const char *name = violation->container;

	if (violation->container_id) {
		cg_text_add(text, "  in ");
		if (name)
			add_visible(text, name);
		else
			cg_text_addf(text, "%.12s", violation->container_id);
		cg_text_addf(text, " (%s", violation->engine ? violation->engine : "container");
		if (violation->image) {
			cg_text_add(text, ", ");
			add_visible(text, violation->image);
		}
		cg_text_add(text, ")");
	} else if (violation->unit) {
		cg_text_add(text, "  in ");
		add_visible(text, violation->unit);
	}
}

static void add_action(struct cg_text *text, const struct cg_violation *violation)
{
	size_t start = text->length;

	if (violation->has_data)
		cg_action_format(text, violation->action);
	else
		cg_text_add(text, cg_action_row(violation->action)->name);
	cg_text_pad(text, start, ACTION_WIDTH);
}

void cg_monitor_format(const struct cg_violation *violation, struct cg_text *text)
{
	add_time(text, violation->time_ns);
	add_action(text, violation);
	add_call(text, violation);
	add_who(text, violation);
	add_where(text, violation);
	if (violation->profile) {
		cg_text_add(text, "  profile ");
		add_visible(text, violation->profile);
	}
	if (violation->n > 1)
		cg_text_addf(text, "  %" PRIu64 " times", violation->n);
}

int cg_monitor_flush(struct cg_monitor_printer *printer)
{
	int r = 0;

	if (printer->text.has_failed)
		return -ENOMEM;
	if (printer->text.length)
		r = cg_fd_write(1, printer->text.data, printer->text.length);
	cg_text_clear(&printer->text);
	return r;
}

static int end_line(struct cg_monitor_printer *printer)
{
	cg_text_add_char(&printer->text, '\n');
	if (printer->text.has_failed)
		return -ENOMEM;
	return printer->text.length >= FLUSH_SIZE ? cg_monitor_flush(printer) : 0;
}

/* The violation's object, open for more keys. */
static int open_violation(struct cg_monitor_printer *printer, const struct cg_violation *violation, const char *event)
{
	struct cg_json_writer writer = { .text = &printer->text, .is_compact = true };
	int r = cg_violation_write(violation, &writer);

	if (r < 0)
		return r;
	printer->text.data[--printer->text.length] = '\0';
	cg_text_addf(&printer->text, ",\"event\":\"%s\"", event);
	return 0;
}

static int print_violation(void *context, const struct cg_violation *violation, bool is_first)
{
	struct cg_monitor_printer *printer = context;
	int r = 0;

	if (!is_first && !printer->shows_all)
		return 0;
	if (printer->is_json) {
		r = open_violation(printer, violation, "violation");
		cg_text_add_char(&printer->text, '}');
	} else {
		cg_monitor_format(violation, &printer->text);
	}
	return r < 0 ? r : end_line(printer);
}

static int print_others(struct cg_monitor_printer *printer, const struct cg_violation *violation, uint64_t total)
{
	struct cg_json_writer writer = { .text = &printer->text, .is_compact = true };

	if (printer->is_json) {
		cg_json_open_object(&writer, NULL);
		cg_json_string(&writer, "event", "others");
		cg_json_u64(&writer, "n", violation->n);
		cg_json_u64(&writer, "total", total);
		cg_json_close_object(&writer);
	} else {
		add_time(&printer->text, violation->time_ns);
		cg_text_addf(&printer->text, "%" PRIu64 " more of other kinds, %" PRIu64 " in all: beyond %d kinds they are "
			     "not told apart", violation->n, total, CG_STREAM_KINDS_LIMIT);
	}
	return end_line(printer);
}

static int print_repeated(void *context, const struct cg_violation *violation, uint64_t total, bool is_others)
{
	struct cg_monitor_printer *printer = context;
	struct cg_violation one = *violation;
	int r = 0;

	if (printer->shows_all)
		return 0;
	if (is_others)
		return print_others(printer, violation, total);
	if (printer->is_json) {
		r = open_violation(printer, violation, "repeated");
		cg_text_addf(&printer->text, ",\"total\":%" PRIu64 "}", total);
	} else {
		one.n = 1;
		cg_monitor_format(&one, &printer->text);
		cg_text_addf(&printer->text, "  again %" PRIu64 " time%s, %" PRIu64 " in all", violation->n,
			     violation->n == 1 ? "" : "s", total);
	}
	return r < 0 ? r : end_line(printer);
}

static void write_loss(struct cg_json_writer *writer, const char *source, const char *reason, uint64_t n)
{
	cg_json_string(writer, "source", source);
	cg_json_string(writer, "reason", reason);
	if (n)
		cg_json_u64(writer, "n", n);
	else
		cg_json_null(writer, "n");
}

static int print_loss(void *context, const struct cg_stream_loss *loss)
{
	struct cg_monitor_printer *printer = context;
	struct cg_json_writer writer = { .text = &printer->text, .is_compact = true };

	if (!printer->is_json) {
		if (loss->n)
			cg_cli_say("lost: %s, %s: %" PRIu64, loss->source, loss->reason, loss->n);
		else
			cg_cli_say("lost: %s, %s: nobody knows how many", loss->source, loss->reason);
		return 0;
	}
	cg_json_open_object(&writer, NULL);
	cg_json_string(&writer, "event", "loss");
	cg_json_u64(&writer, "time_ns", loss->time_ns);
	write_loss(&writer, loss->source, loss->reason, loss->n);
	cg_json_close_object(&writer);
	return end_line(printer);
}

struct cg_stream_sink cg_monitor_sink(struct cg_monitor_printer *printer)
{
	return (struct cg_stream_sink){ .violation = print_violation,
					.repeated = print_repeated,
					.loss = print_loss,
					.context = printer };
}

/* KILL_PROCESS, LOG: the names of some answers. */
static void add_actions(struct cg_text *text, uint32_t bits)
{
	const char *between = "";

	for (size_t i = 0; i < cg_n_actions; i++) {
		if (!(bits >> i & 1))
			continue;
		cg_text_addf(text, "%s%s", between, cg_actions[i].name);
		between = ", ";
	}
}

static void write_actions(struct cg_json_writer *writer, const char *key, uint32_t bits)
{
	cg_json_open_array(writer, key);
	for (size_t i = 0; i < cg_n_actions; i++)
		if (bits >> i & 1)
			cg_json_string(writer, NULL, cg_actions[i].name);
	cg_json_close_array(writer);
}

static const char *why_not(const struct cg_stream_source *state)
{
	if (state->is_spare)
		return "others see all that it could";
	return state->why_not.message[0] ? state->why_not.message : "not asked for";
}

static void write_source(struct cg_json_writer *writer, const struct cg_stream_source *state)
{
	cg_json_open_object(writer, NULL);
	cg_json_string(writer, "name", state->source->name);
	cg_json_bool(writer, "runs", state->is_running);
	if (state->is_running) {
		write_actions(writer, "sees", state->source->sees);
		write_actions(writer, "sees_with_log_flag", state->source->sees_flagged);
		cg_json_string(writer, "misses", state->source->misses);
	} else {
		cg_json_string(writer, "why_not", why_not(state));
	}
	cg_json_close_object(writer);
}

#define ALL_SEEN (CG_SEES_LOG * 2 - 1)

static void sum_sight(const struct cg_stream_source *sources, size_t n, uint32_t *ret_never, uint32_t *ret_flagged)
{
	uint32_t seen = 0, flagged = 0;

	for (size_t i = 0; i < n; i++) {
		seen |= sources[i].is_running ? sources[i].source->sees : 0;
		flagged |= sources[i].is_running ? sources[i].source->sees_flagged : 0;
	}
	*ret_flagged = flagged & ~seen & ALL_SEEN;
	*ret_never = ALL_SEEN & ~(seen | flagged);
}

static void say_sources(const struct cg_stream_source *sources, size_t n, bool is_file)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	uint32_t never, flagged;

	for (size_t i = 0; i < n; i++) {
		const struct cg_violation_source *source = sources[i].source;

		if (sources[i].is_running)
			cg_cli_say("watching by %s: %s; it does not see %s", source->name, source->meaning, source->misses);
		else if (sources[i].why_not.message[0] && !source->wants_path && !is_file)
			cg_cli_say("not by %s: %s", source->name, sources[i].why_not.message);
	}
	sum_sight(sources, n, &never, &flagged);
	add_actions(&text, flagged);
	if (flagged)
		cg_cli_say("not seen, unless the filter was loaded with the LOG flag: %s", cg_text_get(&text));
	cg_text_clear(&text);
	add_actions(&text, never);
	if (never)
		cg_cli_say("not seen at all: %s", cg_text_get(&text));
}

int cg_monitor_print_start(struct cg_monitor_printer *printer, struct cg_stream *stream)
{
	struct cg_json_writer writer = { .text = &printer->text, .is_compact = true };
	const struct cg_stream_source *sources;
	size_t n = cg_stream_sources(stream, &sources);
	bool is_file = false;

	for (size_t i = 0; i < n; i++)
		is_file |= sources[i].is_running && sources[i].source->wants_path;
	if (!printer->is_json) {
		say_sources(sources, n, is_file);
		return 0;
	}
	cg_json_open_object(&writer, NULL);
	cg_json_string(&writer, "event", "start");
	cg_json_open_array(&writer, "sources");
	for (size_t i = 0; i < n; i++)
		if (sources[i].is_running || (!is_file && !sources[i].source->wants_path))
			write_source(&writer, &sources[i]);
	cg_json_close_array(&writer);
	cg_json_close_object(&writer);
	return end_line(printer);
}

static void say_end(struct cg_stream *stream, const struct cg_stream_totals *totals)
{
	const struct cg_stream_loss *losses;
	size_t n = cg_stream_losses(stream, &losses);

	cg_cli_say("%" PRIu64 " violation%s of %" PRIu64 " kind%s%s", totals->n_violations,
		   totals->n_violations == 1 ? "" : "s", totals->n_kinds, totals->n_kinds == 1 ? "" : "s",
		   n ? "" : "; nothing is known to be lost");
	for (size_t i = 0; i < n; i++) {
		if (losses[i].n)
			cg_cli_say("lost in all: %s, %s: %" PRIu64, losses[i].source, losses[i].reason, losses[i].n);
		else
			cg_cli_say("lost in all: %s, %s: nobody knows how many", losses[i].source, losses[i].reason);
	}
	if (totals->n_unplaced)
		cg_cli_say("left out: %" PRIu64 " of processes that were gone before it could be told where they belong",
			   totals->n_unplaced);
}

int cg_monitor_print_end(struct cg_monitor_printer *printer, struct cg_stream *stream)
{
	struct cg_json_writer writer = { .text = &printer->text, .is_compact = true };
	const struct cg_stream_loss *losses;
	struct cg_stream_totals totals;
	size_t n = cg_stream_losses(stream, &losses);
	int r;

	cg_stream_totals(stream, &totals);
	if (!printer->is_json) {
		r = cg_monitor_flush(printer);
		say_end(stream, &totals);
		return r;
	}
	cg_json_open_object(&writer, NULL);
	cg_json_string(&writer, "event", "end");
	cg_json_u64(&writer, "violations", totals.n_violations);
	cg_json_u64(&writer, "kinds", totals.n_kinds);
	cg_json_u64(&writer, "seen_twice", totals.n_twins);
	cg_json_u64(&writer, "unplaced", totals.n_unplaced);
	cg_json_open_array(&writer, "lost");
	for (size_t i = 0; i < n; i++) {
		cg_json_open_object(&writer, NULL);
		write_loss(&writer, losses[i].source, losses[i].reason, losses[i].n);
		cg_json_close_object(&writer);
	}
	cg_json_close_array(&writer);
	cg_json_close_object(&writer);
	r = end_line(printer);
	return r < 0 ? r : cg_monitor_flush(printer);
}
