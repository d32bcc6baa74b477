/*
 * See ebpf_filters.h. seccomp_run_filters() in kernel/seccomp.c: all filters of a task are asked, from the newest on,
 * and the most restrictive answer wins, the newest's data among equals.
 *
 * The kernel may use an address again once a filter is gone. So the answer must fit what was seen, or it is not taken.
 */
#include "source/ebpf_filters.h"

#include "abi/action.h"

#include <errno.h>

#define CHAIN_LIMIT CG_WATCH_CHAIN

/* The last that was told of the address by then. */
static struct cg_ebpf_filter *find(struct cg_ebpf_filters *filters, uint64_t name, uint64_t asked_ns)
{
	struct cg_ebpf_filter *found = NULL;

	for (size_t i = 0; i < CG_EBPF_FILTERS_LIMIT; i++) {
		struct cg_ebpf_filter *item = &filters->items[i];

		if (item->name == name && item->boot_ns <= asked_ns && (!found || item->boot_ns >= found->boot_ns))
			found = item;
	}
	return found;
}

/* The kernel tells one that is in use no second time, so it is not forgotten as long as it is asked. */
static struct cg_ebpf_filter *find_place(struct cg_ebpf_filters *filters)
{
	struct cg_ebpf_filter *place = &filters->items[0];

	for (size_t i = 1; i < CG_EBPF_FILTERS_LIMIT; i++)
		if (filters->items[i].used < place->used)
			place = &filters->items[i];
	return place;
}

int cg_ebpf_filters_add(struct cg_ebpf_filters *filters, const struct cg_watch_filter *told)
{
	struct sock_filter *insns = (struct sock_filter *)(uintptr_t)told->insns;
	struct cg_filter *filter;
	struct cg_ebpf_filter *place;

	if (told->n_insns == 0 || told->n_insns > CG_WATCH_INSNS)
		return 0;
	filter = cg_filter_new(insns, told->n_insns, false);
	if (!filter)
		return -ENOMEM;
	/* It was checked when it was loaded; what cannot be run was not read whole. */
	if (cg_filter_check(filter, NULL) < 0) {
		cg_filter_free(filter);
		return 0;
	}
	place = find_place(filters);
	cg_filter_free(place->filter);
	*place = (struct cg_ebpf_filter){ told->filter, told->previous, told->boot_ns, ++filters->n_uses, filter };
	return 0;
}

void cg_ebpf_filters_done(struct cg_ebpf_filters *filters)
{
	for (size_t i = 0; i < CG_EBPF_FILTERS_LIMIT; i++)
		filters->items[i].filter = cg_filter_free(filters->items[i].filter);
}

static bool ask_all(struct cg_ebpf_filters *filters, uint64_t name, uint64_t asked_ns, const struct cg_call *call,
		    uint32_t *ret_action)
{
	uint32_t action = CG_ACTION_ALLOW, answer;

	for (int i = 0; name; i++) {
		struct cg_ebpf_filter *known = find(filters, name, asked_ns);

		if (!known || i == CHAIN_LIMIT)
			return false;
		known->used = ++filters->n_uses;
		answer = cg_filter_run(known->filter, call, NULL);
		if (cg_action_compare(answer, action) < 0)
			action = answer;
		name = known->previous;
	}
	*ret_action = action;
	return true;
}

static bool fits(const struct cg_watch_call *seen, uint32_t action)
{
	uint32_t data = action & CG_ACTION_DATA;

	switch (cg_action_row(action)->value) {
	case CG_ACTION_ERRNO:
		return seen->kind == CG_WATCH_ANSWERED && seen->result == -(int64_t)(data < CG_ERRNO_MAX ? data : CG_ERRNO_MAX);
	case CG_ACTION_NOTIFY:
	case CG_ACTION_TRACE:
		return seen->kind == CG_WATCH_ANSWERED;
	case CG_ACTION_TRAP:
		return seen->kind == CG_WATCH_TRAPPED;
	default:
		return seen->kind == CG_WATCH_KILLED || seen->kind == CG_WATCH_KILLED_THREAD;
	}
}

enum cg_ebpf_answer cg_ebpf_filters_ask(struct cg_ebpf_filters *filters, const struct cg_watch_call *seen,
					uint64_t asked_ns, const struct cg_call *call, uint32_t *ret_action)
{
	uint32_t action;

	if (seen->filter == 0 || seen->is_coarse || !ask_all(filters, seen->filter, asked_ns, call, &action))
		return CG_EBPF_UNKNOWN;
	if (cg_action_is_permit(action))
		return seen->kind == CG_WATCH_ANSWERED ? CG_EBPF_OTHER : CG_EBPF_MISFIT;
	if (!fits(seen, action))
		return CG_EBPF_MISFIT;
	*ret_action = action;
	return CG_EBPF_ANSWERED;
}
