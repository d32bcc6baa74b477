/*
 * What `callgate dump` prints of a process: dump.c.
 */
#ifndef CG_CLI_DUMP_H
#define CG_CLI_DUMP_H

#include "cli/subject.h"

struct cg_dump {
	const struct cg_subject *process;
	const char *folder; /* -o, or NULL */
	bool wants_filters;
	bool is_listing;
	bool is_json;
};

/* Both print, and return an exit status. */
int cg_dump_table(const struct cg_dump *dump);
int cg_dump_filters(const struct cg_dump *dump);

#endif
