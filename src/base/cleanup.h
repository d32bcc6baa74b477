/*
 * Scope-bound clean-up: a local declared with CG_CLEANUP(done_function) is released when it goes out of scope.
 *
 * In: a variable and the function that releases it, taking a pointer to the variable. Out: nothing.
 * Why: one exit path per function without goto ladders (gcc and clang, attribute cleanup).
 */
#ifndef CG_BASE_CLEANUP_H
#define CG_BASE_CLEANUP_H

#include <stdlib.h>

#define CG_CLEANUP(done) __attribute__((cleanup(done)))

static inline void cg_free_indirect(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

/* For locals that own a malloc()ed block: CG_FREE char *line = NULL; */
#define CG_FREE CG_CLEANUP(cg_free_indirect)

#define CG_N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

#endif
