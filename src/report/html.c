/*
 * A document as one page of HTML: semantic elements for style.css, its style and its pictures inside.
 *
 * In: a document. Out: text. There is no script and no address in it, so a browser asks nobody for anything; a policy
 * in its head (Content-Security-Policy) says so, too. Every text goes through add_escaped(). Bytes that are no UTF-8,
 * controls and characters that turn the direction of text become U+FFFD.
 */
#include "report/model.h"

#include "base/utf8.h"
#include "report/document.h"
#include "report/style.h"

#include <string.h>

/* Characters that no document needs, and that can make one look like another: controls, and turns of direction. */
static bool is_unwanted(const unsigned char *bytes, size_t n)
{
	if (n == 1)
		return (bytes[0] < 0x20 && bytes[0] != '\n' && bytes[0] != '\t') || bytes[0] == 0x7f;
	if (n == 2)
		return bytes[0] == 0xc2 && bytes[1] < 0xa0;
	return n == 3 && bytes[0] == 0xe2 &&
	       ((bytes[1] == 0x80 && bytes[2] >= 0xaa && bytes[2] <= 0xae) ||
		(bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9));
}

static void add_escaped(struct cg_text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t n = cg_utf8_length(bytes + i, length - i);

		if (n == 0 || is_unwanted((const unsigned char *)bytes + i, n))
			cg_text_add(text, CG_UTF8_REPLACEMENT);
		else if (bytes[i] == '\n' || bytes[i] == '\t')
			cg_text_add_char(text, ' ');
		else if (bytes[i] == '&')
			cg_text_add(text, "&amp;");
		else if (bytes[i] == '<')
			cg_text_add(text, "&lt;");
		else if (bytes[i] == '>')
			cg_text_add(text, "&gt;");
		else if (bytes[i] == '"')
			cg_text_add(text, "&quot;");
		else
			cg_text_add_bytes(text, bytes + i, n);
		i += n ? n : 1;
	}
}

static void add_spans(struct cg_text *text, const struct cg_document *document, struct cg_spans spans)
{
	for (size_t i = 0; i < spans.n; i++) {
		const struct cg_span *span = &document->spans.items[spans.first + i];

		if (span->kind == CG_SPAN_CODE)
			cg_text_add(text, "<code>");
		else if (span->kind == CG_SPAN_STRONG)
			cg_text_add(text, "<strong>");
		else if (span->kind == CG_SPAN_MARKED)
			cg_text_addf(text, "<span class=\"%s\">", span->mark);
		add_escaped(text, span->text, span->length);
		if (span->kind == CG_SPAN_CODE)
			cg_text_add(text, "</code>");
		else if (span->kind == CG_SPAN_STRONG)
			cg_text_add(text, "</strong>");
		else if (span->kind == CG_SPAN_MARKED)
			cg_text_add(text, "</span>");
	}
}

static void add_table(struct cg_text *text, const struct cg_document *document, const struct cg_block *block)
{
	/* A wide table scrolls by itself: so it can be reached by keyboard, it takes the focus. */
	cg_text_add(text, "<div class=\"table\"><table>\n<thead>\n");
	for (size_t i = 0; i < block->n_cells; i++) {
		const struct cg_cell *cell = &document->cells.items[block->first_cell + i];
		bool is_heading = i < block->n_columns;
		size_t column = i % block->n_columns;
		/* A heading stands as its column does. */
		const struct cg_cell *below = is_heading && block->n_cells > i + block->n_columns ?
						      cell + block->n_columns : cell;

		cg_text_add(text, column ? "" : "<tr>");
		cg_text_add(text, is_heading ? "<th scope=\"col\"" : "<td");
		cg_text_add(text, below->is_number ? " class=\"number\">" : ">");
		add_spans(text, document, cell->spans);
		cg_text_add(text, is_heading ? "</th>" : "</td>");
		cg_text_add(text, column == block->n_columns - 1 ? "</tr>\n" : "");
		cg_text_add(text, i == block->n_columns - 1 ? "</thead>\n<tbody>\n" : "");
	}
	cg_text_add(text, "</tbody>\n</table></div>\n");
}

static void add_picture(struct cg_text *text, const struct cg_document *document, const struct cg_block *block)
{
	const struct cg_picture_page page = {
		.language = cg_language_name(document->language), .id = block->id, .form = CG_PICTURE_BOTH
	};

	cg_text_add(text, "<figure>\n");
	block->draw(document->facts, &page, text);
	cg_text_add(text, "<figcaption>");
	add_spans(text, document, block->spans);
	cg_text_add(text, "</figcaption>\n</figure>\n");
}

static void add_simple(struct cg_text *text, const struct cg_document *document, const struct cg_block *block)
{
	static const char *const elements[] = {
		[CG_BLOCK_HEADING] = "h3", [CG_BLOCK_PARAGRAPH] = "p", [CG_BLOCK_ITEM] = "li",
	};

	cg_text_addf(text, "<%s>", elements[block->kind]);
	add_spans(text, document, block->spans);
	cg_text_addf(text, "</%s>\n", elements[block->kind]);
}

static void add_block(struct cg_text *text, const struct cg_document *document, const struct cg_block *block)
{
	switch (block->kind) {
	case CG_BLOCK_TABLE:
		add_table(text, document, block);
		return;
	case CG_BLOCK_PICTURE:
		add_picture(text, document, block);
		return;
	case CG_BLOCK_NOTE:
		cg_text_add(text, "<aside><p>");
		add_spans(text, document, block->spans);
		cg_text_add(text, "</p></aside>\n");
		return;
	case CG_BLOCK_CODE:
		cg_text_add(text, "<pre><code>");
		add_spans(text, document, block->spans);
		cg_text_add(text, "</code></pre>\n");
		return;
	default:
		add_simple(text, document, block);
	}
}

/* What stands before the first section, with the list of the sections behind it. */
static size_t add_header(struct cg_text *text, const struct cg_document *document)
{
	size_t i = 0;

	cg_text_add(text, "<header>\n");
	for (; i < document->blocks.n_items && document->blocks.items[i].kind != CG_BLOCK_SECTION; i++) {
		const struct cg_block *block = &document->blocks.items[i];

		if (block->kind != CG_BLOCK_TITLE) {
			add_block(text, document, block);
			continue;
		}
		cg_text_add(text, "<h1>");
		add_spans(text, document, block->spans);
		cg_text_add(text, "</h1>\n");
	}
	cg_text_addf(text, "</header>\n<nav aria-label=\"%s\">\n<ol>\n",
		     cg_words_of(document, CG_WORDS("Contents", "目次")));
	for (size_t k = i; k < document->blocks.n_items; k++) {
		const struct cg_block *block = &document->blocks.items[k];

		if (block->kind != CG_BLOCK_SECTION)
			continue;
		cg_text_addf(text, "<li><a href=\"#%s\">", block->id);
		add_spans(text, document, block->spans);
		cg_text_add(text, "</a></li>\n");
	}
	cg_text_add(text, "</ol>\n</nav>\n");
	return i;
}

static void add_sections(struct cg_text *text, const struct cg_document *document, size_t first)
{
	bool is_in_section = false, is_in_list = false;

	for (size_t i = first; i < document->blocks.n_items; i++) {
		const struct cg_block *block = &document->blocks.items[i];
		bool is_item = block->kind == CG_BLOCK_ITEM;

		if (is_in_list != is_item)
			cg_text_add(text, is_item ? "<ul>\n" : "</ul>\n");
		is_in_list = is_item;
		if (block->kind != CG_BLOCK_SECTION) {
			add_block(text, document, block);
			continue;
		}
		cg_text_addf(text, "%s<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">",
			     is_in_section ? "</section>\n" : "", block->id, block->id);
		add_spans(text, document, block->spans);
		cg_text_add(text, "</h2>\n");
		is_in_section = true;
	}
	cg_text_add(text, is_in_list ? "</ul>\n" : "");
	cg_text_add(text, is_in_section ? "</section>\n" : "");
}

void cg_document_write_html(const struct cg_document *document, struct cg_text *text)
{
	size_t first;

	cg_text_addf(text,
		     "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		     "'unsafe-inline'\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
		     cg_language_name(document->language));
	for (size_t i = 0; document->blocks.n_items && i < document->blocks.items[0].spans.n; i++)
		add_escaped(text, document->spans.items[i].text, document->spans.items[i].length);
	cg_text_add(text, "</title>\n<style>\n");
	cg_text_add(text, cg_report_style);
	cg_text_add(text, "</style>\n</head>\n<body>\n");
	first = add_header(text, document);
	cg_text_add(text, "<main>\n");
	add_sections(text, document, first);
	cg_text_add(text, "</main>\n</body>\n</html>\n");
}
