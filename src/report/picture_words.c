/*
 * The pen's words: escaped, measured by eye, broken into lines. See picture_draw.h.
 *
 * Nobody knows the reader's font. Letters are taken a little wider than common fonts have them, so that what was
 * measured fits; CJK letters are squares in every font.
 */
#include "report/picture_draw.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "…"

void cg_picture_escape(struct cg_text *text, const char *bytes, size_t length)
{
	static const struct {
		char c;
		const char *name;
	} names[] = { { '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" }, { '\'', "&#39;" } };

	for (size_t i = 0, n; i < length; i += n) {
		const char *name = NULL;

		n = cg_utf8_length(bytes + i, length - i);
		for (size_t k = 0; k < CG_N_ITEMS(names); k++)
			if (bytes[i] == names[k].c)
				name = names[k].name;
		/* XML has no way to write control characters, nor U+FFFE and U+FFFF. */
		if (n == 0 || ((unsigned char)bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\t') || bytes[i] == 0x7f ||
		    (n == 3 && memcmp(bytes + i, "\xef\xbf", 2) == 0 && (unsigned char)bytes[i + 2] >= 0xbe))
			name = CG_UTF8_REPLACEMENT;
		if (name)
			cg_text_add(text, name);
		else
			cg_text_add_bytes(text, bytes + i, n);
		n = n ? n : 1;
	}
}

/* ---- measuring, in hundredths of the letters' size */

/* From Hangul's first letters on scripts are square, but for a few; what is neither is taken as a letter. */
static bool is_square(const char *bytes, size_t length)
{
	return length >= 4 || (length == 3 && (unsigned char)bytes[0] >= 0xe2 && memcmp(bytes, "\xe2\x80", 2) != 0);
}

static int letter_width(const char *bytes, size_t length)
{
	char c = bytes[0];

	if (length > 1)
		return is_square(bytes, length) ? 100 : 62;
	if (strchr("iljI.,:;'|!()[] ", c))
		return 34;
	if (strchr("mwMW@%", c))
		return 92;
	return c >= 'A' && c <= 'Z' ? 71 : 59;
}

/* The next letter's bytes, at least one. */
static size_t letter_length(const char *words)
{
	size_t n = cg_utf8_length(words, strnlen(words, 4));

	return n ? n : 1;
}

static int measure(const struct cg_pen *pen, const char *words, size_t length)
{
	int width = 0;

	for (size_t i = 0, n; i < length && words[i]; i += n) {
		n = letter_length(words + i);
		width += letter_width(words + i, n);
	}
	return (width * pen->size + 99) / 100;
}

int cg_pen_measure(const struct cg_pen *pen, const char *words)
{
	return measure(pen, words, strlen(words));
}

/* ---- lines */

/* Signs that Japanese does not put at the beginning of a line. */
static bool is_closing(const char *words)
{
	static const char *const signs[] = { "、", "。", "）", "」", "・", "：", "？", ",", ".", ")", ":" };

	for (size_t i = 0; i < CG_N_ITEMS(signs); i++)
		if (strncmp(words, signs[i], strlen(signs[i])) == 0)
			return true;
	return false;
}

/* U+30A1 to U+30FE: the words that Japanese takes from elsewhere, which are read whole. */
static bool is_katakana(const char *bytes, size_t n)
{
	return n == 3 && (memcmp(bytes, "\xe3\x82\xa1", 3) >= 0 && memcmp(bytes, "\xe3\x83\xbe", 3) <= 0);
}

/*
 * Bytes of the longest beginning that fits: up to a blank, or between letters of which one is square; within a word of
 * katakana only where there is no other place.
 */
static size_t break_line(const struct cg_pen *pen, const char *words, int width)
{
	size_t fit = 0, any = 0; /* where it may break, and where it must if it may nowhere */
	bool was_square = false, was_katakana = false;

	for (size_t i = 0; words[i];) {
		size_t n = letter_length(words + i);
		bool square = n > 1 && is_square(words + i, n), katakana = is_katakana(words + i, n);

		if (i && words[i] != ' ' && (words[i - 1] == ' ' || square || was_square) && !is_closing(words + i) &&
		    !(katakana && was_katakana))
			fit = i;
		if (measure(pen, words, i + n) > width && words[i] != ' ')
			return fit ? fit : any ? any : n;
		i += n;
		any = i;
		was_square = square;
		was_katakana = katakana;
	}
	return strlen(words);
}

static size_t fit_with_ellipsis(const struct cg_pen *pen, const char *words, int width)
{
	size_t fit = 0;

	width -= measure(pen, ELLIPSIS, strlen(ELLIPSIS)) + pen->size / 2;
	for (size_t i = 0; words[i];) {
		i += letter_length(words + i);
		if (measure(pen, words, i) > width)
			break;
		fit = i;
	}
	/* Rather before a word than within it, unless that leaves half a line empty. */
	for (size_t i = fit; words[fit] != ' ' && i > fit / 2; i--)
		if (words[i - 1] == ' ') {
			fit = i;
			break;
		}
	while (fit && strchr(" ,", words[fit - 1]))
		fit--;
	return fit;
}

static void add_text(struct cg_pen *pen, int x, int y, const char *kind, enum cg_pen_side side)
{
	static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };

	cg_text_addf(&pen->body, "<text x=\"%d\" y=\"%d\" class=\"%s\"%s>", x, y, kind, anchors[side]);
}

void cg_pen_text(struct cg_pen *pen, int x, int y, const char *kind, enum cg_pen_side side, const char *words)
{
	add_text(pen, x, y, kind, side);
	cg_picture_escape(&pen->body, words, strlen(words));
	cg_text_add(&pen->body, "</text>\n");
}

/* Draws only where `pen` is not NULL. Bold letters are an eighth wider. */
static int set_lines(struct cg_pen *pen, int x, int y, int width, int n_lines, const char *kind, const char *words,
		     const struct cg_pen *scale)
{
	int n = 0;

	width = *kind == 'b' ? width * 8 / 9 : width;
	while (*words && n < n_lines) {
		size_t length = break_line(scale, words, width);
		bool is_cut = n == n_lines - 1 && words[length];

		if (is_cut)
			length = fit_with_ellipsis(scale, words, width);
		if (pen) {
			add_text(pen, x, y + n * scale->leading, kind, CG_PEN_LEFT);
			cg_picture_escape(&pen->body, words, length);
			cg_text_add(&pen->body, is_cut ? ELLIPSIS "</text>\n" : "</text>\n");
		}
		words += length;
		n++;
	}
	return n;
}

int cg_pen_paragraph(struct cg_pen *pen, int x, int y, int width, int n_lines, const char *kind, const char *words)
{
	return set_lines(pen, x, y, width, n_lines, kind, words, pen);
}

int cg_pen_count_lines(const struct cg_pen *pen, int width, int n_lines, const char *kind, const char *words)
{
	return set_lines(NULL, 0, 0, width, n_lines, kind, words, pen);
}

/* ---- what pictures have in common */

int cg_pen_legend(struct cg_pen *pen, int y, const enum cg_paint *paints, const char *const *words, size_t n)
{
	int x = 0, top = y;

	for (size_t i = 0; i < n; i++) {
		int width = cg_pen_measure(pen, words[i]) + 40;

		if (x && x + width - 16 > pen->width) {
			x = 0;
			y += pen->leading + 2;
		}
		cg_pen_paint(pen, x + 1, y + 3, 14, 12, paints[i]);
		cg_pen_text(pen, x + 21, y + 14, "t", CG_PEN_LEFT, words[i]);
		x += width;
	}
	return y + pen->leading + 8 - top;
}

void cg_pen_add_number(struct cg_text *text, uint64_t number)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			cg_text_add_char(text, ',');
		cg_text_add_char(text, digits[i]);
	}
}
