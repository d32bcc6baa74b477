/*
 * Growable arrays of any type, without generating code per type.
 *
 * In: a struct declared with CG_VEC(type). Out: `.items[0 … n_items-1]`, contiguous. Growth doubles, so n pushes cost
 * O(n). Start with {0}; end with cg_vec_done(). Pointers into `.items` die at the next push.
 */
#ifndef CG_BASE_VEC_H
#define CG_BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define CG_VEC(type) \
	struct { \
		type *items; \
		size_t n_items; \
		size_t n_room; \
	}

/* Makes room for `n_want` items of `item_size` bytes; 0 or -ENOMEM, and then nothing has changed. */
int cg_vec_reserve_raw(void *pointer_to_items, size_t *n_room, size_t n_want, size_t item_size);

#define cg_vec_reserve(vec, n_want) \
	cg_vec_reserve_raw(&(vec)->items, &(vec)->n_room, (n_want), sizeof(*(vec)->items))

/* Appends one item by value; evaluates to 0 or -ENOMEM. */
#define cg_vec_push(vec, ...) \
	(cg_vec_reserve((vec), (vec)->n_items + 1) < 0 ? -ENOMEM : \
	 ((vec)->items[(vec)->n_items++] = (__VA_ARGS__), 0))

#define cg_vec_done(vec) \
	do { \
		free((vec)->items); \
		(vec)->items = NULL; \
		(vec)->n_items = (vec)->n_room = 0; \
	} while (0)

#endif
