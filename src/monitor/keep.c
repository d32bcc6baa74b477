/*
 * See keep.h.
 */
#include "monitor/keep.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

struct cg_violation *cg_violation_keep(const struct cg_violation *violation, size_t *ret_size)
{
	struct cg_violation copy = *violation, *kept;
	const char **strings[] = { &copy.host,	&copy.engine, &copy.container_id, &copy.container, &copy.image, &copy.unit,
				   &copy.cgroup, &copy.comm,  &copy.exe,	  &copy.profile };
	size_t size = sizeof(copy);
	char *at;

	for (size_t i = 0; i < CG_N_ITEMS(strings); i++)
		size += *strings[i] ? strlen(*strings[i]) + 1 : 0;
	kept = malloc(size);
	if (!kept)
		return NULL;
	at = (char *)(kept + 1);
	for (size_t i = 0; i < CG_N_ITEMS(strings); i++) {
		if (!*strings[i])
			continue;
		*strings[i] = strcpy(at, *strings[i]);
		at += strlen(at) + 1;
	}
	*kept = copy;
	if (ret_size)
		*ret_size = size;
	return kept;
}
