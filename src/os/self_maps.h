/*
 * Which file is mapped at an address of this process: from /proc/self/maps, without memory or locks. proc(5).
 */
#ifndef CG_OS_SELF_MAPS_H
#define CG_OS_SELF_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The text of maps, byte by byte, on the look-out for one address. */
struct cg_maps_search {
	uint64_t address;
	char *path; /* the caller's; the end of a longer path is kept */
	size_t path_size;
	uint64_t numbers[3]; /* start, end, offset of this line */
	size_t n_path;
	unsigned int field;
	bool is_in_path;
};

/* path_size >= 2. */
void cg_maps_search_begin(struct cg_maps_search *search, uint64_t address, char *path, size_t path_size);

/* True as soon as the line is complete that has the address: `path` holds the file's (or "[stack]", or ""). */
bool cg_maps_search_feed(struct cg_maps_search *search, char c);

/* Where in its file the address is, once it is found. */
uint64_t cg_maps_search_offset(const struct cg_maps_search *search);

/*
 * The same for this process. `spare` is a descriptor on the file, read when it cannot be opened. Async-signal-safe:
 * raw calls only. False, with path "", when it cannot be told.
 */
bool cg_self_module(int spare, uint64_t address, char *path, size_t path_size, uint64_t *ret_offset);

#endif
