/*
 * A violation that outlives whoever told it: with its strings in one block. Within monitor/.
 */
#ifndef CG_MONITOR_KEEP_H
#define CG_MONITOR_KEEP_H

#include "event/violation.h"

#include <errno.h>
#include <stddef.h>

/* One block, for free(3); *ret_size may be NULL. NULL: no memory. */
struct cg_violation *cg_violation_keep(const struct cg_violation *violation, size_t *ret_size);

#endif
