/*
 * The live oracle: what the running kernel answers under a filter, without any call being made.
 *
 * A child thread gets two filters: first a net that answers RET_TRACE to everything, then the filter in question. A
 * call that the filter lets through falls into the net, and the tracer turns it into number -1 before it happens, so
 * that even reboot can be asked. What is more restrictive than the net shows itself: ERRNO in the result, TRAP by its
 * signal, NOTIFY at the listener, KILL by who dies of it. LOG and ALLOW both fall into the net: the answer is coarse.
 */
#ifndef CG_TESTS_LIVE_PROBE_H
#define CG_TESTS_LIVE_PROBE_H

#include "base/err.h"
#include "callgate/call.h"
#include "filter/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One filter, ready to be asked; a new child is made when a call has killed the last one. */
struct live_prober;

/* `filter` must live as long as the prober. -EOPNOTSUPP on machines for which nobody has written the stubs. */
int live_prober_new(const struct cg_filter *filter, struct live_prober **ret_prober, struct cg_err *err);
struct live_prober *live_prober_free(struct live_prober *prober);

/*
 * Asks one call. *ret_is_coarse: *ret_action is ALLOW, but may be LOG. call->ip is not what the filter sees.
 * Errors: -EOPNOTSUPP a call of an arch that this machine cannot make; others: the machine failed, err says how.
 */
int live_prober_ask(struct live_prober *prober, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
		    struct cg_err *err);

/* The same for one call alone. */
int live_probe(const struct cg_filter *filter, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
	       struct cg_err *err);

#endif
