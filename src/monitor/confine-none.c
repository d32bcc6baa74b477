/*
 * A build with sanitizers loads no filter into itself: their run-time makes calls of its own. See confine.h.
 */
#include "monitor/confine.h"

int cg_confine_load(const char *name, struct cg_err *err)
{
	(void)name;
	(void)err;
	return 0;
}
