/*
 * See coverage.h.
 */
#include "learn/coverage.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <string.h>

struct key {
	uint32_t token;
	uint32_t nr;
};

/* How many runs saw each call, in the order of the curve. */
struct counting {
	struct cg_arena arena;
	struct cg_map seen;
};

static int compare_runs(const void *left, const void *right)
{
	const struct cg_run *const *a = left, *const *b = right;
	int order = strcmp((*a)->started, (*b)->started);

	return order ? order : strcmp((*a)->id, (*b)->id);
}

static int count_call(struct counting *counting, const struct cg_recorded_call *call, struct cg_coverage_run *run)
{
	struct key *key = cg_arena_alloc(&counting->arena, sizeof(*key));
	struct cg_map_entry *entry;

	if (!key)
		return -ENOMEM;
	*key = (struct key){ call->arch_token, call->nr };
	if (cg_map_put(&counting->seen, key, sizeof(*key), &entry) < 0)
		return -ENOMEM;
	run->n_new += entry->value.number == 0;
	run->n_calls++;
	entry->value.number++;
	return 0;
}

static int count_run(struct counting *counting, const struct cg_run *run, struct cg_coverage *coverage)
{
	struct cg_coverage_run point = { .id = run->id, .started = run->started };
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->calls.n_items; i++)
		if (cg_recorded_call_is_made(&run->calls.items[i]))
			r = count_call(counting, &run->calls.items[i], &point);
	return r < 0 ? r : cg_vec_push(&coverage->curve, point);
}

/* Rounded so as not to promise: what is yet to be seen upwards, what is covered downwards. */
static void estimate(struct cg_coverage *coverage)
{
	double m = (double)coverage->n_runs, once = (double)coverage->n_once, twice = (double)coverage->n_twice;
	double missing = (m - 1) / m * once * (once - 1) / (2 * (twice + 1));
	double weight = (m - 1) * once + 2 * twice;

	coverage->is_estimated = coverage->n_runs > 1 && coverage->n_sightings > 0;
	if (!coverage->is_estimated)
		return;
	coverage->n_estimated = coverage->n_calls + (uint64_t)missing;
	coverage->n_estimated += missing > (double)(uint64_t)missing;
	coverage->per_mille = 1000;
	if (once > 0)
		coverage->per_mille =
			(unsigned int)(1000 * (1 - once / (double)coverage->n_sightings * (m - 1) * once / weight));
}

static int count_runs(struct counting *counting, const struct cg_run **runs, struct cg_coverage *coverage)
{
	int r = 0;

	qsort(runs, coverage->n_runs, sizeof(const struct cg_run *), compare_runs);
	for (size_t i = 0; r == 0 && i < coverage->n_runs; i++)
		r = count_run(counting, runs[i], coverage);
	coverage->n_calls = counting->seen.n_entries;
	for (size_t i = 0; i < counting->seen.n_entries; i++) {
		uint64_t n = counting->seen.entries[i].value.number;

		coverage->n_once += n == 1;
		coverage->n_twice += n == 2;
		coverage->n_sightings += n;
	}
	return r;
}

int cg_coverage_measure(const struct cg_recording *recording, struct cg_coverage *ret_coverage)
{
	struct cg_coverage coverage = { .n_runs = recording->runs.n_items };
	CG_FREE const struct cg_run **runs = calloc(coverage.n_runs + 1, sizeof(const struct cg_run *));
	struct counting counting = { .seen = { 0 } };
	int r = -ENOMEM;

	for (size_t i = 0; runs && i < coverage.n_runs; i++)
		runs[i] = recording->runs.items[i];
	if (runs)
		r = count_runs(&counting, runs, &coverage);
	cg_map_done(&counting.seen);
	cg_arena_done(&counting.arena);
	if (r < 0) {
		cg_coverage_done(&coverage);
		return r;
	}
	estimate(&coverage);
	*ret_coverage = coverage;
	return 0;
}

void cg_coverage_format(const struct cg_coverage *coverage, struct cg_text *text)
{
	const struct cg_coverage_run *last = NULL;

	if (coverage->curve.n_items)
		last = &coverage->curve.items[coverage->curve.n_items - 1];
	cg_text_addf(text, "%zu different calls in %zu run%s", coverage->n_calls, coverage->n_runs,
		     coverage->n_runs == 1 ? "" : "s");
	if (!coverage->is_estimated || !last) {
		cg_text_add(text, "; one run does not tell what another would add");
		return;
	}
	cg_text_addf(text,
		     ", %zu of them in one run only, %zu new in the last; estimated: at least %" PRIu64
		     " in all (Chao2), %u.%u%% of what a further run does was seen (Good-Turing)",
		     coverage->n_once, last->n_new, coverage->n_estimated, coverage->per_mille / 10,
		     coverage->per_mille % 10);
}

static void write_curve(const struct cg_coverage *coverage, struct cg_json_writer *json)
{
	cg_json_open_array(json, "curve");
	for (size_t i = 0; i < coverage->curve.n_items; i++) {
		const struct cg_coverage_run *run = &coverage->curve.items[i];

		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "run", run->id);
		cg_json_string(json, "started", run->started);
		cg_json_u64(json, "calls", run->n_calls);
		cg_json_u64(json, "new", run->n_new);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

void cg_coverage_write(const struct cg_coverage *coverage, struct cg_json_writer *json, const char *key)
{
	cg_json_open_object(json, key);
	cg_json_u64(json, "runs", coverage->n_runs);
	cg_json_u64(json, "calls", coverage->n_calls);
	cg_json_u64(json, "in_one_run", coverage->n_once);
	cg_json_u64(json, "in_two_runs", coverage->n_twice);
	if (coverage->is_estimated) {
		cg_json_u64(json, "estimated_calls", coverage->n_estimated);
		cg_json_u64(json, "estimated_coverage_per_mille", coverage->per_mille);
	}
	write_curve(coverage, json);
	cg_json_close_object(json);
}

void cg_coverage_done(struct cg_coverage *coverage)
{
	cg_vec_done(&coverage->curve);
}
