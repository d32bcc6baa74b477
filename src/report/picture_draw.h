/*
 * Drawing: a pen that writes SVG, for picture_*.c only.
 *
 * In: shapes and words, in units that are pixels where the picture is shown as wide as it was drawn. Out: SVG. What is
 * drawn is kept until the end, when its height and the patterns that it used are known.
 *
 * A paint is a colour with a pattern, so that prints in grey and eyes that see no red can tell them apart. Words are
 * never written on a paint: they always have the page behind them.
 */
#ifndef CG_REPORT_PICTURE_DRAW_H
#define CG_REPORT_PICTURE_DRAW_H

#include "report/picture.h"

enum cg_paint {
	CG_PAINT_OPEN,        /* full */
	CG_PAINT_CONDITIONAL, /* the same colour in stripes */
	CG_PAINT_LOG,
	CG_PAINT_ASKED,
	CG_PAINT_REFUSED,
	CG_PAINT_KILL,
	CG_PAINT_SAFE, /* a hole closed */
	CG_PAINT_PARTLY,
	CG_PAINT_EXPOSED,
	CG_N_PAINTS,
};

/* Where a text stands against its x. */
enum cg_pen_side {
	CG_PEN_LEFT, /* it begins there */
	CG_PEN_MIDDLE,
	CG_PEN_RIGHT, /* it ends there */
};

struct cg_pen {
	const struct cg_picture_page *page;
	bool is_narrow, is_japanese;
	int width;  /* of the picture */
	int size;   /* of its letters */
	int leading; /* from line to line */
	unsigned int paints; /* 1 << those used */
	struct cg_text body;
};


/*
 * Appends the forms that the page wants. `title` and `description` are plain text, and `draw` returns the height. The
 * description may have failed (out of memory): then so does `text`.
 */
void cg_pen_picture(const struct cg_picture_page *page, int (*draw)(struct cg_pen *pen, const void *facts),
		    const void *facts, const char *title, const struct cg_text *description,
		    struct cg_text *text);

/* Any bytes as text of XML and HTML, also between quotes; what neither can hold becomes U+FFFD. */
void cg_picture_escape(struct cg_text *text, const char *bytes, size_t length);

/* The word of the page's language. */
const char *cg_pen_word(const struct cg_picture_page *page, const char *english, const char *japanese)
	__attribute__((format_arg(2), format_arg(3)));

void cg_pen_text(struct cg_pen *pen, int x, int y, const char *kind, enum cg_pen_side side, const char *words);
void cg_pen_box(struct cg_pen *pen, int x, int y, int width, int height, const char *kind);
void cg_pen_paint(struct cg_pen *pen, int x, int y, int width, int height, enum cg_paint paint);
void cg_pen_line(struct cg_pen *pen, int x1, int y1, int x2, int y2, const char *kind);

/* A line with a head at its end, to the right or down; `thickness` in tenths. */
void cg_pen_arrow(struct cg_pen *pen, int x1, int y1, int x2, int y2, int thickness);

/* About how wide words are, at the pen's size; not bold. */
int cg_pen_measure(const struct cg_pen *pen, const char *words);

/*
 * Text in lines that are no wider than `width`, at most n_lines, the last one cut with …; returns how many. `kind` is a
 * class of picture.css: "t" text, "m" muted, "b" bold.
 */
int cg_pen_paragraph(struct cg_pen *pen, int x, int y, int width, int n_lines, const char *kind, const char *words);

/* How many lines the same would take, and nothing drawn. */
int cg_pen_count_lines(const struct cg_pen *pen, int width, int n_lines, const char *kind, const char *words);

/* Swatches with their words, in as many lines as they take; returns the height. */
int cg_pen_legend(struct cg_pen *pen, int y, const enum cg_paint *paints, const char *const *words, size_t n);

/* 1234567 as "1,234,567". */
void cg_pen_add_number(struct cg_text *text, uint64_t number);

#endif
