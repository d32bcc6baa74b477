/*
 * Why each call of a sketch is there: for people as a table, for programs as JSON.
 *
 * In: a sketch, and how complete the recording is that it was made of. Out: text.
 */
#ifndef CG_CLI_EXPLANATION_H
#define CG_CLI_EXPLANATION_H

#include "base/text.h"
#include "learn/coverage.h"
#include "learn/sketch.h"

#include <stdbool.h>

/* Appends the explanation; sticky failure in the text. */
void cg_explanation_write(const struct cg_sketch *sketch, const struct cg_coverage *coverage, bool is_json,
			  struct cg_text *text);

/* One line: how many of how many calls are allowed, how many of them under conditions, how many refused by name. */
void cg_explanation_count(const struct cg_sketch *sketch, struct cg_text *text);

#endif
