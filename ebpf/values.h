/*
 * The values of arguments: bounded sets, of which the smallest values stay. Part of record.bpf.c and plain.bpf.c.
 *
 * In: a call's registers. Out: sets in a map (wire.h), each under a lock of its own.
 */
#ifndef CG_EBPF_VALUES_H
#define CG_EBPF_VALUES_H

#include "count.h"

#define AT_FDCWD_LOW 0xffffff9cU
#define LOCK_TRIES (1 << 16)

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
	call = &settings.calls[index];
	kept = call->kept;
	set = call->first_set;
#pragma unroll
	for (int i = 0; i < CG_WIRE_ARGS; i++)
		if (kept >> i & 1)
			note_value(set++, call->keeping[i], call->width[i], arg_of(regs, is_compat, i));
}

#endif
