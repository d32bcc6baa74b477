/*
 * See handle.h.
 *
 * A handle's bits, from the lowest: TAG (odd, so that no aligned address is taken for a handle), the index, the
 * generation. A slot is free when its memory is NULL; free slots that were used before stand in a list, of which the
 * head carries a count, so that a compare-and-swap cannot take an old head for the new one.
 */
#include "compat/handle.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define TAG 5U
#define TAG_BITS 3
#define INDEX_BITS 18
#define GENERATION_SHIFT (TAG_BITS + INDEX_BITS)
#define BLOCK_SLOTS ((size_t)1024)
#define N_BLOCKS (CG_HANDLES_LIMIT / BLOCK_SLOTS)

struct slot {
	_Atomic(void *) memory;
	_Atomic uintptr_t generation;
	_Atomic uint32_t next; /* in the list of free slots: index + 1 */
};

static _Atomic(struct slot *) blocks[N_BLOCKS];
static _Atomic uint32_t n_slots;    /* used at least once */
static _Atomic uint64_t free_slots; /* count << 32 | index + 1 */

static struct slot *slot_of(uint32_t index)
{
	struct slot *block = atomic_load(&blocks[index / BLOCK_SLOTS]);

	return block ? &block[index % BLOCK_SLOTS] : NULL;
}

/* Of an index that was given out before: its block is there. */
static _Atomic uint32_t *next_of(uint32_t index)
{
	return &atomic_load(&blocks[index / BLOCK_SLOTS])[index % BLOCK_SLOTS].next;
}

static bool pop_free(uint32_t *ret_index)
{
	uint64_t head = atomic_load(&free_slots);

	while ((uint32_t)head != 0) {
		uint32_t index = (uint32_t)head - 1;
		uint64_t next = ((head >> 32) + 1) << 32 | atomic_load(next_of(index));

		if (atomic_compare_exchange_weak(&free_slots, &head, next)) {
			*ret_index = index;
			return true;
		}
	}
	return false;
}

static void push_free(uint32_t index)
{
	uint64_t head = atomic_load(&free_slots);
	uint64_t next;

	do {
		atomic_store(next_of(index), (uint32_t)head);
		next = ((head >> 32) + 1) << 32 | (index + 1);
	} while (!atomic_compare_exchange_weak(&free_slots, &head, next));
}

/* Blocks stay until the process ends: a handle that is long gone may still be asked for. */
static bool make_block(uint32_t index)
{
	_Atomic(struct slot *) *place = &blocks[index / BLOCK_SLOTS];
	struct slot *nobody = NULL;
	struct slot *block;

	if (atomic_load(place))
		return true;
	block = calloc(BLOCK_SLOTS, sizeof(*block));
	if (!block)
		return false;
	if (!atomic_compare_exchange_strong(place, &nobody, block))
		free(block);
	return true;
}

static bool take_new(uint32_t *ret_index)
{
	uint32_t index = atomic_load(&n_slots);

	do {
		if (index >= CG_HANDLES_LIMIT || !make_block(index))
			return false;
	} while (!atomic_compare_exchange_weak(&n_slots, &index, index + 1));
	*ret_index = index;
	return true;
}

void *cg_handle_new(void *memory)
{
	struct slot *slot;
	uint32_t index;

	if (!pop_free(&index) && !take_new(&index))
		return NULL;
	slot = slot_of(index);
	atomic_store(&slot->memory, memory);
	return (void *)(atomic_load(&slot->generation) << GENERATION_SHIFT | (uintptr_t)index << TAG_BITS | TAG);
}

static struct slot *find(const void *handle, uint32_t *ret_index)
{
	uintptr_t bits = (uintptr_t)handle;
	uint32_t index = (uint32_t)(bits >> TAG_BITS) & ((1U << INDEX_BITS) - 1);
	struct slot *slot = (bits & ((1U << TAG_BITS) - 1)) == TAG ? slot_of(index) : NULL;

	if (!slot || atomic_load(&slot->generation) << GENERATION_SHIFT != bits >> GENERATION_SHIFT << GENERATION_SHIFT)
		return NULL;
	*ret_index = index;
	return slot;
}

void *cg_handle_get(const void *handle)
{
	uint32_t index;
	struct slot *slot = find(handle, &index);

	return slot ? atomic_load(&slot->memory) : NULL;
}

void *cg_handle_end(const void *handle)
{
	uint32_t index;
	struct slot *slot = find(handle, &index);
	void *memory = slot ? atomic_exchange(&slot->memory, NULL) : NULL;

	if (!memory)
		return NULL;
	atomic_fetch_add(&slot->generation, 1);
	push_free(index);
	return memory;
}

void cg_handle_each(void (*visit)(void *memory))
{
	uint32_t n = atomic_load(&n_slots);

	for (uint32_t i = 0; i < n; i++) {
		struct slot *slot = slot_of(i);
		void *memory = slot ? atomic_load(&slot->memory) : NULL;

		if (memory)
			visit(memory);
	}
}
