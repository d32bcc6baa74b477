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

static const struct cg_ebpf_filter *find(const struct cg_ebpf_filters *filters, uint64_t name)
{
	for (size_t i = 0; i < CG_EBPF_FILTERS_LIMIT; i++)
		if (filters->items[i].name == name)
			return &filters->items[i];
	return NULL;
}

static struct cg_ebpf_filter *find_place(struct cg_ebpf_filters *filters, uint64_t name)
{
	struct cg_ebpf_filter *known = (struct cg_ebpf_filter *)(uintptr_t)find(filters, name);

	if (known)
		return known;
	known = &filters->items[filters->next];
	filters->next = (filters->next + 1) % CG_EBPF_FILTERS_LIMIT;
	return known;
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
	place = find_place(filters, told->filter);
	cg_filter_free(place->filter);
	*place = (struct cg_ebpf_filter){ told->filter, told->previous, filter };
	return 0;
}

void cg_ebpf_filters_done(struct cg_ebpf_filters *filters)
{
	for (size_t i = 0; i < CG_EBPF_FILTERS_LIMIT; i++)
		filters->items[i].filter = cg_filter_free(filters->items[i].filter);
}

static bool ask_all(const struct cg_ebpf_filters *filters, uint64_t name, const struct cg_call *call,
		    uint32_t *ret_action)
{
	uint32_t action = CG_ACTION_ALLOW, answer;

	for (int i = 0; name; i++) {
		const struct cg_ebpf_filter *known = find(filters, name);

		if (!known || i == CHAIN_LIMIT)
			return false;
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

enum cg_ebpf_answer cg_ebpf_filters_ask(const struct cg_ebpf_filters *filters, const struct cg_watch_call *seen,
					const struct cg_call *call, uint32_t *ret_action)
{
	uint32_t action;

	if (seen->filter == 0 || seen->is_coarse || !ask_all(filters, seen->filter, call, &action))
		return CG_EBPF_UNKNOWN;
	if (cg_action_is_permit(action))
		return seen->kind == CG_WATCH_ANSWERED ? CG_EBPF_OTHER : CG_EBPF_MISFIT;
	if (!fits(seen, action))
		return CG_EBPF_MISFIT;
	*ret_action = action;
	return CG_EBPF_ANSWERED;
}
