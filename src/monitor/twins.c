/*
 * See twins.h. Those that wait stand in one of two lists by how long they do, oldest first, and each in the chain of its
 * hash. A third list is of those that were told without a twin, which may still come.
 */
#include "monitor/twins.h"

#include "abi/action.h"
#include "monitor/keep.h"
#include "monitor/stream.h"

#include <stdlib.h>
#include <string.h>

#define N_CHAINS 8192
#define FLOOD 1024 /* so many that wait: from here on those that are alike wait as one */

struct waiting {
	struct cg_violation *violation; /* owned, with its strings */
	size_t size;
	uint64_t until_ms;
	struct list *list;
	struct waiting *older, *younger;
	struct waiting *next; /* in its chain, oldest first */
};

struct list {
	uint64_t patience_ms;
	struct waiting *oldest, *youngest;
};

struct cg_twins {
	cg_violation_sink sink;
	void *context;
	struct list unsure, sure, told;
	size_t n_held; /* in all three lists */
	size_t n_told;
	size_t n_bytes;
	uint64_t n_joined;
	struct waiting *chains[N_CHAINS];
};

struct cg_twins *cg_twins_new(cg_violation_sink sink, void *context)
{
	struct cg_twins *twins = calloc(1, sizeof(*twins));

	if (twins) {
		twins->sink = sink;
		twins->context = context;
		twins->unsure.patience_ms = CG_STREAM_TWIN_MS;
		twins->sure.patience_ms = CG_STREAM_SURE_TWIN_MS;
		twins->told.patience_ms = CG_STREAM_LATE_TWIN_MS;
	}
	return twins;
}

static struct waiting **chain_of(struct cg_twins *twins, const struct cg_violation *violation)
{
	uint64_t hash = (uint64_t)(uint32_t)violation->pid << 32 | violation->call.nr;

	hash = (hash ^ violation->call.arch) * 0x9e3779b97f4a7c15U;
	return &twins->chains[hash >> 32 & (N_CHAINS - 1)];
}

/* In a process of one thread both kills look alike from outside. */
static bool are_answers_alike(uint32_t a, uint32_t b)
{
	const struct cg_action_row *rows[] = { cg_action_row(a), cg_action_row(b) };

	for (int i = 0; i < 2; i++)
		if (rows[i]->value == CG_ACTION_KILL_PROCESS)
			rows[i] = cg_action_row(CG_ACTION_KILL_THREAD);
	return rows[0] == rows[1];
}

static bool are_twins(const struct cg_violation *a, const struct cg_violation *b)
{
	return (a->seen_by & b->seen_by) == 0 && a->pid == b->pid && a->call.arch == b->call.arch &&
	       a->call.nr == b->call.nr && are_answers_alike(a->action, b->action) &&
	       (a->call.ip == b->call.ip || a->call.ip == 0 || b->call.ip == 0);
}

static void enlist(struct cg_twins *twins, struct list *list, struct waiting *waiting, uint64_t now_ms)
{
	waiting->until_ms = now_ms + list->patience_ms;
	waiting->list = list;
	waiting->older = list->youngest;
	waiting->younger = NULL;
	*(list->youngest ? &list->youngest->younger : &list->oldest) = waiting;
	list->youngest = waiting;
	twins->n_held++;
	twins->n_told += list == &twins->told;
}

static void delist(struct cg_twins *twins, struct waiting *waiting)
{
	*(waiting->older ? &waiting->older->younger : &waiting->list->oldest) = waiting->younger;
	*(waiting->younger ? &waiting->younger->older : &waiting->list->youngest) = waiting->older;
	twins->n_held--;
	twins->n_told -= waiting->list == &twins->told;
}

static void drop(struct cg_twins *twins, struct waiting *waiting)
{
	struct waiting **link = chain_of(twins, waiting->violation);

	while (*link != waiting)
		link = &(*link)->next;
	*link = waiting->next;
	delist(twins, waiting);
	twins->n_bytes -= waiting->size;
	free(waiting->violation);
	free(waiting);
}

/* All that were told of one kind are one: a process that is stopped for ever makes no long chains. */
static void remember(struct cg_twins *twins, struct waiting *waiting, uint64_t now_ms)
{
	const struct cg_violation *told = waiting->violation;
	struct waiting *at = *chain_of(twins, told);

	while (at && (at->list != &twins->told || at->violation->seen_by != told->seen_by ||
		      at->violation->action != told->action || at->violation->pid != told->pid ||
		      at->violation->call.arch != told->call.arch || at->violation->call.nr != told->call.nr ||
		      at->violation->call.ip != told->call.ip))
		at = at->next;
	if (at) {
		at->violation->n += told->n;
		drop(twins, waiting);
		waiting = at;
	}
	delist(twins, waiting);
	enlist(twins, &twins->told, waiting, now_ms);
}

/* Told, or known long enough after that. */
static int end_oldest(struct cg_twins *twins, struct list *list, uint64_t now_ms)
{
	struct waiting *oldest = list->oldest;
	int r = list == &twins->told ? 0 : twins->sink(twins->context, oldest->violation);

	if (list == &twins->unsure)
		remember(twins, oldest, now_ms);
	else
		drop(twins, oldest);
	return r;
}

#define KEEP(field) joined.field = joined.field ? joined.field : other->field

/* What the first did not know, the other may. */
static int tell_joined(struct cg_twins *twins, const struct cg_violation *first, const struct cg_violation *other)
{
	struct cg_violation joined = *first;

	KEEP(time_ns);
	KEEP(host);
	KEEP(tid);
	KEEP(ns_pid);
	KEEP(comm);
	KEEP(exe);
	KEEP(signal);
	KEEP(profile);
	KEEP(call.ip);
	if (!joined.cgroup || (!joined.container_id && other->container_id)) {
		joined.cgroup = other->cgroup;
		joined.engine = other->engine;
		joined.container_id = other->container_id;
		joined.container = other->container;
		joined.image = other->image;
		joined.unit = other->unit;
	}
	if (joined.uid == CG_ID_UNKNOWN)
		joined.uid = other->uid;
	if (!joined.has_args && other->has_args) {
		joined.has_args = true;
		joined.call = other->call;
		joined.call.ip = other->call.ip ? other->call.ip : first->call.ip;
	}
	if (!joined.has_data && other->has_data) {
		joined.has_data = true;
		joined.action = other->action;
	}
	if (other->seen_by & ~CG_SEEN_BY_EBPF && cg_action_row(first->action) != cg_action_row(other->action))
		joined.action = other->action;
	joined.seen_by |= other->seen_by;
	joined.n = first->n < other->n ? first->n : other->n;
	return twins->sink(twins->context, &joined);
}

static int hold(struct cg_twins *twins, struct list *list, const struct cg_violation *violation, uint64_t now_ms)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting)), **link;

	if (waiting)
		waiting->violation = cg_violation_keep(violation, &waiting->size);
	if (!waiting || !waiting->violation) {
		free(waiting);
		return -ENOMEM;
	}
	for (link = chain_of(twins, violation); *link;)
		link = &(*link)->next;
	*link = waiting;
	enlist(twins, list, waiting, now_ms);
	twins->n_bytes += waiting->size;
	return 0;
}

/* To those that are its twins, of those told already or not; what is left of it in rest->n. */
static int join(struct cg_twins *twins, struct cg_violation *rest, bool is_told)
{
	struct waiting *at, *next;
	int r = 0;

	for (at = *chain_of(twins, rest); r == 0 && at && rest->n; at = next) {
		struct cg_violation *waiting = at->violation;
		uint64_t n = waiting->n < rest->n ? waiting->n : rest->n;

		next = at->next;
		if ((at->list == &twins->told) != is_told || !are_twins(waiting, rest))
			continue;
		if (!is_told)
			r = tell_joined(twins, waiting, rest);
		twins->n_joined += n;
		rest->n -= n;
		waiting->n -= n;
		if (waiting->n == 0)
			drop(twins, at);
	}
	return r;
}

/* In a flood: one more of those that wait already. */
static bool join_alike(struct cg_twins *twins, const struct cg_violation *violation)
{
	for (struct waiting *at = *chain_of(twins, violation); at; at = at->next) {
		struct cg_violation *waiting = at->violation;

		if (at->list != &twins->told && waiting->seen_by == violation->seen_by && waiting->pid == violation->pid &&
		    waiting->tid == violation->tid && waiting->has_args == violation->has_args &&
		    waiting->action == violation->action &&
		    memcmp(&waiting->call, &violation->call, sizeof(waiting->call)) == 0) {
			waiting->n += violation->n;
			return true;
		}
	}
	return false;
}

/* The oldest of those that can best be done without. */
static struct list *least(struct cg_twins *twins)
{
	return twins->told.oldest ? &twins->told : twins->unsure.oldest ? &twins->unsure : &twins->sure;
}

int cg_twins_add(struct cg_twins *twins, const struct cg_violation *violation, bool is_sure, uint64_t now_ms)
{
	struct list *list = is_sure ? &twins->sure : &twins->unsure;
	struct cg_violation rest = *violation;
	int r = join(twins, &rest, false);

	if (r == 0)
		r = join(twins, &rest, true);
	if (r < 0 || (violation->n && rest.n == 0))
		return r;
	if (cg_twins_waiting(twins) >= FLOOD && join_alike(twins, &rest))
		return 0;
	while (r == 0 && (twins->n_held >= CG_STREAM_HELD_LIMIT || twins->n_bytes >= CG_STREAM_HELD_BYTES))
		r = end_oldest(twins, least(twins), now_ms);
	if (r == 0 && hold(twins, list, &rest, now_ms) < 0)
		r = twins->sink(twins->context, &rest);
	return r;
}

static int expire(struct cg_twins *twins, struct list *list, uint64_t now_ms)
{
	int r = 0;

	while (r == 0 && list->oldest && list->oldest->until_ms <= now_ms)
		r = end_oldest(twins, list, now_ms);
	return r;
}

int cg_twins_expire(struct cg_twins *twins, uint64_t now_ms)
{
	int r = expire(twins, &twins->told, now_ms);

	if (r == 0)
		r = expire(twins, &twins->unsure, now_ms);
	return r < 0 ? r : expire(twins, &twins->sure, now_ms);
}

size_t cg_twins_waiting(const struct cg_twins *twins)
{
	return twins->n_held - twins->n_told;
}

uint64_t cg_twins_joined(const struct cg_twins *twins)
{
	return twins->n_joined;
}

static void free_list(struct list *list)
{
	for (struct waiting *at = list->oldest, *next; at; at = next) {
		next = at->younger;
		free(at->violation);
		free(at);
	}
}

struct cg_twins *cg_twins_free(struct cg_twins *twins)
{
	if (!twins)
		return NULL;
	free_list(&twins->unsure);
	free_list(&twins->sure);
	free_list(&twins->told);
	free(twins);
	return NULL;
}
