/*
 * See peer.h: no libseccomp on the machine that built this.
 */
#include "peer.h"

#include <errno.h>

const char *bench_peer_name(void)
{
	return NULL;
}

int bench_peer_compile(const struct cg_policy *policy, unsigned int optimise, void **ret_bytes, size_t *ret_length)
{
	return -EOPNOTSUPP;
}
