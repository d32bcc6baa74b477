/*
 * Growing strings, and the distance between words for "did you mean". See text.h.
 */
#include "base/text.h"

#include "base/vec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_WORD 64

static bool has_room(struct cg_text *text, size_t length)
{
	if (text->has_failed || length > (size_t)-1 / 2 - text->length ||
	    cg_vec_reserve_raw(&text->data, &text->n_room, text->length + length + 1, 1) < 0) {
		text->has_failed = true;
		return false;
	}
	return true;
}

void cg_text_add_bytes(struct cg_text *text, const char *bytes, size_t length)
{
	if (!has_room(text, length))
		return;
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void cg_text_add(struct cg_text *text, const char *piece)
{
	cg_text_add_bytes(text, piece, strlen(piece));
}

void cg_text_add_char(struct cg_text *text, char c)
{
	cg_text_add_bytes(text, &c, 1);
}

void cg_text_addf(struct cg_text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !has_room(text, (size_t)length)) {
		text->has_failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}

static void add_escaped_char(struct cg_text *text, unsigned char c)
{
	static const char names[] = "abtnvfr";

	if (c == '"' || c == '\\')
		cg_text_addf(text, "\\%c", c);
	else if (c >= '\a' && c <= '\r')
		cg_text_addf(text, "\\%c", names[c - '\a']);
	else if (c < 0x20 || c == 0x7f)
		cg_text_addf(text, "\\x%02x", c);
	else
		cg_text_add_char(text, (char)c);
}

void cg_text_add_escaped(struct cg_text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		add_escaped_char(text, (unsigned char)bytes[i]);
}

void cg_text_pad(struct cg_text *text, size_t line_start, size_t column)
{
	do {
		cg_text_add_char(text, ' ');
	} while (!text->has_failed && text->length - line_start < column);
}

const char *cg_text_get(const struct cg_text *text)
{
	return text->data ? text->data : "";
}

char *cg_text_steal(struct cg_text *text)
{
	char *data = NULL;

	cg_text_add_bytes(text, "", 0);
	if (!text->has_failed) {
		data = text->data;
		text->data = NULL;
	}
	cg_text_done(text);
	return data;
}

void cg_text_clear(struct cg_text *text)
{
	text->length = 0;
	if (text->data)
		text->data[0] = '\0';
}

void cg_text_done(struct cg_text *text)
{
	free(text->data);
	*text = (struct cg_text){ 0 };
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int cg_word_distance(const char *a, const char *b, unsigned int limit)
{
	unsigned int rows[3][LONGEST_WORD + 1];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a > LONGEST_WORD || n_b > LONGEST_WORD)
		return limit + 1;
	for (size_t j = 0; j <= n_b; j++)
		rows[0][j] = (unsigned int)j;

	for (size_t i = 1; i <= n_a; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= n_b; j++) {
			unsigned int replaced = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return least(rows[n_a % 3][n_b], limit + 1);
}

/* How far apart for a suggestion: a beginning of the candidate ("out" of "output") counts as one edit. */
static unsigned int suggestion_distance(const char *word, const char *candidate, unsigned int limit)
{
	size_t length = strlen(word);

	if (length >= 2 && strncmp(word, candidate, length) == 0 && candidate[length])
		return 1;
	return cg_word_distance(word, candidate, limit);
}

void cg_word_keep_nearest(const char *word, const char *candidate, const char **best)
{
	unsigned int limit = (unsigned int)(strlen(word) + 2) / 3;
	unsigned int distance = suggestion_distance(word, candidate, limit);

	if (distance > limit)
		return;
	if (!*best || distance < suggestion_distance(word, *best, limit))
		*best = candidate;
}

const char *cg_word_nearest(const char *word, const char *const *words, size_t n_words)
{
	const char *best = NULL;

	for (size_t i = 0; i < n_words; i++)
		cg_word_keep_nearest(word, words[i], &best);
	return best;
}
