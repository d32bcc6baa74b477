/*
 * Telling `callgate shim` what is loaded (os/shim.h), where the library runs under it; else nothing is done.
 */
#ifndef CG_COMPAT_REPORT_H
#define CG_COMPAT_REPORT_H

#include "compat/ctx.h"

struct cg_shim_record;

/* Async-signal-safe. NULL where nobody listens. */
struct cg_shim_record *cg_report_begin(const struct cg_ctx *ctx, unsigned int flags);
void cg_report_end(struct cg_shim_record *record, int code);

#endif
