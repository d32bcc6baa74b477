/*
 * Kinds: violations with one key (cg_violation_key()), told once, and then in sums.
 *
 * In: violations. Out: whether each is the first of its kind; and on request, what came again since. At most
 * CG_STREAM_KINDS_LIMIT are told apart: what comes beyond is counted as one more, "others".
 */
#ifndef CG_MONITOR_KINDS_H
#define CG_MONITOR_KINDS_H

#include "event/violation.h"

struct cg_kinds;

struct cg_kinds *cg_kinds_new(void); /* NULL: no memory */

/* 0 and *ret_is_first, or -ENOMEM. The first of the others is first too. */
int cg_kinds_add(struct cg_kinds *kinds, const struct cg_violation *violation, bool *ret_is_first);

/* As cg_stream_sink.repeated. Stops at and returns the first negative answer. */
int cg_kinds_repeated(struct cg_kinds *kinds,
		      int (*each)(void *context, const struct cg_violation *violation, uint64_t total, bool is_others),
		      void *context);

uint64_t cg_kinds_count(const struct cg_kinds *kinds);

struct cg_kinds *cg_kinds_free(struct cg_kinds *kinds);

#endif
