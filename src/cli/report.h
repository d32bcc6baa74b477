/*
 * callgate report, from its inputs to facts (report/facts.h).
 *
 * report/ is pure and knows neither lint nor words nor history: who gathers is here. gather.c: the profile;
 * report_compare.c: the profile against others, and vulnerabilities; report_inputs.c: files beside it.
 */
#ifndef CG_CLI_REPORT_H
#define CG_CLI_REPORT_H

#include "cli/subject.h"
#include "report/facts.h"

struct cg_reporting {
	const struct cg_args *args;
	struct cg_target target;
	struct cg_subject subject;
	struct cg_meanings *meanings;
	uint32_t root; /* what the profile does */
	struct cg_recording *recording; /* all of --recording; NULL: none */
	struct cg_facts facts;
};

/* Each fills its part of the facts. Errors: of reading, with places; -EOVERFLOW not decided; -ENOMEM. */
int cg_report_gather_profile(struct cg_reporting *reporting, const char *reference, struct cg_err *err);
int cg_report_read_recordings(struct cg_reporting *reporting, struct cg_err *err);
int cg_report_gather_findings(struct cg_reporting *reporting, struct cg_err *err);
int cg_report_compare(struct cg_reporting *reporting, const char *reference, struct cg_err *err);
int cg_report_judge_cves(struct cg_reporting *reporting, struct cg_err *err);
int cg_report_read_suites(struct cg_reporting *reporting, struct cg_err *err);
int cg_report_read_history(struct cg_reporting *reporting, struct cg_err *err);
int cg_report_read_rollout(struct cg_reporting *reporting, struct cg_err *err);

/* Names an input in the report; `bytes` NULL: what has none. 0 or -ENOMEM. */
int cg_report_add_input(struct cg_reporting *reporting, enum cg_fact_input_kind kind, const char *name,
			const struct cg_text *bytes);

#endif
