/*
 * See tracees.h. Thread ids are dense, so their low bits spread them over the buckets.
 */
#include "source/tracees.h"

#include <stdlib.h>

static struct cg_tracee **bucket_of(const struct cg_tracees *tracees, int tid)
{
	return (struct cg_tracee **)&tracees->buckets[(unsigned int)tid % CG_TRACEE_BUCKETS];
}

struct cg_tracee *cg_tracees_find(const struct cg_tracees *tracees, int tid)
{
	struct cg_tracee *tracee = *bucket_of(tracees, tid);

	while (tracee && tracee->tid != tid)
		tracee = tracee->next;
	return tracee;
}

struct cg_tracee *cg_tracees_add(struct cg_tracees *tracees, int tid)
{
	struct cg_tracee **bucket = bucket_of(tracees, tid);
	struct cg_tracee *tracee = tracees->spare;

	if (tracee)
		tracees->spare = tracee->next;
	else
		tracee = malloc(sizeof(*tracee));
	if (!tracee)
		return NULL;
	*tracee = (struct cg_tracee){ .tid = tid, .group = tid, .next = *bucket };
	*bucket = tracee;
	tracees->n_live++;
	return tracee;
}

void cg_tracees_set_stopped(struct cg_tracees *tracees, struct cg_tracee *tracee, bool is_stopped)
{
	if (tracee->is_stopped != is_stopped)
		tracees->n_stopped += is_stopped ? 1 : (size_t)-1;
	tracee->is_stopped = is_stopped;
}

void cg_tracees_set_gone(struct cg_tracees *tracees, struct cg_tracee *tracee)
{
	cg_tracees_set_stopped(tracees, tracee, false);
	if (!tracee->is_gone)
		tracees->n_live--;
	tracee->is_gone = true;
}

void cg_tracees_remove(struct cg_tracees *tracees, struct cg_tracee *tracee)
{
	struct cg_tracee **at = bucket_of(tracees, tracee->tid);

	cg_tracees_set_gone(tracees, tracee);
	while (*at != tracee)
		at = &(*at)->next;
	*at = tracee->next;
	tracee->next = tracees->spare;
	tracees->spare = tracee;
}

int cg_tracees_walk(struct cg_tracees *tracees, int (*each)(void *context, struct cg_tracee *tracee), void *context)
{
	for (size_t i = 0; i < CG_TRACEE_BUCKETS; i++) {
		for (struct cg_tracee *tracee = tracees->buckets[i]; tracee; tracee = tracee->next) {
			int r = each(context, tracee);

			if (r)
				return r;
		}
	}
	return 0;
}

static void free_chain(struct cg_tracee *tracee)
{
	while (tracee) {
		struct cg_tracee *next = tracee->next;

		free(tracee);
		tracee = next;
	}
}

void cg_tracees_done(struct cg_tracees *tracees)
{
	for (size_t i = 0; i < CG_TRACEE_BUCKETS; i++)
		free_chain(tracees->buckets[i]);
	free_chain(tracees->spare);
	*tracees = (struct cg_tracees){ 0 };
}
