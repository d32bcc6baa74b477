/*
 * Phases under eBPF: when the mark comes. The programs count what follows in cells of its own.
 *
 * In: looks, some hundred times a second while a mark is awaited. Out: the mark. The one of listen the programs set by
 * themselves, in the moment of the call; a call counts when it ends, so one that is being made at the mark is serving.
 */
#include "source/ebpf.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <stdlib.h>

static int mark(void *context)
{
	const struct cg_ebpf_phase *phase = context;

	cg_ebpf_mark(phase->ebpf);
	return 0;
}

void cg_ebpf_phase_begin(struct cg_ebpf_phase *phase, struct cg_phase_watch *watch, struct cg_ebpf *ebpf,
			 const struct cg_source_request *request, const struct cg_source_sink *sink)
{
	*phase = (struct cg_ebpf_phase){ .watch = watch, .ebpf = ebpf };
	cg_phase_begin(watch, request, sink);
	watch->snapshot = mark;
	watch->context = phase;
}

/* The programs have seen a listen, and a call that waits after it. */
static int look_for_wait(struct cg_ebpf_phase *phase, const struct cg_wire_totals *totals)
{
	const struct cg_arch *arch = cg_ebpf_arch(totals->waits_in / CG_WIRE_NRS);
	uint32_t nr = totals->waits_in % CG_WIRE_NRS;
	const struct cg_syscall *known;
	CG_FREE char *path = NULL;
	uint64_t namespace;
	uint32_t kinds;

	if (arch && arch->is_x32)
		nr |= CG_X32_BIT;
	known = arch ? cg_syscall_of_nr(arch, nr) : NULL;
	cg_ebpf_file(phase->ebpf, totals->waits_program, &kinds, &namespace, &path);
	return cg_phase_waits(phase->watch, known ? known->name : "a call", path, (int)totals->waiter,
			      (int)totals->listener);
}

int cg_ebpf_phase_look(struct cg_ebpf_phase *phase)
{
	struct cg_wire_totals totals;

	cg_ebpf_totals(phase->ebpf, &totals);
	if (!totals.has_begun)
		return 0;
	if (cg_phase_awaits(phase->watch, CG_PHASE_BY_LISTEN) && totals.waiter)
		return look_for_wait(phase, &totals);
	return cg_phase_look(phase->watch);
}
