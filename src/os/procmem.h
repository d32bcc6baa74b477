/*
 * The memory of another process, read for telling what it did; never for deciding, as it may change while one looks.
 */
#ifndef CG_OS_PROCMEM_H
#define CG_OS_PROCMEM_H

#include <stddef.h>
#include <stdint.h>

/*
 * The NUL-terminated string at `address` in the process of `tid`, cut to size - 1 bytes. Its length (size - 1 or more:
 * it was cut), or -EFAULT nothing there, -EPERM not ours to read, -ESRCH gone.
 */
int cg_process_string(int tid, uint64_t address, char *ret_text, size_t size);

/* The name of the thread, as in /proc/TID/comm. 0, or a negative errno; the text is "?" then. */
int cg_process_name(int tid, char *ret_name, size_t size);

#endif
