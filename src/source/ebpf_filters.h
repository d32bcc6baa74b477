/*
 * The filters that the kernel's programs have told of: asked what they answered, so that an action is known and not
 * guessed.
 *
 * In: filters as they are told, denials. Out: the action of a denial with its data. A filter's answer depends on
 * the call alone, so running it again says what it said (filter/run.c).
 */
#ifndef CG_SOURCE_EBPF_FILTERS_H
#define CG_SOURCE_EBPF_FILTERS_H

#include "callgate/call.h"
#include "ebpf/watch.h"
#include "filter/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_EBPF_FILTERS_LIMIT 512 /* known at once; the oldest is forgotten first */

struct cg_ebpf_filter {
	uint64_t name; /* its address in the kernel; 0: no filter */
	uint64_t previous;
	struct cg_filter *filter;
};

struct cg_ebpf_filters {
	struct cg_ebpf_filter items[CG_EBPF_FILTERS_LIMIT];
	size_t next;
};

/* Start with {0}. Errors: -ENOMEM. */
int cg_ebpf_filters_add(struct cg_ebpf_filters *filters, const struct cg_watch_filter *told);
void cg_ebpf_filters_done(struct cg_ebpf_filters *filters);

enum cg_ebpf_answer {
	CG_EBPF_ANSWERED, /* *ret_action is the filters' answer, and fits what was seen */
	CG_EBPF_UNKNOWN, /* they are not known, or not any more */
	CG_EBPF_MISFIT, /* they stop the call, but otherwise than was seen: others, at addresses used again, or a tracer */
	CG_EBPF_OTHER, /* they let the call pass: something else stopped it */
};

/* What the task's filters answered to this call. */
enum cg_ebpf_answer cg_ebpf_filters_ask(const struct cg_ebpf_filters *filters, const struct cg_watch_call *seen,
					const struct cg_call *call, uint32_t *ret_action);

#endif
