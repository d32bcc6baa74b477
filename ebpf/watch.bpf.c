/*
 * The watching programs: see each call that a filter stops, at the exit of the call, and count every one of them.
 *
 * In: tasks with a filter; all others leave after one look. Out: denials. The first of its kind goes through a ring
 * buffer with all that is known of it; those like it (same process, call, arguments, answer) are counted in a slot that
 * the reader empties. Where the ring is full, they are counted by cgroup and call alone, and where even that has no
 * room, a number says how many: nothing is dropped in silence. With tells_all each goes through the ring while it can.
 *
 * seccomp(2) refuses before sys_enter is reached, and sys_exit is reached all the same: an exit without an entry is a
 * denial. A task that we have not seen before may have been inside a call: its first exit says nothing, unless it was
 * found outside. Signals tell TRAP and KILL_PROCESS apart by what seccomp has made of the task (SECCOMP_MODE_DEAD); a
 * thread killed alone only ends. LOG is not seen: such a call is made like any other.
 *
 * Kernel: kernel/seccomp.c, kernel/entry/common.c, kernel/signal.c (force_sig_seccomp), kernel/bpf/task_iter.c.
 */
#include "kernel.h"
#include "watch.h"

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct cg_wire_selection selection = {};

#include "member.h"
#include "path.h"
#include "registers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define MODE_DEAD 3 /* linux/seccomp.h, of the kernel alone: it is being killed */
#define SIGSYS 31
#define SIGKILL_BIT (1UL << 8)
#define SYS_SECCOMP 1 /* si_code */
#define PF_EXITING 0x00000004

const volatile __u8 tells_all = 0;
const volatile __u32 other_hierarchy = 0; /* of cgroup v1; 0: none */

struct cg_watch_totals totals = {};
__u64 counts[CG_WATCH_SLOTS] = {}; /* the reader takes them, by exchange with 0 */
__u64 reader_namespace = 0; /* of pids; found by the walk, which the reader runs */
__u32 reader_level = 0;

enum state {
	NEW, /* it may be inside a call */
	INSIDE,
	OUTSIDE,
	SIGNALLED, /* denied, and told of: its exit is still to come */
};

/* Of a task that has a filter, or is selected. What is told of it is put together here, where nobody else writes. */
struct watched {
	__u32 state;
	__u32 is_selected;
	__u64 set; /* the task's set of cgroups when denial.other_cgroup was found */
	struct cg_watch_denial denial;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct watched);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CG_WATCH_RING);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CG_WATCH_SLOTS);
	__type(key, struct cg_watch_call);
	__type(value, __u32);
} slots SEC(".maps");

/* Filled by the reader. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, CG_WATCH_SLOTS);
	__type(value, __u32);
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CG_WATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct cg_watch_denial);
} details SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CG_WATCH_FILTERS);
	__type(key, struct cg_watch_filter_key);
	__type(value, __u32);
} told_filters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CG_WATCH_PROGRAMS);
	__type(key, struct cg_wire_file_key);
	__type(value, struct cg_wire_file);
} programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CG_WATCH_CGROUPS);
	__type(key, struct cg_watch_cgroup_key);
	__type(value, struct cg_watch_cgroup);
} cgroups SEC(".maps");

/* From which new values of the two above are made: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cg_wire_file);
} nothing SEC(".maps");

static __always_inline struct watched *find_watched(struct task_struct *task)
{
	return bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline bool is_wanted(struct task_struct *task, const struct watched *self)
{
	if (selection.selector == CG_WIRE_BY_HAND)
		return true;
	return selection.selector == CG_WIRE_BY_CGROUP ? is_in_cgroup(task) : self->is_selected;
}

/*
 * Looking through the hierarchies of version 1 costs more than all the rest, so it is done once for each set of cgroups
 * that the task is in (task->cgroups changes with every move).
 */
static __always_inline void note_cgroups(struct watched *self, struct task_struct *task)
{
	__u64 set = (__u64)task->cgroups;
	struct cgroup *cgroup;

	self->denial.cgroup = bpf_get_current_cgroup_id();
	if (!other_hierarchy || self->set == set)
		return;
	cgroup = find_cgroup(task, other_hierarchy);
	self->denial.other_cgroup = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	self->set = set;
}

/* An id of `pid` in the namespace at that level of nesting. */
static __always_inline __u32 id_at(struct pid *pid, __u32 level, __u64 *ret_namespace)
{
	struct upid upid = {};
	void *at = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);

	bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr), at + bpf_core_field_offset(struct upid, nr));
	bpf_probe_read_kernel(&upid.ns, sizeof(upid.ns), at + bpf_core_field_offset(struct upid, ns));
	*ret_namespace = (__u64)upid.ns;
	return upid.nr;
}

static __always_inline void note_ids(struct cg_watch_denial *denial, struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	__u64 namespace;

	denial->ns_pid = id_at(pid, level, &namespace);
	denial->pid = denial->tid = 0;
	if (level < reader_level)
		return;
	denial->pid = id_at(pid, reader_level, &namespace);
	if (namespace == reader_namespace)
		denial->tid = id_at(BPF_CORE_READ(task, thread_pid), reader_level, &namespace);
	else
		denial->pid = 0;
}

/* What it executes: the path is read when it is first seen, as the process may be gone when the reader wants it. */
static __always_inline void note_program(struct cg_watch_denial *denial, struct task_struct *task)
{
	struct file *from = BPF_CORE_READ(task, mm, exe_file);
	struct dentry *entry = BPF_CORE_READ(from, f_path.dentry);
	struct cg_wire_file *file, *empty;
	__u32 zero = 0;

	denial->program.device = BPF_CORE_READ(entry, d_inode, i_sb, s_dev);
	denial->program.inode = BPF_CORE_READ(entry, d_inode, i_ino);
	denial->program.entry = (__u64)entry;
	if (!from || bpf_map_lookup_elem(&programs, &denial->program))
		return;
	empty = bpf_map_lookup_elem(&nothing, &zero);
	if (!empty || bpf_map_update_elem(&programs, &denial->program, empty, BPF_NOEXIST) < 0)
		return;
	file = bpf_map_lookup_elem(&programs, &denial->program);
	if (file)
		read_path(file, from);
}

struct chain_walk {
	struct seccomp_filter *at;
};

/* One filter of a task, if it was not told yet. Where the ring has no room, it is told with a later denial. */
static long tell_filter(__u32 i, struct chain_walk *walk)
{
	struct seccomp_filter *filter = walk->at;
	struct cg_watch_filter_key key = { .filter = (__u64)filter };
	struct cg_watch_filter *record;
	struct sock_fprog_kern *original;
	struct bpf_prog *program;
	__u32 one = 1, n;

	if (!filter)
		return 1;
	program = BPF_CORE_READ(filter, prog);
	key.program = (__u64)program;
	walk->at = BPF_CORE_READ(filter, prev);
	if (bpf_map_lookup_elem(&told_filters, &key))
		return 0;
	/* What was loaded, kept where the kernel has CONFIG_CHECKPOINT_RESTORE. */
	original = BPF_CORE_READ(program, orig_prog);
	n = original ? BPF_CORE_READ(original, len) : 0;
	if (n == 0 || n > CG_WATCH_INSNS)
		return 0;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 1;
	record->record = CG_WATCH_FILTER;
	record->n_insns = n;
	record->filter = key.filter;
	record->program = key.program;
	record->previous = (__u64)walk->at;
	record->boot_ns = bpf_ktime_get_boot_ns();
	if (bpf_probe_read_kernel(record->insns, n * sizeof(record->insns[0]), BPF_CORE_READ(original, filter)) < 0) {
		bpf_ringbuf_discard(record, 0);
		return 0;
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	bpf_map_update_elem(&told_filters, &key, &one, BPF_ANY);
	return 0;
}

struct listener_walk {
	struct seccomp_filter *at;
	bool is_found;
};

static long look_for_listener(__u32 i, struct listener_walk *walk)
{
	struct seccomp_filter *at = walk->at;

	if (!at)
		return 1;
	walk->is_found = BPF_CORE_READ(at, notif) != NULL;
	walk->at = BPF_CORE_READ(at, prev);
	return walk->is_found;
}

/* All that is not in the key, and told of the first of its kind only. */
static __noinline int note_rest(struct watched *self)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct listener_walk walk = { .at = task->seccomp.filter };
	struct cg_watch_denial *denial;

	if (!self)
		return 0;
	denial = &self->denial;
	denial->record = CG_WATCH_DENIAL;
	denial->boot_ns = denial->asked_ns = bpf_ktime_get_boot_ns();
	note_cgroups(self, task);
	denial->uid = bpf_get_current_uid_gid();
	denial->flags = task->ptrace ? CG_WATCH_HAS_TRACER : 0;
	bpf_get_current_comm(denial->comm, sizeof(denial->comm));
	note_ids(denial, task);
	note_program(denial, task);
	bpf_loop(CG_WATCH_CHAIN, look_for_listener, &walk, 0);
	if (walk.is_found)
		denial->flags |= CG_WATCH_HAS_LISTENER;
	return 0;
}

/* From here on denials like this one are counted. NULL where there is no room. */
static __always_inline __u64 *add_slot(struct cg_watch_denial *denial)
{
	__u32 slot, *found;

	if (bpf_map_pop_elem(&free_slots, &slot) < 0)
		return NULL;
	if (slot < CG_WATCH_SLOTS && bpf_map_update_elem(&details, &slot, denial, BPF_ANY) == 0 &&
	    bpf_map_update_elem(&slots, &denial->call, &slot, BPF_NOEXIST) == 0) {
		__sync_fetch_and_add(&totals.n_slots, 1);
		return &counts[slot & (CG_WATCH_SLOTS - 1)];
	}
	bpf_map_push_elem(&free_slots, &slot, BPF_ANY);
	found = bpf_map_lookup_elem(&slots, &denial->call);
	return found ? &counts[*found & (CG_WATCH_SLOTS - 1)] : NULL;
}

static __always_inline __u64 *find_slot(struct cg_watch_denial *denial)
{
	__u32 *found = bpf_map_lookup_elem(&slots, &denial->call);

	return found ? &counts[*found & (CG_WATCH_SLOTS - 1)] : NULL;
}

/* The ring has no room: without what tells one process and one argument from another. */
static __always_inline void sum_coarsely(struct cg_watch_denial *denial)
{
	struct cg_watch_call *call = &denial->call;
	__u64 *count;

	call->is_coarse = 1;
	call->cgroup = denial->cgroup;
	call->other_cgroup = denial->other_cgroup;
	call->mm = denial->program.entry;
	call->ip = 0;
	call->pid = 0;
	__builtin_memset(call->args, 0, sizeof(call->args));
	count = find_slot(denial);
	if (!count)
		count = add_slot(denial);
	__sync_fetch_and_add(count ? count : &totals.n_lost, 1);
}

static __noinline int tell(struct watched *self)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct chain_walk chain = { .at = task->seccomp.filter };

	if (!self)
		return 0;
	/* The denial's own time is later than that of each of its filters. */
	bpf_loop(CG_WATCH_CHAIN, tell_filter, &chain, 0);
	note_rest(self);
	if (bpf_ringbuf_output(&ring, &self->denial, sizeof(self->denial), 0) < 0)
		sum_coarsely(&self->denial);
	else if (!tells_all && totals.n_slots < CG_WATCH_SLOTS - CG_WATCH_COARSE_SLOTS)
		add_slot(&self->denial);
	return 0;
}

static __always_inline void note_call(struct cg_watch_call *call, struct task_struct *task, struct pt_regs *regs)
{
	bool is_compat;

	call->filter = (__u64)task->seccomp.filter;
	call->mm = (__u64)task->mm;
	call->pid = task->tgid;
	call->nr = BPF_CORE_READ(regs, orig_ax);
	call->arch = arch_of(task, call->nr);
	call->ip = BPF_CORE_READ(regs, ip);
	is_compat = call->arch == CG_WIRE_COMPAT;
#pragma unroll
	for (int i = 0; i < 6; i++)
		call->args[i] = arg_of(regs, is_compat, i);
	call->is_coarse = 0;
	call->cgroup = call->other_cgroup = 0;
}

static __always_inline void deny(struct watched *self, struct task_struct *task, struct pt_regs *regs, __u16 kind,
				 __s64 result)
{
	__u64 *count;

	note_call(&self->denial.call, task, regs);
	self->denial.call.kind = kind;
	self->denial.call.result = result;
	count = tells_all ? NULL : find_slot(&self->denial);
	if (!count && !is_wanted(task, self))
		return;
	__sync_fetch_and_add(&totals.n_denials, 1);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		tell(self);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct watched *self;

	if (!task->seccomp.mode)
		return 0;
	self = find_watched(task);
	if (self)
		self->state = INSIDE;
	else
		__sync_fetch_and_add(&totals.n_untold_tasks, 1);
	return 0;
}

/* Other reasons for an exit without an entry: a tracer that answers all calls itself, a death at its entry stop. */
static __always_inline bool is_by_tracer(struct task_struct *task)
{
	unsigned long work = task->thread_info.syscall_work;

	return work >> bpf_core_enum_value(enum syscall_work_bit, SYSCALL_WORK_BIT_SYSCALL_EMU) & 1 ||
	       (work >> bpf_core_enum_value(enum syscall_work_bit, SYSCALL_WORK_BIT_SYSCALL_TRACE) & 1 &&
		task->pending.signal.sig[0] & SIGKILL_BIT);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct watched *self;
	__u32 state;

	if (!task->seccomp.mode || task->seccomp.mode == MODE_DEAD)
		return 0;
	self = find_watched(task);
	if (!self)
		return 0;
	state = self->state;
	self->state = OUTSIDE;
	if (state == OUTSIDE && !is_by_tracer(task))
		deny(self, task, regs, CG_WATCH_ANSWERED, result);
	return 0;
}

/* A signal as seccomp makes it, to the task itself; inside a call it can only be one that the program made up. */
SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int number, struct kernel_siginfo *info, struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct watched *self;

	if (number != SIGSYS || (__u64)task != (__u64)target || !task->seccomp.mode || (__u64)info <= 2 ||
	    BPF_CORE_READ(info, si_code) != SYS_SECCOMP)
		return 0;
	self = find_watched(task);
	if (!self || self->state == INSIDE)
		return 0;
	self->state = SIGNALLED;
	deny(self, task, (struct pt_regs *)bpf_task_pt_regs(task),
	     task->seccomp.mode == MODE_DEAD ? CG_WATCH_KILLED : CG_WATCH_TRAPPED, BPF_CORE_READ(info, si_errno));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_end, struct task_struct *task)
{
	struct watched *self;

	if (task->seccomp.mode != MODE_DEAD)
		return 0;
	self = find_watched(task);
	if (self && self->state != SIGNALLED)
		deny(self, task, (struct pt_regs *)bpf_task_pt_regs(task), CG_WATCH_KILLED_THREAD,
		     task->exit_code & 0x7f);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct watched *self;

	if (selection.selector != CG_WIRE_BY_PROCESS || !parent->bpf_storage)
		return 0;
	self = bpf_task_storage_get(&tasks, parent, NULL, 0);
	if (!self || !self->is_selected)
		return 0;
	self = find_watched(child);
	if (self)
		self->is_selected = 1;
	else
		__sync_fetch_and_add(&totals.n_untold_tasks, 1);
	return 0;
}

static __always_inline void note_cgroup(struct cgroup *cgroup, const char *path)
{
	struct cg_watch_cgroup_key key = {
		.id = BPF_CORE_READ(cgroup, kn, id),
		.hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id),
	};
	struct cg_watch_cgroup *value;
	__u32 zero = 0;

	if (key.hierarchy && key.hierarchy != other_hierarchy)
		return;
	value = bpf_map_lookup_elem(&nothing, &zero);
	if (!value || bpf_map_update_elem(&cgroups, &key, value, BPF_ANY) < 0)
		return;
	value = bpf_map_lookup_elem(&cgroups, &key);
	if (value)
		bpf_probe_read_kernel_str(value->path, sizeof(value->path), path);
}

/* So that a cgroup can be named that is gone when its denials are read. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup, struct cgroup *cgroup, const char *path)
{
	note_cgroup(cgroup, path);
	return 0;
}

SEC("tp_btf/cgroup_rename")
int BPF_PROG(on_cgroup_rename, struct cgroup *cgroup, const char *path)
{
	note_cgroup(cgroup, path);
	return 0;
}

static __always_inline void note_reader(void)
{
	struct pid *pid = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid);

	note_own_root();
	reader_level = BPF_CORE_READ(pid, level);
	id_at(pid, reader_level, &reader_namespace);
}

/*
 * Tasks as they are when the watch begins. Whoever entered the kernel last by an interrupt is in no call, so its next
 * exit without an entry tells already. A task that was found inside, or is not to be told, begins as new.
 */
SEC("iter/task")
int look_at_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct watched *self;

	note_reader();
	if (!task || task->flags & PF_EXITING)
		return 0;
	if (selection.selector == CG_WIRE_BY_PROCESS && is_in_tree(task)) {
		self = find_watched(task);
		if (self && !self->is_selected) {
			self->is_selected = 1;
			__sync_fetch_and_add(&selection.n_marked, 1);
		}
	}
	if (task->seccomp.mode &&
	    (__s64)BPF_CORE_READ((struct pt_regs *)bpf_task_pt_regs(task), orig_ax) == -1) {
		self = find_watched(task);
		if (self)
			__sync_val_compare_and_swap(&self->state, NEW, OUTSIDE);
	}
	return 0;
}
