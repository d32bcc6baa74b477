/*
 * Making and releasing filters. See filter.h.
 */
#include "filter/filter.h"

#include <stdlib.h>
#include <string.h>

struct cg_filter *cg_filter_new(const struct sock_filter *insns, size_t n_insns, bool is_big_endian)
{
	struct cg_filter *filter = calloc(1, sizeof(*filter));

	if (!filter)
		return NULL;
	/* One instruction more, so that an empty filter too has memory of its own: NULL means no memory. */
	filter->insns = calloc(n_insns + 1, sizeof(*insns));
	if (!filter->insns) {
		free(filter);
		return NULL;
	}
	if (insns && n_insns)
		memcpy(filter->insns, insns, n_insns * sizeof(*insns));
	filter->n_insns = n_insns;
	filter->is_big_endian = is_big_endian;
	return filter;
}

struct cg_filter *cg_filter_free(struct cg_filter *filter)
{
	if (!filter)
		return NULL;
	free(filter->insns);
	free(filter);
	return NULL;
}
