/*
 * See json_lex.h. What the grammar (RFC 8259) leaves open is decided so:
 * - a byte that is no UTF-8 becomes U+FFFD in a string value, one for each, as in Go's encoding/json (a comment in
 *   Latin-1 does not make an engine refuse a profile, so neither do we); in a key it is an error;
 * - half of a surrogate pair (\ud800 alone) is an error: it stands for no character;
 * - \u0000 is fine in a value, which has a length, and an error in a key, which has none.
 */
#include "base/json_lex.h"

#include "base/num.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int cg_json_fail_at(struct cg_json_lexer *lexer, size_t at, int code, const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, lexer->name, lexer->line, cg_json_column(lexer, at));
	return cg_err_set(lexer->err, code, place, "%s", message);
}

int cg_json_fail_unexpected(struct cg_json_lexer *lexer, const char *wanted)
{
	unsigned char c;

	if (lexer->at >= lexer->length)
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "the text ends too early: %s expected", wanted);
	c = (unsigned char)lexer->bytes[lexer->at];
	if (c > 0x20 && c < 0x7f)
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "unexpected '%c': %s expected", c, wanted);
	return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "unexpected byte 0x%02x: %s expected", c, wanted);
}

static void step(struct cg_json_lexer *lexer)
{
	if (lexer->bytes[lexer->at++] == '\n') {
		lexer->line++;
		lexer->line_start = lexer->at;
	}
}

static int skip_block_comment(struct cg_json_lexer *lexer)
{
	size_t start = lexer->at, line_start = lexer->line_start;
	uint32_t line = lexer->line;

	lexer->at += 2;
	while (lexer->at < lexer->length && !cg_json_starts_with(lexer, "*/"))
		step(lexer);
	if (lexer->at >= lexer->length) {
		lexer->line = line;
		lexer->line_start = line_start;
		return cg_json_fail_at(lexer, start, -EBADMSG, "this comment has no end: */ is missing");
	}
	lexer->at += 2;
	return 0;
}

static int skip_comment(struct cg_json_lexer *lexer)
{
	bool is_block = cg_json_starts_with(lexer, "/*");

	if (!is_block && !cg_json_starts_with(lexer, "//"))
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "unexpected '/'");
	if (!(lexer->options & CG_JSON_COMMENTS))
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG,
				       "a comment, which this kind of file cannot have: remove it");
	if (is_block)
		return skip_block_comment(lexer);
	while (lexer->at < lexer->length && lexer->bytes[lexer->at] != '\n')
		lexer->at++;
	return 0;
}

int cg_json_skip_space(struct cg_json_lexer *lexer)
{
	int c, rc;

	while ((c = cg_json_peek(lexer)) >= 0) {
		if (c == '/') {
			rc = skip_comment(lexer);
			if (rc < 0)
				return rc;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			step(lexer);
		} else {
			break;
		}
	}
	return 0;
}

static void skip_digits(struct cg_json_lexer *lexer)
{
	while (cg_json_is_digit(cg_json_peek(lexer)))
		lexer->at++;
}

/* Fraction and exponent. True when there was one: the number is no integer. */
static int skip_fraction(struct cg_json_lexer *lexer, bool *ret_has_fraction)
{
	bool has_fraction = false;
	int c = cg_json_peek(lexer);

	if (c == '.') {
		has_fraction = true;
		lexer->at++;
		if (!cg_json_is_digit(cg_json_peek(lexer)))
			return cg_json_fail_unexpected(lexer, "a digit after the point");
		skip_digits(lexer);
		c = cg_json_peek(lexer);
	}
	if (c == 'e' || c == 'E') {
		has_fraction = true;
		lexer->at++;
		c = cg_json_peek(lexer);
		if (c == '+' || c == '-')
			lexer->at++;
		if (!cg_json_is_digit(cg_json_peek(lexer)))
			return cg_json_fail_unexpected(lexer, "a digit of the exponent");
		skip_digits(lexer);
	}
	*ret_has_fraction = has_fraction;
	return 0;
}

int cg_json_lex_number(struct cg_json_lexer *lexer, struct cg_json *value)
{
	size_t start = lexer->at, digits;
	bool has_fraction = false;
	int rc;

	value->kind = CG_JSON_NUMBER;
	value->is_negative = cg_json_peek(lexer) == '-';
	if (value->is_negative)
		lexer->at++;
	digits = lexer->at;
	if (!cg_json_is_digit(cg_json_peek(lexer)))
		return cg_json_fail_unexpected(lexer, "a digit");
	skip_digits(lexer);
	if (lexer->bytes[digits] == '0' && lexer->at - digits > 1)
		return cg_json_fail_at(lexer, start, -EBADMSG, "a number may not begin with 0");
	if (cg_json_peek(lexer) == 'x' || cg_json_peek(lexer) == 'X')
		return cg_json_fail_at(lexer, start, -EBADMSG, "JSON has no hexadecimal numbers: write it in decimal");

	if (lexer->at - digits <= 20) /* more digits than 2^64 has: no integer of ours */
		value->is_integer = cg_num_parse(lexer->bytes + digits, lexer->at - digits, &value->number);
	rc = skip_fraction(lexer, &has_fraction);
	if (rc < 0)
		return rc;
	if (has_fraction)
		value->is_integer = false;
	if (!value->is_integer)
		value->number = 0;

	value->text_length = lexer->at - start;
	value->text = cg_arena_copy(lexer->arena, lexer->bytes + start, value->text_length);
	return value->text ? 0 : cg_err_memory(lexer->err);
}

static int read_hex4(struct cg_json_lexer *lexer, size_t escape, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int c = cg_json_peek(lexer);

		if (cg_json_is_digit(c))
			unit = unit << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return cg_json_fail_at(lexer, escape, -EBADMSG, "\\u wants four hexadecimal digits");
		lexer->at++;
	}
	*ret_unit = unit;
	return 0;
}

/* Behind \u: one character of the basic plane, or a surrogate pair. */
static int read_unicode_escape(struct cg_json_lexer *lexer, size_t escape)
{
	uint32_t unit = 0, low = 0;
	char bytes[4];
	int rc;

	rc = read_hex4(lexer, escape, &unit);
	if (rc < 0)
		return rc;
	if (unit >= 0xd800 && unit <= 0xdbff && cg_json_starts_with(lexer, "\\u")) {
		lexer->at += 2;
		rc = read_hex4(lexer, lexer->at - 2, &low);
		if (rc < 0)
			return rc;
	}
	if (unit >= 0xd800 && unit <= 0xdfff) {
		if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
			return cg_json_fail_at(lexer, escape, -EBADMSG,
					       "\\u%04x is half of a surrogate pair, and its other half is missing",
					       unit);
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	cg_text_add_bytes(&lexer->scratch, bytes, cg_utf8_encode(unit, bytes));
	return 0;
}

static int read_escape(struct cg_json_lexer *lexer)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	size_t escape = lexer->at++;
	int c = cg_json_peek(lexer);
	const char *letter;

	if (c < 0)
		return 0; /* cg_json_lex_string() says that the text ended */
	lexer->at++;
	if (c == 'u')
		return read_unicode_escape(lexer, escape);
	letter = c ? strchr(letters, c) : NULL;
	if (!letter)
		return cg_json_fail_at(
			lexer, escape, -EBADMSG,
			"unknown escape in a string: a backslash is written \\\\, other characters without one");
	cg_text_add_char(&lexer->scratch, meanings[letter - letters]);
	return 0;
}

/* A character beyond ASCII, or a byte that is none. */
static int read_wide(struct cg_json_lexer *lexer, bool is_key)
{
	size_t length = cg_utf8_length(lexer->bytes + lexer->at, lexer->length - lexer->at);

	if (length == 0 && is_key)
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "byte 0x%02x in a key is no UTF-8",
				       (unsigned char)lexer->bytes[lexer->at]);
	if (length)
		cg_text_add_bytes(&lexer->scratch, lexer->bytes + lexer->at, length);
	else
		cg_text_add(&lexer->scratch, CG_UTF8_REPLACEMENT);
	lexer->at += length ? length : 1;
	return 0;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The inside of a string up to its closing quote, decoded into the scratch text. */
static int read_characters(struct cg_json_lexer *lexer, size_t start, bool is_key)
{
	int rc = 0;

	while (rc == 0) {
		size_t run = lexer->at;
		int c;

		while (lexer->at < lexer->length && is_plain((unsigned char)lexer->bytes[lexer->at]))
			lexer->at++;
		cg_text_add_bytes(&lexer->scratch, lexer->bytes + run, lexer->at - run);

		c = cg_json_peek(lexer);
		if (c == '"')
			return 0;
		if (c < 0)
			return cg_json_fail_at(lexer, start, -EBADMSG,
					       "the text ends inside this string: a \" is missing");
		if (c == '\n' || c == '\r')
			return cg_json_fail_at(lexer, start, -EBADMSG,
					       "this string has no end on its line: a \" is missing");
		if (c < 0x20)
			return cg_json_fail_at(lexer, lexer->at, -EBADMSG,
					       "control byte 0x%02x inside a string: write it as \\u%04x", c, c);
		rc = c == '\\' ? read_escape(lexer) : read_wide(lexer, is_key);
	}
	return rc;
}

int cg_json_lex_string(struct cg_json_lexer *lexer, bool is_key, const char **ret_text, size_t *ret_length)
{
	size_t start = lexer->at++;
	int rc;

	cg_text_clear(&lexer->scratch);
	rc = read_characters(lexer, start, is_key);
	if (rc < 0)
		return rc;
	lexer->at++;

	if (is_key && lexer->scratch.length && memchr(lexer->scratch.data, '\0', lexer->scratch.length))
		return cg_json_fail_at(lexer, start, -EBADMSG, "a key with a NUL character inside");
	if (!lexer->scratch.has_failed)
		*ret_text = cg_arena_copy(lexer->arena, lexer->scratch.data, lexer->scratch.length);
	if (lexer->scratch.has_failed || !*ret_text)
		return cg_err_memory(lexer->err);
	*ret_length = lexer->scratch.length;
	return 0;
}
