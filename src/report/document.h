/*
 * The document that a reviewer reads: facts to Markdown or to one page of HTML, in one of two languages.
 *
 * The page needs nothing else: no script, no address, its style and pictures are in it. Both forms and both languages
 * come from one model (model.h), so the same facts stand in all of them.
 */
#ifndef CG_REPORT_DOCUMENT_H
#define CG_REPORT_DOCUMENT_H

#include "base/text.h"
#include "report/facts.h"

#include <stdbool.h>

enum cg_report_form {
	CG_REPORT_MARKDOWN,
	CG_REPORT_HTML,
};

/* "en", "ja"; false: no such language. */
bool cg_language_find(const char *word, enum cg_language *ret_language);
const char *cg_language_name(enum cg_language language);

/* Appended. Errors: -ENOMEM. */
int cg_report_write(const struct cg_facts *facts, enum cg_language language, enum cg_report_form form,
		    struct cg_text *text, struct cg_err *err);

#endif
