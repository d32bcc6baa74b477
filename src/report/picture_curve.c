/*
 * The coverage curve: how many different calls were seen after each run, what each run added, and how many there are
 * thought to be.
 *
 * In: struct cg_coverage. Out: SVG. More runs than the picture has room for are drawn as a line through every so many
 * of them; the first and the last are always there.
 */
#include "report/picture_draw.h"

#include "base/cleanup.h"

#define POINTS_LIMIT 240 /* on the curve */
#define BARS_LIMIT 60    /* runs with a bar and a dot of their own */

struct plot {
	int x, y, width, height; /* of the area, without what is written around it */
	uint64_t most;	 /* what its top stands for */
	uint64_t step;	 /* from line to line */
};

/* 1, 2 or 5 times a power of ten, so that there are at most five lines. */
static uint64_t step_for(uint64_t most)
{
	static const unsigned int factors[] = { 1, 2, 5 };

	for (uint64_t power = 1; power < UINT64_MAX / 100; power *= 10)
		for (size_t i = 0; i < CG_N_ITEMS(factors); i++)
			if (most / (factors[i] * power) < 5)
				return factors[i] * power;
	return UINT64_MAX / 5;
}

static int y_of(const struct plot *plot, uint64_t n)
{
	return plot->y + plot->height - (int)((double)n / (double)plot->most * plot->height);
}

static int x_of(const struct plot *plot, const struct cg_coverage *coverage, size_t run)
{
	return plot->x + (int)(((double)run + 0.5) / (double)coverage->curve.n_items * plot->width);
}

static void draw_number(struct cg_pen *pen, int x, int y, const char *kind, enum cg_pen_side side, uint64_t number)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_pen_add_number(&text, number);
	cg_pen_text(pen, x, y, kind, side, cg_text_get(&text));
	pen->body.has_failed |= text.has_failed;
}

static void draw_axes(struct cg_pen *pen, const struct plot *plot, const struct cg_coverage *coverage)
{
	size_t n_runs = coverage->curve.n_items, every = 1, n_labels = (size_t)plot->width / 40;

	for (uint64_t n = 0; n <= plot->most; n += plot->step) {
		cg_pen_line(pen, plot->x, y_of(plot, n), plot->x + plot->width, y_of(plot, n), n ? "grid" : "axis");
		draw_number(pen, plot->x - 6, y_of(plot, n) + 4, "m", CG_PEN_RIGHT, n);
	}
	while (n_runs / every > n_labels)
		every = step_for(every * 5);
	for (size_t i = 0; i < n_runs; i++)
		if ((i + 1) % every == 0 || i == 0)
			draw_number(pen, x_of(plot, coverage, i), plot->y + plot->height + pen->size + 4, "m", CG_PEN_MIDDLE,
				    i + 1);
	cg_pen_text(pen, plot->x + plot->width, plot->y + plot->height + 2 * pen->leading + 4, "m", CG_PEN_RIGHT,
		    cg_pen_word(pen->page, "runs, in order of time", "実行（時刻順）"));
}

static void draw_estimate(struct cg_pen *pen, const struct plot *plot, const struct cg_coverage *coverage)
{
	CG_CLEANUP(cg_text_done) struct cg_text words = { 0 };
	int y = y_of(plot, coverage->n_estimated);

	if (!coverage->is_estimated)
		return;
	cg_pen_line(pen, plot->x, y, plot->x + plot->width, y, "estimate");
	cg_text_add(&words, cg_pen_word(pen->page, "estimated: at least ", "推定: 少なくとも "));
	cg_pen_add_number(&words, coverage->n_estimated);
	cg_text_add(&words, cg_pen_word(pen->page, "", " 種"));
	cg_pen_text(pen, plot->x + 4, y - 8, "t", CG_PEN_LEFT, cg_text_get(&words));
	pen->body.has_failed |= words.has_failed;
}

static void draw_curve(struct cg_pen *pen, const struct plot *plot, const struct cg_coverage *coverage)
{
	size_t n_runs = coverage->curve.n_items, every = n_runs / POINTS_LIMIT + 1;
	uint64_t n_seen = 0;

	cg_text_add(&pen->body, "<path class=\"curve\" d=\"");
	for (size_t i = 0; i < n_runs; i++) {
		n_seen += coverage->curve.items[i].n_new;
		if (i % every == 0 || i == n_runs - 1)
			cg_text_addf(&pen->body, "%s%d %d", i ? "L" : "M", x_of(plot, coverage, i), y_of(plot, n_seen));
	}
	cg_text_add(&pen->body, "\"/>\n");
	n_seen = 0;
	for (size_t i = 0; i < n_runs && n_runs <= BARS_LIMIT; i++) {
		n_seen += coverage->curve.items[i].n_new;
		cg_text_addf(&pen->body, "<circle cx=\"%d\" cy=\"%d\" r=\"3.5\" class=\"dot\"/>\n", x_of(plot, coverage, i),
			     y_of(plot, n_seen));
	}
}

/* What each run added, as bars on the ground; with its figure where there is room. */
static void draw_news(struct cg_pen *pen, const struct plot *plot, const struct cg_coverage *coverage)
{
	size_t n_runs = coverage->curve.n_items;
	int width = (int)((size_t)plot->width * 6 / (10 * n_runs));

	if (n_runs > POINTS_LIMIT)
		return;
	width = width > 28 ? 28 : width < 2 ? 2 : width;
	for (size_t i = 0; i < n_runs; i++) {
		uint64_t n = coverage->curve.items[i].n_new;
		int x = x_of(plot, coverage, i), y = y_of(plot, n);

		if (n)
			cg_pen_paint(pen, x - width / 2, y, width, plot->y + plot->height - y, CG_PAINT_CONDITIONAL);
		/* The first run's bar ends where the curve begins. */
		if (n && i && plot->width / (int)n_runs > 24)
			draw_number(pen, x, y - 4, "t", CG_PEN_MIDDLE, n);
	}
}

static int draw(struct cg_pen *pen, const void *facts)
{
	const struct cg_coverage *coverage = facts;
	const enum cg_paint paint = CG_PAINT_CONDITIONAL;
	const char *const words = cg_pen_word(pen->page, "calls that no earlier run had made", "それまでの実行になかった呼び出し");
	struct plot plot = { .x = 44, .width = pen->width - 60, .height = pen->is_narrow ? 170 : 230 };
	uint64_t most = coverage->n_calls;

	if (coverage->is_estimated && coverage->n_estimated > most)
		most = coverage->n_estimated;
	plot.most = most + most / 8 + 1; /* room for what is written above the highest line */
	plot.step = step_for(plot.most);
	plot.y = cg_pen_legend(pen, 0, &paint, &words, 1);
	cg_pen_line(pen, 0, plot.y + 8, 15, plot.y + 8, "curve");
	cg_pen_text(pen, 21, plot.y + 12, "t", CG_PEN_LEFT,
		    cg_pen_word(pen->page, "calls seen so far", "それまでに観測した呼び出し"));
	plot.y += pen->leading + 10;
	draw_axes(pen, &plot, coverage);
	draw_news(pen, &plot, coverage);
	draw_estimate(pen, &plot, coverage);
	draw_curve(pen, &plot, coverage); /* over the estimate, where they meet */
	return plot.y + plot.height + 2 * pen->leading + 12;
}

static void describe(struct cg_text *text, const struct cg_picture_page *page, const struct cg_coverage *coverage)
{
	size_t n_runs = coverage->curve.n_items;

	cg_text_addf(text, cg_pen_word(page, "%zu runs made %zu different calls. New with each run: ",
				       "%zu 回の実行で %zu 種の呼び出しを観測。実行ごとの新規: "),
		     n_runs, coverage->n_calls);
	for (size_t i = 0; i < n_runs && i < BARS_LIMIT; i++)
		cg_text_addf(text, "%s%zu", i ? ", " : "", coverage->curve.items[i].n_new);
	cg_text_add(text, n_runs > BARS_LIMIT ? ", …" : "");
	if (coverage->is_estimated) {
		cg_text_add(text, cg_pen_word(page, ". Estimated in all: at least ", "。推定される総数: 少なくとも "));
		cg_pen_add_number(text, coverage->n_estimated);
	}
	cg_text_add(text, cg_pen_word(page, ".", "。"));
}

void cg_picture_coverage(const struct cg_coverage *coverage, const struct cg_picture_page *page, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text description = { 0 };

	if (coverage->curve.n_items < 2)
		return;
	describe(&description, page, coverage);
	cg_pen_picture(page, draw, coverage, cg_pen_word(page, "What each run still added", "実行ごとに増えた呼び出し"),
		       &description, text);
}
