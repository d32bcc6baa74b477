/*
 * The untyped half of vec.h: growth by doubling.
 */
#include "base/vec.h"

#include <string.h>

int cg_vec_reserve_raw(void *pointer_to_items, size_t *n_room, size_t n_want, size_t item_size)
{
	size_t room = *n_room ? *n_room : 8;
	size_t size;
	void *items;

	if (n_want <= *n_room)
		return 0;
	while (room < n_want) {
		if (__builtin_mul_overflow(room, 2, &room))
			return -ENOMEM;
	}
	if (__builtin_mul_overflow(room, item_size, &size))
		return -ENOMEM;

	/* memcpy, not a cast: the items' true type is the caller's. */
	memcpy(&items, pointer_to_items, sizeof(items));
	items = realloc(items, size);
	if (!items)
		return -ENOMEM;
	memcpy(pointer_to_items, &items, sizeof(items));
	*n_room = room;
	return 0;
}
