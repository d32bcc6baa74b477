/*
 * The leaves of JSON: space and comments, numbers, strings; and the place that every error names. json_read.c stands on
 * it; nobody else includes it.
 */
#ifndef CG_BASE_JSON_LEX_H
#define CG_BASE_JSON_LEX_H

#include "base/json_read.h"
#include "base/text.h"

#include <string.h>

struct cg_json_lexer {
	struct cg_arena *arena;
	const char *name;
	const char *bytes;
	size_t length;
	size_t at;         /* the next byte */
	size_t line_start; /* index of the first byte of the line */
	uint32_t line;
	unsigned int options;
	unsigned int depth;
	size_t n_nodes;
	struct cg_text scratch; /* the string being decoded */
	struct cg_err *err;
};

/* White space and, on request, comments. Errors as cg_json_read() has them, in all that follows. */
int cg_json_skip_space(struct cg_json_lexer *lexer);

/* A number at hand (a digit or a minus sign) into a value. */
int cg_json_lex_number(struct cg_json_lexer *lexer, struct cg_json *value);

/* A string at hand (a quote), decoded, with a NUL behind it. */
int cg_json_lex_string(struct cg_json_lexer *lexer, bool is_key, const char **ret_text, size_t *ret_length);

/* An error at a byte of this line. */
int cg_json_fail_at(struct cg_json_lexer *lexer, size_t at, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* "unexpected 'x'": the byte at hand, where `wanted` should be; or that the text ended. */
int cg_json_fail_unexpected(struct cg_json_lexer *lexer, const char *wanted);

static inline uint32_t cg_json_column(const struct cg_json_lexer *lexer, size_t at)
{
	return (uint32_t)(at - lexer->line_start + 1);
}

/* The byte at hand, or -1 at the end. */
static inline int cg_json_peek(const struct cg_json_lexer *lexer)
{
	return lexer->at < lexer->length ? (unsigned char)lexer->bytes[lexer->at] : -1;
}

static inline bool cg_json_starts_with(const struct cg_json_lexer *lexer, const char *word)
{
	size_t length = strlen(word);

	return lexer->length - lexer->at >= length && memcmp(lexer->bytes + lexer->at, word, length) == 0;
}

static inline bool cg_json_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

#endif
