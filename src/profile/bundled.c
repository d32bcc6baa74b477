/*
 * See bundled.h.
 */
#include "profile/bundled.h"

#include <string.h>

static const struct cg_bundled *find(const struct cg_bundled *rows, size_t n_rows, const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct cg_bundled *cg_bundled_find(const char *name)
{
	return find(cg_bundled, cg_n_bundled, name);
}

const struct cg_bundled *cg_base_find(const char *name)
{
	return find(cg_bases, cg_n_bases, name);
}
