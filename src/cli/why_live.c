/*
 * Looking on for a while: what happens from now on, by every source of the monitor that works here.
 */
#include "cli/why.h"

#include <errno.h>

int cg_why_look_live(uint64_t ms, struct cg_why_events *events, struct cg_why_sources *sources)
{
	struct cg_why_source source = { .kind = "live", .look = CG_WHY_FAILED };

	(void)ms;
	(void)events;
	cg_err_set(&source.err, -ENOSYS, NULL, "not built yet");
	return cg_vec_push(&sources->list, source);
}
