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

#define CG_EBPF_FILTERS_LIMIT 512 /* known at once; what was not asked for longest is forgotten first */

struct cg_ebpf_filter {
	uint64_t name; /* its address in the kernel; 0: no filter */
	uint64_t previous;
	uint64_t boot_ns; /* told then; from then on the address is this filter's, until another is told of it */
	uint64_t used; /* when it was told or asked last, by filters->n_uses */
	struct cg_filter *filter;
};

struct cg_ebpf_filters {
	struct cg_ebpf_filter items[CG_EBPF_FILTERS_LIMIT];
	uint64_t n_uses;
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

/*
 * What the task's filters answered to this call, by what stood at their addresses then (cg_watch_denial.asked_ns). A sum is
 * read a little after the process is gone, and the kernel may have used the addresses again by then.
 */
enum cg_ebpf_answer cg_ebpf_filters_ask(struct cg_ebpf_filters *filters, const struct cg_watch_call *seen,
					uint64_t asked_ns, const struct cg_call *call, uint32_t *ret_action);

#endif
