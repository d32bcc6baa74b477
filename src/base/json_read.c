/*
 * JSON to a tree, in one pass over the bytes. See json_read.h.
 *
 * In: bytes of any kind. Out: a tree or the first error. One function per construct of the grammar (RFC 8259); only
 * read_value() recurses, and counts how deep. What the grammar leaves open is decided so:
 * - a byte that is no UTF-8 becomes U+FFFD in a string value, one for each, as in Go's encoding/json (a comment in
 *   Latin-1 does not make an engine refuse a profile, so neither do we); in a key it is an error;
 * - half of a surrogate pair (\ud800 alone) is an error: it stands for no character;
 * - \u0000 is fine in a value, which has a length, and an error in a key, which has none;
 * - a byte-order mark is an error, as for the engines.
 */
#include "base/json_read.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct reader {
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

static int read_value(struct reader *reader, struct cg_json **ret_value);

static uint32_t column_of(const struct reader *reader, size_t at)
{
	return (uint32_t)(at - reader->line_start + 1);
}

__attribute__((format(printf, 4, 5))) static int fail_at(struct reader *reader, size_t at, int code,
							 const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, reader->name, reader->line, column_of(reader, at));
	return cg_err_set(reader->err, code, place, "%s", message);
}

/* "unexpected 'x'": the byte at hand, where `wanted` should be; or that the text ended. */
static int fail_unexpected(struct reader *reader, const char *wanted)
{
	unsigned char c;

	if (reader->at >= reader->length)
		return fail_at(reader, reader->at, -EBADMSG, "the text ends too early: %s expected", wanted);
	c = (unsigned char)reader->bytes[reader->at];
	if (c > 0x20 && c < 0x7f)
		return fail_at(reader, reader->at, -EBADMSG, "unexpected '%c': %s expected", c, wanted);
	return fail_at(reader, reader->at, -EBADMSG, "unexpected byte 0x%02x: %s expected", c, wanted);
}

/* The byte at hand, or -1 at the end. */
static int peek(const struct reader *reader)
{
	return reader->at < reader->length ? (unsigned char)reader->bytes[reader->at] : -1;
}

static bool starts_with(const struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	return reader->length - reader->at >= length && memcmp(reader->bytes + reader->at, word, length) == 0;
}

static void step(struct reader *reader)
{
	if (reader->bytes[reader->at++] == '\n') {
		reader->line++;
		reader->line_start = reader->at;
	}
}

static int skip_block_comment(struct reader *reader)
{
	size_t start = reader->at, line_start = reader->line_start;
	uint32_t line = reader->line;

	reader->at += 2;
	while (reader->at < reader->length && !starts_with(reader, "*/"))
		step(reader);
	if (reader->at >= reader->length) {
		reader->line = line;
		reader->line_start = line_start;
		return fail_at(reader, start, -EBADMSG, "this comment has no end: */ is missing");
	}
	reader->at += 2;
	return 0;
}

static int skip_comment(struct reader *reader)
{
	bool is_block = starts_with(reader, "/*");

	if (!is_block && !starts_with(reader, "//"))
		return fail_at(reader, reader->at, -EBADMSG, "unexpected '/'");
	if (!(reader->options & CG_JSON_COMMENTS))
		return fail_at(reader, reader->at, -EBADMSG, "a comment, which this kind of file cannot have: remove it");
	if (is_block)
		return skip_block_comment(reader);
	while (reader->at < reader->length && reader->bytes[reader->at] != '\n')
		reader->at++;
	return 0;
}

/* White space and, on request, comments. */
static int skip_space(struct reader *reader)
{
	int c, rc;

	while ((c = peek(reader)) >= 0) {
		if (c == '/') {
			rc = skip_comment(reader);
			if (rc < 0)
				return rc;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			step(reader);
		} else {
			break;
		}
	}
	return 0;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static void skip_digits(struct reader *reader)
{
	while (is_digit(peek(reader)))
		reader->at++;
}

/* Fraction and exponent. True when there was one: the number is no integer. */
static int skip_fraction(struct reader *reader, bool *ret_has_fraction)
{
	bool has_fraction = false;
	int c = peek(reader);

	if (c == '.') {
		has_fraction = true;
		reader->at++;
		if (!is_digit(peek(reader)))
			return fail_unexpected(reader, "a digit after the point");
		skip_digits(reader);
		c = peek(reader);
	}
	if (c == 'e' || c == 'E') {
		has_fraction = true;
		reader->at++;
		c = peek(reader);
		if (c == '+' || c == '-')
			reader->at++;
		if (!is_digit(peek(reader)))
			return fail_unexpected(reader, "a digit of the exponent");
		skip_digits(reader);
	}
	*ret_has_fraction = has_fraction;
	return 0;
}

static int read_number(struct reader *reader, struct cg_json *value)
{
	size_t start = reader->at, digits;
	bool has_fraction = false;
	int rc;

	value->kind = CG_JSON_NUMBER;
	value->is_negative = peek(reader) == '-';
	if (value->is_negative)
		reader->at++;
	digits = reader->at;
	if (!is_digit(peek(reader)))
		return fail_unexpected(reader, "a digit");
	skip_digits(reader);
	if (reader->bytes[digits] == '0' && reader->at - digits > 1)
		return fail_at(reader, start, -EBADMSG, "a number may not begin with 0");
	if (peek(reader) == 'x' || peek(reader) == 'X')
		return fail_at(reader, start, -EBADMSG, "JSON has no hexadecimal numbers: write it in decimal");

	if (reader->at - digits <= 20) /* more digits than 2^64 has: no integer of ours */
		value->is_integer = cg_num_parse(reader->bytes + digits, reader->at - digits, &value->number);
	rc = skip_fraction(reader, &has_fraction);
	if (rc < 0)
		return rc;
	if (has_fraction)
		value->is_integer = false;
	if (!value->is_integer)
		value->number = 0;

	value->text_length = reader->at - start;
	value->text = cg_arena_copy(reader->arena, reader->bytes + start, value->text_length);
	return value->text ? 0 : cg_err_memory(reader->err);
}

static int read_hex4(struct reader *reader, size_t escape, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(reader);

		if (is_digit(c))
			unit = unit << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return fail_at(reader, escape, -EBADMSG, "\\u wants four hexadecimal digits");
		reader->at++;
	}
	*ret_unit = unit;
	return 0;
}

/* Behind \u: one character of the basic plane, or a surrogate pair. */
static int read_unicode_escape(struct reader *reader, size_t escape)
{
	uint32_t unit, low = 0;
	char bytes[4];
	int rc;

	rc = read_hex4(reader, escape, &unit);
	if (rc < 0)
		return rc;
	if (unit >= 0xd800 && unit <= 0xdbff && starts_with(reader, "\\u")) {
		reader->at += 2;
		rc = read_hex4(reader, reader->at - 2, &low);
		if (rc < 0)
			return rc;
	}
	if (unit >= 0xd800 && unit <= 0xdfff) {
		if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
			return fail_at(reader, escape, -EBADMSG,
				       "\\u%04x is half of a surrogate pair, and its other half is missing", unit);
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	cg_text_add_bytes(&reader->scratch, bytes, cg_utf8_encode(unit, bytes));
	return 0;
}

static int read_escape(struct reader *reader)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	size_t escape = reader->at++;
	int c = peek(reader);
	const char *letter;

	if (c < 0)
		return 0; /* read_string() says that the text ended */
	reader->at++;
	if (c == 'u')
		return read_unicode_escape(reader, escape);
	letter = c ? strchr(letters, c) : NULL;
	if (!letter)
		return fail_at(reader, escape, -EBADMSG,
			       "unknown escape in a string: a backslash is written \\\\, other characters without one");
	cg_text_add_char(&reader->scratch, meanings[letter - letters]);
	return 0;
}

/* A character beyond ASCII, or a byte that is none. */
static int read_wide(struct reader *reader, bool is_key)
{
	size_t length = cg_utf8_length(reader->bytes + reader->at, reader->length - reader->at);

	if (length == 0 && is_key)
		return fail_at(reader, reader->at, -EBADMSG, "byte 0x%02x in a key is no UTF-8",
			       (unsigned char)reader->bytes[reader->at]);
	if (length)
		cg_text_add_bytes(&reader->scratch, reader->bytes + reader->at, length);
	else
		cg_text_add(&reader->scratch, CG_UTF8_REPLACEMENT);
	reader->at += length ? length : 1;
	return 0;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The inside of a string up to its closing quote, decoded into the scratch text. */
static int read_characters(struct reader *reader, size_t start, bool is_key)
{
	int rc = 0;

	while (rc == 0) {
		size_t run = reader->at;
		int c;

		while (reader->at < reader->length && is_plain((unsigned char)reader->bytes[reader->at]))
			reader->at++;
		cg_text_add_bytes(&reader->scratch, reader->bytes + run, reader->at - run);

		c = peek(reader);
		if (c == '"')
			return 0;
		if (c < 0)
			return fail_at(reader, start, -EBADMSG, "the text ends inside this string: a \" is missing");
		if (c == '\n' || c == '\r')
			return fail_at(reader, start, -EBADMSG, "this string has no end on its line: a \" is missing");
		if (c < 0x20)
			return fail_at(reader, reader->at, -EBADMSG,
				       "control byte 0x%02x inside a string: write it as \\u%04x", c, c);
		rc = c == '\\' ? read_escape(reader) : read_wide(reader, is_key);
	}
	return rc;
}

static int read_string(struct reader *reader, bool is_key, const char **ret_text, size_t *ret_length)
{
	size_t start = reader->at++;
	int rc;

	cg_text_clear(&reader->scratch);
	rc = read_characters(reader, start, is_key);
	if (rc < 0)
		return rc;
	reader->at++;

	if (is_key && reader->scratch.length && memchr(reader->scratch.data, '\0', reader->scratch.length))
		return fail_at(reader, start, -EBADMSG, "a key with a NUL character inside");
	if (!reader->scratch.has_failed)
		*ret_text = cg_arena_copy(reader->arena, reader->scratch.data, reader->scratch.length);
	if (reader->scratch.has_failed || !*ret_text)
		return cg_err_memory(reader->err);
	*ret_length = reader->scratch.length;
	return 0;
}

static int read_word(struct reader *reader, struct cg_json *value)
{
	static const struct {
		const char *word;
		enum cg_json_kind kind;
		bool is_true;
	} words[] = { { "null", CG_JSON_NULL, false }, { "true", CG_JSON_BOOL, true },
		      { "false", CG_JSON_BOOL, false } };

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (!starts_with(reader, words[i].word))
			continue;
		reader->at += strlen(words[i].word);
		value->kind = words[i].kind;
		value->is_true = words[i].is_true;
		return 0;
	}
	return fail_unexpected(reader, "a value");
}

/* "key" and the colon. The place of the key is kept in *ret_key_at for the member's node. */
static int read_key(struct reader *reader, struct cg_json *ret_key)
{
	size_t length;
	int rc;

	if (peek(reader) != '"')
		return fail_unexpected(reader, "a key in double quotes");
	ret_key->key_line = reader->line;
	ret_key->key_column = column_of(reader, reader->at);
	rc = read_string(reader, true, &ret_key->key, &length);
	if (rc == 0)
		rc = skip_space(reader);
	if (rc < 0)
		return rc;
	if (peek(reader) != ':')
		return fail_unexpected(reader, "':' after the key");
	reader->at++;
	return skip_space(reader);
}

/* One item of an array, one member of an object. */
static int read_child(struct reader *reader, bool is_object, struct cg_json **ret_child)
{
	struct cg_json key = { 0 };
	struct cg_json *child;
	int rc = 0;

	if (is_object)
		rc = read_key(reader, &key);
	if (rc == 0)
		rc = read_value(reader, &child);
	if (rc < 0)
		return rc;
	child->key = key.key;
	child->key_line = key.key_line;
	child->key_column = key.key_column;
	*ret_child = child;
	return 0;
}

static bool allows_trailing_comma(const struct reader *reader)
{
	return (reader->options & CG_JSON_COMMENTS) && !(reader->options & CG_JSON_STRICT_COMMAS);
}

/* Behind an item: a comma or the closing bracket. */
static int read_separator(struct reader *reader, char close)
{
	int rc = skip_space(reader);

	if (rc < 0)
		return rc;
	if (peek(reader) == close)
		return 0;
	if (peek(reader) != ',')
		return fail_unexpected(reader, close == '}' ? "',' or '}'" : "',' or ']'");
	reader->at++;
	rc = skip_space(reader);
	if (rc == 0 && peek(reader) == close && !allows_trailing_comma(reader))
		return fail_at(reader, reader->at, -EBADMSG, "unexpected '%c' after a comma: remove the comma", close);
	return rc;
}

static int read_children(struct reader *reader, struct cg_json *value)
{
	bool is_object = value->kind == CG_JSON_OBJECT;
	char close = is_object ? '}' : ']';
	struct cg_json **tail = &value->first;
	int rc;

	if (reader->depth == CG_JSON_DEPTH_LIMIT)
		return fail_at(reader, reader->at, -E2BIG, "more than %d levels of nesting", CG_JSON_DEPTH_LIMIT);
	reader->depth++;
	reader->at++;
	rc = skip_space(reader);
	while (rc == 0 && peek(reader) != close) {
		rc = read_child(reader, is_object, tail);
		if (rc < 0)
			return rc;
		tail = &(*tail)->next;
		value->n_children++;
		rc = read_separator(reader, close);
	}
	if (rc < 0)
		return rc;
	reader->at++;
	reader->depth--;
	return 0;
}

static int read_value(struct reader *reader, struct cg_json **ret_value)
{
	struct cg_json *value;
	int c = peek(reader), rc;

	if (reader->n_nodes++ == CG_JSON_NODE_LIMIT)
		return fail_at(reader, reader->at, -E2BIG, "more than %zu values in one document", CG_JSON_NODE_LIMIT);
	value = cg_arena_alloc(reader->arena, sizeof(*value));
	if (!value)
		return cg_err_memory(reader->err);
	value->line = reader->line;
	value->column = column_of(reader, reader->at);

	if (c == '{' || c == '[') {
		value->kind = c == '{' ? CG_JSON_OBJECT : CG_JSON_ARRAY;
		rc = read_children(reader, value);
	} else if (c == '"') {
		value->kind = CG_JSON_STRING;
		rc = read_string(reader, false, &value->text, &value->text_length);
	} else if (c == '-' || is_digit(c)) {
		rc = read_number(reader, value);
	} else {
		rc = read_word(reader, value);
	}
	if (rc == 0)
		*ret_value = value;
	return rc;
}

static int read_document(struct reader *reader, struct cg_json **ret_root)
{
	int rc;

	if (starts_with(reader, "\xef\xbb\xbf"))
		return fail_at(reader, 0, -EBADMSG, "begins with a byte-order mark: save it as UTF-8 without one");
	rc = skip_space(reader);
	if (rc < 0)
		return rc;
	if (reader->at >= reader->length)
		return fail_at(reader, reader->at, -EBADMSG, "empty: there is no JSON value in it");
	rc = read_value(reader, ret_root);
	if (rc == 0)
		rc = skip_space(reader);
	if (rc < 0)
		return rc;
	if (reader->at < reader->length)
		return fail_at(reader, reader->at, -EBADMSG, "text after the end of the document: remove it");
	return 0;
}

int cg_json_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length, unsigned int options,
		 struct cg_json **ret_root, struct cg_err *err)
{
	struct reader reader = { .arena = arena, .name = name, .bytes = bytes, .length = length, .line = 1,
				 .options = options, .err = err };
	struct cg_json *root = NULL;
	int rc;

	if (length > CG_JSON_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "%zu bytes of JSON, more than the %zu MiB that are read", length,
				  CG_JSON_SIZE_LIMIT >> 20);
	rc = read_document(&reader, &root);
	cg_text_done(&reader.scratch);
	if (rc == 0)
		*ret_root = root;
	return rc;
}
