/*
 * The recording programs: what the kernel runs at entry and exit of every system call, and at fork, exec and exit.
 *
 * In: a task that the recorder has marked (task storage); its children are marked as they are made. Out: counts, values
 * of arguments, errors, files, latencies in maps (wire.h), nothing else: no event leaves the kernel, so none is lost.
 *
 * A call counts at its exit, docs/ARCHITECTURE.md "Recording". seccomp(2) refuses before sys_enter is reached, but
 * sys_exit is: an exit without an entry is a denial. Counters are of one CPU and not atomic: these tracepoints run with
 * preemption disabled, and where some kernel does not, it skips a program rather than run it inside itself and counts
 * that (recursion_misses), which the recorder reads. No counter is written by two programs that could interrupt each
 * other.
 *
 * Kernel: kernel/entry/common.c (order of seccomp, entry, exit and signals), kernel/trace/bpf_trace.c, kernel/exit.c.
 */
#include "kernel.h"
#include "wire.h"

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "calls.h"
#include "member.h"
#include "path.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define SIGKILL_BIT (1UL << 8)
#define SIGSYS 31
#define SIGNAL_GROUP_EXIT 4 /* linux/sched/signal.h */
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cg_wire_task);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * CG_WIRE_FILES);
	__type(key, struct cg_wire_file_key);
	__type(value, __u32);
} file_ids SEC(".maps");

/* NULL for a task that is not recorded, which most are: told without a call. */
static __always_inline struct cg_wire_task *find_task(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&tasks, task, NULL, 0);
}

/* The number of a file, with its path read when it is new. */
static __always_inline __u32 find_file(struct file *from, __u32 kind)
{
	struct dentry *entry = BPF_CORE_READ(from, f_path.dentry);
	struct cg_wire_file_key key = {
		.device = BPF_CORE_READ(entry, d_inode, i_sb, s_dev),
		.inode = BPF_CORE_READ(entry, d_inode, i_ino),
		.entry = (__u64)entry,
	};
	__u32 *found = bpf_map_lookup_elem(&file_ids, &key);
	struct cg_wire_file *file;
	__u32 id;

	if (found) {
		id = *found;
		file = bpf_map_lookup_elem(&files, &id);
		if (file && !(file->kinds & kind))
			__sync_fetch_and_or(&file->kinds, kind);
		return id;
	}
	file = new_file(&id);
	if (!file)
		return CG_WIRE_FURTHER;
	read_path(file, from);
	file->kinds = kind;
	bpf_map_update_elem(&file_ids, &key, &id, BPF_ANY);
	return id;
}

__noinline int note_mapping(__u32 prot, __u32 flags, __s32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table;
	struct file **at, *file = NULL;

	if (!(prot & PROT_EXEC) || flags & MAP_ANONYMOUS || fd < 0)
		return 0;
	table = BPF_CORE_READ(task, files, fdt);
	if ((__u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	at = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), at + fd);
	if (file)
		find_file(file, CG_WIRE_IS_MAPPED);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cg_wire_task *self = find_task(task);
	bool is_compat;

	if (!self)
		return 0;
	is_compat = is_compat_task(task);
	begin_call(self, regs, table_of(is_compat, id), id, task->tgid);
	if (self->special == CG_WIRE_MMAP && self->program != CG_WIRE_NOBODY)
		note_mapping(arg_of(regs, is_compat, 2), arg_of(regs, is_compat, 3), arg_of(regs, is_compat, 4));
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cg_wire_task *self = find_task(task);

	if (!self)
		return 0;
	if (self->state != CG_WIRE_INSIDE) {
		if (self->state == CG_WIRE_SKIPS)
			self->state = CG_WIRE_OUTSIDE;
		else
			note_denial(self, regs, arch_of(task, regs->orig_ax), regs->orig_ax, result);
		return 0;
	}
	if (self->phase != totals.phase)
		change_phase(self);
	/* About to be killed: the call does not return to the program, on_end() counts it. */
	if (!(task->pending.signal.sig[0] & SIGKILL_BIT))
		end_call(self, result, task->tgid);
	return 0;
}

SEC("tp_btf/emulate_vsyscall")
int BPF_PROG(on_vsyscall, int which)
{
	struct cg_wire_task *self = find_task(bpf_get_current_task_btf());

	if (self)
		note_vsyscall(self, which);
	return 0;
}

#include "select.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct cg_wire_task *self = find_task(parent);
	struct cg_wire_task init = { .state = CG_WIRE_SKIPS, .call = CG_WIRE_CALLS };
	__u32 tgid = child->tgid, one = 1;

	if (!self) {
		/* Made by an outsider right into the cgroup: clone3(2), CLONE_INTO_CGROUP. */
		if (selection.selector == CG_WIRE_BY_CGROUP && is_in_cgroup(child))
			mark(child);
		return 0;
	}
	init.program = self->program;
	if (!bpf_task_storage_get(&tasks, child, &init, BPF_LOCAL_STORAGE_GET_F_CREATE)) {
		__sync_fetch_and_add(&totals.n_lost_tasks, 1);
		return 0;
	}
	__sync_fetch_and_add(&totals.n_live, 1);
	if (child->pid == child->tgid)
		bpf_map_update_elem(&processes, &tgid, &one, BPF_ANY);
	return 0;
}

/* After a successful execve, before its exit. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct cg_wire_task *self = find_task(task);
	struct cg_wire_cell *counters;

	if (!self)
		return 0;
	if (!totals.has_begun)
		note_own_root();
	counters = find_counters(self->cell);
	if (counters && self->state == CG_WIRE_INSIDE)
		counters->n_began++;
	self->state = CG_WIRE_SKIPS;
	self->program = find_file(BPF_CORE_READ(bprm, file), CG_WIRE_IS_PROGRAM);
	if (!totals.has_begun) {
		totals.main_tid = task->pid;
		totals.has_begun = 1;
	}
	return 0;
}

/* A thread that a filter killed alone leaves without an exit of its call (kernel/seccomp.c, SECCOMP_RET_KILL_THREAD). */
static __always_inline bool is_killed_by_filter(const struct cg_wire_task *self, struct task_struct *task)
{
	return self->state != CG_WIRE_DENIED && (task->exit_code & 0x7f) == SIGSYS &&
	       !(BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_end, struct task_struct *task)
{
	struct cg_wire_task *self = find_task(task);
	struct cg_wire_cell *counters;
	__u32 tgid = task->tgid;

	if (!self)
		return 0;
	if (self->state == CG_WIRE_INSIDE) {
		end_in_call(self);
	} else if (is_killed_by_filter(self, task)) {
		struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
		__u32 nr = BPF_CORE_READ(regs, orig_ax);

		counters = find_counters(find_cell(self, arch_of(task, nr), nr));
		if (counters)
			counters->n_denied++;
	}
	if (BPF_CORE_READ(task, signal, live.counter) == 0)
		bpf_map_delete_elem(&processes, &tgid);
	__sync_fetch_and_sub(&totals.n_live, 1);
	return 0;
}
