/*
 * Numbers in text: strict parsing, without locale, sign surprises or silent overflow.
 */
#ifndef CG_BASE_NUM_H
#define CG_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of text[0 … length-1] as decimal, 0x hexadecimal or 0 octal: true and *ret_number, else false. */
bool cg_num_parse(const char *text, size_t length, uint64_t *ret_number);

/* The same for a NUL-terminated decimal within [least, most]. */
bool cg_num_parse_decimal(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number);

#endif
