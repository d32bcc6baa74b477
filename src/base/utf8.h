/*
 * UTF-8: how long the next character is, and writing one.
 *
 * In: bytes of any kind. Out: 0 for what is no UTF-8 (overlong forms, surrogates and numbers above 10ffff among it;
 * RFC 3629), so that each caller decides what becomes of a bad byte.
 */
#ifndef CG_BASE_UTF8_H
#define CG_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define CG_UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Bytes of the character at `bytes`, 1-4; 0 when there is no whole, valid one within `length`. */
size_t cg_utf8_length(const char *bytes, size_t length);

/* Writes up to four bytes, no NUL; `character` is a valid one. Returns how many. */
size_t cg_utf8_encode(uint32_t character, char ret_bytes[4]);

#endif
