/*
 * See model.h. A sentence is cut into spans once, when it is said; values go in as they are, and nothing in them is
 * looked at: a ` or a %1 in a name is a character like any other.
 */
#include "report/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *cg_document_format(struct cg_document *document, const char *format, ...)
{
	char buffer[512];
	const char *text;
	va_list args;

	va_start(args, format);
	vsnprintf(buffer, sizeof(buffer), format, args);
	va_end(args);
	text = cg_arena_copy_text(&document->arena, buffer);
	document->has_failed |= !text;
	return text ? text : "";
}

const char *cg_document_number(struct cg_document *document, uint64_t number)
{
	char digits[32], text[48];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number), k = 0;

	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			text[k++] = ',';
		text[k++] = digits[i];
	}
	text[k] = '\0';
	return cg_document_format(document, "%s", text);
}

/* ---- spans */

/* What the last span is part of: its block, or its cell. */
static struct cg_spans *last_owner(struct cg_document *document)
{
	struct cg_block *block;

	if (document->blocks.n_items == 0)
		return NULL;
	block = &document->blocks.items[document->blocks.n_items - 1];
	if (block->kind == CG_BLOCK_TABLE && block->n_cells)
		return &document->cells.items[document->cells.n_items - 1].spans;
	return &block->spans;
}

static void add_span(struct cg_document *document, struct cg_span span)
{
	struct cg_spans *owner = last_owner(document);

	if (!owner || document->has_failed || span.length == 0)
		return;
	if (cg_vec_push(&document->spans, span) < 0)
		document->has_failed = true;
	else
		owner->n++;
}

static struct cg_spans no_spans(const struct cg_document *document)
{
	return (struct cg_spans){ .first = document->spans.n_items };
}

/* The words of a language are constant; all else is copied, as who says it may not live as long. */
static void add_copy(struct cg_document *document, enum cg_span_kind kind, const char *mark, const char *text)
{
	const char *copy = cg_arena_copy_text(&document->arena, text);

	document->has_failed |= !copy;
	if (copy)
		add_span(document, (struct cg_span){ kind, mark, copy, strlen(copy) });
}

/* ---- sentences */

/* A part of one kind: so that `%1.json` is one piece of code, and not two. */
struct part {
	enum cg_span_kind kind;
	struct cg_text text;
};

static void end_part(struct cg_document *document, struct part *part, enum cg_span_kind next)
{
	document->has_failed |= part->text.has_failed;
	if (part->text.length)
		add_copy(document, part->kind, NULL, cg_text_get(&part->text));
	cg_text_clear(&part->text);
	part->kind = next;
}

static void add_value(struct cg_document *document, struct part *part, const struct cg_value *value)
{
	if (value->is_number)
		cg_text_add(&part->text, cg_document_number(document, value->number));
	else if (value->text)
		cg_text_add(&part->text, value->text);
}

/* Behind "{": "1:call|calls}". Returns what stands behind "}". */
static const char *add_choice(struct part *part, const char *at, const struct cg_value *values)
{
	const struct cg_value *value = &values[*at - '1'];
	const char *one = at + 2, *bar = strchr(one, '|'), *end = strchr(one, '}');

	if (value->is_number && value->number == 1)
		cg_text_add_bytes(&part->text, one, (size_t)(bar - one));
	else
		cg_text_add_bytes(&part->text, bar + 1, (size_t)(end - bar - 1));
	return end + 1;
}

static void add_sentence(struct cg_document *document, const char *words, const struct cg_value *values)
{
	struct part part = { .kind = CG_SPAN_TEXT };
	const char *at = words;

	while (*at && !document->has_failed) {
		size_t length = strcspn(at, "%{`*");

		if (length) {
			cg_text_add_bytes(&part.text, at, length);
			at += length;
		} else if (at[0] == '%' && at[1] >= '1' && at[1] <= '9') {
			add_value(document, &part, &values[at[1] - '1']);
			at += 2;
		} else if (at[0] == '{') {
			at = add_choice(&part, at + 1, values);
		} else if (at[0] == '`') {
			end_part(document, &part, part.kind == CG_SPAN_CODE ? CG_SPAN_TEXT : CG_SPAN_CODE);
			at++;
		} else if (at[0] == '*' && at[1] == '*') {
			end_part(document, &part, part.kind == CG_SPAN_STRONG ? CG_SPAN_TEXT : CG_SPAN_STRONG);
			at += 2;
		} else {
			cg_text_add_char(&part.text, *at++);
		}
	}
	end_part(document, &part, CG_SPAN_TEXT);
	cg_text_done(&part.text);
}

/* ---- blocks */

static struct cg_block *begin(struct cg_document *document, enum cg_block_kind kind)
{
	struct cg_block block = { .kind = kind, .spans = no_spans(document), .first_cell = document->cells.n_items };

	if (document->has_failed || cg_vec_push(&document->blocks, block) < 0) {
		document->has_failed = true;
		return NULL;
	}
	return &document->blocks.items[document->blocks.n_items - 1];
}

void cg_document_say(struct cg_document *document, enum cg_block_kind kind, struct cg_words words,
		     const struct cg_value *values)
{
	if (begin(document, kind))
		add_sentence(document, cg_words_of(document, words), values);
}

void cg_document_section(struct cg_document *document, const char *id, struct cg_words title)
{
	struct cg_block *block = begin(document, CG_BLOCK_SECTION);

	if (!block)
		return;
	block->id = id;
	add_sentence(document, cg_words_of(document, title), NULL);
}

void cg_document_picture(struct cg_document *document, const char *id, struct cg_words caption, cg_picture_draw draw)
{
	struct cg_block *block = begin(document, CG_BLOCK_PICTURE);

	if (!block)
		return;
	block->id = id;
	block->draw = draw;
	add_sentence(document, cg_words_of(document, caption), NULL);
}

void cg_document_table(struct cg_document *document, const struct cg_words *headings, size_t n_columns)
{
	struct cg_block *block = begin(document, CG_BLOCK_TABLE);

	if (!block)
		return;
	block->n_columns = n_columns;
	for (size_t i = 0; i < n_columns; i++)
		cg_cell_say(document, headings[i], NULL);
}

void cg_document_done(struct cg_document *document)
{
	cg_vec_done(&document->spans);
	cg_vec_done(&document->cells);
	cg_vec_done(&document->blocks);
	cg_arena_done(&document->arena);
}

/* ---- cells */

static bool begin_cell(struct cg_document *document, bool is_number)
{
	struct cg_cell cell = { .spans = no_spans(document), .is_number = is_number };

	if (document->has_failed || document->blocks.n_items == 0)
		return false;
	if (cg_vec_push(&document->cells, cell) < 0) {
		document->has_failed = true;
		return false;
	}
	document->blocks.items[document->blocks.n_items - 1].n_cells++;
	return true;
}

void cg_cell_say(struct cg_document *document, struct cg_words words, const struct cg_value *values)
{
	if (begin_cell(document, false))
		add_sentence(document, cg_words_of(document, words), values);
}

void cg_cell_number(struct cg_document *document, uint64_t number)
{
	if (begin_cell(document, true))
		add_copy(document, CG_SPAN_TEXT, NULL, cg_document_number(document, number));
}

void cg_cell_text(struct cg_document *document, const char *text)
{
	if (begin_cell(document, false))
		add_copy(document, CG_SPAN_TEXT, NULL, text);
}

void cg_cell_code(struct cg_document *document, const char *text)
{
	if (begin_cell(document, false))
		add_copy(document, CG_SPAN_CODE, NULL, text);
}

void cg_cell_marked(struct cg_document *document, const char *mark, const char *text)
{
	if (begin_cell(document, false))
		add_copy(document, CG_SPAN_MARKED, mark, text);
}

void cg_more_text(struct cg_document *document, const char *text)
{
	add_copy(document, CG_SPAN_TEXT, NULL, text);
}

void cg_more_code(struct cg_document *document, const char *text)
{
	add_copy(document, CG_SPAN_CODE, NULL, text);
}

void cg_more_say(struct cg_document *document, struct cg_words words, const struct cg_value *values)
{
	add_sentence(document, cg_words_of(document, words), values);
}
