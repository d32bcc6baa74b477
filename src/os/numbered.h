/*
 * Files that are numbered by their names: PREFIX.1, PREFIX.2, … as strace -ff and others write them.
 */
#ifndef CG_OS_NUMBERED_H
#define CG_OS_NUMBERED_H

#include "base/err.h"

#include <stddef.h>

#define CG_NUMBERED_LIMIT ((size_t)1 << 16)

/*
 * The numbers, ascending, from 1 to INT_MAX, written without leading zeros; none is no failure. The caller frees.
 * Errors: those of opendir(3), -E2BIG past the limit, -ENOMEM; the place is the prefix.
 */
int cg_file_numbers(const char *prefix, int **ret_numbers, size_t *ret_n_numbers, struct cg_err *err);

#endif
