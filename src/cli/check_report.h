/*
 * What check prints of its findings: lines as compilers have them, one JSON document, and SARIF beside either.
 */
#ifndef CG_CLI_CHECK_REPORT_H
#define CG_CLI_CHECK_REPORT_H

#include "cli/input.h"
#include "cli/sarif.h"
#include "filter/filter.h"
#include "lint/engines.h"
#include "lint/score.h"

/* Start with {0}, is_json and has_risk set; end with cg_check_report_done(). */
struct cg_check_report {
	bool is_json;
	bool has_risk;         /* --risk: the lines of the score, as text */
	struct cg_text text;   /* what is printed: lines, or the document */
	struct cg_json_writer json;
	struct cg_sarif sarif;
};

void cg_check_report_start(struct cg_check_report *report);
/* What was found in one profile; `filter` NULL: no seccomp would be applied. `readings` may be empty. */
void cg_check_report_add(struct cg_check_report *report, const char *reference, const char *engine,
			 const struct cg_input *input, const struct cg_filter *filter, const struct cg_score *score,
			 const struct cg_readings *readings);
/* A profile that could not be judged. */
void cg_check_report_add_failure(struct cg_check_report *report, const char *reference, const char *engine,
				 const struct cg_err *err);
void cg_check_report_finish(struct cg_check_report *report);
void cg_check_report_done(struct cg_check_report *report);

#endif
