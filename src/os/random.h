/*
 * The kernel's random source.
 */
#ifndef CG_OS_RANDOM_H
#define CG_OS_RANDOM_H

#include "base/err.h"

#include <stddef.h>

/* Fills `bytes`. -ENOSYS and the like: getrandom(2) cannot be had. */
int cg_random_fill(void *bytes, size_t length, struct cg_err *err);

#endif
