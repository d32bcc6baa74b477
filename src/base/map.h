/*
 * A hash map from byte strings to 64-bit values (or pointers).
 *
 * In: keys as (pointer, length); the map borrows them, so they must outlive it (an arena is the usual home).
 * Out: values. Insertion and look-up are O(1); iteration is in insertion order, so nothing that is printed from a map
 * depends on hashing.
 */
#ifndef CG_BASE_MAP_H
#define CG_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cg_map_entry {
	const void *key;
	size_t key_length;
	uint64_t hash;
	union {
		uint64_t number;
		void *pointer;
	} value;
};

/* Start with {0}; end with cg_map_done(). entries[0 … n_entries-1] may be walked. */
struct cg_map {
	struct cg_map_entry *entries;
	size_t n_entries;
	size_t n_room;
	uint32_t *slots;
	size_t n_slots;
};

/* The entry of `key`, or NULL. Dies at the next cg_map_put(). */
struct cg_map_entry *cg_map_find(const struct cg_map *map, const void *key, size_t key_length);

/* Finds or adds `key`; a new entry's value is 0. *ret_entry dies at the next put. 0 or -ENOMEM. */
int cg_map_put(struct cg_map *map, const void *key, size_t key_length, struct cg_map_entry **ret_entry);

void cg_map_done(struct cg_map *map);

#endif
