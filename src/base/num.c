/*
 * See num.h.
 */
#include "base/num.h"

#include <string.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool parse_digits(const char *text, size_t length, int base, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_value(text[i]);

		if (digit >= base || __builtin_mul_overflow(number, (uint64_t)base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)digit, &number))
			return false;
	}
	*ret_number = number;
	return true;
}

bool cg_num_parse(const char *text, size_t length, uint64_t *ret_number)
{
	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_digits(text + 2, length - 2, 16, ret_number);
	if (length > 1 && text[0] == '0')
		return parse_digits(text + 1, length - 1, 8, ret_number);
	return parse_digits(text, length, 10, ret_number);
}

bool cg_num_parse_decimal(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
	uint64_t number;

	if (!parse_digits(text, strlen(text), 10, &number) || number < least || number > most)
		return false;
	*ret_number = number;
	return true;
}
