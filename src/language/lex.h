/*
 * The words and signs of a policy text. In: bytes. Out: one token after the other, each with its place.
 *
 * A statement ends with ";" or with the line. The line goes on where it cannot end: within brackets, behind a comma or
 * an operator, and before a line that begins with when, and, or, except. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_LEX_H
#define CG_LANGUAGE_LEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_token_kind {
	CG_TOKEN_STOP,      /* end of the text */
	CG_TOKEN_END,       /* of a statement */
	CG_TOKEN_WORD,      /* read, @stdio, bad-arch, AF_UNIX, 0x5401 */
	CG_TOKEN_CHARACTER, /* 'T', quotes and all */
	CG_TOKEN_STRING,    /* "path", without the quotes; nothing is escaped in it */
	CG_TOKEN_COMMA,
	CG_TOKEN_COLON,
	CG_TOKEN_OPEN,      /* ( */
	CG_TOKEN_CLOSE,     /* ) */
	CG_TOKEN_OPEN_SET,  /* { */
	CG_TOKEN_CLOSE_SET, /* } */
	CG_TOKEN_DOTS,      /* .. */
	CG_TOKEN_ASSIGN,    /* = */
	CG_TOKEN_MINUS,
	CG_TOKEN_TILDE,
	CG_TOKEN_BIT_AND,   /* & */
	CG_TOKEN_BIT_OR,    /* | */
	CG_TOKEN_EQ,
	CG_TOKEN_NE,
	CG_TOKEN_LT,
	CG_TOKEN_LE,
	CG_TOKEN_GT,
	CG_TOKEN_GE,
};

struct cg_token {
	enum cg_token_kind kind;
	const char *text; /* in the bytes being read; no NUL behind it */
	size_t length;
	uint32_t line, column;
};

/* Plain data: a copy is a place to come back to. */
struct cg_lexer {
	const char *name; /* for places */
	const char *bytes;
	size_t length;
	size_t at;         /* behind `token` */
	size_t line_start;
	uint32_t line;
	unsigned int depth;    /* of brackets */
	struct cg_token token; /* the one at hand */
	struct cg_err *err;
};

/* Sets up and takes the first token. All three: 0, or -EINVAL at a byte that belongs to nothing. */
int cg_lexer_start(struct cg_lexer *lexer, const char *name, const char *bytes, size_t length, struct cg_err *err);

/* The next token. */
int cg_lexer_next(struct cg_lexer *lexer);

/*
 * When the word at hand is `include`: makes what follows it, up to a blank, ";", "#" or the end of the line, one token
 * of kind STRING; quoted it may hold blanks.
 */
int cg_lexer_next_path(struct cg_lexer *lexer);

bool cg_token_is(const struct cg_token *token, const char *word);

/* -EINVAL at a token, or at a place. */
int cg_lexer_fail(struct cg_lexer *lexer, const struct cg_token *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A token as a message shows it: 'read', the end of the line. */
#define CG_TOKEN_SHOWN_SIZE 64
const char *cg_token_show(const struct cg_token *token, char buffer[CG_TOKEN_SHOWN_SIZE]);

#endif
