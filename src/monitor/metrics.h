/*
 * The monitor's metrics, as text for Prometheus. Pure: counts in, text out.
 *
 * In: violations, losses, what is watching, phases of rollouts. Out: Prometheus' text format 0.0.4, or OpenMetrics 1.0
 * where the Accept header prefers it. The number of series is bounded; what comes beyond is counted as "other", so that
 * sums stay right.
 */
#ifndef CG_MONITOR_METRICS_H
#define CG_MONITOR_METRICS_H

#include "base/err.h"
#include "base/text.h"
#include "event/violation.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_METRICS_SERIES_LIMIT 10000 /* of violations; and one for all beyond */
#define CG_METRICS_PROFILES_LIMIT 100
#define CG_METRICS_CONTAINERS_LIMIT 2000
#define CG_METRICS_LOSSES_LIMIT 64 /* sources, and reasons */
#define CG_METRICS_SOURCES_LIMIT 16
#define CG_METRICS_ROLLOUTS_LIMIT 64
#define CG_METRICS_PREFIX_LIMIT 64 /* bytes */

enum cg_metrics_form {
	CG_METRICS_PROMETHEUS,
	CG_METRICS_OPENMETRICS,
};

enum cg_metrics_gauge {
	CG_METRICS_START, /* seconds since the epoch */
	CG_METRICS_LAST_BEAT,
	CG_METRICS_HISTORY_WRITABLE, /* 1, 0 */
	CG_METRICS_RESTARTS, /* of the keeper, by the reader */
	CG_METRICS_N_GAUGES,
};

struct cg_metrics;

/* Names begin with `prefix`_, if it is neither NULL nor "". -EINVAL: no name can begin so. */
int cg_metrics_new(const char *prefix, struct cg_metrics **ret_metrics, struct cg_err *err);
struct cg_metrics *cg_metrics_free(struct cg_metrics *metrics);

/* Adds violation->n. These return 0 or -ENOMEM. */
int cg_metrics_count(struct cg_metrics *metrics, const struct cg_violation *violation);
/* n 0: nobody knows how many; counted as one, and in a metric of its own. */
int cg_metrics_lose(struct cg_metrics *metrics, const char *source, const char *reason, uint64_t n);
/*
 * A series that begins with its first loss has no increase() in Prometheus: so those that this source may have begin with
 * a zero. "keeper", "history", or a source; cg_metrics_watch() does it for those that watch.
 */
int cg_metrics_expect_losses(struct cg_metrics *metrics, const char *source);
/* "ebpf,audit": those that watch now, all others do not. */
int cg_metrics_watch(struct cg_metrics *metrics, const char *sources);
/* All phases that are published: first forget, then add each. */
void cg_metrics_forget_phases(struct cg_metrics *metrics);
int cg_metrics_add_phase(struct cg_metrics *metrics, const char *rollout, const char *phase);
/* A gauge that was never set is not published. */
void cg_metrics_set(struct cg_metrics *metrics, enum cg_metrics_gauge gauge, uint64_t value);

void cg_metrics_write(const struct cg_metrics *metrics, enum cg_metrics_form form, struct cg_text *text);

/* Which of the two an Accept header (NULL: none) asks for; and what it is then. RFC 9110, 12.5.1. */
enum cg_metrics_form cg_metrics_choose(const char *accept);
const char *cg_metrics_content_type(enum cg_metrics_form form);

#endif
