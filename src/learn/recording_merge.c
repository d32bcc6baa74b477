/*
 * Many recordings to one.
 *
 * In: recordings. Out: the union of their runs, copied, so that `from` may go. Where two differ under one name (a run
 * somebody edited, a member that we do not know), the one that is larger by (length, bytes) of its JSON stays: a
 * choice that knows no order, which is what makes the result the same for every order of merging.
 */
#include "learn/recording.h"

#include "base/cleanup.h"
#include "base/json_read.h"
#include "learn/recorded_call.h"
#include "learn/recording_json.h"

#include <string.h>

static int compare_text(const struct cg_text *a, const struct cg_text *b)
{
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(cg_text_get(a), cg_text_get(b), a->length);
}

/* Below, at or above 0 as `a` is smaller by its JSON. *ret_order only on success. */
static int compare_runs(const struct cg_run *a, const struct cg_run *b, int *ret_order)
{
	CG_CLEANUP(cg_text_done) struct cg_text text_a = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text text_b = { 0 };
	struct cg_json_writer writer_a = { .text = &text_a, .is_compact = true };
	struct cg_json_writer writer_b = { .text = &text_b, .is_compact = true };

	cg_run_write(&writer_a, a);
	cg_run_write(&writer_b, b);
	if (text_a.has_failed || text_b.has_failed)
		return -ENOMEM;
	*ret_order = compare_text(&text_a, &text_b);
	return 0;
}

static int compare_values(const struct cg_json *a, const struct cg_json *b, int *ret_order)
{
	CG_CLEANUP(cg_text_done) struct cg_text text_a = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text text_b = { 0 };
	struct cg_json_writer writer_a = { .text = &text_a, .is_compact = true };
	struct cg_json_writer writer_b = { .text = &text_b, .is_compact = true };

	cg_json_value(&writer_a, NULL, a);
	cg_json_value(&writer_b, NULL, b);
	if (text_a.has_failed || text_b.has_failed)
		return -ENOMEM;
	*ret_order = compare_text(&text_a, &text_b);
	return 0;
}

/* A deep copy; recursion is as deep as the reader allows (CG_RECORDING_UNKNOWN_DEPTH). NULL when out of memory. */
static struct cg_json *copy_value(struct cg_arena *arena, const struct cg_json *value)
{
	struct cg_json *copy = cg_arena_alloc(arena, sizeof(*copy));
	struct cg_json **at;

	if (!copy)
		return NULL;
	*copy = *value;
	copy->next = NULL;
	copy->text = value->text ? cg_arena_copy(arena, value->text, value->text_length) : NULL;
	copy->key = value->key ? cg_arena_copy_text(arena, value->key) : NULL;
	if ((value->text && !copy->text) || (value->key && !copy->key))
		return NULL;
	at = &copy->first;
	for (const struct cg_json *child = value->first; child; child = child->next) {
		*at = copy_value(arena, child);
		if (!*at)
			return NULL;
		at = &(*at)->next;
	}
	*at = NULL;
	return copy;
}

static int copy_unknown(struct cg_arena *arena, const struct cg_json *unknown, const struct cg_json **ret_copy)
{
	const struct cg_json *copy = unknown ? copy_value(arena, unknown) : NULL;

	if (unknown && !copy)
		return -ENOMEM;
	*ret_copy = copy;
	return 0;
}

static int copy_call(struct cg_recording *into, struct cg_run *run, const struct cg_recorded_call *from)
{
	struct cg_recorded_call call = { .arch = from->arch, .arch_token = from->arch_token, .nr = from->nr };
	int r = cg_recorded_call_unite(&call, &into->arena, from);

	if (r == 0)
		r = copy_unknown(&into->arena, from->unknown, &call.unknown);
	if (r == 0)
		r = cg_vec_push(&run->calls, call);
	if (r < 0)
		cg_recorded_call_done(&call);
	return r;
}

static int copy_run_fields(struct cg_recording *into, struct cg_run *run, const struct cg_run *from)
{
	int r = cg_run_set_text(into, &run->backend, from->backend);

	if (r == 0)
		r = cg_run_set_text(into, &run->started, from->started);
	if (r == 0)
		r = cg_run_set_text(into, &run->kernel, from->kernel);
	if (r == 0)
		r = cg_run_set_text(into, &run->machine, from->machine);
	if (r == 0)
		r = cg_run_set_text(into, &run->phase_by, from->phase_by);
	if (r == 0)
		r = cg_run_set_text(into, &run->phase_why, from->phase_why);
	for (size_t i = 0; r == 0 && i < from->command.n_items; i++)
		r = cg_run_add_word(into, run, from->command.items[i]);
	for (size_t i = 0; r == 0 && i < from->remarks.n_items; i++)
		r = cg_run_add_remark(into, run, from->remarks.items[i]);
	for (size_t i = 0; r == 0 && i < from->files.n_items; i++)
		r = cg_run_add_packaged_file(into, run, &from->files.items[i]);
	run->phase_ms = from->phase_ms;
	run->duration_ms = from->duration_ms;
	run->exit_status = from->exit_status;
	run->is_partial = from->is_partial;
	run->n_unlisted = from->n_unlisted;
	return r;
}

/* Fills a new run; a half-filled one stays in the recording, which the caller then throws away. */
static int copy_run(struct cg_recording *into, struct cg_run *run, const struct cg_run *from)
{
	int r = copy_run_fields(into, run, from);

	for (size_t i = 0; r == 0 && i < from->calls.n_items; i++)
		r = copy_call(into, run, &from->calls.items[i]);
	if (r == 0)
		r = copy_unknown(&into->arena, from->unknown, &run->unknown);
	cg_run_finish(run);
	return r;
}

static struct cg_run *find_run(const struct cg_recording *recording, const char *id)
{
	for (size_t i = 0; i < recording->runs.n_items; i++)
		if (strcmp(recording->runs.items[i]->id, id) == 0)
			return recording->runs.items[i];
	return NULL;
}

/* Makes way for another run under the same id. */
static void empty_run(struct cg_run *run)
{
	for (size_t i = 0; i < run->calls.n_items; i++)
		cg_recorded_call_done(&run->calls.items[i]);
	run->calls.n_items = run->command.n_items = run->remarks.n_items = run->files.n_items = 0;
	cg_map_done(&run->index);
	run->unknown = NULL;
}

static int merge_run(struct cg_recording *into, const struct cg_run *from)
{
	struct cg_run *run;
	int order;
	int r = cg_recording_add_run(into, from->id, &run);

	if (r != -EEXIST)
		return r < 0 ? r : copy_run(into, run, from);
	run = find_run(into, from->id);
	r = compare_runs(run, from, &order);
	if (r < 0 || order >= 0)
		return r;
	empty_run(run);
	return copy_run(into, run, from);
}

/* The sorted union of two objects' members; of one key with two values the larger stays. */
static int merge_unknown(struct cg_recording *into, const struct cg_json *from)
{
	struct cg_json *merged = cg_arena_alloc(&into->arena, sizeof(*merged));
	const struct cg_json *a = into->unknown ? into->unknown->first : NULL;
	const struct cg_json *b = from->first;
	struct cg_json **at = merged ? &merged->first : NULL;

	if (!merged)
		return -ENOMEM;
	merged->kind = CG_JSON_OBJECT;
	while (a || b) {
		int order = !a ? 1 : !b ? -1 : strcmp(a->key, b->key);
		const struct cg_json *taken = order <= 0 ? a : b;
		int values = 0;

		if (order == 0 && compare_values(a, b, &values) < 0)
			return -ENOMEM;
		if (values < 0)
			taken = b;
		*at = copy_value(&into->arena, taken);
		if (!*at)
			return -ENOMEM;
		at = &(*at)->next;
		a = order <= 0 ? a->next : a;
		b = order >= 0 ? b->next : b;
	}
	into->unknown = merged;
	return 0;
}

int cg_recording_merge(struct cg_recording *into, const struct cg_recording *from, struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->runs.n_items; i++)
		r = merge_run(into, from->runs.items[i]);
	if (r == 0 && from->unknown)
		r = merge_unknown(into, from->unknown);
	return r < 0 ? cg_err_memory(err) : 0;
}
