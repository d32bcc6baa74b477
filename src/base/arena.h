/*
 * Memory for things that live and die together: allocated one by one, released at once.
 *
 * In: sizes. Out: zeroed memory, aligned for any type, or NULL when there is none left. Nothing taken from an arena
 * is freed by itself.
 */
#ifndef CG_BASE_ARENA_H
#define CG_BASE_ARENA_H

#include <stddef.h>

struct cg_arena_block;

/* Start with {0}; end with cg_arena_done(). */
struct cg_arena {
	struct cg_arena_block *blocks;
};

void *cg_arena_alloc(struct cg_arena *arena, size_t size);

/* n_items * item_size with the multiplication checked. */
void *cg_arena_alloc_array(struct cg_arena *arena, size_t n_items, size_t item_size);

/* A copy of `length` bytes with a NUL behind them. */
char *cg_arena_copy(struct cg_arena *arena, const char *bytes, size_t length);
char *cg_arena_copy_text(struct cg_arena *arena, const char *text);
char *cg_arena_format(struct cg_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes handed to the system for this arena: for tests and for `make bench`. */
size_t cg_arena_size(const struct cg_arena *arena);

/* Releases everything; the arena is empty and usable again. */
void cg_arena_done(struct cg_arena *arena);

#endif
