/*
 * The Japanese of sentences that other tables have in English: why calls have their tier (data/categories.csv), what
 * every program needs (learn/needs.c), why lint looks for something (lint/).
 *
 * What the document itself says stands in both languages where it is said (sections.h).
 */
#ifndef CG_REPORT_JAPANESE_H
#define CG_REPORT_JAPANESE_H

/* NULL where there is none; then the English is shown. */
const char *cg_japanese_sentence(const char *english);

/* The reason for a kind of finding, by its id. */
const char *cg_japanese_finding(const char *rule);

#endif
