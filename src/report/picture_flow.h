/*
 * What the picture of the flow says (picture_flow.c draws it, picture_flow_words.c finds the words). Within report/.
 */
#ifndef CG_REPORT_PICTURE_FLOW_H
#define CG_REPORT_PICTURE_FLOW_H

#include "report/picture_draw.h"

/* What an answer does, for those who do not know its name: "the call fails". */
const char *cg_flow_word_of(const struct cg_picture_page *page, uint32_t action);

/* How many calls of an architecture have this fate. */
size_t cg_flow_count(const struct cg_flow_arch *arch, enum cg_flow_fate fate);

/* "read, write, …" */
void cg_flow_say_names(struct cg_text *text, const struct cg_flow_answer *answer);

/* "374 allowed, 3 for some arguments, 84 refused" */
void cg_flow_say_fates(struct cg_text *text, const struct cg_picture_page *page, const struct cg_flow_arch *arch);

/* All of it in sentences. */
void cg_flow_describe(struct cg_text *text, const struct cg_picture_page *page, const struct cg_flow *flow);

#endif
