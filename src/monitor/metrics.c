/*
 * See metrics.h.
 *
 * The labels of a series are written once, when it begins; a scrape only puts name, labels and number together.
 * Source: prometheus.io, "Exposition formats"; the OpenMetrics 1.0 specification.
 */
#include "monitor/metrics.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/vec.h"
#include "monitor/labels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	PROFILES,
	CONTAINERS,
	LOSS_SOURCES,
	LOSS_REASONS,
	N_LABELS,
};

/* One metric with labels: series in the order in which they began, their labels as text. */
struct family {
	struct cg_map series; /* keys: label texts, in the arena */
	struct cg_arena arena;
};

struct cg_metrics {
	char prefix[CG_METRICS_PREFIX_LIMIT + 2];
	struct cg_labels labels[N_LABELS];
	struct family violations;
	struct family losses;
	struct family unknown_losses;
	struct family sources;
	struct family phases;
	uint64_t gauges[CG_METRICS_N_GAUGES];
	bool has_gauge[CG_METRICS_N_GAUGES];
	struct cg_text scratch;
};

static const struct {
	const char *name;
	const char *help;
} gauges[CG_METRICS_N_GAUGES] = {
	[CG_METRICS_START] = { "monitor_start_time_seconds", "When counting began, since the epoch." },
	[CG_METRICS_LAST_BEAT] = { "monitor_last_beat_timestamp_seconds",
				   "When the reader last said that it watches, since the epoch." },
	[CG_METRICS_HISTORY_WRITABLE] = { "monitor_history_writable",
					  "Whether the history took what was last given to it." },
	[CG_METRICS_RESTARTS] = { "monitor_keeper_restarts", "How often the reader had to start its keeper anew." },
};

/* [a-zA-Z_:][a-zA-Z0-9_:]*, without locale. */
static bool can_begin_name(const char *prefix)
{
	if (*prefix >= '0' && *prefix <= '9')
		return false;
	return strspn(prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") == strlen(prefix);
}

int cg_metrics_new(const char *prefix, struct cg_metrics **ret_metrics, struct cg_err *err)
{
	static const size_t limits[N_LABELS] = {
		[PROFILES] = CG_METRICS_PROFILES_LIMIT, [CONTAINERS] = CG_METRICS_CONTAINERS_LIMIT,
		[LOSS_SOURCES] = CG_METRICS_LOSSES_LIMIT, [LOSS_REASONS] = CG_METRICS_LOSSES_LIMIT,
	};
	struct cg_metrics *metrics;

	prefix = prefix ? prefix : "";
	if (strlen(prefix) > CG_METRICS_PREFIX_LIMIT || !can_begin_name(prefix))
		return cg_err_set(err, -EINVAL, NULL,
				  "no metric's name can begin with \"%.80s\": letters, digits, _ and :, %d at most, no "
				  "digit first",
				  prefix, CG_METRICS_PREFIX_LIMIT);
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return cg_err_memory(err);
	snprintf(metrics->prefix, sizeof(metrics->prefix), "%s%s", prefix, *prefix ? "_" : "");
	for (size_t i = 0; i < N_LABELS; i++)
		metrics->labels[i].limit = limits[i];
	*ret_metrics = metrics;
	return 0;
}

static void family_done(struct family *family)
{
	cg_map_done(&family->series);
	cg_arena_done(&family->arena);
	*family = (struct family){ 0 };
}

struct cg_metrics *cg_metrics_free(struct cg_metrics *metrics)
{
	if (!metrics)
		return NULL;
	for (size_t i = 0; i < N_LABELS; i++)
		cg_labels_done(&metrics->labels[i]);
	family_done(&metrics->violations);
	family_done(&metrics->losses);
	family_done(&metrics->unknown_losses);
	family_done(&metrics->sources);
	family_done(&metrics->phases);
	cg_text_done(&metrics->scratch);
	free(metrics);
	return NULL;
}

/* The series with the labels that stand in `labels`; begun if there are fewer than `limit`. */
static struct cg_map_entry *find_series(struct family *family, const struct cg_text *labels, size_t limit)
{
	struct cg_map_entry *entry = cg_map_find(&family->series, cg_text_get(labels), labels->length);
	char *copy;

	if (entry || labels->has_failed || family->series.n_entries >= limit)
		return entry;
	copy = cg_arena_copy(&family->arena, cg_text_get(labels), labels->length);
	if (!copy || cg_map_put(&family->series, copy, labels->length, &entry) < 0)
		return NULL;
	return entry;
}

static void write_labels(struct cg_text *text, const char *const *names, const char *const *values)
{
	cg_text_clear(text);
	for (size_t i = 0; names[i]; i++) {
		cg_text_add_char(text, i ? ',' : '{');
		cg_label_add(text, names[i], values[i]);
	}
	cg_text_add_char(text, '}');
}

/* Adds to a series; past `limit` to the one whose labels are all "other". */
static int add_to(struct cg_metrics *metrics, struct family *family, const char *const *names,
		  const char *const *values, size_t limit, uint64_t n)
{
	static const char *const others[] = { CG_LABEL_OTHER, CG_LABEL_OTHER, CG_LABEL_OTHER, CG_LABEL_OTHER,
					      CG_LABEL_OTHER };
	struct cg_map_entry *entry;

	for (size_t i = 0; names[i]; i++)
		if (!values[i])
			return -ENOMEM;
	write_labels(&metrics->scratch, names, values);
	entry = find_series(family, &metrics->scratch, limit);
	if (!entry && family->series.n_entries >= limit) {
		write_labels(&metrics->scratch, names, others);
		entry = find_series(family, &metrics->scratch, limit + 1);
	}
	if (!entry) {
		cg_text_done(&metrics->scratch);
		return -ENOMEM;
	}
	entry->value.number += n;
	return 0;
}

/* A number without a name is a process's own invention: all of them are one value. */
static const char *call_label(const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *syscall = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	return syscall ? syscall->name : "unknown";
}

static const char *container_label(const struct cg_violation *violation)
{
	if (violation->container && *violation->container)
		return violation->container;
	if (violation->container_id && *violation->container_id)
		return violation->container_id;
	return violation->unit;
}

int cg_metrics_count(struct cg_metrics *metrics, const struct cg_violation *violation)
{
	static const char *const names[] = { "profile", "container", "syscall", "arch", "action", NULL };
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);
	const char *const values[] = {
		cg_labels_admit(&metrics->labels[PROFILES], violation->profile),
		cg_labels_admit(&metrics->labels[CONTAINERS], container_label(violation)),
		call_label(&violation->call),
		arch ? arch->name : "unknown",
		cg_action_row(violation->action)->name,
	};

	return add_to(metrics, &metrics->violations, names, values, CG_METRICS_SERIES_LIMIT,
		      violation->n ? violation->n : 1);
}

/* Which losses there may be, as they are told where they happen. "ended": monitor/stream.c, of every source. */
static const struct {
	const char *source;
	const char *reason;
} known_losses[] = {
	{ "ebpf", "ring" },	   { "ebpf", "memory" },       { "ebpf", "skipped" },	  { "ebpf", "ended" },
	{ "audit", "enobufs" },	   { "audit", "unreadable" },  { "audit", "ended" },
	{ "kmsg", "suppressed" },  { "kmsg", "overwritten" },  { "kmsg", "unreadable" },  { "kmsg", "ended" },
	{ "file", "suppressed" },  { "file", "truncated" },    { "file", "unreadable" },  { "file", "ended" },
	{ "keeper", "overrun" },   { "history", "damaged" },   { "history", "not written" },
};

static int add_loss(struct cg_metrics *metrics, const char *source, const char *reason, uint64_t n, uint64_t n_unknown)
{
	static const char *const names[] = { "source", "reason", NULL };
	const char *const values[] = {
		cg_labels_admit(&metrics->labels[LOSS_SOURCES], source),
		cg_labels_admit(&metrics->labels[LOSS_REASONS], reason),
	};
	size_t limit = CG_METRICS_LOSSES_LIMIT * 2;
	int r = add_to(metrics, &metrics->losses, names, values, limit, n);

	return r < 0 ? r : add_to(metrics, &metrics->unknown_losses, names, values, limit, n_unknown);
}

int cg_metrics_lose(struct cg_metrics *metrics, const char *source, const char *reason, uint64_t n)
{
	return add_loss(metrics, source, reason, n ? n : 1, n == 0);
}

int cg_metrics_expect_losses(struct cg_metrics *metrics, const char *source)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(known_losses); i++)
		if (strcmp(known_losses[i].source, source) == 0)
			r = add_loss(metrics, source, known_losses[i].reason, 0, 0);
	return r;
}

int cg_metrics_watch(struct cg_metrics *metrics, const char *sources)
{
	static const char *const names[] = { "source", NULL };
	int r = 0;

	family_done(&metrics->sources);
	while (r == 0 && *sources) {
		size_t length = strcspn(sources, ",");
		char name[CG_LABEL_BYTES + 1];
		const char *const values[] = { name };

		snprintf(name, sizeof(name), "%.*s", (int)(length < CG_LABEL_BYTES ? length : CG_LABEL_BYTES), sources);
		r = add_to(metrics, &metrics->sources, names, values, CG_METRICS_SOURCES_LIMIT, 1);
		if (r == 0)
			r = cg_metrics_expect_losses(metrics, name);
		sources += length;
		sources += *sources == ',';
	}
	return r;
}

void cg_metrics_forget_phases(struct cg_metrics *metrics)
{
	family_done(&metrics->phases);
}

int cg_metrics_add_phase(struct cg_metrics *metrics, const char *rollout, const char *phase)
{
	static const char *const names[] = { "rollout", "phase", NULL };
	char cut[2][CG_LABEL_BYTES + 1];
	const char *const values[] = { cut[0], cut[1] };

	snprintf(cut[0], sizeof(cut[0]), "%s", rollout);
	snprintf(cut[1], sizeof(cut[1]), "%s", phase);
	return add_to(metrics, &metrics->phases, names, values, CG_METRICS_ROLLOUTS_LIMIT, 1);
}

void cg_metrics_set(struct cg_metrics *metrics, enum cg_metrics_gauge gauge, uint64_t value)
{
	metrics->gauges[gauge] = value;
	metrics->has_gauge[gauge] = true;
}

/* # HELP and # TYPE. OpenMetrics names the family without the sample's ending. */
static void write_head(const struct cg_metrics *metrics, const char *name, const char *ending, const char *type,
		       const char *help, bool is_open, struct cg_text *text)
{
	const char *shown = is_open ? "" : ending;

	cg_text_addf(text, "# HELP %sseccomp_%s%s %s\n", metrics->prefix, name, shown, help);
	cg_text_addf(text, "# TYPE %sseccomp_%s%s %s\n", metrics->prefix, name, shown, type);
}

static void write_family(const struct cg_metrics *metrics, const char *name, const char *ending,
			 const struct family *family, struct cg_text *text)
{
	char start[CG_METRICS_PREFIX_LIMIT + 64], number[32];
	size_t length = (size_t)snprintf(start, sizeof(start), "%sseccomp_%s%s", metrics->prefix, name, ending);

	for (size_t i = 0; i < family->series.n_entries; i++) {
		const struct cg_map_entry *entry = &family->series.entries[i];

		cg_text_add_bytes(text, start, length);
		cg_text_add_bytes(text, entry->key, entry->key_length);
		cg_text_add_bytes(text, number, (size_t)snprintf(number, sizeof(number), " %llu\n",
								  (unsigned long long)entry->value.number));
	}
}

static void write_info(const struct cg_metrics *metrics, bool is_open, struct cg_text *text)
{
	const char *type = is_open ? "info" : "gauge";

	write_head(metrics, "monitor_source", "_info", type, "Sources that are watching.", is_open, text);
	write_family(metrics, "monitor_source", "_info", &metrics->sources, text);
	write_head(metrics, "monitor_build", "_info", type, "The callgate that counts.", is_open, text);
	cg_text_addf(text, "%sseccomp_monitor_build_info{version=\"" CG_VERSION "\"} 1\n", metrics->prefix);
	write_head(metrics, "rollout_phase", "", "gauge", "The phase in which a rollout is.", is_open, text);
	write_family(metrics, "rollout_phase", "", &metrics->phases, text);
}

void cg_metrics_write(const struct cg_metrics *metrics, enum cg_metrics_form form, struct cg_text *text)
{
	bool is_open = form == CG_METRICS_OPENMETRICS;

	write_head(metrics, "violations", "_total", "counter", "Calls that a seccomp filter stopped or logged.",
		   is_open, text);
	write_family(metrics, "violations", "_total", &metrics->violations, text);
	write_head(metrics, "events_lost", "_total", "counter",
		   "Events known to be lost; those of which nobody knows how many count as one.", is_open, text);
	write_family(metrics, "events_lost", "_total", &metrics->losses, text);
	write_head(metrics, "events_lost_unknown", "_total", "counter",
		   "How often an unknown number of events was lost.", is_open, text);
	write_family(metrics, "events_lost_unknown", "_total", &metrics->unknown_losses, text);
	write_info(metrics, is_open, text);
	for (size_t i = 0; i < CG_METRICS_N_GAUGES; i++) {
		if (!metrics->has_gauge[i])
			continue;
		write_head(metrics, gauges[i].name, "", "gauge", gauges[i].help, is_open, text);
		cg_text_addf(text, "%sseccomp_%s %llu\n", metrics->prefix, gauges[i].name,
			     (unsigned long long)metrics->gauges[i]);
	}
	if (is_open)
		cg_text_add(text, "# EOF\n");
}
