/*
 * Violations of several sources that may have seen the same: kept within bounds, joined, grouped.
 *
 * Two sources that saw one event tell the same process, call and instruction at nearly the same time; what one knows
 * and the other does not (arguments, the container) goes together. Events of one source are never joined: they are many.
 */
#include "cli/why.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TWIN_NS UINT64_C(250000000) /* apart at most */
#define SOURCE_BITS 4                /* enum cg_seen_by */

/* One copy of each word; NULL once there is too much of them. */
static int intern(struct cg_why_events *events, const char **word)
{
	struct cg_map_entry *entry;
	size_t length;
	char *copy;
	int r;

	if (!*word)
		return 0;
	length = strlen(*word);
	entry = cg_map_find(&events->words, *word, length);
	if (entry) {
		*word = entry->value.pointer;
		return 0;
	}
	if (cg_arena_size(&events->arena) > CG_WHY_WORDS_LIMIT) {
		*word = NULL;
		return 0;
	}
	copy = cg_arena_copy(&events->arena, *word, length);
	if (!copy)
		return -ENOMEM;
	r = cg_map_put(&events->words, copy, length, &entry);
	if (r < 0)
		return r;
	entry->value.pointer = copy;
	*word = copy;
	return 0;
}

static int intern_all(struct cg_why_events *events, struct cg_violation *violation)
{
	const char **const words[] = { &violation->host,      &violation->engine, &violation->container_id,
				       &violation->container, &violation->image,  &violation->unit,
				       &violation->cgroup,    &violation->comm,   &violation->exe,
				       &violation->profile };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(words); i++)
		r = intern(events, words[i]);
	return r;
}

static int by_time(const void *left, const void *right)
{
	const struct cg_violation *a = left, *b = right;

	return a->time_ns > b->time_ns ? -1 : a->time_ns < b->time_ns;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* What could be one event stands together, in the order of time. */
static int by_call(const void *left, const void *right)
{
	const struct cg_violation *a = left, *b = right;
	int order = compare(a->call.arch, b->call.arch);

	if (order == 0)
		order = compare(a->call.nr, b->call.nr);
	if (order == 0)
		order = compare((uint64_t)a->pid, (uint64_t)b->pid);
	if (order == 0)
		order = compare(a->call.ip, b->call.ip);
	if (order == 0)
		order = compare(a->time_ns, b->time_ns);
	return order ? order : compare(a->seen_by, b->seen_by);
}

/* Could they be one event, but for the time? */
static bool is_like(const struct cg_violation *a, const struct cg_violation *b)
{
	return a->call.arch == b->call.arch && a->call.nr == b->call.nr && a->pid == b->pid && a->call.ip == b->call.ip;
}

static void fill(const char **word, const char *other)
{
	if (!*word)
		*word = other;
}

static void join(struct cg_violation *a, const struct cg_violation *b)
{
	if (b->has_args && !a->has_args) {
		memcpy(a->call.args, b->call.args, sizeof(a->call.args));
		a->has_args = true;
	}
	if (b->has_data && !a->has_data) {
		a->action = b->action;
		a->has_data = true;
	}
	fill(&a->host, b->host);
	fill(&a->engine, b->engine);
	fill(&a->container_id, b->container_id);
	fill(&a->container, b->container);
	fill(&a->image, b->image);
	fill(&a->unit, b->unit);
	fill(&a->cgroup, b->cgroup);
	fill(&a->comm, b->comm);
	fill(&a->exe, b->exe);
	fill(&a->profile, b->profile);
	a->uid = a->uid == CG_ID_UNKNOWN ? b->uid : a->uid;
	a->n = a->n > b->n ? a->n : b->n;
	a->signal = a->signal ? a->signal : b->signal;
	a->seen_by |= b->seen_by;
}

/*
 * An event takes the first before it, of other sources, that no event of its own source has taken. `next` is where each
 * source's search goes on: what it has passed can be no twin of what comes later.
 */
static void join_twins(struct cg_why_events *events)
{
	struct cg_violation *items = events->list.items;
	size_t next[1 << SOURCE_BITS] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < events->list.n_items; i++) {
		struct cg_violation item = items[i];
		size_t *at = &next[item.seen_by & ((1 << SOURCE_BITS) - 1)];

		if (n && !is_like(&items[n - 1], &item))
			for (size_t k = 0; k < CG_N_ITEMS(next); k++)
				next[k] = n;
		while (*at < n && ((items[*at].seen_by & item.seen_by) || item.time_ns - items[*at].time_ns > TWIN_NS))
			++*at;
		if (*at < n)
			join(&items[(*at)++], &item);
		else
			items[n++] = item;
	}
	events->list.n_items = n;
}

/* Equal times are told in the order of their keys, so that what is printed does not depend on who was asked first. */
static int by_newest(const void *left, const void *right)
{
	const struct cg_why_kind *a = left, *b = right;

	if (a->newest.time_ns != b->newest.time_ns)
		return a->newest.time_ns > b->newest.time_ns ? -1 : 1;
	return compare(a->newest.call.nr, b->newest.call.nr);
}

static void add_to_kind(struct cg_why_kind *kind, const struct cg_violation *violation)
{
	uint32_t seen_by = kind->newest.seen_by | violation->seen_by;

	if (violation->time_ns > kind->newest.time_ns)
		kind->newest = *violation;
	if (violation->time_ns < kind->first_ns)
		kind->first_ns = violation->time_ns;
	kind->newest.seen_by = seen_by;
	kind->n += violation->n;
}

static int put_kind(struct cg_why_events *events, const struct cg_violation *violation)
{
	CG_CLEANUP(cg_text_done) struct cg_text key = { 0 };
	struct cg_map_entry *entry;
	char *copy;
	int r = cg_violation_key(violation, &key);

	if (r < 0)
		return r;
	entry = cg_map_find(&events->keys, cg_text_get(&key), key.length);
	if (entry) {
		add_to_kind(&events->kinds.items[entry->value.number], violation);
		return 0;
	}
	if (events->kinds.n_items == CG_WHY_KINDS_LIMIT) {
		events->n_older += violation->n;
		return 0;
	}
	copy = cg_arena_copy(&events->arena, cg_text_get(&key), key.length);
	if (!copy || cg_map_put(&events->keys, copy, key.length, &entry) < 0)
		return -ENOMEM;
	entry->value.number = events->kinds.n_items;
	return cg_vec_push(&events->kinds, (struct cg_why_kind){ *violation, violation->n, violation->time_ns });
}

/* All but the `n_kept` newest become part of their kinds: from there on none of them finds a twin. */
static int fold_older(struct cg_why_events *events, size_t n_kept)
{
	int r = 0;

	if (events->list.n_items == 0)
		return 0;
	qsort(events->list.items, events->list.n_items, sizeof(*events->list.items), by_call);
	join_twins(events);
	qsort(events->list.items, events->list.n_items, sizeof(*events->list.items), by_time);
	for (size_t i = n_kept; r == 0 && i < events->list.n_items; i++)
		r = put_kind(events, &events->list.items[i]);
	if (events->list.n_items > n_kept)
		events->list.n_items = n_kept;
	return r;
}

int cg_why_keep(struct cg_why_events *events, const struct cg_violation *violation)
{
	struct cg_violation kept = *violation;
	int is_within = cg_why_is_within(events->scope, violation), r;

	/* What has no time may be of any. */
	if (violation->time_ns && violation->time_ns < events->since_ns)
		return 0;
	if (is_within <= 0) {
		events->n_unplaced += is_within < 0 ? violation->n : 0;
		return 0;
	}
	r = intern_all(events, &kept);
	if (r == 0 && events->list.n_items == 2 * (size_t)CG_WHY_EVENTS_LIMIT)
		r = fold_older(events, CG_WHY_EVENTS_LIMIT);
	if (r == 0)
		r = cg_vec_push(&events->list, kept);
	return r < 0 ? r : 1;
}

int cg_why_group(struct cg_why_events *events)
{
	int r = fold_older(events, 0);

	if (r == 0 && events->kinds.n_items)
		qsort(events->kinds.items, events->kinds.n_items, sizeof(*events->kinds.items), by_newest);
	return r;
}

void cg_why_events_done(struct cg_why_events *events)
{
	cg_vec_done(&events->list);
	cg_vec_done(&events->kinds);
	cg_map_done(&events->words);
	cg_map_done(&events->keys);
	cg_arena_done(&events->arena);
}
