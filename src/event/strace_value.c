/*
 * See strace_value.h.
 */
#include "event/strace_value.h"

#include "abi/constants.h"
#include "abi/errnos.h"
#include "base/num.h"

#include <string.h>

#define NUMBER_LENGTH_MAX 1024 /* longer than any sum of flags */
#define WORD_SIZE 64 /* longer than any constant's name */

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

/* A number or a name between two |, negative or not. */
static bool parse_term(const struct cg_arch *arch, const char *text, size_t length, uint64_t *ret_number)
{
	bool is_negative = length && text[0] == '-';
	char word[WORD_SIZE];

	text += is_negative;
	length -= is_negative;
	if (length == 0 || length >= sizeof(word))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	if (word[0] >= '0' && word[0] <= '9' ? !cg_num_parse(word, length, ret_number) :
					       !cg_constant_find(arch, word, ret_number))
		return false;
	*ret_number = is_negative ? 0 - *ret_number : *ret_number;
	return true;
}

/*
 * Sums of flags. Not cg_call_parse_value(), which takes its time to suggest what may have been meant: a log is long,
 * and what is no constant that we know is nothing to be mended there.
 */
static bool parse(const struct cg_arch *arch, const struct cg_piece *piece, uint64_t *ret_number)
{
	const char *at = piece->text, *end = piece->text + piece->length;
	uint64_t sum = 0, term;

	while (end > at && end[-1] == ' ')
		end--;
	for (;;) {
		const char *bar = memchr(at, '|', (size_t)(end - at));

		if (!parse_term(arch, at, (size_t)((bar ? bar : end) - at), &term))
			return false;
		sum |= term;
		if (!bar)
			break;
		at = bar + 1;
	}
	*ret_number = sum;
	return true;
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

int64_t cg_strace_error(const struct cg_piece *piece)
{
	char name[32];
	unsigned int number;

	if (piece->length >= sizeof(name))
		return -CG_ERRNO_UNKNOWN;
	memcpy(name, piece->text, piece->length);
	name[piece->length] = '\0';
	return cg_errno_find(name, &number) && number ? -(int64_t)number : -CG_ERRNO_UNKNOWN;
}
