/*
 * The parts of the facts' JSON. Within report/.
 */
#ifndef CG_REPORT_FACTS_WRITE_H
#define CG_REPORT_FACTS_WRITE_H

#include "base/json_write.h"
#include "report/facts.h"

/* Each a member of the document; null where the report was not given the input. */
void cg_facts_write_recordings(struct cg_json_writer *json, const struct cg_facts *facts);
void cg_facts_write_against(struct cg_json_writer *json, const struct cg_facts *facts);
void cg_facts_write_cves(struct cg_json_writer *json, const struct cg_facts *facts);
void cg_facts_write_suites(struct cg_json_writer *json, const struct cg_facts *facts);
void cg_facts_write_history(struct cg_json_writer *json, const struct cg_facts *facts);
void cg_facts_write_rollout(struct cg_json_writer *json, const struct cg_facts *facts);

#endif
