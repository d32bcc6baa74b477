/*
 * See violations_event.h. Such a record hides which error was given, and tells no arguments.
 */
#include "source/violations_event.h"

#include "abi/action.h"

bool cg_violation_of_event(const struct cg_event *event, uint32_t seen_by, struct cg_violation *ret_violation)
{
	if (!event->audit || !event->audit->is_verdict)
		return false;
	*ret_violation = (struct cg_violation){
		.time_ns = event->time_ns,
		.n = event->n_calls,
		.pid = event->pid,
		.tid = event->tid,
		.comm = event->comm,
		.exe = event->exe,
		.uid = event->audit->uid,
		.call = event->call,
		.action = event->action & CG_ACTION_MASK,
		.signal = event->audit->signal,
		.seen_by = seen_by,
	};
	return true;
}
