/*
 * Facts of a fleet, from a Prometheus server. See rollout.h; rollout/prometheus.h has the questions.
 *
 * In: questions. Out: facts, if all of them were answered: one that fails leaves nothing known.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "os/signals.h"
#include "os/web.h"
#include "rollout/prometheus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct asking {
	struct cg_rolling *rolling;
	const struct cg_rollout_source *source;
	struct cg_rollout_facts *facts;
	struct cg_err *err;
};

/* Of the span that began then. */
static int ask(struct asking *asking, enum cg_prometheus_question question, uint64_t since_ms,
	       struct cg_prometheus_samples *ret_samples)
{
	const struct cg_web_limits limits = { asking->source->timeout_ms, CG_PROMETHEUS_ANSWER_LIMIT };
	CG_CLEANUP(cg_text_done) struct cg_text query = { 0 }, url = { 0 }, body = { 0 };
	struct cg_err reading = { 0 };
	uint64_t now_ms;
	unsigned int status = 0;
	int r;

	/* Anew for each: the phase begins when it began, however long the questions before have taken. */
	now_ms = cg_clock_epoch_ms();
	cg_prometheus_query(asking->source, question, now_ms > since_ms ? now_ms - since_ms : 0, &query);
	cg_prometheus_url(asking->source, cg_text_get(&query), &url);
	if (query.has_failed || url.has_failed)
		return cg_err_memory(asking->err);
	r = cg_web_get(cg_text_get(&url), &limits, &body, &status, asking->err);
	if (r < 0)
		return r;
	r = cg_prometheus_read(&asking->rolling->arena, "its answer", cg_text_get(&body), body.length, ret_samples, &reading);
	if (status != 200 && r != -EPROTO)
		return cg_err_set(asking->err, -EPROTO, NULL, "the server answers with HTTP status %u", status);
	if (r < 0)
		return cg_err_set(asking->err, r, reading.place, "%s", reading.message);
	return 0;
}

static const char *host_of(const struct asking *asking, const struct cg_prometheus_sample *sample)
{
	return cg_prometheus_host(sample, asking->source->host_label, &asking->rolling->arena);
}

static struct cg_rollout_host_fact *find_host(struct cg_rollout_facts *facts, const char *host)
{
	return (struct cg_rollout_host_fact *)cg_rollout_fact_of(facts, host);
}

static uint64_t round_up(double value)
{
	return value <= 0 ? 0 : value >= 1e15 ? (uint64_t)1e15 : value < 1 ? 1 : (uint64_t)(value + 0.5);
}

/* Of several targets on one host all must be up. */
static void unite_hosts(struct cg_rollout_facts *facts)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->hosts.n_items; i++) {
		struct cg_rollout_host_fact *host = &facts->hosts.items[i];

		if (n && strcmp(facts->hosts.items[n - 1].name, host->name) == 0)
			facts->hosts.items[n - 1].is_reporting &= host->is_reporting;
		else
			facts->hosts.items[n++] = *host;
	}
	facts->hosts.n_items = n;
}

static int take_up(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	if (samples->n_items > CG_ROLLOUT_HOSTS_LIMIT)
		return cg_err_set(asking->err, -E2BIG, NULL, "more than %d hosts", CG_ROLLOUT_HOSTS_LIMIT);
	for (size_t i = 0; i < samples->n_items; i++) {
		struct cg_rollout_host_fact fact = { .name = host_of(asking, &samples->items[i]),
						     .is_reporting = samples->items[i].value == 1,
						     .watched_percent = 100 }; /* until it is asked */

		if (!fact.name)
			return cg_err_set(asking->err, -EINVAL, NULL,
					  "a target's label \"%s\" is no host's name: name another one as host_label",
					  asking->source->host_label);
		if (cg_vec_push(&asking->facts->hosts, fact) < 0)
			return cg_err_memory(asking->err);
	}
	cg_rollout_facts_sort(asking->facts);
	unite_hosts(asking->facts);
	return 0;
}

/* The smallest value of each host's targets, -1 where there is none; for the caller to free. NULL: out of memory. */
static double *least_values(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	const struct cg_rollout_facts *facts = asking->facts;
	double *least = calloc(facts->hosts.n_items + 1, sizeof(*least));

	for (size_t i = 0; least && i < facts->hosts.n_items; i++)
		least[i] = -1;
	for (size_t i = 0; least && i < samples->n_items; i++) {
		const char *name = host_of(asking, &samples->items[i]);
		const struct cg_rollout_host_fact *host = name ? cg_rollout_fact_of(facts, name) : NULL;
		double value = samples->items[i].value, *known = host ? &least[host - facts->hosts.items] : NULL;

		if (known && (*known < 0 || value < *known))
			*known = value;
	}
	return least;
}

/* A monitor that answers and watches nothing reports nothing. */
static int take_sources(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	CG_FREE double *least = least_values(asking, samples);

	if (!least)
		return cg_err_memory(asking->err);
	for (size_t i = 0; i < asking->facts->hosts.n_items; i++)
		asking->facts->hosts.items[i].is_reporting &= least[i] > 0;
	return 0;
}

/* Where the profile is to log, only who sees what is logged watches. */
static int take_sources_logged(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	CG_FREE double *least = least_values(asking, samples);

	if (!least)
		return cg_err_memory(asking->err);
	for (size_t i = 0; i < asking->facts->hosts.n_items; i++)
		asking->facts->hosts.items[i].is_blind =
			least[i] <= 0 && cg_rolling_is_to_log(asking->rolling, asking->facts->hosts.items[i].name);
	return 0;
}

/* The least of all spans that were asked. */
static int note_watched(struct asking *asking, const struct cg_prometheus_samples *samples, bool of_those_that_log)
{
	CG_FREE double *least = least_values(asking, samples);

	if (!least)
		return cg_err_memory(asking->err);
	for (size_t i = 0; i < asking->facts->hosts.n_items; i++) {
		struct cg_rollout_host_fact *host = &asking->facts->hosts.items[i];
		unsigned int percent = least[i] <= 0 ? 0 : least[i] >= 1 ? 100 : (unsigned int)(least[i] * 100 + 0.5);

		if (cg_rolling_is_to_log(asking->rolling, host->name) == of_those_that_log && percent < host->watched_percent)
			host->watched_percent = percent;
	}
	return 0;
}

static int take_watched(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	return note_watched(asking, samples, false);
}

static int take_watched_logged(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	return note_watched(asking, samples, true);
}

/* What the monitor no longer tells apart ("other") may be anything. */
static enum cg_tier tier_of(const char *name)
{
	const struct cg_syscall *call = cg_syscall_find(name);

	return call ? call->tier : strcmp(name, "other") == 0 ? CG_TIER_CRITICAL : CG_TIER_NONE;
}

static int take_violations(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	struct cg_rollout_facts *facts = asking->facts;

	for (size_t i = 0; i < samples->n_items; i++) {
		const struct cg_prometheus_sample *sample = &samples->items[i];
		const char *host = host_of(asking, sample);
		struct cg_rollout_host_fact *known = host ? find_host(facts, host) : NULL;
		struct cg_rollout_seen seen = { .call = cg_prometheus_label(sample, "syscall"),
						.action = cg_prometheus_label(sample, "action"),
						.container = cg_prometheus_label(sample, "container"),
						.host = host ? host : "",
						.n = round_up(sample->value) };

		seen.tier = tier_of(seen.call);
		facts->n_violations += seen.n;
		facts->n_of_tier[seen.tier] += seen.n;
		if (known)
			known->n_violations += seen.n;
		if (facts->seen.n_items < CG_ROLLOUT_SEEN_LIMIT && cg_vec_push(&facts->seen, seen) < 0)
			return cg_err_memory(asking->err);
	}
	return 0;
}

static int take_new(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	struct cg_rollout_facts *facts = asking->facts;

	facts->n_new = samples->n_items;
	for (size_t i = 0; i < samples->n_items; i++)
		for (size_t s = 0; s < facts->seen.n_items; s++) {
			struct cg_rollout_seen *seen = &facts->seen.items[s];

			if (strcmp(seen->call, cg_prometheus_label(&samples->items[i], "syscall")) == 0 &&
			    strcmp(seen->action, cg_prometheus_label(&samples->items[i], "action")) == 0 &&
			    strcmp(seen->container, cg_prometheus_label(&samples->items[i], "container")) == 0)
				seen->is_new = true;
		}
	return 0;
}

static int take_lost(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	for (size_t i = 0; i < samples->n_items; i++)
		asking->facts->n_lost += round_up(samples->items[i].value);
	return 0;
}

static int take_unknown(struct asking *asking, const struct cg_prometheus_samples *samples)
{
	asking->facts->has_unknown_loss = samples->n_items > 0;
	return 0;
}

static const struct {
	int (*take)(struct asking *asking, const struct cg_prometheus_samples *samples);
	bool of_phase, of_quiet; /* the spans that are asked */
} questions[CG_PROMETHEUS_N_QUESTIONS] = {
	/* By question, in this order: hosts first. */
	[CG_PROMETHEUS_UP] = { take_up, true, false },
	[CG_PROMETHEUS_SOURCES] = { take_sources, true, false },
	[CG_PROMETHEUS_SOURCES_LOGGED] = { take_sources_logged, true, false },
	[CG_PROMETHEUS_WATCHED] = { take_watched, true, true },
	[CG_PROMETHEUS_WATCHED_LOGGED] = { take_watched_logged, true, true },
	[CG_PROMETHEUS_VIOLATIONS] = { take_violations, true, false },
	[CG_PROMETHEUS_NEW] = { take_new, false, true },
	[CG_PROMETHEUS_LOST] = { take_lost, true, false },
	[CG_PROMETHEUS_LOST_UNKNOWN] = { take_unknown, true, false },
};

int cg_rolling_ask_server(struct cg_rolling *rolling, struct cg_rollout_facts *facts, struct cg_err *err)
{
	struct asking asking = { rolling, &rolling->rollout.source, facts, err };
	uint64_t since_ms = rolling->state.since_ms;
	uint64_t quiet_ms = cg_rollout_quiet_since(&rolling->rollout.phases[rolling->phase].gate, since_ms, facts->now_ms);
	struct cg_prometheus_samples samples;
	int r = 0;

	for (int i = 0; r == 0 && i < CG_PROMETHEUS_N_QUESTIONS; i++) {
		if (questions[i].of_phase) {
			r = ask(&asking, (enum cg_prometheus_question)i, since_ms, &samples);
			if (r == 0)
				r = questions[i].take(&asking, &samples);
		}
		if (r == 0 && questions[i].of_quiet && (!questions[i].of_phase || quiet_ms != since_ms)) {
			r = ask(&asking, (enum cg_prometheus_question)i, quiet_ms, &samples);
			if (r == 0)
				r = questions[i].take(&asking, &samples);
		}
	}
	return r;
}
