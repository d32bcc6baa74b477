/*
 * Many runs to one summary: what was called at all, how often, in how many runs.
 *
 * In: a recording. Out: one entry a call, sorted. Adding up and uniting know no order, so neither does the summary.
 */
#include "learn/recording.h"

#include "base/cleanup.h"
#include "learn/phase.h"
#include "learn/recorded_call.h"

#include <string.h>

static struct cg_summary_call *find_summary(struct cg_summary *summary, const struct cg_map *index,
					    const struct cg_recorded_call *call)
{
	const uint32_t key[2] = { call->arch_token, call->nr };
	const struct cg_map_entry *entry = cg_map_find(index, key, sizeof(key));

	return entry ? &summary->calls.items[entry->value.number] : NULL;
}

static int add_summary(struct cg_summary *summary, struct cg_map *index, const struct cg_recorded_call *from,
		       struct cg_summary_call **ret_call)
{
	struct cg_summary_call added = { .call = {
						 .arch = from->arch, .arch_token = from->arch_token, .nr = from->nr } };
	uint32_t *key = cg_arena_alloc_array(&summary->arena, 2, sizeof(*key));
	struct cg_map_entry *entry;

	if (!key)
		return -ENOMEM;
	key[0] = from->arch_token;
	key[1] = from->nr;
	if (cg_map_put(index, key, 2 * sizeof(*key), &entry) < 0 || cg_vec_push(&summary->calls, added) < 0)
		return -ENOMEM;
	entry->value.number = summary->calls.n_items - 1;
	*ret_call = &summary->calls.items[summary->calls.n_items - 1];
	return 0;
}

/* ISO 8601 sorts as text. */
static int note_time(struct cg_summary *summary, struct cg_summary_call *call, const char *started)
{
	bool is_first = started[0] && (!call->first || strcmp(started, call->first) < 0);
	bool is_last = started[0] && (!call->last || strcmp(started, call->last) > 0);
	const char *copy = is_first || is_last ? cg_arena_copy_text(&summary->arena, started) : NULL;

	if (!copy)
		return is_first || is_last ? -ENOMEM : 0;
	if (is_first)
		call->first = copy;
	if (is_last)
		call->last = copy;
	return 0;
}

static void note_phases(struct cg_summary_call *into, const struct cg_run *run, const struct cg_recorded_call *from)
{
	uint64_t n_made = cg_recorded_call_n_made(from);
	uint64_t n_startup = from->n_startup < n_made ? from->n_startup : n_made;

	if (!run->phase_by[0]) {
		into->n_unmarked = cg_count_add(into->n_unmarked, n_made);
		return;
	}
	into->n_startup = cg_count_add(into->n_startup, n_startup);
	into->n_serving = cg_count_add(into->n_serving, n_made - n_startup);
}

static int summarise_call(struct cg_summary *summary, struct cg_map *index, const struct cg_run *run,
			  const struct cg_recorded_call *from)
{
	struct cg_summary_call *into = find_summary(summary, index, from);
	int r = into ? 0 : add_summary(summary, index, from, &into);

	if (r < 0)
		return r;
	into->n_runs++;
	note_phases(into, run, from);
	if (note_time(summary, into, run->started) < 0)
		return -ENOMEM;
	return cg_recorded_call_unite(&into->call, &summary->arena, from);
}

static int compare_summaries(const void *left, const void *right)
{
	const struct cg_summary_call *a = left, *b = right;

	return cg_recorded_call_compare(&a->call, &b->call);
}

int cg_recording_summarise(const struct cg_recording *recording, struct cg_summary *ret_summary)
{
	struct cg_summary summary = { 0 };
	CG_CLEANUP(cg_map_done) struct cg_map index = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < recording->runs.n_items; i++) {
		const struct cg_run *run = recording->runs.items[i];

		for (size_t c = 0; r == 0 && c < run->calls.n_items; c++)
			r = summarise_call(&summary, &index, run, &run->calls.items[c]);
	}
	if (r < 0) {
		cg_summary_done(&summary);
		return r;
	}
	if (summary.calls.n_items)
		qsort(summary.calls.items, summary.calls.n_items, sizeof(summary.calls.items[0]), compare_summaries);
	*ret_summary = summary;
	return 0;
}

void cg_summary_done(struct cg_summary *summary)
{
	for (size_t i = 0; i < summary->calls.n_items; i++)
		cg_recorded_call_done(&summary->calls.items[i].call);
	cg_vec_done(&summary->calls);
	cg_arena_done(&summary->arena);
}
