/*
 * Bars: calls by category and by tier; vulnerabilities closed, beside other profiles.
 *
 * In: counts. Out: SVG. Every row has a bar in parts and its figures in columns, headed by the parts' paints, so that
 * the picture reads as a table does.
 */
#include "report/picture_draw.h"

#include "base/cleanup.h"
#include "report/sections.h"

#include <string.h>

#define PARTS_LIMIT 4
#define ROWS_LIMIT (CG_N_CATEGORIES + CG_TIER_CRITICAL + 1 + CG_PICTURE_ROWS_LIMIT)

struct row {
	const char *label;
	const char *heading; /* above it, or NULL */
	size_t n[PARTS_LIMIT];
};

struct bars {
	const char *words[PARTS_LIMIT]; /* of the parts: their legend */
	enum cg_paint paints[PARTS_LIMIT];
	size_t n_parts;
	bool has_long_labels; /* names of anything: too long for a column of their own, they stand above their bars */
	struct row rows[ROWS_LIMIT];
	size_t n_rows;
};

static size_t sum(const struct row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < PARTS_LIMIT; i++)
		n += row->n[i];
	return n;
}

/* Where things stand, from left to right: labels, bars, a column of figures for each part. */
struct layout {
	int label_width; /* 0: labels stand above their bars; else those that are wider have two lines */
	int bar_x, bar_width;
	int column_width;
	size_t most; /* what a whole bar stands for, in the rows below one heading */
};

static struct layout lay_out(const struct cg_pen *pen, const struct bars *bars)
{
	struct layout layout = { .column_width = pen->is_narrow ? 34 : 46 };

	for (size_t i = 0; i < bars->n_rows; i++) {
		int width = cg_pen_measure(pen, bars->rows[i].label) + 10;

		layout.label_width = width > layout.label_width ? width : layout.label_width;
	}
	if (layout.label_width > pen->width * 34 / 100)
		layout.label_width = bars->has_long_labels ? 0 : pen->width * 30 / 100;
	layout.bar_x = layout.label_width ? layout.label_width : 1;
	layout.bar_width = pen->width - layout.bar_x - (int)bars->n_parts * layout.column_width - 6;
	return layout;
}

static size_t find_most(const struct bars *bars, size_t first)
{
	size_t most = 1;

	for (size_t i = first; i < bars->n_rows && (i == first || !bars->rows[i].heading); i++)
		most = sum(&bars->rows[i]) > most ? sum(&bars->rows[i]) : most;
	return most;
}

static void draw_figures(struct cg_pen *pen, int y, const struct layout *layout, const struct bars *bars,
			 const struct row *row)
{
	for (size_t i = 0; i < bars->n_parts; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text figure = { 0 };

		cg_pen_add_number(&figure, row->n[i]);
		cg_pen_text(pen, pen->width - (int)(bars->n_parts - 1 - i) * layout->column_width - 2, y,
			    row->n[i] ? "t" : "m", CG_PEN_RIGHT, cg_text_get(&figure));
		pen->body.has_failed |= figure.has_failed;
	}
}

/* Ends of parts are rounded from the left, so that no bar is longer than the sum of its parts. A part is never unseen. */
static void draw_parts(struct cg_pen *pen, int y, const struct layout *layout, const struct bars *bars,
		       const struct row *row)
{
	size_t before = 0;

	for (size_t i = 0; i < bars->n_parts; i++) {
		size_t after = before + row->n[i];
		int from = (int)(before * (size_t)layout->bar_width / layout->most);
		int to = (int)(after * (size_t)layout->bar_width / layout->most);

		if (row->n[i])
			cg_pen_paint(pen, layout->bar_x + from, y, to - from < 2 ? 2 : to - from, 14, bars->paints[i]);
		before = after;
	}
}

static int draw_row(struct cg_pen *pen, int y, const struct layout *layout, const struct bars *bars,
		    const struct row *row)
{
	int n_lines = 1;

	if (row->heading) {
		y += y > 40 ? 10 : 0;
		cg_pen_text(pen, 0, y + pen->size + 1, "b", CG_PEN_LEFT, row->heading);
		for (size_t i = 0; i < bars->n_parts; i++)
			cg_pen_paint(pen, pen->width - (int)(bars->n_parts - 1 - i) * layout->column_width - 16, y + 3, 14, 12,
				     bars->paints[i]);
		y += pen->leading + 8;
	}
	if (!layout->label_width) {
		cg_pen_paragraph(pen, 0, y + pen->size, pen->width, 1, "t", row->label);
		y += pen->leading + 2;
	} else {
		n_lines = cg_pen_paragraph(pen, 0, y + pen->size - 1, layout->label_width - 8, 2, "t", row->label);
	}
	draw_parts(pen, y, layout, bars, row);
	draw_figures(pen, y + pen->size - 1, layout, bars, row);
	return y + 24 + (n_lines == 2 ? pen->leading - 2 : 0);
}

static int draw(struct cg_pen *pen, const void *facts)
{
	const struct bars *bars = facts;
	struct layout layout = lay_out(pen, bars);
	int y = cg_pen_legend(pen, 0, bars->paints, bars->words, bars->n_parts);

	for (size_t i = 0; i < bars->n_rows; i++) {
		if (i == 0 || bars->rows[i].heading)
			layout.most = find_most(bars, i);
		y = draw_row(pen, y, &layout, bars, &bars->rows[i]);
	}
	return y;
}

/* "file I/O: allowed 61, refused 14; …" */
static void describe(struct cg_text *text, const struct cg_picture_page *page, const struct bars *bars)
{
	for (size_t i = 0; i < bars->n_rows; i++) {
		cg_text_addf(text, "%s%s: ", i ? cg_pen_word(page, "; ", "。") : "", bars->rows[i].label);
		for (size_t k = 0; k < bars->n_parts; k++)
			cg_text_addf(text, "%s%s %zu", k ? cg_pen_word(page, ", ", "、") : "", bars->words[k],
				     bars->rows[i].n[k]);
	}
}

static void draw_bars(const struct bars *bars, const char *title, const struct cg_picture_page *page,
		      struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text description = { 0 };

	describe(&description, page, bars);
	cg_pen_picture(page, draw, bars, title, &description, text);
}

/* ---- calls */

/* The document's words, so that a picture and the table beside it speak of the same. */
static const char *word_of(const struct cg_picture_page *page, struct cg_words words)
{
	return cg_pen_word(page, words.text[CG_LANGUAGE_EN], words.text[CG_LANGUAGE_JA]);
}

/* Parts that no row has are left out, but for what is allowed and what is refused. */
static void drop_part(struct bars *bars, size_t part)
{
	for (size_t i = 0; i < bars->n_rows; i++)
		if (bars->rows[i].n[part])
			return;
	bars->n_parts--;
	for (size_t k = part; k < bars->n_parts; k++) {
		bars->words[k] = bars->words[k + 1];
		bars->paints[k] = bars->paints[k + 1];
		for (size_t i = 0; i < bars->n_rows; i++)
			bars->rows[i].n[k] = bars->rows[i].n[k + 1];
	}
	for (size_t i = 0; i < bars->n_rows; i++)
		bars->rows[i].n[bars->n_parts] = 0;
}

void cg_picture_calls(const struct cg_flow_arch *arch, const struct cg_picture_page *page, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text title = { 0 };
	struct bars bars = {
		.words = { word_of(page, cg_words_of_access(CG_ACCESS_OPEN)),
			   word_of(page, cg_words_of_access(CG_ACCESS_CONDITIONAL)),
			   word_of(page, cg_words_of_access(CG_ACCESS_ASKED)),
			   word_of(page, cg_words_of_access(CG_ACCESS_REFUSED)) },
		.paints = { CG_PAINT_OPEN, CG_PAINT_CONDITIONAL, CG_PAINT_ASKED, CG_PAINT_REFUSED },
		.n_parts = CG_N_FLOW_FATES,
		.n_rows = CG_N_CATEGORIES + CG_TIER_CRITICAL + 1,
	};

	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++) {
		bars.rows[category].label = word_of(page, cg_words_of_category(category));
		for (enum cg_tier tier = 0; tier <= CG_TIER_CRITICAL; tier++) {
			/* The worst first. */
			struct row *row = &bars.rows[CG_N_CATEGORIES + CG_TIER_CRITICAL - tier];

			row->label = tier ? word_of(page, cg_words_of_tier(tier)) : cg_pen_word(page, "none", "特になし");
			for (size_t i = 0; i < CG_N_FLOW_FATES; i++) {
				bars.rows[category].n[i] += arch->n[category][tier][i];
				row->n[i] += arch->n[category][tier][i];
			}
		}
	}
	bars.rows[0].heading = cg_pen_word(page, "By category", "分類別");
	bars.rows[CG_N_CATEGORIES].heading = cg_pen_word(page, "By risk", "リスク別");
	drop_part(&bars, CG_FLOW_ASKED);
	drop_part(&bars, CG_FLOW_CONDITIONAL);
	cg_text_addf(&title, cg_pen_word(page, "Calls of %s by category and by risk", "%s の呼び出し、分類別とリスク別"),
		     arch->arch->name);
	draw_bars(&bars, cg_text_get(&title), page, text);
	text->has_failed |= title.has_failed;
}

/* ---- vulnerabilities */

void cg_picture_cves(const struct cg_picture_cve_row *rows, size_t n_rows, const struct cg_picture_page *page,
		     struct cg_text *text)
{
	struct bars bars = {
		.words = { cg_pen_word(page, "closed", "閉じる"), cg_pen_word(page, "partly closed", "一部閉じる"),
			   cg_pen_word(page, "open", "開いたまま") },
		.paints = { CG_PAINT_SAFE, CG_PAINT_PARTLY, CG_PAINT_EXPOSED },
		.n_parts = 3,
		.has_long_labels = true,
		.n_rows = n_rows < CG_PICTURE_ROWS_LIMIT ? n_rows : CG_PICTURE_ROWS_LIMIT,
	};

	if (n_rows == 0)
		return;
	for (size_t i = 0; i < bars.n_rows; i++)
		bars.rows[i] = (struct row){ .label = rows[i].label,
					     .n = { rows[i].n_closed, rows[i].n_partly, rows[i].n_open } };
	bars.rows[0].heading = cg_pen_word(page, "Known vulnerabilities", "既知の脆弱性");
	draw_bars(&bars, cg_pen_word(page, "Known kernel vulnerabilities that are closed", "閉じられる既知のカーネル脆弱性"),
		  page, text);
}
