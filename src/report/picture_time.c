/*
 * Where the time went: the calls that took most of it, and how long calls took.
 *
 * In: a summary of recordings made with --time. Out: SVG; bars for the calls, and a histogram over powers of two, whose
 * heights are logarithmic too: rare and slow calls are what one looks for in it.
 */
#include "report/picture_draw.h"

#include "abi/call_text.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define CALLS_SHOWN 10
#define BAR_STEP 24

struct times {
	const struct cg_summary_call *calls[CALLS_SHOWN]; /* most time first */
	size_t n_calls;
	size_t n_others; /* timed, and not shown */
	uint64_t others_ns;
	uint64_t total_ns;
	uint64_t n_timed;
	uint64_t max_ns;
	uint64_t buckets[CG_TIME_BUCKETS];
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t total_of(const struct cg_summary_call *call)
{
	return call->call.time->total_ns;
}

/* Keeps the list sorted; what falls off its end is one of the others. Equals stay in the order of the recording. */
static void add_call(struct times *times, const struct cg_summary_call *call)
{
	size_t i = times->n_calls;

	if (i == CALLS_SHOWN && total_of(times->calls[i - 1]) >= total_of(call)) {
		times->n_others++;
		times->others_ns = add(times->others_ns, total_of(call));
		return;
	}
	if (i == CALLS_SHOWN) {
		i--;
		times->n_others++;
		times->others_ns = add(times->others_ns, total_of(times->calls[i]));
	} else {
		times->n_calls++;
	}
	for (; i && total_of(times->calls[i - 1]) < total_of(call); i--)
		times->calls[i] = times->calls[i - 1];
	times->calls[i] = call;
}

static struct times sum_up(const struct cg_summary *summary)
{
	struct times times = { 0 };

	for (size_t i = 0; i < summary->calls.n_items; i++) {
		const struct cg_call_time *time = summary->calls.items[i].call.time;

		if (!time || !time->n_calls)
			continue;
		add_call(&times, &summary->calls.items[i]);
		times.total_ns = add(times.total_ns, time->total_ns);
		times.n_timed = add(times.n_timed, time->n_calls);
		times.max_ns = time->max_ns > times.max_ns ? time->max_ns : times.max_ns;
		for (size_t k = 0; k < CG_TIME_BUCKETS; k++)
			times.buckets[k] = add(times.buckets[k], time->buckets[k]);
	}
	return times;
}

bool cg_picture_has_time(const struct cg_summary *summary)
{
	return sum_up(summary).n_timed > 0;
}

/* ---- in words */

/* "1.23 s", "45.6 ms", "789 ns": three digits, or more where they are seconds. */
static void add_duration(struct cg_text *text, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "µs" } };

	for (size_t i = 0; i < CG_N_ITEMS(units); i++) {
		uint64_t whole = ns / units[i].ns, rest = ns % units[i].ns / (units[i].ns / 100);

		if (ns < units[i].ns)
			continue;
		if (whole >= 100) {
			cg_pen_add_number(text, whole);
			cg_text_addf(text, " %s", units[i].name);
		} else if (whole >= 10) {
			cg_text_addf(text, "%" PRIu64 ".%" PRIu64 " %s", whole, rest / 10, units[i].name);
		} else {
			cg_text_addf(text, "%" PRIu64 ".%02" PRIu64 " %s", whole, rest, units[i].name);
		}
		return;
	}
	cg_text_addf(text, "%" PRIu64 " ns", ns);
}

static void add_share(struct cg_text *text, uint64_t part, uint64_t whole)
{
	unsigned int tenths = whole ? (unsigned int)((double)part / (double)whole * 1000 + 0.5) : 0;

	if (part && !tenths)
		cg_text_add(text, "<0.1 %");
	else
		cg_text_addf(text, "%u.%u %%", tenths / 10, tenths % 10);
}

static void add_call_name(struct cg_text *text, const struct cg_recorded_call *call)
{
	if (call->arch)
		cg_call_format_name(text, call->arch, call->nr);
	else
		cg_text_addf(text, "0x%" PRIx32 ":%" PRIu32, call->arch_token, call->nr);
}

static void describe(struct cg_text *text, const struct cg_picture_page *page, const struct times *times)
{
	cg_text_add(text, cg_pen_word(page, "Timed calls: ", "計測した呼び出しの回数: "));
	cg_pen_add_number(text, times->n_timed);
	cg_text_add(text, cg_pen_word(page, "; together ", "、合計時間: "));
	add_duration(text, times->total_ns);
	cg_text_add(text, cg_pen_word(page, ", the longest ", "、最長: "));
	add_duration(text, times->max_ns);
	cg_text_add(text, cg_pen_word(page, ". ", "。"));
	for (size_t i = 0; i < times->n_calls; i++) {
		cg_text_add(text, i ? cg_pen_word(page, ", ", "、") : "");
		add_call_name(text, &times->calls[i]->call);
		cg_text_add_char(text, ' ');
		add_duration(text, total_of(times->calls[i]));
	}
	if (times->n_others) {
		cg_text_addf(text, cg_pen_word(page, ", %zu others ", "、その他 %zu 種 "), times->n_others);
		add_duration(text, times->others_ns);
	}
	cg_text_add(text, cg_pen_word(page, ".", "。"));
}

/* ---- the calls */

static void draw_call(struct cg_pen *pen, int y, int bar_x, const struct times *times, const char *label, uint64_t ns)
{
	CG_CLEANUP(cg_text_done) struct cg_text share = { 0 }, duration = { 0 };
	int figures = pen->is_narrow ? 112 : 150, room = pen->width - bar_x - figures;
	uint64_t most = times->others_ns;
	int width;

	if (times->n_calls && total_of(times->calls[0]) > most)
		most = total_of(times->calls[0]);
	width = most ? (int)((double)ns / (double)most * room) : 0;
	cg_pen_paragraph(pen, 0, y + pen->size - 1, bar_x - 6, 1, "t", label);
	cg_pen_paint(pen, bar_x, y, width < 2 ? 2 : width, 14, CG_PAINT_OPEN);
	add_duration(&duration, ns);
	add_share(&share, ns, times->total_ns);
	cg_pen_text(pen, pen->width - (pen->is_narrow ? 52 : 62), y + pen->size - 1, "t", CG_PEN_RIGHT,
		    cg_text_get(&duration));
	cg_pen_text(pen, pen->width - 2, y + pen->size - 1, "m", CG_PEN_RIGHT, cg_text_get(&share));
	pen->body.has_failed |= share.has_failed || duration.has_failed;
}

static int draw_calls(struct cg_pen *pen, int y, const struct times *times)
{
	int bar_x = pen->is_narrow ? 104 : 170;

	cg_pen_text(pen, 0, y + pen->size + 1, "b", CG_PEN_LEFT,
		    cg_pen_word(pen->page, "Time in the kernel, waiting included", "カーネル内の時間（待ち時間を含む）"));
	y += pen->leading + 10;
	for (size_t i = 0; i < times->n_calls; i++, y += BAR_STEP) {
		CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

		add_call_name(&name, &times->calls[i]->call);
		draw_call(pen, y, bar_x, times, cg_text_get(&name), total_of(times->calls[i]));
		pen->body.has_failed |= name.has_failed;
	}
	if (times->n_others) {
		CG_CLEANUP(cg_text_done) struct cg_text others = { 0 };

		cg_text_addf(&others, cg_pen_word(pen->page, "%zu others", "その他 %zu 種"), times->n_others);
		draw_call(pen, y, bar_x, times, cg_text_get(&others), times->others_ns);
		pen->body.has_failed |= others.has_failed;
		y += BAR_STEP;
	}
	return y;
}

/* ---- the histogram */

struct histogram {
	int x, y, width, height;
	size_t first, last; /* buckets that are not empty, and what is between */
	unsigned int n_powers; /* 2^n_powers is not below the largest */
};

/* To base two, and straight between its powers: 0 for 1. */
static double logarithm(uint64_t n)
{
	unsigned int power = 0;

	while (power < 63 && n >> (power + 1))
		power++;
	return power + (double)(n - ((uint64_t)1 << power)) / (double)((uint64_t)1 << power);
}

/* 1 stands one power of two high, so that a single call is seen. */
static int height_of(const struct histogram *histogram, uint64_t n)
{
	return n ? (int)((logarithm(n) + 1) / (histogram->n_powers + 1) * histogram->height) : 0;
}

static void draw_grid(struct cg_pen *pen, const struct histogram *histogram)
{
	uint64_t n = 1;

	cg_pen_line(pen, histogram->x, histogram->y + histogram->height, histogram->x + histogram->width,
		    histogram->y + histogram->height, "axis");
	for (unsigned int i = 0; i < 19; i++, n *= 10) {
		static const char *const suffixes[] = { "", "k", "M", "G", "T", "P", "E" };
		int y = histogram->y + histogram->height - height_of(histogram, n);
		CG_CLEANUP(cg_text_done) struct cg_text label = { 0 };

		if (y < histogram->y)
			return;
		cg_text_addf(&label, "%s%s", i % 3 == 0 ? "1" : i % 3 == 1 ? "10" : "100", suffixes[i / 3]);
		cg_pen_line(pen, histogram->x, y, histogram->x + histogram->width, y, "grid");
		cg_pen_text(pen, histogram->x - 6, y + 4, "m", CG_PEN_RIGHT, cg_text_get(&label));
		pen->body.has_failed |= label.has_failed;
	}
}

static void draw_buckets(struct cg_pen *pen, const struct histogram *histogram, const struct times *times)
{
	size_t n = histogram->last - histogram->first + 1;
	int ground = histogram->y + histogram->height;

	for (size_t i = 0; i < n; i++) {
		int x = histogram->x + (int)((size_t)histogram->width * i / n);
		int end = histogram->x + (int)((size_t)histogram->width * (i + 1) / n);
		int height = height_of(histogram, times->buckets[histogram->first + i]);

		cg_pen_paint(pen, x + 1, ground - height, end - x - 2, height, CG_PAINT_OPEN);
	}
}

/* 1 ns, 10 ns, …: as many as there is room for, straight between the powers of two as heights are. */
static void draw_durations(struct cg_pen *pen, const struct histogram *histogram)
{
	int ground = histogram->y + histogram->height, last_label = -100;
	uint64_t ns = 1;

	for (unsigned int i = 0; i < 19; i++, ns *= 10) {
		CG_CLEANUP(cg_text_done) struct cg_text label = { 0 };
		double at = logarithm(ns) - (double)histogram->first;
		int x = histogram->x + (int)(at * histogram->width / (double)(histogram->last - histogram->first + 1));

		cg_text_addf(&label, "%s %s", i % 3 == 0 ? "1" : i % 3 == 1 ? "10" : "100",
			     i < 3 ? "ns" : i < 6 ? "µs" : i < 9 ? "ms" : i < 12 ? "s" : "ks");
		if (at < 0 || x > histogram->x + histogram->width || x - last_label < 54)
			continue;
		last_label = x;
		cg_pen_line(pen, x, ground, x, ground + 5, "axis");
		cg_pen_text(pen, x, ground + pen->size + 6, "m", CG_PEN_MIDDLE, cg_text_get(&label));
		pen->body.has_failed |= label.has_failed;
	}
}

static int draw_histogram(struct cg_pen *pen, int y, const struct times *times)
{
	struct histogram histogram = { .x = 44, .width = pen->width - 60, .height = pen->is_narrow ? 150 : 180,
				       .last = CG_TIME_BUCKETS - 1, .n_powers = 3 };
	uint64_t most = 1;

	while (histogram.first < histogram.last && !times->buckets[histogram.first])
		histogram.first++;
	while (histogram.last > histogram.first && !times->buckets[histogram.last])
		histogram.last--;
	for (size_t i = histogram.first; i <= histogram.last; i++)
		most = times->buckets[i] > most ? times->buckets[i] : most;
	while (histogram.n_powers < 63 && (uint64_t)1 << histogram.n_powers < most)
		histogram.n_powers++;
	y += cg_pen_paragraph(pen, 0, y + pen->size + 15, pen->width, 2, "b",
			      cg_pen_word(pen->page, "How many calls took how long (both scales are logarithmic)",
					  "所要時間ごとの呼び出し回数（縦軸・横軸とも対数目盛）")) * pen->leading;
	histogram.y = y + 26;
	draw_grid(pen, &histogram);
	draw_buckets(pen, &histogram, times);
	draw_durations(pen, &histogram);
	return histogram.y + histogram.height + pen->leading + 14;
}

static int draw(struct cg_pen *pen, const void *facts)
{
	return draw_histogram(pen, draw_calls(pen, 0, facts), facts);
}

void cg_picture_time(const struct cg_summary *summary, const struct cg_picture_page *page, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text description = { 0 };
	struct times times = sum_up(summary);

	if (!times.n_timed)
		return;
	describe(&description, page, &times);
	cg_pen_picture(page, draw, &times, cg_pen_word(page, "Where the time went", "時間の内訳"), &description, text);
}
