/*
 * A profile, a filter or a process in plain words (explain_profile.c), on its way to text or to JSON.
 */
#ifndef CG_CLI_EXPLAIN_OVERVIEW_H
#define CG_CLI_EXPLAIN_OVERVIEW_H

#include "cli/explain.h"
#include "cli/scope.h"
#include "words/differences.h"

struct cg_overview {
	const struct cg_explain *explain;
	struct cg_scope scope;
	struct cg_differences differences; /* a: the subject's answer, b: the default's */
	struct cg_text *out;
	size_t line_start;
};

/* explain_json.c: one JSON document, appended to `out`. */
void cg_overview_write_json(struct cg_overview *overview);

#endif
