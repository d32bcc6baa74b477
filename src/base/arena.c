/*
 * A chain of growing blocks; an allocation larger than a block gets a block of its own.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK_SIZE ((size_t)4096)
#define LARGEST_BLOCK_SIZE ((size_t)1 << 20)
#define ALIGNMENT _Alignof(max_align_t)

struct cg_arena_block {
	struct cg_arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct cg_arena_block *add_block(struct cg_arena *arena, size_t size)
{
	size_t block_size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK_SIZE;
	struct cg_arena_block *block;

	if (block_size > LARGEST_BLOCK_SIZE)
		block_size = LARGEST_BLOCK_SIZE;
	if (block_size < size)
		block_size = size;

	block = calloc(1, sizeof(*block) + block_size);
	if (!block)
		return NULL;

	block->size = block_size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *cg_arena_alloc(struct cg_arena *arena, size_t size)
{
	struct cg_arena_block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size == 0)
		size = ALIGNMENT;

	if (!block || block->size - block->used < size)
		block = add_block(arena, size);
	if (!block)
		return NULL;

	memory = block->bytes + block->used;
	block->used += size;
	return memory;
}

void *cg_arena_alloc_array(struct cg_arena *arena, size_t n_items, size_t item_size)
{
	size_t size;

	if (__builtin_mul_overflow(n_items, item_size, &size))
		return NULL;
	return cg_arena_alloc(arena, size);
}

char *cg_arena_copy(struct cg_arena *arena, const char *bytes, size_t length)
{
	char *copy = length < SIZE_MAX ? cg_arena_alloc(arena, length + 1) : NULL;

	if (copy && length)
		memcpy(copy, bytes, length);
	return copy;
}

char *cg_arena_copy_text(struct cg_arena *arena, const char *text)
{
	return cg_arena_copy(arena, text, strlen(text));
}

char *cg_arena_format(struct cg_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return NULL;

	text = cg_arena_alloc(arena, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}

size_t cg_arena_size(const struct cg_arena *arena)
{
	size_t size = 0;

	for (const struct cg_arena_block *block = arena->blocks; block; block = block->next)
		size += sizeof(*block) + block->size;
	return size;
}

void cg_arena_done(struct cg_arena *arena)
{
	struct cg_arena_block *block = arena->blocks;

	while (block) {
		struct cg_arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}
