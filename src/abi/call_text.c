/*
 * Calls from text. In: `socket(AF_INET, SOCK_STREAM, 0)`, `x86:102(1)`, `mount`. Out: a struct cg_call, or where and
 * why the text cannot be read. Printing is in call_format.c.
 *
 * The grammar is so small that it is read in one pass without a tree:
 *     call  = name [ "(" [ value { "," value } ] ")" ]      name = call name | number | ARCH ":" (call name | number)
 *     value = "NULL" | string | term { "|" term }           term = ["-" | "~"] (number | constant | 'c')
 */
#include "abi/call_text.h"

#include "abi/constants.h"
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64      /* longest name of a call, an arch or a constant, with its NUL */
#define TEXT_LIMIT 65536 /* bytes of one call's text */

/* The text being read, and for which arch. */
struct reader {
	const struct cg_arch *arch;
	const char *text;
	size_t length;
	size_t at;
	struct cg_err *err;
};

/* Fails at byte `at` of the text. */
__attribute__((format(printf, 4, 5))) static int fail(const struct reader *reader, size_t at, int code,
						      const char *format, ...)
{
	char place[32], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	snprintf(place, sizeof(place), "column %zu", at + 1);
	return cg_err_set(reader->err, code, place, "%s", message);
}

static int peek(const struct reader *reader)
{
	return reader->at < reader->length ? (unsigned char)reader->text[reader->at] : -1;
}

static void skip_blanks(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\t')
		reader->at++;
}

static bool take(struct reader *reader, char c)
{
	skip_blanks(reader);
	if (peek(reader) != c)
		return false;
	reader->at++;
	return true;
}

/* Letters, digits, _ and -: a name or a number, copied to `word`. Empty when there is none. */
static int read_word(struct reader *reader, char word[WORD_MAX])
{
	size_t start, n = 0;

	skip_blanks(reader);
	start = reader->at;
	while (isalnum(peek(reader)) || peek(reader) == '_' || peek(reader) == '-') {
		if (n == WORD_MAX - 1)
			return fail(reader, start, -EINVAL, "a name longer than any that exists");
		word[n++] = reader->text[reader->at++];
	}
	word[n] = '\0';
	return 0;
}

/* An expression's word has no minus sign inside. */
static int read_value_word(struct reader *reader, char word[WORD_MAX])
{
	size_t start = reader->at;
	int r = read_word(reader, word);

	if (r == 0 && strchr(word, '-'))
		return fail(reader, start, -EINVAL, "'%s': values are only joined with |", word);
	return r;
}

static int unknown_constant(const struct reader *reader, size_t at, const char *name)
{
	const char *nearest = reader->err ? cg_constant_suggest(name) : NULL;
	uint64_t value;

	for (size_t i = 0; i < cg_n_arches; i++) {
		if (cg_constant_find(&cg_arches[i], name, &value))
			return fail(reader, at, -EINVAL, "'%s' has no value on this architecture", name);
	}
	if (!nearest)
		return fail(reader, at, -EINVAL, "unknown constant '%s'; write its number", name);
	return fail(reader, at, -EINVAL, "unknown constant '%s'; did you mean %s?", name, nearest);
}

/* 'c', with the escapes of C that matter for one byte. */
static int read_character(struct reader *reader, uint64_t *ret_value)
{
	static const char names[] = "abtnvfr";
	size_t start = reader->at++;
	int c = peek(reader);
	const char *named;

	if (c == '\\') {
		reader->at++;
		c = peek(reader);
		named = c > 0 ? strchr(names, c) : NULL;
		if (named)
			c = '\a' + (int)(named - names);
		else if (c == '0')
			c = 0;
	}
	reader->at++;
	if (c < 0 || peek(reader) != '\'')
		return fail(reader, start, -EINVAL, "a character is written as 'c'");
	reader->at++;
	*ret_value = (uint64_t)c;
	return 0;
}

static int read_plain_term(struct reader *reader, uint64_t *ret_value)
{
	char word[WORD_MAX];
	size_t start;
	int r;

	skip_blanks(reader);
	start = reader->at;
	if (peek(reader) == '\'')
		return read_character(reader, ret_value);
	r = read_value_word(reader, word);
	if (r < 0)
		return r;
	if (word[0] == '\0')
		return fail(reader, start, -EINVAL, "a number or the name of a constant should stand here");
	if (isdigit((unsigned char)word[0])) {
		if (!cg_num_parse(word, strlen(word), ret_value))
			return fail(reader, start, -EINVAL, "'%s' is no number of 64 bits", word);
		return 0;
	}
	if (!cg_constant_find(reader->arch, word, ret_value))
		return unknown_constant(reader, start, word);
	return 0;
}

static int read_term(struct reader *reader, uint64_t *ret_value)
{
	size_t start = reader->at;
	bool is_negative = take(reader, '-'), is_complement = !is_negative && take(reader, '~');
	uint64_t value;
	int r = read_plain_term(reader, &value);

	if (r < 0)
		return r;
	if (is_negative && value > (uint64_t)1 << 63)
		return fail(reader, start, -EINVAL, "a negative number below -2^63");
	*ret_value = is_negative ? 0 - value : is_complement ? ~value : value;
	return 0;
}

/* "…": only that it is a pointer counts, as no filter can look behind it. */
static int read_string(struct reader *reader, uint64_t *ret_value)
{
	size_t start = reader->at++;

	while (peek(reader) >= 0 && peek(reader) != '"')
		reader->at += 1 + (peek(reader) == '\\');
	if (peek(reader) != '"')
		return fail(reader, start, -EINVAL, "this string has no end");
	reader->at++;
	*ret_value = CG_CALL_TEXT_POINTER;
	return 0;
}

static int read_value(struct reader *reader, uint64_t *ret_value)
{
	uint64_t value = 0, term = 0;

	skip_blanks(reader);
	if (peek(reader) == '"')
		return read_string(reader, ret_value);
	do {
		int r = read_term(reader, &term);

		if (r < 0)
			return r;
		value |= term;
	} while (take(reader, '|'));
	*ret_value = value;
	return 0;
}

int cg_call_parse_value(const struct cg_arch *arch, const char *text, size_t length, uint64_t *ret_value,
			struct cg_err *err)
{
	struct reader reader = { .arch = arch, .text = text, .length = length, .err = err };
	uint64_t value;
	int r;

	if (length > TEXT_LIMIT)
		return fail(&reader, 0, -EINVAL, "a text of more than 65536 bytes");
	r = read_value(&reader, &value);
	if (r < 0)
		return r;
	skip_blanks(&reader);
	if (reader.at < length)
		return fail(&reader, reader.at, -EINVAL, "nothing should follow the value here");
	*ret_value = value;
	return 0;
}

static int unknown_call(const struct reader *reader, size_t at, const char *name)
{
	const char *nearest = reader->err ? cg_syscall_suggest(name) : NULL;

	if (cg_syscall_find(name))
		return fail(reader, at, -ENOENT, "%s has no call '%s'", reader->arch->name, name);
	if (nearest)
		return fail(reader, at, -ENOENT, "unknown call '%s'; did you mean %s?", name, nearest);
	return fail(reader, at, -ENOENT, "unknown call '%s'", name);
}

static int unknown_arch(const struct reader *reader, size_t at, const char *name)
{
	const char *nearest = reader->err ? cg_arch_suggest(name) : NULL;

	if (nearest)
		return fail(reader, at, -EINVAL, "unknown architecture '%s'; did you mean %s?", name, nearest);
	return fail(reader, at, -EINVAL, "unknown architecture '%s'", name);
}

/* A call's name or number, on reader->arch. */
static int read_number(struct reader *reader, size_t at, const char *word, uint32_t *ret_nr)
{
	uint64_t number;

	if (strcmp(word, "-1") == 0) {
		*ret_nr = CG_NR_SKIPPED;
		return 0;
	}
	if (!isdigit((unsigned char)word[0]))
		return cg_syscall_number(reader->arch, word, ret_nr) ? 0 : unknown_call(reader, at, word);
	if (!cg_num_parse(word, strlen(word), &number) || number > UINT32_MAX)
		return fail(reader, at, -EINVAL, "'%s' is no call number: they have 32 bits", word);
	*ret_nr = (uint32_t)number;
	/* x32's numbers are known by bit 30 alone; a small one can only be meant with it. */
	if (reader->arch->is_x32 && *ret_nr < CG_X32_BIT)
		*ret_nr |= CG_X32_BIT;
	return 0;
}

static int read_name(struct reader *reader, struct cg_call *call)
{
	char word[WORD_MAX];
	size_t at;
	int r;

	skip_blanks(reader);
	at = reader->at;
	r = read_word(reader, word);
	if (r == 0 && peek(reader) == ':') {
		const struct cg_arch *arch = cg_arch_find(word);

		if (!arch)
			return unknown_arch(reader, at, word);
		reader->arch = arch;
		reader->at++;
		at = reader->at;
		r = read_word(reader, word);
	}
	if (r < 0)
		return r;
	if (word[0] == '\0')
		return fail(reader, at, -EINVAL, "the name or number of a call should stand here");
	r = read_number(reader, at, word, &call->nr);
	call->arch = reader->arch->token;
	return r;
}

static int read_arguments(struct reader *reader, struct cg_call *call)
{
	size_t n = 0;

	if (take(reader, ')'))
		return 0;
	do {
		int r;

		skip_blanks(reader);
		if (n == 6)
			return fail(reader, reader->at, -EINVAL, "a call has at most six arguments");
		r = read_value(reader, &call->args[n++]);
		if (r < 0)
			return r;
	} while (take(reader, ','));
	if (!take(reader, ')'))
		return fail(reader, reader->at, -EINVAL, "',' or ')' should stand here");
	return 0;
}

int cg_call_parse(const struct cg_arch *arch, const char *text, struct cg_call *ret_call, struct cg_err *err)
{
	struct reader reader = { .arch = arch, .text = text, .length = strlen(text), .err = err };
	struct cg_call call = { 0 };
	int r;

	if (reader.length > TEXT_LIMIT)
		return fail(&reader, 0, -EINVAL, "a text of more than 65536 bytes");
	r = read_name(&reader, &call);
	if (r == 0 && take(&reader, '('))
		r = read_arguments(&reader, &call);
	if (r < 0)
		return r;
	skip_blanks(&reader);
	if (reader.at < reader.length)
		return fail(&reader, reader.at, -EINVAL, "nothing should follow the call here");
	*ret_call = call;
	return 0;
}
