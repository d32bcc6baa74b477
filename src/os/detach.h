/*
 * A process that goes on after the program that started it has ended, and that tells it first whether it can.
 *
 * In: work for a child. Out: what the child told. The child is in a session of its own, at "/", with its standard
 * streams at /dev/null: whoever waits for the end of ours is not kept waiting.
 */
#ifndef CG_OS_DETACH_H
#define CG_OS_DETACH_H

#include "base/err.h"

#include <stdint.h>

/*
 * Runs work(context, port) in a child, which ends with it, and returns when the child has told that it is ready (0) or
 * failed (its error), has ended without a word (-ECHILD) or took longer than the limit (-ETIMEDOUT; it is killed).
 */
int cg_detach_run(void (*work)(void *context, int port), void *context, uint64_t limit_ms, struct cg_err *err);

/* In the child, one of them, once. */
void cg_detach_ready(int port);
void cg_detach_fail(int port, const struct cg_err *err);

/* Who started us. */
int cg_detach_parent(void);

#endif
