/*
 * See strace_value.h.
 */
#include "event/strace_value.h"

#include "abi/call_text.h"

#include <string.h>

#define NUMBER_LENGTH_MAX 1024 /* longer than any sum of flags */

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool cg_strace_take_name(struct cg_piece *arg, struct cg_piece *ret_name)
{
	size_t n = 0;

	while (n < arg->length && is_word_char(arg->text[n]))
		n++;
	if (n == 0 || n == arg->length || arg->text[n] != '=')
		return false;
	*ret_name = (struct cg_piece){ arg->text, n };
	arg->text += n + 1;
	arg->length -= n + 1;
	return true;
}

static const char *find(const struct cg_piece *piece, const char *word)
{
	return memmem(piece->text, piece->length, word, strlen(word));
}

static void cut_before(struct cg_piece *piece, const char *word)
{
	const char *at = find(piece, word);

	if (at)
		piece->length = (size_t)(at - piece->text);
}

static bool parse(const struct cg_arch *arch, const struct cg_piece *piece, uint64_t *ret_number)
{
	size_t length = piece->length;

	while (length && piece->text[length - 1] == ' ')
		length--;
	/* Only what may be a number or names: a string or a character would be read too, and is none of ours. */
	for (size_t i = 0; i < length; i++)
		if (!is_word_char(piece->text[i]) && !strchr("|- ", piece->text[i]))
			return false;
	return length && cg_call_parse_value(arch, piece->text, length, ret_number, NULL) == 0;
}

bool cg_strace_number(const struct cg_arch *arch, const struct cg_piece *arg, uint64_t *ret_number)
{
	struct cg_piece piece = *arg;
	const char *other;

	if (piece.length == 0 || piece.length > NUMBER_LENGTH_MAX || memchr(piece.text, '\0', piece.length))
		return false;
	cut_before(&piece, " /*");
	cut_before(&piece, "</");
	/* Several names of one number: "SNDCTL_TMR_TIMEBASE or TCGETS". */
	while ((other = find(&piece, " or "))) {
		struct cg_piece first = { piece.text, (size_t)(other - piece.text) };

		if (parse(arch, &first, ret_number))
			return true;
		piece.length -= (size_t)(other + 4 - piece.text);
		piece.text = other + 4;
	}
	return parse(arch, &piece, ret_number);
}

/* Up to three octal digits at *at. */
static char octal(const char **at, const char *end)
{
	unsigned int value = 0;

	for (int n = 0; n < 3 && *at < end && **at >= '0' && **at <= '7'; n++)
		value = value * 8 + (unsigned int)(*(*at)++ - '0');
	return (char)value;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash. */
static void add_escaped(struct cg_text *text, const char **at, const char *end)
{
	static const char letters[] = "abtnvfr"; /* from \a, 7, to \r, 13 */
	const char *letter = strchr(letters, **at);

	if (**at >= '0' && **at <= '7') {
		cg_text_add_char(text, octal(at, end));
	} else if (**at == 'x' && end - *at > 2 && hex_digit((*at)[1]) >= 0 && hex_digit((*at)[2]) >= 0) {
		cg_text_add_char(text, (char)(hex_digit((*at)[1]) << 4 | hex_digit((*at)[2])));
		*at += 3;
	} else {
		cg_text_add_char(text, **at && letter ? (char)('\a' + (letter - letters)) : **at);
		++*at;
	}
}

bool cg_strace_string(const struct cg_piece *arg, struct cg_text *text)
{
	const char *at = arg->text + 1, *end = arg->text + arg->length - 1;

	if (arg->length < 2 || arg->text[0] != '"' || *end != '"')
		return false;
	while (at < end) {
		if (*at != '\\') {
			cg_text_add_char(text, *at++);
			continue;
		}
		if (++at < end)
			add_escaped(text, &at, end);
	}
	return true;
}
