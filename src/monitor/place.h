/*
 * Where a violation happened: the process's cgroup, and the container or unit that it names.
 *
 * In: a violation, as a source told it. Out: the same with cgroup, container, image, unit, pid in its own namespace and
 * program, as far as they can still be found: what the source gave, then /proc, then what was known of this process
 * before it went. A process that began after the violation is another one with its pid; of what is long past, nobody is
 * asked. What is found is kept for a while, in bounded tables.
 */
#ifndef CG_MONITOR_PLACE_H
#define CG_MONITOR_PLACE_H

#include "event/violation.h"

#define CG_PLACE_CGROUPS_LIMIT 2048 /* kept; then all are found anew */
#define CG_PLACE_PROCESSES 4096 /* kept, one for each rest of pids */
#define CG_PLACE_RECENT_NS UINT64_C(60000000000) /* older ones are not looked for among those that run */

struct cg_placer;

struct cg_placer *cg_placer_new(void); /* NULL: no memory */

/* Strings live until the next call. Never fails: what cannot be found stays NULL. */
void cg_placer_fill(struct cg_placer *placer, struct cg_violation *violation);

/* Looks for new containers; to be called about ten times a second while something live is watched. */
void cg_placer_look(struct cg_placer *placer);

struct cg_placer *cg_placer_free(struct cg_placer *placer);

#endif
