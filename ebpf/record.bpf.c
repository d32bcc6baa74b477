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

#include "path.h"
#include "registers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define SIGKILL_BIT (1UL << 8)
#define SIGSYS 31
#define SIGNAL_GROUP_EXIT 4 /* linux/sched/signal.h */
#define MAX_ERRNO 4095
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20
#define AT_FDCWD_LOW 0xffffff9cU
#define LOCK_TRIES (1 << 16)

const volatile __u8 keeps_args = 0;
const volatile __u8 keeps_time = 0;
const volatile __u8 marks_listen = 0;
const volatile struct cg_wire_call calls[CG_WIRE_CALLS] = {};

struct cg_wire_totals totals = {};
struct cg_wire_selection selection = {};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cg_wire_task);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CG_WIRE_FILES); /* twice that where phases are told apart */
	__type(key, __u32);
	__type(value, struct cg_wire_page);
} pages SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CG_WIRE_CELLS);
	__type(key, struct cg_wire_odd_key);
	__type(value, __u32);
} odd_cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CG_WIRE_CELLS / CG_WIRE_CHUNK);
	__type(key, __u32);
	__type(value, struct cg_wire_chunk);
} chunks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CG_WIRE_ERRORS);
	__type(key, struct cg_wire_error_key);
	__type(value, __u64);
} errors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* as many as there are arguments to keep: set before loading */
	__type(key, __u32);
	__type(value, struct cg_wire_set);
} sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* CG_WIRE_CALLS where time is kept */
	__type(key, __u32);
	__type(value, struct cg_wire_time);
} times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * CG_WIRE_FILES);
	__type(key, struct cg_wire_file_key);
	__type(value, __u32);
} file_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CG_WIRE_FILES);
	__type(key, __u32);
	__type(value, struct cg_wire_file);
} files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CG_WIRE_PROCESSES);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

/* NULL for a task that is not recorded, which most are: told without a call. */
static __always_inline struct cg_wire_task *find_task(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&tasks, task, NULL, 0);
}

static __always_inline struct cg_wire_cell *find_counters(__u32 cell)
{
	__u32 at = cell / CG_WIRE_CHUNK;
	struct cg_wire_chunk *chunk = bpf_map_lookup_elem(&chunks, &at);

	return chunk ? &chunk->cells[cell % CG_WIRE_CHUNK] : NULL;
}

static __always_inline __u32 new_cell(void)
{
	__u32 cell;

	if (totals.n_cells >= CG_WIRE_CELLS - 1)
		return CG_WIRE_UNLISTED;
	cell = __sync_fetch_and_add(&totals.n_cells, 1) + 1;
	return cell < CG_WIRE_CELLS ? cell : CG_WIRE_UNLISTED;
}

/* The first time that a program makes this call. Of two CPUs that come at once the second takes the first's cell. */
__noinline __u32 add_cell(__u32 program, __u32 index)
{
	struct cg_wire_page *page = bpf_map_lookup_elem(&pages, &program);
	__u32 cell, old;

	if (!page || index >= CG_WIRE_CALLS)
		return CG_WIRE_UNLISTED;
	cell = new_cell();
	if (cell == CG_WIRE_UNLISTED)
		return cell;
	old = __sync_val_compare_and_swap(&page->cells[index], 0, cell);
	return old ? old : cell;
}

/* A number that no table has. */
__noinline __u32 find_odd_cell(__u32 program, __u32 arch, __u32 nr)
{
	struct cg_wire_odd_key key = { .program = program, .arch = arch, .nr = nr };
	__u32 *found = bpf_map_lookup_elem(&odd_cells, &key);
	__u32 cell;

	if (found)
		return *found;
	cell = new_cell();
	if (cell == CG_WIRE_UNLISTED)
		return cell;
	if (bpf_map_update_elem(&odd_cells, &key, &cell, BPF_NOEXIST) == 0)
		return cell;
	found = bpf_map_lookup_elem(&odd_cells, &key);
	return found ? *found : CG_WIRE_UNLISTED;
}

static __always_inline __u32 cell_of(__u32 program, __u32 index)
{
	struct cg_wire_page *page = bpf_map_lookup_elem(&pages, &program);
	__u32 cell;

	if (!page || index >= CG_WIRE_CALLS)
		return CG_WIRE_UNLISTED;
	cell = page->cells[index];
	return cell ? cell : add_cell(program, index);
}

/* Which call is this, and where does it count? */
static __always_inline __u32 find_cell(struct cg_wire_task *self, __u32 arch, __u32 nr)
{
	__u32 low = arch == CG_WIRE_X32 ? nr & ~X32_BIT : nr;
	__u32 index = arch * CG_WIRE_NRS + low;
	__u32 phase = totals.phase;

	self->phase = phase;
	if (low >= CG_WIRE_NRS) {
		self->call = CG_WIRE_CALLS;
		return find_odd_cell(self->program + phase, arch, nr);
	}
	self->call = index;
	return cell_of(self->program + phase, index);
}

/* A call that was being made at the mark counts as serving: where it counts is found anew. */
__noinline int change_phase(struct cg_wire_task *self)
{
	__u32 index;

	if (!self)
		return 0;
	index = self->call;
	self->phase = totals.phase;
	if (index < CG_WIRE_CALLS)
		self->cell = cell_of(self->program + self->phase, index);
	return 0;
}

/* The last try never takes it: so that the number of tries tells. */
static long try_lock(__u32 i, struct cg_wire_set **set)
{
	return i < LOCK_TRIES - 1 && __sync_val_compare_and_swap(&(*set)->lock, 0, 1) == 0;
}

struct search {
	struct cg_wire_set *set;
	__u64 value;
	__u64 largest;
	__u32 at; /* of the largest */
	bool is_there;
};

static long look(__u32 i, struct search *search)
{
	struct cg_wire_set *set = search->set;
	__u64 value;

	if (i >= set->n_values || i >= CG_WIRE_VALUES)
		return 1;
	value = set->values[i];
	if (value == search->value) {
		search->is_there = true;
		return 1;
	}
	if (value > search->largest) {
		search->largest = value;
		search->at = i;
	}
	return 0;
}

/* Under the lock. Once the set is full, the largest gives way to what is smaller. */
static __always_inline void insert(struct cg_wire_set *set, __u64 value)
{
	struct search search = { .set = set, .value = value };
	__u32 n = set->n_values;

	bpf_loop(CG_WIRE_VALUES, look, &search, 0);
	if (search.is_there)
		return;
	if (n < CG_WIRE_VALUES) {
		set->values[n] = value;
		set->n_values = n + 1;
		return;
	}
	set->has_overflow = 1;
	if (value > search.largest)
		set->limit = search.largest;
	else
		set->values[search.at & (CG_WIRE_VALUES - 1)] = value;
}

/* A function for all its callers, so that the kernel verifies it once; so are others here that are not static. */
__noinline int add_value(__u32 id, __u64 value)
{
	struct cg_wire_set *set = bpf_map_lookup_elem(&sets, &id);

	if (!set)
		return 0;
	/* Others hold it for less than a microsecond; should it stay taken, the set says that it is not whole. */
	if (bpf_loop(LOCK_TRIES, try_lock, &set, 0) > LOCK_TRIES - 1) {
		set->has_overflow = 1;
		return 0;
	}
	insert(set, value);
	__sync_val_compare_and_swap(&set->lock, 1, 0);
	return 0;
}

static __always_inline __u32 cache_slot(__u64 value)
{
	return (value ^ value >> 4 ^ value >> 12) & (CG_WIRE_CACHE - 1);
}

static __always_inline void note_value(__u32 id, __u8 keeping, __u8 width, __u64 value)
{
	struct cg_wire_set *set = bpf_map_lookup_elem(&sets, &id);
	__u32 slot;

	if (!set)
		return;
	if ((keeping == CG_WIRE_NUMBER && value > 0xffffffffULL && value < -65536ULL) ||
	    (keeping == CG_WIRE_DIRFD && (__u32)value != AT_FDCWD_LOW)) {
		if (!set->has_overflow)
			set->has_overflow = 1;
		return;
	}
	if (width < 8)
		value &= (1ULL << (width * 8 & 63)) - 1;
	slot = cache_slot(value);
	/* Of the largest value plus one is 0, which is an empty place. */
	if ((set->cache[slot] == value + 1 && value + 1) || (set->limit && value >= set->limit))
		return;
	add_value(id, value);
	set->cache[slot] = value + 1;
}

static __always_inline void note_args(const struct pt_regs *regs, __u32 index, bool is_compat)
{
	const volatile struct cg_wire_call *call;
	__u32 set, kept;

	if (index >= CG_WIRE_CALLS)
		return;
	call = &calls[index];
	kept = call->kept;
	set = call->first_set;
#pragma unroll
	for (int i = 0; i < CG_WIRE_ARGS; i++)
		if (kept >> i & 1)
			note_value(set++, call->keeping[i], call->width[i], arg_of(regs, is_compat, i));
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
	if (totals.n_files >= CG_WIRE_FILES - CG_WIRE_FIRST_FILE) {
		__sync_fetch_and_add(&totals.n_lost_files, 1);
		return CG_WIRE_FURTHER;
	}
	id = __sync_fetch_and_add(&totals.n_files, 1) + CG_WIRE_FIRST_FILE;
	file = bpf_map_lookup_elem(&files, &id);
	if (!file) {
		__sync_fetch_and_add(&totals.n_lost_files, 1);
		return CG_WIRE_FURTHER;
	}
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
	__u32 arch, nr = (__u32)id, index;

	if (!self)
		return 0;
	arch = arch_of(task, nr);
	self->cell = find_cell(self, arch, nr);
	self->state = CG_WIRE_INSIDE;
	index = self->call;
	self->special = CG_WIRE_PLAIN;
	if (index < CG_WIRE_CALLS) {
		self->special = calls[index].special;
		if (keeps_args && calls[index].kept && self->program != CG_WIRE_NOBODY)
			note_args(regs, index, arch == CG_WIRE_COMPAT);
		if (self->special == CG_WIRE_WAITS && marks_listen && totals.listener &&
		    !totals.waiter) {
			totals.waits_in = index;
			totals.waits_program = self->program;
			totals.waiter = task->tgid;
			totals.phase = CG_WIRE_FILES;
			change_phase(self);
		}
		if (self->special == CG_WIRE_MMAP && self->program != CG_WIRE_NOBODY) {
			bool is_compat = arch == CG_WIRE_COMPAT;

			note_mapping(arg_of(regs, is_compat, 2), arg_of(regs, is_compat, 3),
				     arg_of(regs, is_compat, 4));
		}
	}
	if (keeps_time)
		self->began_ns = bpf_ktime_get_ns();
	return 0;
}

__noinline int add_error(__u32 cell, __u32 number)
{
	struct cg_wire_cell *counters;
	struct cg_wire_error_key key = { .cell = cell, .number = number };
	__u64 *count = bpf_map_lookup_elem(&errors, &key);
	__u64 zero = 0;

	if (!count) {
		bpf_map_update_elem(&errors, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&errors, &key);
	}
	if (count) {
		__sync_fetch_and_add(count, 1);
		return 0;
	}
	counters = find_counters(cell);
	if (counters)
		counters->n_other_errors++;
	return 0;
}

/* The place of the highest bit: kernel clock values, so 40 bits are enough. */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u32 bucket = 0;

	if (ns >> 32) {
		bucket = 32;
		ns >>= 32;
	}
#pragma unroll
	for (int step = 16; step; step /= 2)
		if (ns >> step) {
			bucket += step;
			ns >>= step;
		}
	return bucket < CG_WIRE_BUCKETS ? bucket : CG_WIRE_BUCKETS - 1;
}

static __always_inline void add_time(const struct cg_wire_task *self, __u64 now)
{
	__u32 index = self->call, bucket;
	struct cg_wire_time *time = bpf_map_lookup_elem(&times, &index);
	__u64 ns = now - self->began_ns;

	if (!time)
		return;
	bucket = bucket_of(ns);
	time->n++;
	time->total_ns += ns;
	if (ns > time->max_ns)
		time->max_ns = ns;
	if (bucket < CG_WIRE_BUCKETS)
		time->buckets[bucket]++;
}

/* 0 completed, as an error or not; 1 restarted: ERESTARTSYS, -NOINTR, -NOHAND, _RESTARTBLOCK (linux/errno.h). */
static __always_inline bool is_restart(long result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

static __noinline int on_negative(struct cg_wire_task *self, long result)
{
	struct cg_wire_cell *counters = find_counters(self->cell);

	if (!counters)
		return 0;
	if (self->special == CG_WIRE_SIGRETURN || result < -MAX_ERRNO) {
		counters->n_returned++;
		return 0;
	}
	if (is_restart(result)) {
		counters->n_restarted++;
		return 1;
	}
	counters->n_returned++;
	add_error(self->cell, -result);
	return 0;
}

/* An exit without an entry: a filter's ERRNO, TRAP (the number rolled back), TRACE or KILL, or a listener's answer. */
static __always_inline void on_denied(struct cg_wire_task *self, struct task_struct *task, struct pt_regs *regs,
				      long result)
{
	__u32 nr = regs->orig_ax;
	__u32 arch = arch_of(task, nr);
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
	if (keeps_args && self->program != CG_WIRE_NOBODY)
		note_args(regs, self->call, arch == CG_WIRE_COMPAT);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cg_wire_task *self = find_task(task);
	struct cg_wire_cell *counters;

	if (!self)
		return 0;
	if (self->state != CG_WIRE_INSIDE) {
		if (self->state == CG_WIRE_SKIPS)
			self->state = CG_WIRE_OUTSIDE;
		else
			on_denied(self, task, regs, result);
		return 0;
	}
	if (self->phase != totals.phase)
		change_phase(self);
	/* About to be killed: the call does not return to the program, on_end() counts it. */
	if (task->pending.signal.sig[0] & SIGKILL_BIT)
		return 0;
	self->state = CG_WIRE_OUTSIDE;
	if (result < 0) {
		if (on_negative(self, result))
			return 0;
	} else {
		counters = find_counters(self->cell);
		if (counters)
			counters->n_returned++;
		if (self->special == CG_WIRE_LISTEN && !totals.listener && self->program != CG_WIRE_NOBODY)
			totals.listener = task->tgid;
	}
	if (keeps_time && self->program != CG_WIRE_NOBODY)
		add_time(self, bpf_ktime_get_ns());
	return 0;
}

/* x86's old page of calls at fixed addresses, where the kernel emulates them: no entry, no exit (vsyscall_64.c). */
SEC("tp_btf/emulate_vsyscall")
int BPF_PROG(on_vsyscall, int which)
{
	struct cg_wire_task *self = find_task(bpf_get_current_task_btf());
	struct cg_wire_cell *counters;

	if (!self)
		return 0;
	/* gettimeofday, time, getcpu */
	counters = find_counters(find_cell(self, CG_WIRE_NATIVE, which == 0 ? 96 : which == 1 ? 201 : 309));
	if (counters)
		counters->n_began++;
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
	struct cg_wire_cell *counters = NULL;
	__u32 tgid = task->tgid;

	if (!self)
		return 0;
	if (self->state == CG_WIRE_INSIDE) {
		if (self->phase != totals.phase)
			change_phase(self);
		counters = find_counters(self->cell);
		if (counters && self->special == CG_WIRE_ENDS)
			counters->n_began++;
		else if (counters)
			counters->n_ended++;
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
