/*
 * See prometheus.h.
 */
#include "rollout/prometheus.h"

#include "base/cleanup.h"
#include "rollout/fields.h"

#include <stdlib.h>
#include <string.h>

#define BEFORE "90d" /* how far back a kind of violation is looked for */
#define KINDS "profile,container,syscall,arch,action"
#define SEES_LOGGED ",source=~\"audit|kmsg|file\"" /* CG_SEEN_LOGGED; a file is the log of one of them */
#define STEPS 100 /* points of the span at which it is asked whether a target watched */

/* ---- questions */

/* Labels that only violations have: other metrics are not asked by them. */
static bool is_of_violations(const char *label)
{
	static const char *const labels[] = { "profile", "container", "syscall", "arch", "action" };

	for (size_t i = 0; i < CG_N_ITEMS(labels); i++)
		if (strcmp(labels[i], label) == 0)
			return true;
	return false;
}

/* As in a string of PromQL. */
static void add_value(struct cg_text *text, const char *value)
{
	cg_text_add_char(text, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			cg_text_add_char(text, '\\');
		cg_text_add_char(text, *value);
	}
	cg_text_add_char(text, '"');
}

static void add_selector(const struct cg_rollout_source *source, const char *metric, bool is_violations,
			 const char *more, struct cg_text *text)
{
	cg_text_addf(text, "%s{job=", metric);
	add_value(text, source->job);
	cg_text_add(text, more);
	for (size_t i = 0; i < source->n_matches; i++) {
		const struct cg_rollout_match *match = &source->matches[i];

		if (!is_violations && is_of_violations(match->label))
			continue;
		cg_text_addf(text, ",%s=", match->label);
		add_value(text, match->value);
	}
	cg_text_add_char(text, '}');
}

static void add_ours(const struct cg_rollout_source *source, const char *metric, bool is_violations,
		     const char *more, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	cg_text_addf(&name, "%s%s%s", source->prefix, source->prefix[0] ? "_" : "", metric);
	add_selector(source, cg_text_get(&name), is_violations, more, text);
	text->has_failed |= name.has_failed;
}

/*
 * How much each series of a counter has grown. Of one that was there when the span began, increase() says it; of one
 * that was not, its highest value, if it never fell; else both together, which is too much rather than too little.
 */
static void add_growth(const char *m, unsigned long long s, struct cg_text *text)
{
	cg_text_addf(text,
		     "((increase(%s[%llums]) and %s offset %llums)"
		     " or (max_over_time(%s[%llums]) unless (resets(%s[%llums]) > 0) unless %s offset %llums)"
		     " or (max_over_time(%s[%llums]) + increase(%s[%llums]))) > 0",
		     m, s, m, s, m, s, m, s, m, s, m, s, m, s);
}

/* By question: the metric; NULL is `up`, which is Prometheus' own. */
static const char *const metrics[CG_PROMETHEUS_N_QUESTIONS] = {
	[CG_PROMETHEUS_SOURCES] = "seccomp_monitor_source_info",
	[CG_PROMETHEUS_SOURCES_LOGGED] = "seccomp_monitor_source_info",
	[CG_PROMETHEUS_WATCHED] = "seccomp_monitor_source_info",
	[CG_PROMETHEUS_WATCHED_LOGGED] = "seccomp_monitor_source_info",
	[CG_PROMETHEUS_VIOLATIONS] = "seccomp_violations_total",
	[CG_PROMETHEUS_NEW] = "seccomp_violations_total",
	[CG_PROMETHEUS_LOST] = "seccomp_events_lost_total",
	[CG_PROMETHEUS_LOST_UNKNOWN] = "seccomp_events_lost_unknown_total",
};

static void add_metric(const struct cg_rollout_source *source, enum cg_prometheus_question question, struct cg_text *text)
{
	bool is_violations = question == CG_PROMETHEUS_VIOLATIONS || question == CG_PROMETHEUS_NEW;

	bool is_logged = question == CG_PROMETHEUS_SOURCES_LOGGED || question == CG_PROMETHEUS_WATCHED_LOGGED;

	if (metrics[question])
		add_ours(source, metrics[question], is_violations, is_logged ? SEES_LOGGED : "", text);
	else
		add_selector(source, "up", false, "", text);
}

void cg_prometheus_query(const struct cg_rollout_source *source, enum cg_prometheus_question question, uint64_t span_ms,
			 struct cg_text *text)
{
	unsigned long long s = span_ms > 1000 ? span_ms : 1000, step = s / STEPS > 1000 ? s / STEPS : 1000;
	CG_CLEANUP(cg_text_done) struct cg_text metric = { 0 };
	const char *m, *host = source->host_label;

	add_metric(source, question, &metric);
	m = cg_text_get(&metric);
	if (question == CG_PROMETHEUS_UP)
		cg_text_add(text, m);
	else if (question == CG_PROMETHEUS_SOURCES || question == CG_PROMETHEUS_SOURCES_LOGGED)
		cg_text_addf(text, "count by (%s) (%s)", host, m);
	else if (question == CG_PROMETHEUS_WATCHED || question == CG_PROMETHEUS_WATCHED_LOGGED)
		cg_text_addf(text, "sum_over_time((count by (%s) (%s) > bool 0)[%llums:%llums]) * %llu / %llu", host, m, s, step,
			     step, s);
	else if (question == CG_PROMETHEUS_NEW)
		cg_text_addf(text,
			     "(sum by (" KINDS ") (max_over_time(%s[%llums])) > 0)"
			     " unless (sum by (" KINDS ") (max_over_time(%s[" BEFORE "] offset %llums)) > 0)",
			     m, s, m, s);
	else
		add_growth(m, s, text);
	text->has_failed |= metric.has_failed;
}

void cg_prometheus_url(const struct cg_rollout_source *source, const char *query, struct cg_text *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
	size_t length = strlen(source->prometheus);

	while (length && source->prometheus[length - 1] == '/')
		length--;
	cg_text_add_bytes(text, source->prometheus, length);
	cg_text_add(text, "/api/v1/query?query=");
	for (; *query; query++) {
		if (strchr(plain, *query))
			cg_text_add_char(text, *query);
		else
			cg_text_addf(text, "%%%02X", (unsigned int)(unsigned char)*query);
	}
}

/* ---- answers */

/* {"metric": {…}, "value": [when, "1.5"]} */
static int read_sample(const struct cg_fields *fields, const struct cg_json *item, struct cg_prometheus_sample *sample)
{
	const struct cg_json *labels = cg_json_get(item, "metric"), *value = cg_json_get(item, "value");
	const struct cg_json *number = value && value->kind == CG_JSON_ARRAY && value->first ? value->first->next : NULL;
	char *end;

	if (!labels || labels->kind != CG_JSON_OBJECT || !number || number->kind != CG_JSON_STRING)
		return cg_fields_complain(fields, item, "this is no sample of Prometheus");
	sample->labels = labels;
	sample->value = strtod(number->text, &end);
	if (end == number->text || *end || !(sample->value - sample->value == 0))
		return cg_fields_complain(fields, number, "this is no number to count with");
	return 0;
}

static int read_vector(const struct cg_fields *fields, const struct cg_json *data,
		       struct cg_prometheus_samples *ret_samples)
{
	const struct cg_json *type = cg_json_get(data, "resultType"), *result = cg_json_get(data, "result");
	struct cg_prometheus_samples samples = { 0 };

	if (!type || type->kind != CG_JSON_STRING || strcmp(type->text, "vector") != 0 || !result ||
	    result->kind != CG_JSON_ARRAY)
		return cg_fields_complain(fields, data, "this is no vector of Prometheus");
	if (result->n_children > CG_PROMETHEUS_SAMPLES_LIMIT)
		return cg_json_err(fields->err, -E2BIG, fields->name, result, "more than %d series",
				   CG_PROMETHEUS_SAMPLES_LIMIT);
	samples.items = cg_arena_alloc_array(fields->arena, result->n_children + 1, sizeof(*samples.items));
	if (!samples.items)
		return cg_err_memory(fields->err);
	for (const struct cg_json *item = result->first; item; item = item->next) {
		int r = read_sample(fields, item, &samples.items[samples.n_items++]);

		if (r < 0)
			return r;
	}
	*ret_samples = samples;
	return 0;
}

int cg_prometheus_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length,
		       struct cg_prometheus_samples *ret_samples, struct cg_err *err)
{
	const struct cg_fields fields = { .name = name, .arena = arena, .err = err };
	const struct cg_json *status, *data, *why, *warnings;
	struct cg_json *root;
	int r = cg_json_read(arena, name, bytes, length, 0, &root, err);

	if (r < 0)
		return r;
	status = cg_json_get(root, "status");
	data = cg_json_get(root, "data");
	why = cg_json_get(root, "error");
	warnings = cg_json_get(root, "warnings");
	if (status && status->kind == CG_JSON_STRING && strcmp(status->text, "error") == 0)
		return cg_err_set(err, -EPROTO, name, "Prometheus says: %.300s",
				  why && why->kind == CG_JSON_STRING ? why->text : "error");
	if (!status || status->kind != CG_JSON_STRING || strcmp(status->text, "success") != 0 || !data)
		return cg_fields_complain(&fields, root, "this is no answer of Prometheus");
	if (warnings && warnings->n_children)
		return cg_err_set(err, -EPROTO, name, "Prometheus warns, so its answer may be partial: %.300s",
				  warnings->first->kind == CG_JSON_STRING ? warnings->first->text : "");
	return read_vector(&fields, data, ret_samples);
}

const char *cg_prometheus_label(const struct cg_prometheus_sample *sample, const char *label)
{
	const struct cg_json *value = cg_json_get(sample->labels, label);

	return value && value->kind == CG_JSON_STRING ? value->text : "";
}

/* "10.0.0.1:9464", "[::1]:9464" and "name:9464" without what stands behind; "::1" as it is. */
const char *cg_prometheus_host(const struct cg_prometheus_sample *sample, const char *label, struct cg_arena *arena)
{
	const char *value = cg_prometheus_label(sample, label), *colon = strrchr(value, ':');
	size_t length = strlen(value);
	char *host;

	if (value[0] == '[' && strchr(value, ']')) {
		length = (size_t)(strchr(value, ']') - value) - 1;
		value++;
	} else if (colon && strchr(value, ':') == colon) {
		length = (size_t)(colon - value);
	}
	host = cg_arena_copy(arena, value, length);
	for (char *c = host; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return host && cg_rollout_host_is_valid(host) ? host : NULL;
}
