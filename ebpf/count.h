/*
 * What the recording programs keep, and how they count: one cell for each call of each program. Part of record.bpf.c and
 * plain.bpf.c, which differ in what they can learn of a task.
 *
 * In: the state of a recorded task. Out: counters in maps (wire.h). Counters are of one CPU and not atomic: see
 * record.bpf.c.
 */
#ifndef CG_EBPF_COUNT_H
#define CG_EBPF_COUNT_H

#include "registers.h"

#define MAX_ERRNO 4095

const volatile struct cg_wire_settings settings = {};

struct cg_wire_totals totals = {};
struct cg_wire_selection selection = {};

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

/* The place of one more file, and its number; NULL where there is none, which is counted. */
static __always_inline struct cg_wire_file *new_file(__u32 *ret_id)
{
	struct cg_wire_file *file = NULL;
	__u32 id;

	if (totals.n_files < CG_WIRE_FILES - CG_WIRE_FIRST_FILE) {
		id = __sync_fetch_and_add(&totals.n_files, 1) + CG_WIRE_FIRST_FILE;
		file = bpf_map_lookup_elem(&files, &id);
		*ret_id = id;
	}
	if (!file)
		__sync_fetch_and_add(&totals.n_lost_files, 1);
	return file;
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

#endif
