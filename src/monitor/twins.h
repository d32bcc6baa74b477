/*
 * Twins: one violation that two sources saw, told once.
 *
 * In: violations of sources that may see the same. Out: each once; of a pair, what either knew, with the marks of both.
 * A violation waits for one of another source with the same process, architecture, number, answer (of two
 * kills the kernel's own record knows which it was) and instruction pointer (where both know it); the first of those that wait is its twin. One that stands for many is the twin of many.
 * It waits CG_STREAM_TWIN_MS, or, where the other source is certain to tell it too, if only in a sum a little later,
 * CG_STREAM_SURE_TWIN_MS. One that might have had a twin and was told alone is known for CG_STREAM_LATE_TWIN_MS still: a
 * log that lags behind adds nothing to it. Counted from when they come, not by their own times: a clock that is set, and a reader that
 * was stopped, change nothing. In a flood those that are alike wait as one. What does not fit into the limits is told
 * without waiting longer.
 */
#ifndef CG_MONITOR_TWINS_H
#define CG_MONITOR_TWINS_H

#include "event/violation.h"

#include <stdint.h>

struct cg_twins;

/* NULL: no memory. */
struct cg_twins *cg_twins_new(cg_violation_sink sink, void *context);

/* `is_sure`: another source sees such a one always. 0, or what the sink said. */
int cg_twins_add(struct cg_twins *twins, const struct cg_violation *violation, bool is_sure, uint64_t now_ms);

/* Tells those that have waited long enough by `now_ms`; UINT64_MAX: all. */
int cg_twins_expire(struct cg_twins *twins, uint64_t now_ms);

/* Those that are still to be told. */
size_t cg_twins_waiting(const struct cg_twins *twins);
uint64_t cg_twins_joined(const struct cg_twins *twins);

struct cg_twins *cg_twins_free(struct cg_twins *twins);

#endif
