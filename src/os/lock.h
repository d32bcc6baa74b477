/*
 * A file of which one process at a time is the keeper.
 *
 * In: its path. Out: a lock beside it that ends with the process, however it ends; and the file moved aside when it has
 * become useless.
 */
#ifndef CG_OS_LOCK_H
#define CG_OS_LOCK_H

#include "base/err.h"

#include <stdint.h>

#define CG_ASIDE_LIMIT 9 /* copies kept; the last is replaced when there are more */

/*
 * Locks PATH.lock (flock(2)), making it where it is missing. Never waits. Errors: -EBUSY somebody holds it; those of
 * open(2), -ELOOP for a symbolic link among them.
 */
int cg_lock_take(const char *path, int *ret_lock, struct cg_err *err);
void cg_lock_release(int lock); /* -1 is none */

/*
 * Renames `path` to PATH.damaged-N, N being the first number from 1 on that is free, and with it the files whose names
 * go on with `companions` (ends with NULL), as far as they are there. *ret_path is the caller's.
 */
int cg_file_set_aside(const char *path, const char *const *companions, char **ret_path, struct cg_err *err);

/* Bytes of a regular file. -ENOENT; -EINVAL: it is something else; ret_size may be NULL. */
int cg_file_size(const char *path, uint64_t *ret_size, struct cg_err *err);

#endif
