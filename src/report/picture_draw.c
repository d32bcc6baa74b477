/*
 * The pen: shapes to SVG, and what stands around them. See picture_draw.h; words are set in picture_words.c.
 */
#include "report/picture_draw.h"

#include "base/cleanup.h"
#include "report/style.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDE 720
#define NARROW 336 /* a phone of 360, less its margins */
#define FILE_MARGIN 16

/* What a paint's square of pattern is made of, over the page; "" is full. The style knows ink-NAME and fill-NAME. */
static const struct {
	const char *name;
	const char *pattern;
	int size;
	int angle;
} paints[] = {
	[CG_PAINT_OPEN] = { "open", "", 0, 0 },
	[CG_PAINT_CONDITIONAL] = { "open", "<path d=\"M0 3H6\" stroke-width=\"2.6\" class=\"ink-open\"/>", 6, 45 },
	[CG_PAINT_LOG] = { "log", "<circle cx=\"3\" cy=\"3\" r=\"1.9\" class=\"fill-log\"/>", 6, 0 },
	[CG_PAINT_ASKED] = { "asked", "<path d=\"M2.5 0V5\" stroke-width=\"2\" class=\"ink-asked\"/>", 5, 0 },
	[CG_PAINT_REFUSED] = { "refused", "<path d=\"M0 2.5H5\" stroke-width=\"1.2\" class=\"ink-refused\"/>", 5, -45 },
	[CG_PAINT_KILL] = { "kill", "<path d=\"M0 2.5H5M2.5 0V5\" stroke-width=\"1.5\" class=\"ink-kill\"/>", 5, 45 },
	[CG_PAINT_SAFE] = { "safe", "", 0, 0 },
	[CG_PAINT_PARTLY] = { "safe", "<path d=\"M0 3H6\" stroke-width=\"2.6\" class=\"ink-safe\"/>", 6, 45 },
	[CG_PAINT_EXPOSED] = { "refused", "<path d=\"M0 2.5H5\" stroke-width=\"1.2\" class=\"ink-refused\"/>", 5, -45 },
};

const char *cg_pen_word(const struct cg_picture_page *page, const char *english, const char *japanese)
{
	return page->language && strcmp(page->language, "ja") == 0 ? japanese : english;
}

void cg_pen_box(struct cg_pen *pen, int x, int y, int width, int height, const char *kind)
{
	cg_text_addf(&pen->body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"%s\"/>\n", x, y, width,
		     height, kind);
}

/* Ids of a page must be its own: the picture's, the form's, the pattern's. */
static void add_id(struct cg_text *text, const struct cg_pen *pen, const char *what)
{
	cg_text_addf(text, "%s-%c-%s", pen->page->id, pen->is_narrow ? 'n' : 'w', what);
}

void cg_pen_paint(struct cg_pen *pen, int x, int y, int width, int height, enum cg_paint paint)
{
	struct cg_text *text = &pen->body;

	if (width <= 0 || height <= 0)
		return;
	cg_text_addf(text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"edge-%s", x, y, width, height,
		     paints[paint].name);
	if (paints[paint].size == 0) {
		cg_text_addf(text, " fill-%s\"/>\n", paints[paint].name);
		return;
	}
	pen->paints |= 1U << paint;
	cg_text_add(text, "\" fill=\"url(#");
	add_id(text, pen, "");
	cg_text_addf(text, "%d)\"/>\n", (int)paint);
}

void cg_pen_line(struct cg_pen *pen, int x1, int y1, int x2, int y2, const char *kind)
{
	cg_text_addf(&pen->body, "<path d=\"M%d %dL%d %d\" class=\"%s\"/>\n", x1, y1, x2, y2, kind);
}

void cg_pen_arrow(struct cg_pen *pen, int x1, int y1, int x2, int y2, int thickness)
{
	int half = thickness / 20 + 5; /* of the head */

	if (y1 == y2)
		cg_text_addf(&pen->body,
			     "<path d=\"M%d %dH%d\" class=\"flow\" stroke-width=\"%d.%d\"/>"
			     "<path d=\"M%d %dl-8 -%dv%dz\" class=\"head\"/>\n",
			     x1, y1, x2 - 7, thickness / 10, thickness % 10, x2, y2, half, 2 * half);
	else
		cg_text_addf(&pen->body,
			     "<path d=\"M%d %dV%d\" class=\"flow\" stroke-width=\"%d.%d\"/>"
			     "<path d=\"M%d %dl-%d -8h%dz\" class=\"head\"/>\n",
			     x1, y1, y2 - 7, thickness / 10, thickness % 10, x2, y2, half, 2 * half);
}

/* ---- all of it */

static void add_patterns(struct cg_text *text, const struct cg_pen *pen)
{
	if (!pen->paints)
		return;
	cg_text_add(text, "<defs>\n");
	for (enum cg_paint paint = 0; paint < CG_N_PAINTS; paint++) {
		int size = paints[paint].size;

		if (!(pen->paints >> paint & 1))
			continue;
		cg_text_add(text, "<pattern id=\"");
		add_id(text, pen, "");
		cg_text_addf(text,
			     "%d\" width=\"%d\" height=\"%d\" patternUnits=\"userSpaceOnUse\" "
			     "patternTransform=\"rotate(%d)\"><rect width=\"%d\" height=\"%d\" class=\"page\"/>%s</pattern>\n",
			     (int)paint, size, size, paints[paint].angle, size, size, paints[paint].pattern);
	}
	cg_text_add(text, "</defs>\n");
}

static void add_head(struct cg_text *text, const struct cg_pen *pen, int height)
{
	bool is_file = pen->page->form == CG_PICTURE_FILE;
	int margin = is_file ? FILE_MARGIN : 0;

	if (is_file)
		cg_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	cg_text_addf(text, "<svg class=\"picture %s\"", is_file ? "file" : pen->is_narrow ? "narrow" : "wide");
	if (is_file)
		cg_text_addf(text, " xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"%s\" width=\"%d\" height=\"%d\"",
			     cg_pen_word(pen->page, "en", "ja"), pen->width + 2 * margin, height + 2 * margin);
	cg_text_addf(text, " viewBox=\"%d %d %d %d\" font-size=\"%d\" role=\"img\" aria-labelledby=\"", -margin, -margin,
		     pen->width + 2 * margin, height + 2 * margin, pen->size);
	add_id(text, pen, "title ");
	add_id(text, pen, "desc");
	cg_text_add(text, "\">\n");
}

static void add_name(struct cg_text *text, const struct cg_pen *pen, const char *element, const char *id,
		     const char *words)
{
	cg_text_addf(text, "<%s id=\"", element);
	add_id(text, pen, id);
	cg_text_add(text, "\">");
	cg_picture_escape(text, words, strlen(words));
	cg_text_addf(text, "</%s>\n", element);
}

static void add_form(struct cg_pen *pen, int height, const char *title, const struct cg_text *description,
		     struct cg_text *text)
{
	add_head(text, pen, height);
	add_name(text, pen, "title", "title", title);
	add_name(text, pen, "desc", "desc", cg_text_get(description));
	if (pen->page->form == CG_PICTURE_FILE)
		cg_text_addf(text, "<style>\n%s</style>\n<rect x=\"-%d\" y=\"-%d\" width=\"100%%\" height=\"100%%\" class=\"page\"/>\n",
			     cg_picture_style, FILE_MARGIN, FILE_MARGIN);
	add_patterns(text, pen);
	cg_text_add(text, cg_text_get(&pen->body));
	cg_text_add(text, "</svg>\n");
	text->has_failed |= pen->body.has_failed || description->has_failed;
}

void cg_pen_picture(const struct cg_picture_page *page, int (*draw)(struct cg_pen *pen, const void *facts),
		    const void *facts, const char *title, const struct cg_text *description, struct cg_text *text)
{
	for (int is_narrow = 0; is_narrow < 2; is_narrow++) {
		struct cg_pen pen = {
			.page = page,
			.is_narrow = is_narrow,
			.is_japanese = *cg_pen_word(page, "", "j"),
			.width = is_narrow ? NARROW : WIDE,
			.size = is_narrow ? 12 : 13,
			.leading = is_narrow ? 16 : 18,
		};

		if (page->form != CG_PICTURE_BOTH && (page->form == CG_PICTURE_NARROW) != is_narrow)
			continue;
		add_form(&pen, draw(&pen, facts), title, description, text);
		cg_text_done(&pen.body);
	}
}
