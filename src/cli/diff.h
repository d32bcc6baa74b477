/*
 * The two kinds of `callgate diff`, which cmd_diff.c tells apart: of what has a meaning, and of recordings.
 */
#ifndef CG_CLI_DIFF_H
#define CG_CLI_DIFF_H

#include "cli/subject.h"

#include <stddef.h>

struct cg_diff {
	const struct cg_args *args;
	const struct cg_subject *a, *b;
	size_t n_most; /* rows to print; SIZE_MAX: all */
	bool is_json;
	bool is_summary;
};

/* Both print, and return an exit status. */
int cg_diff_meanings(const struct cg_diff *diff);
int cg_diff_recordings(const struct cg_diff *diff);

#endif
