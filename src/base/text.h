/*
 * Text being built: a string that grows, and a few questions about words.
 *
 * In: pieces. Out: `.data`, always NUL-terminated once something was added. Running out of memory sets `.has_failed`
 * and every later addition does nothing, so a printer checks once, at its end.
 */
#ifndef CG_BASE_TEXT_H
#define CG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Start with {0}; end with cg_text_done(). `data` is NULL while nothing was added: use cg_text_get(). */
struct cg_text {
	char *data;
	size_t length;
	size_t n_room;
	bool has_failed;
};

void cg_text_add(struct cg_text *text, const char *piece);
void cg_text_add_bytes(struct cg_text *text, const char *bytes, size_t length);
void cg_text_add_char(struct cg_text *text, char c);
void cg_text_addf(struct cg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes as inside a C string: control characters, quotes and backslashes are escaped, other bytes are left. */
void cg_text_add_escaped(struct cg_text *text, const char *bytes, size_t length);

/* Spaces until the text is `column` characters past `line_start` (an index into data); at least one space. */
void cg_text_pad(struct cg_text *text, size_t line_start, size_t column);

/* What was built so far; "" for an empty text. Dies at the next addition. */
const char *cg_text_get(const struct cg_text *text);

/* Hands the string over to the caller, who frees it; NULL if the text has failed. The text is empty afterwards. */
char *cg_text_steal(struct cg_text *text);

void cg_text_clear(struct cg_text *text);
void cg_text_done(struct cg_text *text);

/* Edits (insert, delete, replace, swap of neighbours) between two words; more than `limit` is told as limit + 1. */
unsigned int cg_word_distance(const char *a, const char *b, unsigned int limit);

/* The nearest of `n_words` words, or NULL when none is near enough (a third of its length) to be meant. */
const char *cg_word_nearest(const char *word, const char *const *words, size_t n_words);

/* Keeps in *best whichever of *best (may be NULL) and `candidate` is nearer to `word`, if near enough. */
void cg_word_keep_nearest(const char *word, const char *candidate, const char **best);

#endif
