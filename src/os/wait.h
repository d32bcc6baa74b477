/*
 * Waiting for one of several descriptors: poll(2).
 */
#ifndef CG_OS_WAIT_H
#define CG_OS_WAIT_H

#include <stdbool.h>
#include <stddef.h>

#define CG_WAIT_LIMIT 64

/*
 * Until one of fds is readable, or closed at its other end; `timeout_ms` at most, or a signal. Those below 0 are passed
 * over. Fills ret_is_ready (n of them). How many are ready; 0: none. More than CG_WAIT_LIMIT: only the first are asked.
 */
size_t cg_wait_readable(const int *fds, size_t n, int timeout_ms, bool *ret_is_ready);

#endif
