/*
 * Every kind of finding that check can tell, with its reason and its remedy: for SARIF's list of rules, and for the
 * manual's. Those of lint's table come first, then what reading, resolving and comparing remark.
 */
#ifndef CG_LINT_KINDS_H
#define CG_LINT_KINDS_H

#include "base/notes.h"

#include <stdbool.h>

struct cg_finding_kind {
	const char *id;
	enum cg_severity severity; /* the usual one */
	const char *reason;
	const char *remedy;
};

size_t cg_finding_kinds_count(void);
struct cg_finding_kind cg_finding_kind_at(size_t index);

/* False when there is no such kind. */
bool cg_finding_kind_find(const char *id, size_t *ret_index);

#endif
