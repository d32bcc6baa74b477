/*
 * Twins: one violation that two sources saw, told once.
 *
 * In: violations of sources that may see the same. Out: each once; of a pair, what either knew, with the marks of both.
 * A violation waits CG_STREAM_TWIN_MS for one of another source with the same process, architecture, number, answer and
 * instruction pointer (where both know it); the first of those that wait is its twin. Counted from when they come, not
 * by their own times: a clock that is set, and a reader that was stopped, change nothing. What does not fit into the
 * limits is told without waiting longer.
 */
#ifndef CG_MONITOR_TWINS_H
#define CG_MONITOR_TWINS_H

#include "event/violation.h"

#include <stdint.h>

struct cg_twins;

/* NULL: no memory. */
struct cg_twins *cg_twins_new(cg_violation_sink sink, void *context);

/* 0, or what the sink said, or -ENOMEM (then it was told at once). */
int cg_twins_add(struct cg_twins *twins, const struct cg_violation *violation, uint64_t now_ms);

/* Tells those that have waited long enough by `now_ms`; UINT64_MAX: all. */
int cg_twins_expire(struct cg_twins *twins, uint64_t now_ms);

size_t cg_twins_waiting(const struct cg_twins *twins);
uint64_t cg_twins_joined(const struct cg_twins *twins);

struct cg_twins *cg_twins_free(struct cg_twins *twins);

#endif
