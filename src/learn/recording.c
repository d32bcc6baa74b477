/*
 * Filling a recording with events. See recording.h.
 *
 * A run counts in calls[], found by a map from (arch token, number); texts live in the recording's arena. Whatever a
 * recorded program can drive (calls by number, paths, values) is bounded, and what is left out is told.
 */
#include "learn/recording.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "learn/recorded_call.h"

#include <string.h>

struct cg_recording *cg_recording_new(void)
{
	return calloc(1, sizeof(struct cg_recording));
}

static void run_done(struct cg_run *run)
{
	for (size_t i = 0; i < run->calls.n_items; i++)
		cg_recorded_call_done(&run->calls.items[i]);
	cg_vec_done(&run->calls);
	cg_vec_done(&run->command);
	cg_vec_done(&run->remarks);
	cg_vec_done(&run->files);
	cg_map_done(&run->index);
}

struct cg_recording *cg_recording_free(struct cg_recording *recording)
{
	if (!recording)
		return NULL;
	for (size_t i = 0; i < recording->runs.n_items; i++)
		run_done(recording->runs.items[i]);
	cg_vec_done(&recording->runs);
	cg_arena_done(&recording->arena);
	free(recording);
	return NULL;
}

static bool is_id(const char *id)
{
	return strlen(id) == CG_RUN_ID_LENGTH && strspn(id, "0123456789abcdef") == CG_RUN_ID_LENGTH;
}

/* The place of the run with this id, or where it belongs. */
static size_t find_run(const struct cg_recording *recording, const char *id, bool *ret_is_there)
{
	size_t least = 0, end = recording->runs.n_items;

	*ret_is_there = false;
	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = strcmp(recording->runs.items[middle]->id, id);

		if (order == 0)
			*ret_is_there = true;
		if (order < 0)
			least = middle + 1;
		else
			end = middle;
	}
	return least;
}

int cg_recording_add_run(struct cg_recording *recording, const char *id, struct cg_run **ret_run)
{
	struct cg_run *run;
	bool is_there;
	size_t at;

	if (!is_id(id))
		return -EINVAL;
	at = find_run(recording, id, &is_there);
	if (is_there)
		return -EEXIST;
	run = cg_arena_alloc(&recording->arena, sizeof(*run));
	if (!run || cg_vec_reserve(&recording->runs, recording->runs.n_items + 1) < 0)
		return -ENOMEM;
	*run = (struct cg_run){ .backend = "", .started = "", .kernel = "", .machine = "", .exit_status = -1,
				.phase_by = "", .phase_why = "" };
	run->id = cg_arena_copy_text(&recording->arena, id);
	if (!run->id)
		return -ENOMEM;
	memmove(&recording->runs.items[at + 1], &recording->runs.items[at],
		(recording->runs.n_items - at) * sizeof(recording->runs.items[0]));
	recording->runs.items[at] = run;
	recording->runs.n_items++;
	*ret_run = run;
	return 0;
}

static bool is_utf8(const char *text, size_t length)
{
	for (size_t at = 0, n; at < length; at += n) {
		n = (unsigned char)text[at] < 0x80 ? 1 : cg_utf8_length(text + at, length - at);
		if (n == 0)
			return false;
	}
	return true;
}

/* Bytes that are no UTF-8 are written as \xNN, so that they survive JSON. */
static void add_clean(struct cg_text *text, const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t n = cg_utf8_length(bytes + at, length - at);

		if (n)
			cg_text_add_bytes(text, bytes + at, n);
		else
			cg_text_addf(text, "\\x%02x", (unsigned char)bytes[at]);
		at += n ? n : 1;
	}
}

/* A clean copy; NULL when out of memory. */
static const char *clean(struct cg_arena *arena, const char *text)
{
	size_t length = strlen(text);
	struct cg_text built = { 0 };
	const char *copy = NULL;

	if (is_utf8(text, length))
		return cg_arena_copy(arena, text, length);
	add_clean(&built, text, length);
	if (!built.has_failed)
		copy = cg_arena_copy_text(arena, cg_text_get(&built));
	cg_text_done(&built);
	return copy;
}

int cg_run_set_text(struct cg_recording *recording, const char **field, const char *text)
{
	const char *copy = clean(&recording->arena, text);

	if (!copy)
		return -ENOMEM;
	*field = copy;
	return 0;
}

int cg_run_add_word(struct cg_recording *recording, struct cg_run *run, const char *word)
{
	const char *copy = clean(&recording->arena, word);

	return copy ? cg_vec_push(&run->command, copy) : -ENOMEM;
}

int cg_run_add_remark(struct cg_recording *recording, struct cg_run *run, const char *remark)
{
	const char *copy = clean(&recording->arena, remark);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < run->remarks.n_items; i++)
		if (strcmp(run->remarks.items[i], copy) == 0)
			return 0;
	return run->remarks.n_items < CG_REMARKS_LIMIT ? cg_vec_push(&run->remarks, copy) : 0;
}

static int compare_files(const struct cg_recorded_file *a, const struct cg_recorded_file *b)
{
	int order = strcmp(a->path, b->path);

	order = order ? order : strcmp(a->build_id, b->build_id);
	order = order ? order : strcmp(a->package, b->package);
	return order ? order : strcmp(a->version, b->version);
}

int cg_run_add_packaged_file(struct cg_recording *recording, struct cg_run *run, const struct cg_recorded_file *from)
{
	struct cg_arena *arena = &recording->arena;
	const struct cg_recorded_file file = { clean(arena, from->path), clean(arena, from->build_id),
					       clean(arena, from->package), clean(arena, from->version),
					       from->is_foreign };
	size_t at = run->files.n_items;

	if (!file.path || !file.build_id || !file.package || !file.version)
		return -ENOMEM;
	while (at > 0 && compare_files(&run->files.items[at - 1], &file) > 0)
		at--;
	if (at > 0 && compare_files(&run->files.items[at - 1], &file) == 0)
		return 0;
	if (at == CG_FILES_LIMIT)
		return 0;
	if (run->files.n_items == CG_FILES_LIMIT)
		run->files.n_items--;
	if (cg_vec_reserve(&run->files, run->files.n_items + 1) < 0)
		return -ENOMEM;
	memmove(&run->files.items[at + 1], &run->files.items[at],
		(run->files.n_items - at) * sizeof(run->files.items[0]));
	run->files.items[at] = file;
	run->files.n_items++;
	return 0;
}

int cg_run_add_file(struct cg_recording *recording, struct cg_run *run, const char *path, const char *build_id)
{
	const struct cg_recorded_file file = { path, build_id, "", "", false };

	return cg_run_add_packaged_file(recording, run, &file);
}

struct call_key {
	uint32_t token;
	uint32_t nr;
};

static int index_call(struct cg_recording *recording, struct cg_run *run, const struct call_key *key, size_t at)
{
	struct call_key *copy = cg_arena_alloc(&recording->arena, sizeof(*copy));
	struct cg_map_entry *entry;

	if (!copy)
		return -ENOMEM;
	*copy = *key;
	if (cg_map_put(&run->index, copy, sizeof(*copy), &entry) < 0)
		return -ENOMEM;
	entry->value.number = at;
	return 0;
}

/* After cg_run_finish() the map is gone: made anew when more events come all the same. */
static int index_all(struct cg_recording *recording, struct cg_run *run)
{
	for (size_t i = run->index.n_entries; i < run->calls.n_items; i++) {
		const struct call_key key = { run->calls.items[i].arch_token, run->calls.items[i].nr };

		if (index_call(recording, run, &key, i) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The entry of this call, made when it is new; NULL in *ret_call when there are too many. */
static int find_call(struct cg_recording *recording, struct cg_run *run, const struct cg_call *call,
		     struct cg_recorded_call **ret_call)
{
	const struct call_key key = { call->arch, call->nr };
	struct cg_map_entry *entry = cg_map_find(&run->index, &key, sizeof(key));
	struct cg_recorded_call added = { .arch = cg_arch_of_call(call), .arch_token = call->arch, .nr = call->nr };

	if (!entry && run->calls.n_items >= CG_CALLS_LIMIT) {
		*ret_call = NULL;
		return 0;
	}
	if (!entry) {
		if (cg_vec_push(&run->calls, added) < 0)
			return -ENOMEM;
		if (index_call(recording, run, &key, run->calls.n_items - 1) < 0) {
			run->calls.n_items--;
			return -ENOMEM;
		}
		*ret_call = &run->calls.items[run->calls.n_items - 1];
		return 0;
	}
	*ret_call = &run->calls.items[entry->value.number];
	return 0;
}

static int add_args(struct cg_recording *recording, struct cg_recorded_call *call, const struct cg_event *event)
{
	for (unsigned int i = 0; i < CG_N_ITEMS(call->args); i++) {
		struct cg_value_set *set = call->args[i];
		bool is_other;
		uint64_t value;

		if (!event->has_args) {
			if (set)
				set->has_overflow = true;
			continue;
		}
		if (!cg_recorded_call_keeps(call, i, event->call.args[i], &value, &is_other))
			continue;
		if (!set) {
			set = cg_arena_alloc(&recording->arena, sizeof(*set));
			if (!set)
				return -ENOMEM;
			/* Earlier events of this call did not tell their arguments. */
			set->has_overflow = cg_recorded_call_is_made(call);
			call->args[i] = set;
		}
		if (is_other || (event->unknown_args >> i & 1))
			set->has_overflow = true;
		else
			cg_value_set_add(set, value);
	}
	return 0;
}

/* The program is listed with every call that it made; its count is of completed calls, as call->count. */
static int add_program(struct cg_recording *recording, struct cg_recorded_call *call, const char *exe,
		       uint64_t n_completed)
{
	size_t length = strlen(exe);
	struct cg_text built = { 0 };
	int r;

	if (is_utf8(exe, length))
		return cg_recorded_call_add_program(call, &recording->arena, exe, n_completed);
	add_clean(&built, exe, length);
	r = built.has_failed ? -ENOMEM :
			       cg_recorded_call_add_program(call, &recording->arena, cg_text_get(&built), n_completed);
	cg_text_done(&built);
	return r;
}

static int count(struct cg_recorded_call *call, const struct cg_event *event)
{
	uint64_t n = event->n_calls;

	switch (event->outcome) {
	case CG_OUTCOME_RETURNED:
	case CG_OUTCOME_BEGAN:
		call->count = cg_count_add(call->count, n);
		break;
	case CG_OUTCOME_RESTARTED:
		call->n_restarts = cg_count_add(call->n_restarts, n);
		break;
	case CG_OUTCOME_ENDED:
		call->n_unfinished = cg_count_add(call->n_unfinished, n);
		break;
	case CG_OUTCOME_DENIED:
		call->n_denied = cg_count_add(call->n_denied, n);
		break;
	}
	if (event->outcome == CG_OUTCOME_RETURNED && event->result < 0 && event->result >= -CG_ERRNO_UNKNOWN)
		return cg_recorded_call_add_error(call, (uint32_t)-event->result, n);
	return 0;
}

int cg_run_add(struct cg_recording *recording, struct cg_run *run, const struct cg_event *event)
{
	bool is_completed = event->outcome == CG_OUTCOME_RETURNED || event->outcome == CG_OUTCOME_BEGAN;
	struct cg_recorded_call *call;

	if (event->n_calls == 0)
		return 0;
	if (run->index.n_entries != run->calls.n_items && index_all(recording, run) < 0)
		return -ENOMEM;
	if (find_call(recording, run, &event->call, &call) < 0)
		return -ENOMEM;
	if (!call) {
		run->n_unlisted = cg_count_add(run->n_unlisted, event->n_calls);
		return 0;
	}
	if (add_args(recording, call, event) < 0 || count(call, event) < 0)
		return -ENOMEM;
	return event->exe ? add_program(recording, call, event->exe, is_completed ? event->n_calls : 0) : 0;
}

int cg_run_add_call(struct cg_recording *recording, struct cg_run *run, const struct cg_recorded_call *call)
{
	const struct cg_call key = { .arch = call->arch_token, .nr = call->nr };
	struct cg_recorded_call nameless = *call, *into;
	int r;

	memset(&nameless.programs, 0, sizeof(nameless.programs));
	if (run->index.n_entries != run->calls.n_items && index_all(recording, run) < 0)
		return -ENOMEM;
	if (find_call(recording, run, &key, &into) < 0)
		return -ENOMEM;
	if (!into) {
		run->n_unlisted = cg_count_add(run->n_unlisted, call->count);
		return 0;
	}
	r = cg_recorded_call_unite(into, &recording->arena, &nameless);
	for (size_t i = 0; r == 0 && i < call->programs.n_items; i++)
		r = add_program(recording, into, call->programs.items[i].path, call->programs.items[i].count);
	return r;
}

static int compare_calls(const void *left, const void *right)
{
	return cg_recorded_call_compare(left, right);
}

void cg_run_finish(struct cg_run *run)
{
	if (run->calls.n_items)
		qsort(run->calls.items, run->calls.n_items, sizeof(run->calls.items[0]), compare_calls);
	cg_map_done(&run->index);
}
