/*
 * A document as Markdown (CommonMark, and GitHub's tables).
 *
 * In: a document. Out: text. All that is not ours to format is escaped: in Markdown every punctuation character may be
 * (CommonMark 0.31, 2.4), so a name with markup, a | or a link in it is shown as it is. Line breaks and control
 * characters inside texts become blanks or \xNN. Pictures have no place in Markdown: the tables have their figures.
 */
#include "report/model.h"

#include "base/utf8.h"

#include <string.h>

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Would these bytes turn the direction of the text around them (U+202A-202E, U+2066-2069)? */
static bool is_direction(const unsigned char *bytes, size_t length)
{
	return length == 3 && bytes[0] == 0xe2 &&
	       ((bytes[1] == 0x80 && bytes[2] >= 0xaa && bytes[2] <= 0xae) ||
		(bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9));
}

static void add_escaped_char(struct cg_text *text, char c, bool is_code)
{
	if (c == '\n' || c == '\t' || c == '\r')
		cg_text_add_char(text, ' ');
	else if (is_control((unsigned char)c))
		cg_text_addf(text, is_code ? "\\x%02x" : "\\\\x%02x", (unsigned char)c);
	else if (!is_code && strchr("\\`*_[]<>#|~!&$", c))
		cg_text_addf(text, "\\%c", c);
	else if (is_code && c == '|') /* tables end a cell at it even in code; the backslash is taken away again */
		cg_text_add(text, "\\|");
	else
		cg_text_add_char(text, c);
}

static void add_escaped(struct cg_text *text, const char *bytes, size_t length, bool is_code)
{
	for (size_t i = 0; i < length;) {
		size_t n = cg_utf8_length(bytes + i, length - i);

		if (n == 0 || is_direction((const unsigned char *)bytes + i, n)) {
			cg_text_add(text, CG_UTF8_REPLACEMENT);
			i += n ? n : 1;
		} else if (n == 1) {
			add_escaped_char(text, bytes[i++], is_code);
		} else {
			cg_text_add_bytes(text, bytes + i, n);
			i += n;
		}
	}
}

/* Between more backticks than there are in it. */
static void add_code(struct cg_text *text, const struct cg_span *span)
{
	size_t n_longest = 0, n = 0;

	for (size_t i = 0; i < span->length; i++) {
		n = span->text[i] == '`' ? n + 1 : 0;
		n_longest = n > n_longest ? n : n_longest;
	}
	for (size_t i = 0; i <= n_longest; i++)
		cg_text_add_char(text, '`');
	cg_text_add(text, n_longest ? " " : "");
	add_escaped(text, span->text, span->length, true);
	cg_text_add(text, n_longest ? " " : "");
	for (size_t i = 0; i <= n_longest; i++)
		cg_text_add_char(text, '`');
}

static void add_spans(struct cg_text *text, const struct cg_document *document, struct cg_spans spans)
{
	for (size_t i = 0; i < spans.n; i++) {
		const struct cg_span *span = &document->spans.items[spans.first + i];

		if (span->kind == CG_SPAN_CODE) {
			add_code(text, span);
			continue;
		}
		cg_text_add(text, span->kind == CG_SPAN_STRONG ? "**" : "");
		add_escaped(text, span->text, span->length, false);
		cg_text_add(text, span->kind == CG_SPAN_STRONG ? "**" : "");
	}
}

/* In an indented block nothing is markup. */
static void add_plain(struct cg_text *text, const struct cg_document *document, struct cg_spans spans)
{
	for (size_t i = 0; i < spans.n; i++)
		add_escaped(text, document->spans.items[spans.first + i].text, document->spans.items[spans.first + i].length,
			    true);
}

static void add_table(struct cg_text *text, const struct cg_document *document, const struct cg_block *block)
{
	for (size_t i = 0; i < block->n_cells; i++) {
		const struct cg_cell *cell = &document->cells.items[block->first_cell + i];
		bool is_last = i % block->n_columns == block->n_columns - 1;

		cg_text_add(text, i % block->n_columns ? " " : "| ");
		add_spans(text, document, cell->spans);
		cg_text_add(text, is_last ? " |\n" : " |");
		if (i != block->n_columns - 1)
			continue;
		for (size_t k = 0; k < block->n_columns; k++) {
			const struct cg_cell *below = cell + 1 + k;
			bool is_number = block->n_cells > 2 * block->n_columns - 1 && below->is_number;

			cg_text_add(text, k ? "" : "|");
			cg_text_add(text, is_number ? " ---: |" : " --- |");
		}
		cg_text_add_char(text, '\n');
	}
}

void cg_document_write_markdown(const struct cg_document *document, struct cg_text *text)
{
	static const char *const before[] = {
		[CG_BLOCK_TITLE] = "# ", [CG_BLOCK_SECTION] = "## ", [CG_BLOCK_HEADING] = "### ", [CG_BLOCK_PARAGRAPH] = "",
		[CG_BLOCK_ITEM] = "- ",	 [CG_BLOCK_NOTE] = "> ",     [CG_BLOCK_CODE] = "    ",	  [CG_BLOCK_TABLE] = "",
	};
	bool was_item = false;

	for (size_t i = 0; i < document->blocks.n_items; i++) {
		const struct cg_block *block = &document->blocks.items[i];

		if (block->kind == CG_BLOCK_PICTURE)
			continue;
		if (was_item && block->kind != CG_BLOCK_ITEM)
			cg_text_add_char(text, '\n');
		was_item = block->kind == CG_BLOCK_ITEM;
		cg_text_add(text, before[block->kind]);
		if (block->kind == CG_BLOCK_TABLE)
			add_table(text, document, block);
		else if (block->kind == CG_BLOCK_CODE)
			add_plain(text, document, block->spans);
		else
			add_spans(text, document, block->spans);
		cg_text_add(text, block->kind == CG_BLOCK_TABLE || was_item ? "" : "\n");
		cg_text_add_char(text, '\n');
	}
}
