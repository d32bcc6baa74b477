/*
 * What recordings add to the facts: how often each call was made, by whom, why it is needed, how long it took, which
 * files were executed, how complete it all is.
 *
 * In: facts whose calls are there; all recordings merged into one. Out: facts. Why a call is needed is asked of
 * generate, with these recordings: so the report gives the reasons that a profile made today would have, also for a
 * profile that was written by hand.
 */
#include "report/facts.h"

#include "base/cleanup.h"
#include "learn/generate.h"
#include "learn/phase.h"
#include "learn/recorded_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- calls */

static int compare_programs(const void *left, const void *right)
{
	const struct cg_fact_program *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->path, b->path);
}

/* A call of another architecture by the same name brings its programs to those that are there. */
static int add_programs(struct cg_facts *facts, struct cg_fact_call *row, const struct cg_recorded_call *recorded)
{
	size_t n = row->n_programs, n_most = n + recorded->programs.n_items;
	struct cg_fact_program *programs = cg_arena_alloc_array(&facts->arena, n_most + 1, sizeof(*programs));

	if (!programs)
		return -ENOMEM;
	if (n)
		memcpy(programs, row->programs, n * sizeof(*programs));
	for (size_t i = 0; i < recorded->programs.n_items; i++) {
		const struct cg_program_count *from = &recorded->programs.items[i];
		size_t k = 0;

		while (k < row->n_programs && strcmp(programs[k].path, from->path) != 0)
			k++;
		if (k < row->n_programs) {
			programs[k].count = cg_count_add(programs[k].count, from->count);
			continue;
		}
		programs[n] = (struct cg_fact_program){ cg_arena_copy_text(&facts->arena, from->path), from->count };
		if (!programs[n++].path)
			return -ENOMEM;
	}
	qsort(programs, n, sizeof(*programs), compare_programs);
	row->programs = programs;
	row->n_programs = n;
	row->has_more_programs |= recorded->has_program_overflow;
	return 0;
}

static bool has_arch(const struct cg_facts *facts, const struct cg_arch *arch)
{
	for (size_t i = 0; i < facts->arches.n_items; i++)
		if (facts->arches.items[i].arch == arch && !facts->arches.items[i].is_whole)
			return true;
	return false;
}

static void add_time(struct cg_call_time *into, const struct cg_call_time *from)
{
	into->n_calls = cg_count_add(into->n_calls, from->n_calls);
	into->total_ns = cg_count_add(into->total_ns, from->total_ns);
	if (into->max_ns < from->max_ns)
		into->max_ns = from->max_ns;
	for (size_t i = 0; i < CG_TIME_BUCKETS; i++)
		into->buckets[i] = cg_count_add(into->buckets[i], from->buckets[i]);
}

static int add_call(struct cg_facts *facts, const struct cg_summary_call *from)
{
	const struct cg_recorded_call *call = &from->call;
	const struct cg_syscall *named = call->arch ? cg_syscall_of_nr(call->arch, call->nr) : NULL;
	struct cg_fact_recordings *recordings = &facts->recordings;
	struct cg_fact_call *row = named ? cg_facts_find(facts, named->name) : NULL;
	uint64_t n_made = cg_recorded_call_n_made(call);

	recordings->n_events = cg_count_add(recordings->n_events, n_made);
	if (call->time) {
		struct cg_fact_time time = { call->arch, named, call->nr, *call->time };

		add_time(&recordings->time, call->time);
		if (cg_vec_push(&recordings->times, time) < 0)
			return -ENOMEM;
	}
	if (!call->arch || !has_arch(facts, call->arch)) {
		recordings->n_foreign++;
		return 0;
	}
	if (!row) {
		recordings->n_unnamed++;
		return 0;
	}
	if (row->n_runs < from->n_runs)
		row->n_runs = from->n_runs;
	row->count = cg_count_add(row->count, n_made);
	return add_programs(facts, row, call);
}

static int compare_times(const void *left, const void *right)
{
	const struct cg_fact_time *a = left, *b = right;

	if (a->time.total_ns != b->time.total_ns)
		return a->time.total_ns < b->time.total_ns ? 1 : -1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return (a->arch > b->arch) - (a->arch < b->arch);
}

/* ---- why */

static int copy_reasons(struct cg_facts *facts, struct cg_fact_call *row, const struct cg_sketch_call *from)
{
	struct cg_reason *reasons = cg_arena_alloc_array(&facts->arena, from->reasons.n_items + 1, sizeof(*reasons));

	if (!reasons)
		return -ENOMEM;
	for (size_t i = 0; i < from->reasons.n_items; i++) {
		reasons[i].kind = from->reasons.items[i].kind;
		reasons[i].name = cg_arena_copy_text(&facts->arena, from->reasons.items[i].name);
		reasons[i].text = cg_arena_copy_text(&facts->arena, from->reasons.items[i].text);
		if (!reasons[i].name || !reasons[i].text)
			return -ENOMEM;
	}
	row->reasons = reasons;
	row->n_reasons = from->reasons.n_items;
	return 0;
}

static int add_reasons(struct cg_facts *facts, const struct cg_summary *summary, struct cg_err *err)
{
	struct cg_generate_options options = {
		.args = CG_GENERATE_ARGS_SAFE,
		.n_runs = facts->recordings.recording->runs.n_items,
		.native = facts->arches.n_items ? facts->arches.items[0].arch : NULL,
	};
	CG_CLEANUP(cg_sketch_done) struct cg_sketch sketch = { 0 };
	int r = cg_generate(summary, &options, &sketch, err);

	/* Recordings of machines of another byte order make no one profile: then nothing is known of reasons. */
	if (r == -EDOM)
		return 0;
	for (size_t i = 0; r == 0 && i < sketch.calls.n_items; i++) {
		struct cg_fact_call *row = cg_facts_find(facts, sketch.calls.items[i].call->name);

		if (row)
			r = copy_reasons(facts, row, &sketch.calls.items[i]);
	}
	return r;
}

/* ---- runs and files */

static int compare_files(const void *left, const void *right)
{
	const struct cg_fact_file *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	if (order == 0)
		order = strcmp(a->version, b->version);
	return order ? order : strcmp(a->build_id, b->build_id);
}

static int collect_files(struct cg_fact_recordings *recordings)
{
	const struct cg_recording *recording = recordings->recording;

	for (size_t i = 0; i < recording->runs.n_items; i++) {
		const struct cg_run *run = recording->runs.items[i];

		for (size_t k = 0; k < run->files.n_items; k++) {
			const struct cg_recorded_file *file = &run->files.items[k];
			struct cg_fact_file fact = { file->path, file->build_id ? file->build_id : "",
						     file->package ? file->package : "",
						     file->version ? file->version : "", 1 };

			if (cg_vec_push(&recordings->files, fact) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* The same file of several runs becomes one row. */
static void unite_files(struct cg_fact_recordings *recordings)
{
	struct cg_fact_file *items = recordings->files.items;
	size_t n = 0;

	if (recordings->files.n_items == 0)
		return;
	qsort(items, recordings->files.n_items, sizeof(*items), compare_files);
	for (size_t i = 1; i < recordings->files.n_items; i++) {
		if (compare_files(&items[n], &items[i]) == 0)
			items[n].n_runs++;
		else
			items[++n] = items[i];
	}
	recordings->files.n_items = n + 1;
}

static void sum_runs(struct cg_fact_recordings *recordings)
{
	recordings->first = recordings->last = "";
	for (size_t i = 0; i < recordings->recording->runs.n_items; i++) {
		const struct cg_run *run = recordings->recording->runs.items[i];
		const char *started = run->started ? run->started : "";

		recordings->duration_ms = cg_count_add(recordings->duration_ms, run->duration_ms);
		if (!*started)
			continue;
		if (!*recordings->first || strcmp(started, recordings->first) < 0)
			recordings->first = started;
		if (strcmp(started, recordings->last) > 0)
			recordings->last = started;
	}
}

int cg_facts_add_recording(struct cg_facts *facts, const struct cg_recording *recording, struct cg_err *err)
{
	struct cg_fact_recordings *recordings = &facts->recordings;
	struct cg_summary *summary = &recordings->summary;
	int r = cg_recording_summarise(recording, summary);

	recordings->recording = recording;
	sum_runs(recordings);
	if (r == 0)
		r = cg_coverage_measure(recording, &recordings->coverage);
	for (size_t i = 0; r == 0 && i < summary->calls.n_items; i++)
		r = add_call(facts, &summary->calls.items[i]);
	if (r == 0)
		r = collect_files(recordings);
	if (r < 0)
		return cg_err_memory(err);
	unite_files(recordings);
	if (recordings->times.n_items)
		qsort(recordings->times.items, recordings->times.n_items, sizeof(recordings->times.items[0]),
		      compare_times);
	return add_reasons(facts, summary, err);
}
