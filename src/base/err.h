/*
 * The one form of failure: a negative errno, a place and a message, in a struct that the caller owns.
 *
 * In: what went wrong and where, written once, at the spot where it happens. Out: the code, so that
 * `return cg_err_set(err, -EINVAL, place, "...")` is the whole of a failing path. Everyone above passes
 * the code up unchanged; only cli/ and monitor/ print.
 */
#ifndef CG_BASE_ERR_H
#define CG_BASE_ERR_H

#include "callgate/err.h"

#include <stdarg.h>

/* Fills *err (NULL is fine) and returns `code`. `place` may be NULL; text too long is cut, never overflows. */
int cg_err_set(struct cg_err *err, int code, const char *place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for running out of memory: returns -ENOMEM. */
int cg_err_memory(struct cg_err *err);

/* "file:line:column" into a buffer of CG_ERR_PLACE_SIZE; column 0 is left out, line 0 leaves out both. */
void cg_err_place(char *ret_place, const char *file, unsigned int line, unsigned int column);

#endif
