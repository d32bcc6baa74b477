/*
 * See twins.h. Those that wait stand in one of two lists by how long they do, oldest first, and each in the chain of its
 * hash.
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
	struct list unsure, sure;
	size_t n_waiting;
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
	}
	return twins;
}

static struct waiting **chain_of(struct cg_twins *twins, const struct cg_violation *violation)
{
	uint64_t hash = (uint64_t)(uint32_t)violation->pid << 32 | violation->call.nr;

	hash = (hash ^ violation->call.arch) * 0x9e3779b97f4a7c15U;
	return &twins->chains[hash >> 32 & (N_CHAINS - 1)];
}

static bool are_twins(const struct cg_violation *a, const struct cg_violation *b)
{
	return (a->seen_by & b->seen_by) == 0 && a->pid == b->pid && a->call.arch == b->call.arch &&
	       a->call.nr == b->call.nr && cg_action_row(a->action) == cg_action_row(b->action) &&
	       (a->call.ip == b->call.ip || a->call.ip == 0 || b->call.ip == 0);
}

static void take_out(struct cg_twins *twins, struct waiting *waiting)
{
	struct waiting **link = chain_of(twins, waiting->violation);

	while (*link != waiting)
		link = &(*link)->next;
	*link = waiting->next;
	*(waiting->older ? &waiting->older->younger : &waiting->list->oldest) = waiting->younger;
	*(waiting->younger ? &waiting->younger->older : &waiting->list->youngest) = waiting->older;
	twins->n_waiting--;
	twins->n_bytes -= waiting->size;
}

static void free_waiting(struct waiting *waiting)
{
	free(waiting->violation);
	free(waiting);
}

static int tell_oldest(struct cg_twins *twins, struct list *list)
{
	struct waiting *oldest = list->oldest;
	int r;

	take_out(twins, oldest);
	r = twins->sink(twins->context, oldest->violation);
	free_waiting(oldest);
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
	joined.seen_by |= other->seen_by;
	joined.n = first->n < other->n ? first->n : other->n;
	twins->n_joined += joined.n;
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
	waiting->until_ms = now_ms + list->patience_ms;
	waiting->list = list;
	for (link = chain_of(twins, violation); *link;)
		link = &(*link)->next;
	*link = waiting;
	waiting->older = list->youngest;
	*(list->youngest ? &list->youngest->younger : &list->oldest) = waiting;
	list->youngest = waiting;
	twins->n_waiting++;
	twins->n_bytes += waiting->size;
	return 0;
}

/* To those that are its twins; what is left of it in rest->n. */
static int join(struct cg_twins *twins, struct cg_violation *rest)
{
	struct waiting *at, *next;
	int r = 0;

	for (at = *chain_of(twins, rest); r == 0 && at && rest->n; at = next) {
		struct cg_violation *waiting = at->violation;

		next = at->next;
		if (!are_twins(waiting, rest))
			continue;
		r = tell_joined(twins, waiting, rest);
		if (waiting->n > rest->n) {
			waiting->n -= rest->n;
			rest->n = 0;
			return r;
		}
		rest->n -= waiting->n;
		take_out(twins, at);
		free_waiting(at);
	}
	return r;
}

/* In a flood: one more of those that wait already. */
static bool join_alike(struct cg_twins *twins, const struct cg_violation *violation)
{
	for (struct waiting *at = *chain_of(twins, violation); at; at = at->next) {
		struct cg_violation *waiting = at->violation;

		if (waiting->seen_by == violation->seen_by && waiting->pid == violation->pid &&
		    waiting->tid == violation->tid && waiting->has_args == violation->has_args &&
		    waiting->action == violation->action &&
		    memcmp(&waiting->call, &violation->call, sizeof(waiting->call)) == 0) {
			waiting->n += violation->n;
			return true;
		}
	}
	return false;
}

int cg_twins_add(struct cg_twins *twins, const struct cg_violation *violation, bool is_sure, uint64_t now_ms)
{
	struct list *list = is_sure ? &twins->sure : &twins->unsure;
	struct cg_violation rest = *violation;
	int r = join(twins, &rest);

	if (r < 0 || (violation->n && rest.n == 0))
		return r;
	if (twins->n_waiting >= FLOOD && join_alike(twins, &rest))
		return 0;
	while (r == 0 && (twins->n_waiting >= CG_STREAM_HELD_LIMIT || twins->n_bytes >= CG_STREAM_HELD_BYTES))
		r = tell_oldest(twins, twins->unsure.oldest ? &twins->unsure : &twins->sure);
	if (r == 0 && hold(twins, list, &rest, now_ms) < 0)
		r = twins->sink(twins->context, &rest);
	return r;
}

static int expire(struct cg_twins *twins, struct list *list, uint64_t now_ms)
{
	int r = 0;

	while (r == 0 && list->oldest && list->oldest->until_ms <= now_ms)
		r = tell_oldest(twins, list);
	return r;
}

int cg_twins_expire(struct cg_twins *twins, uint64_t now_ms)
{
	int r = expire(twins, &twins->unsure, now_ms);

	return r < 0 ? r : expire(twins, &twins->sure, now_ms);
}

size_t cg_twins_waiting(const struct cg_twins *twins)
{
	return twins->n_waiting;
}

uint64_t cg_twins_joined(const struct cg_twins *twins)
{
	return twins->n_joined;
}

static void free_list(struct list *list)
{
	for (struct waiting *at = list->oldest, *next; at; at = next) {
		next = at->younger;
		free_waiting(at);
	}
}

struct cg_twins *cg_twins_free(struct cg_twins *twins)
{
	if (!twins)
		return NULL;
	free_list(&twins->unsure);
	free_list(&twins->sure);
	free(twins);
	return NULL;
}
