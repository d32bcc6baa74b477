/*
 * See kinds.h. Those that came again since the last sum are kept in a list of their own, so that a sum costs nothing
 * for kinds that are over.
 */
#include "monitor/kinds.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "monitor/keep.h"
#include "monitor/stream.h"

#include <stdlib.h>

struct kind {
	struct cg_violation *violation; /* the first one, with numbers of the newest */
	uint64_t n; /* since it was told last */
	uint64_t total;
	struct kind *next; /* that has come again */
};

struct cg_kinds {
	struct cg_arena arena; /* keys and kinds: none is ever given up */
	struct cg_map map;
	struct cg_text key;
	struct kind others;
	struct kind *first, **last; /* that have come again */
};

struct cg_kinds *cg_kinds_new(void)
{
	struct cg_kinds *kinds = calloc(1, sizeof(*kinds));

	if (kinds)
		kinds->last = &kinds->first;
	return kinds;
}

/* NULL: no memory. */
static struct kind *make(struct cg_kinds *kinds, const struct cg_violation *violation)
{
	struct kind *kind = cg_arena_alloc(&kinds->arena, sizeof(*kind));
	char *key = cg_arena_copy(&kinds->arena, kinds->key.data, kinds->key.length);
	struct cg_map_entry *entry;

	if (!kind || !key)
		return NULL;
	kind->violation = cg_violation_keep(violation, NULL);
	if (!kind->violation || cg_map_put(&kinds->map, key, kinds->key.length, &entry) < 0) {
		free(kind->violation);
		return NULL;
	}
	entry->value.pointer = kind;
	return kind;
}

static int find(struct cg_kinds *kinds, const struct cg_violation *violation, struct kind **ret_kind)
{
	struct cg_map_entry *entry;

	cg_text_clear(&kinds->key);
	kinds->key.has_failed = false;
	if (cg_violation_key(violation, &kinds->key) < 0)
		return -ENOMEM;
	entry = cg_map_find(&kinds->map, kinds->key.data, kinds->key.length);
	if (entry)
		*ret_kind = entry->value.pointer;
	else if (kinds->map.n_entries < CG_STREAM_KINDS_LIMIT)
		*ret_kind = make(kinds, violation);
	else
		*ret_kind = &kinds->others;
	return *ret_kind ? 0 : -ENOMEM;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* What is no string; the others are of many kinds, and only have a time. */
static void take_newest(struct cg_kinds *kinds, struct kind *kind, const struct cg_violation *violation)
{
	struct cg_violation *kept = kind->violation;

	if (kind == &kinds->others && !kept)
		return;
	kept->time_ns = violation->time_ns;
	kept->pid = violation->pid;
	kept->tid = violation->tid;
	kept->ns_pid = violation->ns_pid;
	kept->uid = violation->uid;
	kept->seen_by |= violation->seen_by;
	if (violation->has_args || !kept->has_args) {
		kept->call = violation->call;
		kept->has_args = violation->has_args;
	}
}

int cg_kinds_add(struct cg_kinds *kinds, const struct cg_violation *violation, bool *ret_is_first)
{
	const struct cg_violation nobody = { .uid = CG_ID_UNKNOWN };
	struct kind *kind = NULL;
	int r = find(kinds, violation, &kind);

	if (r < 0)
		return r;
	if (kind == &kinds->others && !kind->violation) {
		kind->violation = cg_violation_keep(&nobody, NULL);
		if (!kind->violation)
			return -ENOMEM;
	}
	*ret_is_first = kind->total == 0;
	kind->total = sum(kind->total, violation->n);
	take_newest(kinds, kind, violation);
	/* The first one is told by itself, whatever it stands for. */
	if (*ret_is_first)
		return 0;
	if (kind->n == 0 && violation->n) {
		kind->next = NULL;
		*kinds->last = kind;
		kinds->last = &kind->next;
	}
	kind->n = sum(kind->n, violation->n);
	return 0;
}

int cg_kinds_repeated(struct cg_kinds *kinds,
		      int (*each)(void *context, const struct cg_violation *violation, uint64_t total, bool is_others),
		      void *context)
{
	int r = 0;

	while (r >= 0 && kinds->first) {
		struct kind *kind = kinds->first;

		kinds->first = kind->next;
		if (!kinds->first)
			kinds->last = &kinds->first;
		kind->violation->n = kind->n;
		kind->n = 0;
		r = each(context, kind->violation, kind->total, kind == &kinds->others);
	}
	return r < 0 ? r : 0;
}

uint64_t cg_kinds_count(const struct cg_kinds *kinds)
{
	return kinds->map.n_entries;
}

struct cg_kinds *cg_kinds_free(struct cg_kinds *kinds)
{
	if (!kinds)
		return NULL;
	for (size_t i = 0; i < kinds->map.n_entries; i++)
		free(((struct kind *)kinds->map.entries[i].value.pointer)->violation);
	free(kinds->others.violation);
	cg_map_done(&kinds->map);
	cg_text_done(&kinds->key);
	cg_arena_done(&kinds->arena);
	free(kinds);
	return NULL;
}
