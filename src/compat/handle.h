/*
 * Handles: what a scmp_filter_ctx is.
 *
 * In: a context's memory. Out: a pointer-sized number that is no address: an index into a table and how often that
 * place has been used before. So a released context, or a pointer that never was one, is found out (-EINVAL) without
 * looking at memory that may be gone.
 *
 * The table is what the library keeps for the process, beside the API level and, under `callgate shim`, report.c's log. It is lock-free: different
 * contexts from different threads, a fork(2) or a signal at any moment do no harm. It holds CG_HANDLES_LIMIT contexts.
 */
#ifndef CG_COMPAT_HANDLE_H
#define CG_COMPAT_HANDLE_H

#include <stddef.h>

#define CG_HANDLES_LIMIT ((size_t)1 << 18) /* contexts at once */

/* The handle of `memory`, or NULL: no memory, or the table is full. */
void *cg_handle_new(void *memory);

/* What the handle stands for, or NULL. Async-signal-safe. */
void *cg_handle_get(const void *handle);

/* Ends the handle; what it stood for, or NULL: of several threads that try, one gets it. */
void *cg_handle_end(const void *handle);

/* Calls `visit` for all that there are. */
void cg_handle_each(void (*visit)(void *memory));

#endif
