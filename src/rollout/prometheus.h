/*
 * What a gate asks a Prometheus server, and what it answers: HTTP API v1, instant queries, vectors.
 *
 * In: the rollout's source, a span of time. Out: URLs; samples. Nothing is asked here: os/web.h does.
 *
 * Counters are asked so that nothing that happened in the span is missed: increase() does not count the first value of
 * a series that begins within it, which is the first violation of its kind. Where in doubt the answer is too high.
 * prometheus.io/docs/prometheus/latest/querying/{api,functions,operators}
 */
#ifndef CG_ROLLOUT_PROMETHEUS_H
#define CG_ROLLOUT_PROMETHEUS_H

#include "base/json_read.h"
#include "rollout/rollout.h"

#define CG_PROMETHEUS_ANSWER_LIMIT ((size_t)16 << 20) /* bytes */
#define CG_PROMETHEUS_SAMPLES_LIMIT 100000

enum cg_prometheus_question {
	CG_PROMETHEUS_UP, /* each target: 1 or 0 */
	CG_PROMETHEUS_SOURCES, /* each host: how many sources its monitor is watching; none: it is not in the answer */
	CG_PROMETHEUS_SOURCES_LOGGED, /* the same of sources that see what a filter only logs */
	CG_PROMETHEUS_WATCHED, /* each host: of the span, the share (0 to 1) in which it was watching any */
	CG_PROMETHEUS_WATCHED_LOGGED, /* and any of those */
	CG_PROMETHEUS_VIOLATIONS, /* each series: how many in the span */
	CG_PROMETHEUS_NEW, /* kinds (profile, container, syscall, arch, action) that were never seen before the span */
	CG_PROMETHEUS_LOST, /* each series: how many events were lost in the span */
	CG_PROMETHEUS_LOST_UNKNOWN, /* each series: how often in the span it was not known how many */
	CG_PROMETHEUS_N_QUESTIONS,
};

/* The query's text; the URL of it. The span ends with the question, and is at least a second. */
void cg_prometheus_query(const struct cg_rollout_source *source, enum cg_prometheus_question question, uint64_t span_ms,
			 struct cg_text *text);
void cg_prometheus_url(const struct cg_rollout_source *source, const char *query, struct cg_text *text);

struct cg_prometheus_sample {
	const struct cg_json *labels; /* an object */
	double value; /* not NaN, not infinite */
};

struct cg_prometheus_samples {
	struct cg_prometheus_sample *items;
	size_t n_items;
};

/*
 * Everything lives in the arena; `name` is for places. Errors: -EBADMSG, -EINVAL: this is no answer of Prometheus;
 * -EPROTO: it says that it failed, or that its answer is partial (warnings); -E2BIG, -ENOMEM.
 */
int cg_prometheus_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length,
		       struct cg_prometheus_samples *ret_samples, struct cg_err *err);

/* A label's value; "" where there is none. */
const char *cg_prometheus_label(const struct cg_prometheus_sample *sample, const char *label);
/* The host: the label's value without its port, if it has one, in the arena. NULL: out of memory, or no such name. */
const char *cg_prometheus_host(const struct cg_prometheus_sample *sample, const char *label, struct cg_arena *arena);

#endif
