/*
 * Loading programs into the kernel, with patience, and saying why it would not take them. For os/ebpf.c and
 * os/ebpf_watch.c.
 */
#ifndef CG_OS_EBPF_LOAD_H
#define CG_OS_EBPF_LOAD_H

#include "base/err.h"

/* Runs both, which return what libbpf said. 0; -EPERM no privilege; -ENOSYS the kernel lacks something; others. */
int cg_ebpf_load(int (*load)(void *context), int (*attach)(void *context), void *context, struct cg_err *err);

#endif
