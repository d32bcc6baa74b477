/*
 * See confine.h. A build with sanitizers has confine-none.c instead: their run-time makes calls of its own.
 */
#include "monitor/confine.h"

#include "callgate/load.h"
#include "profile/bundled.h"

#include <errno.h>

int cg_confine_load(const char *name, struct cg_err *err)
{
	const struct cg_bundled *profile = cg_bundled_find(name);

	if (!profile)
		return cg_err_set(err, -ENOENT, name, "no such profile is bundled");
	return cg_load_profile(name, profile->text, profile->length, 0, err);
}
