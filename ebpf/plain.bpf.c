/*
 * The recording programs for kernels that do not describe themselves (no BTF): what record.bpf.c does, with what a raw
 * tracepoint gives and nothing of the kernel's own structures but the two that never move.
 *
 * In: the thread that the recorder has marked, by its id; its children, as the kernel's tracepoints name them. Out: the
 * same maps (wire.h). What cannot be learnt so: the shared objects, that a filter killed a thread, who runs already;
 * and a program is told by the name that was executed. source/ebpf_result.c says so.
 *
 * The places of fields in the three tracepoints of the scheduler are the recorder's to find (tracefs, "format").
 *
 * Kernel: arch/x86/include/asm/ptrace.h (struct pt_regs, an ABI), asm/thread_info.h, include/trace/events/sched.h.
 */
#include "wire.h"

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip;
};

#include "calls.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* struct thread_info stands first in a task: flags, syscall_work, status; on x86 in every kernel that has bpf_loop(). */
#define STATUS_AT 16
#define TS_COMPAT 0x0002

const volatile struct cg_wire_places places = {};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CG_WIRE_PROCESSES);
	__type(key, __u32); /* a thread, as the kernel counts */
	__type(value, struct cg_wire_task);
} tasks SEC(".maps");

struct name {
	char text[CG_WIRE_NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CG_WIRE_FILES);
	__type(key, struct name);
	__type(value, __u32);
} file_ids SEC(".maps");

static __always_inline struct cg_wire_task *find_self(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&tasks, &tid);
}

static __always_inline bool makes_compat_call(void)
{
	__u32 status = 0;

	bpf_probe_read_kernel(&status, sizeof(status), (void *)(bpf_get_current_task() + STATUS_AT));
	return status & TS_COMPAT;
}

static __always_inline __u32 own_process(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

SEC("raw_tp/sys_enter")
int on_enter(struct bpf_raw_tracepoint_args *args)
{
	struct cg_wire_task *self = find_self();
	struct pt_regs regs;

	if (!self || bpf_probe_read_kernel(&regs, sizeof(regs), (void *)args->args[0]) < 0)
		return 0;
	begin_call(self, &regs, table_of(makes_compat_call(), args->args[1]), args->args[1], own_process());
	return 0;
}

SEC("raw_tp/sys_exit")
int on_exit(struct bpf_raw_tracepoint_args *args)
{
	struct cg_wire_task *self = find_self();
	struct pt_regs regs;
	long result = args->args[1];

	if (!self)
		return 0;
	if (self->state == CG_WIRE_INSIDE) {
		if (self->phase != totals.phase)
			change_phase(self);
		end_call(self, result, own_process());
	} else if (self->state == CG_WIRE_SKIPS) {
		self->state = CG_WIRE_OUTSIDE;
	} else if (bpf_probe_read_kernel(&regs, sizeof(regs), (void *)args->args[0]) == 0) {
		note_denial(self, &regs, table_of(makes_compat_call(), regs.orig_ax), regs.orig_ax, result);
	}
	return 0;
}

SEC("raw_tp/emulate_vsyscall")
int on_vsyscall(struct bpf_raw_tracepoint_args *args)
{
	struct cg_wire_task *self = find_self();

	if (self)
		note_vsyscall(self, (int)args->args[0]);
	return 0;
}

static __always_inline __u32 word_at(const void *context, __u32 place)
{
	__u32 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), context + place);
	return word;
}

/* Runs in the parent. */
SEC("tp/sched/sched_process_fork")
int on_fork(const void *context)
{
	struct cg_wire_task *self = find_self();
	struct cg_wire_task child = { .state = CG_WIRE_SKIPS, .call = CG_WIRE_CALLS };
	__u32 tid = word_at(context, places.forked), one = 1;

	if (!self)
		return 0;
	child.program = self->program;
	if (bpf_map_update_elem(&tasks, &tid, &child, BPF_ANY) < 0) {
		__sync_fetch_and_add(&totals.n_lost_tasks, 1);
		return 0;
	}
	__sync_fetch_and_add(&totals.n_live, 1);
	bpf_map_update_elem(&processes, &tid, &one, BPF_ANY);
	return 0;
}

/* The number of the file that was executed by this name. */
static __always_inline __u32 find_program(const char *text)
{
	struct name name = {};
	struct cg_wire_file *file;
	__u32 *found, id;

	bpf_probe_read_kernel_str(&name.text, sizeof(name.text), text);
	found = bpf_map_lookup_elem(&file_ids, &name);
	if (found)
		return *found;
	file = new_file(&id);
	if (!file)
		return CG_WIRE_FURTHER;
	bpf_probe_read_kernel_str(&file->path[1], CG_WIRE_PATH - 1, text);
	file->start = 1;
	file->kinds = CG_WIRE_IS_PROGRAM;
	bpf_map_update_elem(&file_ids, &name, &id, BPF_ANY);
	return id;
}

/* After a successful execve, before its exit. A thread that executes goes on under its leader's id. */
SEC("tp/sched/sched_process_exec")
int on_exec(const void *context)
{
	__u32 tid = word_at(context, places.executed), old = word_at(context, places.executed_by);
	struct cg_wire_task *self = bpf_map_lookup_elem(&tasks, &old);
	struct cg_wire_cell *counters;

	if (!self)
		return 0;
	counters = find_counters(self->cell);
	if (counters && self->state == CG_WIRE_INSIDE)
		counters->n_began++;
	self->state = CG_WIRE_SKIPS;
	/* __data_loc: the low half says where. */
	self->program = find_program(context + (word_at(context, places.executed_name) & 0xffff));
	if (!totals.has_begun) {
		totals.main_tid = tid;
		totals.has_begun = 1;
	}
	if (tid != old) {
		bpf_map_update_elem(&tasks, &tid, self, BPF_ANY);
		bpf_map_delete_elem(&tasks, &old);
	}
	return 0;
}

/* Runs in the task that ends; one whose id an executing thread has taken is known no more. */
SEC("tp/sched/sched_process_exit")
int on_end(const void *context)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct cg_wire_task *self = bpf_map_lookup_elem(&tasks, &tid);

	if (!self)
		return 0;
	if (self->state == CG_WIRE_INSIDE)
		end_in_call(self);
	bpf_map_delete_elem(&tasks, &tid);
	bpf_map_delete_elem(&processes, &tid);
	__sync_fetch_and_sub(&totals.n_live, 1);
	return 0;
}
