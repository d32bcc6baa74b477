/*
 * A text as a profile, for lint: names with their places. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_OUTLINE_H
#define CG_LANGUAGE_OUTLINE_H

#include "language/syntax.h"

/* 0 or -ENOMEM. */
int cg_document_outline(struct cg_document *document, const char *name, struct cg_profile **ret_profile);

#endif
