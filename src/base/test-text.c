/*
 * Tests of text.c and utf8.c: growth, escapes, sticky failure, distances between words, characters.
 */
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_growing(void **state)
{
	struct cg_text text = { 0 };
	char *stolen;

	assert_string_equal(cg_text_get(&text), "");
	cg_text_add(&text, "a");
	cg_text_add_char(&text, 'b');
	cg_text_add_bytes(&text, "c\0d", 3);
	cg_text_addf(&text, "%d", 7);
	assert_int_equal(text.length, 6);
	assert_memory_equal(cg_text_get(&text), "abc\0d7", 7);
	cg_text_clear(&text);
	assert_string_equal(cg_text_get(&text), "");
	for (int i = 0; i < 10000; i++)
		cg_text_addf(&text, "%04d", i);
	assert_int_equal(text.length, 40000);
	stolen = cg_text_steal(&text);
	assert_memory_equal(stolen + 39996, "9999", 5);
	assert_null(text.data);
	free(stolen);
	stolen = cg_text_steal(&text); /* an empty text is an empty string */
	assert_string_equal(stolen, "");
	free(stolen);
}

static void test_failure_is_sticky(void **state)
{
	struct cg_text text = { 0 };

	cg_text_add(&text, "a");
	cg_text_add_bytes(&text, NULL, SIZE_MAX / 2);
	assert_true(text.has_failed);
	cg_text_add(&text, "b");
	assert_string_equal(cg_text_get(&text), "a");
	assert_null(cg_text_steal(&text));
}

static void test_escaping_and_padding(void **state)
{
	struct cg_text text = { 0 };

	cg_text_add_escaped(&text, "a\"\\\n\t\x01\x7f\xc3\xa9\0", 10);
	assert_string_equal(cg_text_get(&text), "a\\\"\\\\\\n\\t\\x01\\x7f\xc3\xa9\\x00");
	cg_text_clear(&text);
	cg_text_add(&text, "ab");
	cg_text_pad(&text, 0, 5);
	cg_text_add(&text, "|");
	cg_text_pad(&text, 0, 2);
	assert_string_equal(cg_text_get(&text), "ab   | ");
	cg_text_done(&text);
}

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int distance;
	} rows[] = {
		{ "", "", 0 },         { "abc", "abc", 0 },   { "abc", "", 3 },      { "abc", "acb", 1 },
		{ "abc", "abcd", 1 },  { "abc", "xbc", 1 },   { "openat", "oepnat", 1 }, { "kitten", "sitting", 3 },
		{ "abcdefghij", "klmnopqrst", 6 },
	};
	char longest[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cg_word_distance(rows[i].a, rows[i].b, 5), rows[i].distance);
		assert_int_equal(cg_word_distance(rows[i].b, rows[i].a, 5), rows[i].distance);
	}
	memset(longest, 'a', sizeof(longest));
	longest[99] = '\0';
	assert_int_equal(cg_word_distance(longest, "a", 5), 6);
	longest[64] = '\0';
	assert_int_equal(cg_word_distance(longest, longest + 1, 5), 1);
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "open", "openat", "openat2", "mkdir" };
	const char *best = "mkdir";

	assert_string_equal(cg_word_nearest("opennat", words, 4), "openat");
	assert_string_equal(cg_word_nearest("mkdri", words, 4), "mkdir");
	assert_string_equal(cg_word_nearest("openat", words, 4), "openat");
	assert_null(cg_word_nearest("frobnicate", words, 4));
	assert_null(cg_word_nearest("", words, 4));
	cg_word_keep_nearest("mkdirat", "mkdirat", &best);
	assert_string_equal(best, "mkdirat");
}

static void test_utf8(void **state)
{
	static const uint32_t characters[] = { 0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff,
					       0x10000, 0x10ffff };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
					   "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3" };
	char bytes[4];

	for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
		size_t length = cg_utf8_encode(characters[i], bytes);

		assert_int_equal(cg_utf8_length(bytes, length), length);
		if (length > 1)
			assert_int_equal(cg_utf8_length(bytes, length - 1), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cg_utf8_length(bad[i], strlen(bad[i])), 0);
	assert_int_equal(cg_utf8_length("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_failure_is_sticky),
		cmocka_unit_test(test_escaping_and_padding),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
