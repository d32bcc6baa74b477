/*
 * See lex.h.
 */
#include "language/lex.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int peek_at(const struct cg_lexer *lexer, size_t at)
{
	return at < lexer->length ? (unsigned char)lexer->bytes[at] : -1;
}

static int peek(const struct cg_lexer *lexer)
{
	return peek_at(lexer, lexer->at);
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool cg_token_is(const struct cg_token *token, const char *word)
{
	return token->kind == CG_TOKEN_WORD && token->length == strlen(word) &&
	       memcmp(token->text, word, token->length) == 0;
}

const char *cg_token_show(const struct cg_token *token, char buffer[CG_TOKEN_SHOWN_SIZE])
{
	size_t length = token->length < 40 ? token->length : 40;

	if (token->kind == CG_TOKEN_STOP)
		return "the end of the text";
	if (token->kind == CG_TOKEN_END)
		return "the end of the statement";
	snprintf(buffer, CG_TOKEN_SHOWN_SIZE, "'%.*s%s'", (int)length, token->text,
		 length < token->length ? "..." : "");
	for (char *c = buffer; *c; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c == 0x7f)
			*c = '?';
	}
	return buffer;
}

int cg_lexer_fail(struct cg_lexer *lexer, const struct cg_token *at, const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, lexer->name, at->line, at->column);
	return cg_err_set(lexer->err, -EINVAL, place, "%s", message);
}

/* Begins a token at the byte at hand. */
static void begin(struct cg_lexer *lexer, enum cg_token_kind kind)
{
	lexer->token = (struct cg_token){ .kind = kind,
					  .text = lexer->bytes + lexer->at,
					  .line = lexer->line,
					  .column = (uint32_t)(lexer->at - lexer->line_start + 1) };
}

static void end(struct cg_lexer *lexer)
{
	lexer->token.length = (size_t)(lexer->bytes + lexer->at - lexer->token.text);
}

/* Past blanks and a comment, to the end of the line at most. */
static void skip_blanks(struct cg_lexer *lexer)
{
	while (peek(lexer) == ' ' || peek(lexer) == '\t' || peek(lexer) == '\r')
		lexer->at++;
	if (peek(lexer) == '#') {
		while (peek(lexer) >= 0 && peek(lexer) != '\n')
			lexer->at++;
	}
}

static void skip_newline(struct cg_lexer *lexer)
{
	lexer->at++;
	lexer->line++;
	lexer->line_start = lexer->at;
}

/* ---- tokens by their first byte */

/* A hyphen belongs to a word that began with a letter, between two letters or digits: bad-arch, @file-read. */
static void take_word(struct cg_lexer *lexer)
{
	bool has_hyphens = !is_digit(peek(lexer));

	begin(lexer, CG_TOKEN_WORD);
	do {
		lexer->at++;
	} while (is_letter(peek(lexer)) || is_digit(peek(lexer)) ||
		 (has_hyphens && peek(lexer) == '-' &&
		  (is_letter(peek_at(lexer, lexer->at + 1)) || is_digit(peek_at(lexer, lexer->at + 1)))));
	end(lexer);
}

static int take_character(struct cg_lexer *lexer)
{
	begin(lexer, CG_TOKEN_CHARACTER);
	lexer->at++;
	lexer->at += peek(lexer) == '\\' ? 2 : 1;
	if (peek(lexer) != '\'' ||
	    memchr(lexer->token.text, '\n', (size_t)(lexer->bytes + lexer->at - lexer->token.text)))
		return cg_lexer_fail(lexer, &lexer->token, "a character is written as 'c'");
	lexer->at++;
	end(lexer);
	return 0;
}

static int take_string(struct cg_lexer *lexer)
{
	begin(lexer, CG_TOKEN_STRING);
	lexer->at++;
	lexer->token.text++;
	while (peek(lexer) >= ' ' && peek(lexer) != '"')
		lexer->at++;
	end(lexer);
	if (peek(lexer) != '"')
		return cg_lexer_fail(lexer, &lexer->token, "this text has no closing quote on its line");
	lexer->at++;
	return 0;
}

static const struct {
	const char *sign;
	enum cg_token_kind kind;
} signs[] = {
	/* The longer before their beginnings. */
	{ "..", CG_TOKEN_DOTS },    { "==", CG_TOKEN_EQ },     { "!=", CG_TOKEN_NE },       { "<=", CG_TOKEN_LE },
	{ ">=", CG_TOKEN_GE },      { "<", CG_TOKEN_LT },      { ">", CG_TOKEN_GT },        { "=", CG_TOKEN_ASSIGN },
	{ ",", CG_TOKEN_COMMA },    { ":", CG_TOKEN_COLON },   { "(", CG_TOKEN_OPEN },      { ")", CG_TOKEN_CLOSE },
	{ "{", CG_TOKEN_OPEN_SET }, { "}", CG_TOKEN_CLOSE_SET }, { "-", CG_TOKEN_MINUS },   { "~", CG_TOKEN_TILDE },
	{ "&", CG_TOKEN_BIT_AND },  { "|", CG_TOKEN_BIT_OR },
};

static bool has_sign(const struct cg_lexer *lexer, const char *sign)
{
	size_t length = strlen(sign);

	return lexer->length - lexer->at >= length && memcmp(lexer->bytes + lexer->at, sign, length) == 0;
}

static int take_sign(struct cg_lexer *lexer)
{
	int c = peek(lexer);

	begin(lexer, CG_TOKEN_END);
	if (has_sign(lexer, "&&") || has_sign(lexer, "||"))
		return cg_lexer_fail(lexer, &lexer->token, "conditions are joined with %s", c == '&' ? "and" : "or");
	for (size_t i = 0; i < CG_N_ITEMS(signs); i++) {
		if (!has_sign(lexer, signs[i].sign))
			continue;
		lexer->token.kind = signs[i].kind;
		lexer->at += strlen(signs[i].sign);
		end(lexer);
		return 0;
	}
	if (c == '!')
		return cg_lexer_fail(lexer, &lexer->token, "'!' alone means nothing here; write not, or !=");
	if (c < ' ' || c >= 0x7f)
		return cg_lexer_fail(lexer, &lexer->token, "byte 0x%02x belongs in no policy: is this a text at all?",
				     (unsigned int)c);
	return cg_lexer_fail(lexer, &lexer->token, "'%c' means nothing here", c);
}

static int take_token(struct cg_lexer *lexer)
{
	int c = peek(lexer);

	if (c < 0) {
		begin(lexer, CG_TOKEN_STOP);
		return 0;
	}
	if (is_letter(c) || is_digit(c) || c == '@') {
		take_word(lexer);
		return 0;
	}
	if (c == '\'')
		return take_character(lexer);
	return c == '"' ? take_string(lexer) : take_sign(lexer);
}

/* ---- where statements end */

static bool is_any_word(const struct cg_token *token, const char *const *words)
{
	for (; *words; words++) {
		if (cg_token_is(token, *words))
			return true;
	}
	return false;
}

/* Can nothing end behind this token? */
static bool is_open_ended(const struct cg_token *token)
{
	static const char *const words[] = { "when", "and", "or", "not", "in", "except", NULL };

	switch (token->kind) {
	case CG_TOKEN_WORD:
		return is_any_word(token, words);
	case CG_TOKEN_END:
	case CG_TOKEN_STOP:
	case CG_TOKEN_CHARACTER:
	case CG_TOKEN_STRING:
	case CG_TOKEN_CLOSE:
	case CG_TOKEN_CLOSE_SET:
		return false;
	default:
		return true;
	}
}

/* Past the lines that are empty or a comment: where the next token stands. */
static struct cg_lexer skip_lines(const struct cg_lexer *lexer)
{
	struct cg_lexer ahead = *lexer;

	while (peek(&ahead) == '\n') {
		skip_newline(&ahead);
		skip_blanks(&ahead);
	}
	return ahead;
}

/* Is the word at hand one that no statement begins with? */
static bool is_continuation(const struct cg_lexer *lexer)
{
	static const char *const words[] = { "when", "and", "or", "except", NULL };
	struct cg_lexer ahead = *lexer;

	if (!is_letter(peek(&ahead)))
		return false;
	take_word(&ahead);
	return is_any_word(&ahead.token, words);
}

/* Counted here, so that the parser need not know of lines. */
static void count_brackets(struct cg_lexer *lexer)
{
	enum cg_token_kind kind = lexer->token.kind;

	if (kind == CG_TOKEN_OPEN || kind == CG_TOKEN_OPEN_SET)
		lexer->depth++;
	else if ((kind == CG_TOKEN_CLOSE || kind == CG_TOKEN_CLOSE_SET) && lexer->depth)
		lexer->depth--;
}

/* At the end of a line: what follows is skipped either way, so that many empty lines are looked at once. */
static bool ends_with_line(struct cg_lexer *lexer, bool goes_on)
{
	struct cg_lexer ahead = skip_lines(lexer);
	bool ends = !goes_on && !is_continuation(&ahead);

	if (ends) {
		begin(lexer, CG_TOKEN_END);
		ahead.token = lexer->token;
	}
	*lexer = ahead;
	return ends;
}

int cg_lexer_next(struct cg_lexer *lexer)
{
	bool goes_on = lexer->depth > 0 || is_open_ended(&lexer->token);
	int rc;

	skip_blanks(lexer);
	if (peek(lexer) == '\n' && ends_with_line(lexer, goes_on))
		return 0;
	if (peek(lexer) == ';') {
		begin(lexer, CG_TOKEN_END);
		lexer->at++;
		lexer->depth = 0;
		return 0;
	}
	rc = take_token(lexer);
	count_brackets(lexer);
	return rc;
}

int cg_lexer_next_path(struct cg_lexer *lexer)
{
	skip_blanks(lexer);
	if (peek(lexer) == '"')
		return take_string(lexer);
	begin(lexer, CG_TOKEN_STRING);
	while (peek(lexer) > ' ' && peek(lexer) != ';' && peek(lexer) != '#')
		lexer->at++;
	end(lexer);
	return 0;
}

int cg_lexer_start(struct cg_lexer *lexer, const char *name, const char *bytes, size_t length, struct cg_err *err)
{
	*lexer = (struct cg_lexer){ .name = name, .bytes = bytes, .length = length, .line = 1, .err = err };
	lexer->token.kind = CG_TOKEN_END;
	return cg_lexer_next(lexer);
}
