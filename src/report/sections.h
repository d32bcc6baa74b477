/*
 * The sections of the document, in their order (document.c). Within report/.
 *
 * Each adds blocks for what the facts hold, and says so where they hold nothing: "not given" is never zero.
 */
#ifndef CG_REPORT_SECTIONS_H
#define CG_REPORT_SECTIONS_H

#include "report/model.h"

void cg_section_title(struct cg_document *document);
void cg_section_purpose(struct cg_document *document);
void cg_section_method(struct cg_document *document);
void cg_section_decision(struct cg_document *document);
void cg_section_required(struct cg_document *document);
void cg_section_blocked(struct cg_document *document);
void cg_section_conditions(struct cg_document *document);
void cg_section_findings(struct cg_document *document);
void cg_section_coverage(struct cg_document *document);
void cg_section_comparison(struct cg_document *document);
void cg_section_vulnerabilities(struct cg_document *document);
void cg_section_tests(struct cg_document *document);
void cg_section_rollout(struct cg_document *document);
void cg_section_open(struct cg_document *document);
void cg_section_revision(struct cg_document *document);
void cg_section_identity(struct cg_document *document);

/* ---- words that many sections need */

struct cg_words cg_words_of_tier(enum cg_tier tier);
struct cg_words cg_words_of_category(enum cg_category category);
struct cg_words cg_words_of_access(enum cg_access access);

/* A cell with the tier, marked for the style; a dash for none. */
void cg_cell_tier(struct cg_document *document, enum cg_tier tier);
/* "ioctl (x86)" where the first architecture has no such call. */
void cg_cell_call(struct cg_document *document, const struct cg_fact_call *call);
/* Why it is there: the first reason that generate would have today, or that there is none. */
void cg_cell_why(struct cg_document *document, const struct cg_fact_call *call);
void cg_cell_action(struct cg_document *document, uint32_t action);
/* An action as text, in the document's arena. */
const char *cg_document_action(struct cg_document *document, uint32_t action);
/* A sentence of another table (japanese.h) in the document's language. */
const char *cg_document_sentence(const struct cg_document *document, const char *english);

/* A time span in words: "3 h 20 min", "1.5 s". */
const char *cg_document_duration(struct cg_document *document, uint64_t ms);

/* "2026-11-22T06:00:00.123Z" as "2026-11-22 06:00:00 UTC"; what is no such text stays as it is. */
const char *cg_document_instant(struct cg_document *document, const char *text);

/* "… and 12 more rows": a paragraph that says where all of them are. Nothing when all are shown. */
void cg_document_left_out(struct cg_document *document, size_t n_all, size_t n_shown);

/* Is the call made at all, for some arguments? */
static inline bool cg_fact_call_is_made(const struct cg_fact_call *call)
{
	return call->access == CG_ACCESS_OPEN || call->access == CG_ACCESS_CONDITIONAL;
}

#endif
