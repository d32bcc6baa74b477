/*
 * A call of a recorded task, from its entry to its exit. Part of record.bpf.c and plain.bpf.c.
 *
 * In: the task's state, its registers, which table its number is of. Out: counts, values, latencies. A call counts at
 * its exit, docs/ARCHITECTURE.md "Recording". seccomp(2) refuses before sys_enter is reached, but sys_exit is: an exit
 * without an entry is a denial.
 */
#ifndef CG_EBPF_CALLS_H
#define CG_EBPF_CALLS_H

#include "count.h"
#include "values.h"

/* After a listen(2), the first call that waits for somebody. */
static __always_inline void note_waiting(struct cg_wire_task *self, __u32 process)
{
	if (!settings.marks_listen || !totals.listener || totals.waiter)
		return;
	totals.waits_in = self->call;
	totals.waits_program = self->program;
	totals.waiter = process;
	totals.phase = CG_WIRE_FILES;
	change_phase(self);
}

static __always_inline void begin_call(struct cg_wire_task *self, const struct pt_regs *regs, __u32 arch, __u32 nr,
				       __u32 process)
{
	__u32 index;

	self->cell = find_cell(self, arch, nr);
	self->state = CG_WIRE_INSIDE;
	self->special = CG_WIRE_PLAIN;
	index = self->call;
	if (index < CG_WIRE_CALLS) {
		self->special = settings.calls[index].special;
		if (settings.keeps_args && settings.calls[index].kept && self->program != CG_WIRE_NOBODY)
			note_args(regs, index, arch == CG_WIRE_COMPAT);
		if (self->special == CG_WIRE_WAITS)
			note_waiting(self, process);
	}
	if (settings.keeps_time)
		self->began_ns = bpf_ktime_get_ns();
}

/* A filter's ERRNO, TRAP (the number rolled back), TRACE or KILL, or a listener's answer. */
static __always_inline void note_denial(struct cg_wire_task *self, const struct pt_regs *regs, __u32 arch, __u32 nr,
					long result)
{
	struct cg_wire_cell *counters;

	self->cell = find_cell(self, arch, nr);
	counters = find_counters(self->cell);
	if (!counters)
		return;
	if (result < 0 || (__u32)result == nr) {
		counters->n_denied++;
		self->state = CG_WIRE_DENIED;
	} else {
		counters->n_returned++;
	}
	if (settings.keeps_args && self->program != CG_WIRE_NOBODY)
		note_args(regs, self->call, arch == CG_WIRE_COMPAT);
}

/* The exit of a call that was entered. */
static __always_inline void end_call(struct cg_wire_task *self, long result, __u32 process)
{
	struct cg_wire_cell *counters;

	self->state = CG_WIRE_OUTSIDE;
	if (result < 0) {
		if (on_negative(self, result))
			return;
	} else {
		counters = find_counters(self->cell);
		if (counters)
			counters->n_returned++;
		if (self->special == CG_WIRE_LISTEN && !totals.listener && self->program != CG_WIRE_NOBODY)
			totals.listener = process;
	}
	if (settings.keeps_time && self->program != CG_WIRE_NOBODY)
		add_time(self, bpf_ktime_get_ns());
}

/* gettimeofday, time, getcpu: x86's old page of calls at fixed addresses, where the kernel emulates them (vsyscall_64.c). */
static __always_inline void note_vsyscall(struct cg_wire_task *self, int which)
{
	struct cg_wire_cell *counters =
		find_counters(find_cell(self, CG_WIRE_NATIVE, which == 0 ? 96 : which == 1 ? 201 : 309));

	if (counters)
		counters->n_began++;
}

/* The task ends in a call: exit, exit_group, or another that it never completed. */
static __always_inline void end_in_call(struct cg_wire_task *self)
{
	struct cg_wire_cell *counters;

	if (self->phase != totals.phase)
		change_phase(self);
	counters = find_counters(self->cell);
	if (counters && self->special == CG_WIRE_ENDS)
		counters->n_began++;
	else if (counters)
		counters->n_ended++;
}

#endif
