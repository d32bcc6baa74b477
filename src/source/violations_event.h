/*
 * From what a record of the kernel's audit tells to a violation. Within source/.
 */
#ifndef CG_SOURCE_VIOLATIONS_EVENT_H
#define CG_SOURCE_VIOLATIONS_EVENT_H

#include "event/event.h"
#include "event/violation.h"

#include <stdbool.h>

/* False: it is none (a call that a rule of auditctl had logged). Strings are the event's. */
bool cg_violation_of_event(const struct cg_event *event, uint32_t seen_by, struct cg_violation *ret_violation);

#endif
