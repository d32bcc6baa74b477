/*
 * The live oracle on machines for which nobody has written the stubs of live_probe.c: it says so.
 */
#include "live_probe.h"

#include <errno.h>

int live_prober_new(const struct cg_filter *filter, struct live_prober **ret_prober, struct cg_err *err)
{
	return cg_err_set(err, -EOPNOTSUPP, NULL, "live probe: only written for x86_64");
}

struct live_prober *live_prober_free(struct live_prober *prober)
{
	return NULL;
}

int live_prober_ask(struct live_prober *prober, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
		    struct cg_err *err)
{
	return live_prober_new(NULL, NULL, err);
}

int live_probe(const struct cg_filter *filter, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
	       struct cg_err *err)
{
	return live_prober_new(filter, NULL, err);
}
