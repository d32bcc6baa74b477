/*
 * A document as data: headings, paragraphs, lists, tables, notes, pictures. Within report/.
 *
 * In: what the sections say (sections.h), each sentence as a pair of both languages, side by side where it is said, so
 * that none can be forgotten. Out: blocks that writers (markdown.c, html.c) go through. Texts are kept as they are:
 * escaping is the writers' business, and theirs alone, so that no hostile name can be forgotten either.
 *
 * A sentence has `code` and **strong** parts, and %1 to %9 for its values, which stand in the order that the language
 * wants. {1:call|calls} chooses by value 1: one, or any other number. Failure (memory) is sticky.
 */
#ifndef CG_REPORT_MODEL_H
#define CG_REPORT_MODEL_H

#include "base/arena.h"
#include "base/text.h"
#include "base/vec.h"
#include "report/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_DOCUMENT_COLUMNS_MAX 8

struct cg_words {
	const char *text[CG_N_LANGUAGES];
};

/* A pair, in the order of enum cg_language. */
#define CG_WORDS(en, ja) ((struct cg_words){ { en, ja } })

/* A value of a sentence. */
struct cg_value {
	const char *text;
	uint64_t number;
	bool is_number;
};

#define CG_NUMBER(n) ((struct cg_value){ .number = (n), .is_number = true })
#define CG_TEXT(t) ((struct cg_value){ .text = (t) })
#define CG_VALUES(...) (const struct cg_value[]){ __VA_ARGS__ }

enum cg_span_kind {
	CG_SPAN_TEXT,
	CG_SPAN_CODE,
	CG_SPAN_STRONG,
	CG_SPAN_MARKED, /* `mark`: a class of the style, "tier-high", "closed"; never from an input */
};

struct cg_span {
	enum cg_span_kind kind;
	const char *mark;
	const char *text;
	size_t length;
};

struct cg_spans {
	size_t first, n; /* in cg_document.spans */
};

enum cg_block_kind {
	CG_BLOCK_TITLE,
	CG_BLOCK_SECTION, /* heading of the second level, with an id; all that follows is its */
	CG_BLOCK_HEADING, /* of the third */
	CG_BLOCK_PARAGRAPH,
	CG_BLOCK_ITEM,    /* of a list; those that follow one another are one list */
	CG_BLOCK_NOTE,    /* set apart: what must not be overlooked */
	CG_BLOCK_CODE,    /* a command */
	CG_BLOCK_TABLE,
	CG_BLOCK_PICTURE,
};

struct cg_cell {
	struct cg_spans spans;
	bool is_number;
};

struct cg_document;

/* Draws a picture for the page into `text`; `id` is unlike that of any other picture. */
typedef void (*cg_picture_draw)(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text);

struct cg_block {
	enum cg_block_kind kind;
	const char *id;         /* SECTION, PICTURE */
	struct cg_spans spans;  /* of a table and of a picture: the caption */
	size_t first_cell, n_cells; /* TABLE: the headings first, row by row */
	size_t n_columns;
	cg_picture_draw draw;   /* PICTURE */
};

/* Start with facts and language set; end with cg_document_done(). */
struct cg_document {
	const struct cg_facts *facts;
	enum cg_language language;
	struct cg_arena arena;
	CG_VEC(struct cg_span) spans;
	CG_VEC(struct cg_cell) cells;
	CG_VEC(struct cg_block) blocks;
	bool has_failed;
};

void cg_document_done(struct cg_document *document);

/* ---- blocks */

/* A block of one sentence; `values` may be NULL where there are none. `id` for sections. */
void cg_document_say(struct cg_document *document, enum cg_block_kind kind, struct cg_words words,
		     const struct cg_value *values);
void cg_document_section(struct cg_document *document, const char *id, struct cg_words title);
void cg_document_picture(struct cg_document *document, const char *id, struct cg_words caption, cg_picture_draw draw);

/* A table with these headings; cells follow from left to right, row after row. */
void cg_document_table(struct cg_document *document, const struct cg_words *headings, size_t n_columns);

/* ---- cells, of the table begun last */

void cg_cell_say(struct cg_document *document, struct cg_words words, const struct cg_value *values);
void cg_cell_number(struct cg_document *document, uint64_t number);
void cg_cell_text(struct cg_document *document, const char *text);
void cg_cell_code(struct cg_document *document, const char *text);
void cg_cell_marked(struct cg_document *document, const char *mark, const char *text);

/* Adds to the cell (or the block) that was begun last. */
void cg_more_text(struct cg_document *document, const char *text);
void cg_more_code(struct cg_document *document, const char *text);
void cg_more_say(struct cg_document *document, struct cg_words words, const struct cg_value *values);

/* The words of the document's language. */
static inline const char *cg_words_of(const struct cg_document *document, struct cg_words words)
{
	return words.text[document->language];
}

/* "12,345": into the arena. "" when out of memory, which is sticky. */
const char *cg_document_number(struct cg_document *document, uint64_t number);
/* printf into the arena, the same. */
const char *cg_document_format(struct cg_document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- writers. Failure is sticky in the text. */

void cg_document_write_markdown(const struct cg_document *document, struct cg_text *text);
void cg_document_write_html(const struct cg_document *document, struct cg_text *text);

#endif
