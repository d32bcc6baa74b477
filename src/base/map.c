/*
 * Open addressing over an index into an insertion-ordered array of entries. The hash is 64-bit FNV-1a with a final
 * mix; slots hold entry number + 1, 0 is empty. Nothing is ever removed.
 */
#include "base/map.h"

#include "base/vec.h"

#include <string.h>

static uint64_t hash_bytes(const void *key, size_t key_length)
{
	const unsigned char *bytes = key;
	uint64_t hash = 0xcbf29ce484222325U;

	for (size_t i = 0; i < key_length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3U;
	hash ^= hash >> 32;
	return hash * 0x9e3779b97f4a7c15U;
}

static bool is_key(const struct cg_map_entry *entry, uint64_t hash, const void *key, size_t key_length)
{
	return entry->hash == hash && entry->key_length == key_length &&
	       (key_length == 0 || memcmp(entry->key, key, key_length) == 0);
}

/* The slot that holds the key, or the empty slot where it belongs. */
static size_t find_slot(const struct cg_map *map, uint64_t hash, const void *key, size_t key_length)
{
	size_t slot = (hash >> 20) & (map->n_slots - 1);

	while (map->slots[slot] && !is_key(&map->entries[map->slots[slot] - 1], hash, key, key_length))
		slot = (slot + 1) & (map->n_slots - 1);
	return slot;
}

static int grow_slots(struct cg_map *map)
{
	size_t n_slots = map->n_slots ? map->n_slots * 2 : 16;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(map->slots);
	map->slots = slots;
	map->n_slots = n_slots;
	for (size_t i = 0; i < map->n_entries; i++) {
		size_t slot = (map->entries[i].hash >> 20) & (n_slots - 1);

		while (slots[slot])
			slot = (slot + 1) & (n_slots - 1);
		slots[slot] = (uint32_t)i + 1;
	}
	return 0;
}

struct cg_map_entry *cg_map_find(const struct cg_map *map, const void *key, size_t key_length)
{
	size_t slot;

	if (map->n_slots == 0)
		return NULL;
	slot = find_slot(map, hash_bytes(key, key_length), key, key_length);
	return map->slots[slot] ? &map->entries[map->slots[slot] - 1] : NULL;
}

int cg_map_put(struct cg_map *map, const void *key, size_t key_length, struct cg_map_entry **ret_entry)
{
	uint64_t hash = hash_bytes(key, key_length);
	size_t slot;

	if (map->n_entries >= UINT32_MAX - 1)
		return -ENOMEM;
	if (map->n_slots < 2 * (map->n_entries + 1) && grow_slots(map) < 0)
		return -ENOMEM;

	slot = find_slot(map, hash, key, key_length);
	if (!map->slots[slot]) {
		if (cg_vec_reserve_raw(&map->entries, &map->n_room, map->n_entries + 1, sizeof(*map->entries)) < 0)
			return -ENOMEM;
		map->entries[map->n_entries++] =
			(struct cg_map_entry){ .key = key, .key_length = key_length, .hash = hash };
		map->slots[slot] = (uint32_t)map->n_entries;
	}
	*ret_entry = &map->entries[map->slots[slot] - 1];
	return 0;
}

void cg_map_done(struct cg_map *map)
{
	free(map->entries);
	free(map->slots);
	*map = (struct cg_map){ 0 };
}
