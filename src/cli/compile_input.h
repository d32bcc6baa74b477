/*
 * What `callgate compile` reads: a profile, which has a policy; or filters: of a file one, raw or as a listing, of a
 * process all that it has.
 */
#ifndef CG_CLI_COMPILE_INPUT_H
#define CG_CLI_COMPILE_INPUT_H

#include "cli/input.h"
#include "filter/filter.h"

/* The oldest first. Start with {0}. */
struct cg_filters {
	CG_VEC(struct cg_filter *) list;
};

void cg_filters_done(struct cg_filters *filters);

/* A profile becomes ret_input; filters are added to `filters`. Errors: of reading, with places. */
int cg_compile_input_read(const char *reference, const struct cg_target *target, struct cg_input *ret_input,
			  struct cg_filters *filters, struct cg_err *err);

#endif
