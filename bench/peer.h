/*
 * Another compiler to measure beside ours: libseccomp where the build finds it (peer_libseccomp.c), else nothing.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "filter/filter.h"
#include "policy/policy.h"

/* "libseccomp 2.5.4", or NULL when there is no peer. */
const char *bench_peer_name(void);

/*
 * The policy by its rules and its export, as an engine would: `optimise` 1 or 2. *ret_bytes, of *ret_length, is what it
 * exports, and the caller's. 0 or a negative errno.
 */
int bench_peer_compile(const struct cg_policy *policy, unsigned int optimise, void **ret_bytes, size_t *ret_length);

#endif
