/*
 * Tests of json_read.c, json_tree.c and json_write.c: what is read, what is refused and where, what is written.
 */
#include "base/cleanup.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct cg_json *read_bytes(struct cg_arena *arena, const char *bytes, size_t length, unsigned int options)
{
	struct cg_err err = { 0 };
	struct cg_json *root = NULL;
	int rc = cg_json_read(arena, "t.json", bytes, length, options, &root, &err);

	if (rc < 0)
		print_message("%s: %s\n", err.place, err.message);
	assert_int_equal(rc, 0);
	return root;
}

static struct cg_json *read_text(struct cg_arena *arena, const char *text)
{
	return read_bytes(arena, text, strlen(text), 0);
}

/* The text must be refused with this code, place and (a part of) this message; outputs stay untouched. */
static void refuse_bytes(const char *bytes, size_t length, unsigned int options, int code, const char *place,
			 const char *message)
{
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };
	struct cg_json *root = (struct cg_json *)&arena;

	assert_int_equal(cg_json_read(&arena, "t.json", bytes, length, options, &root, &err), code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.place, place);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" lacks \"%s\"", err.message, message);
	assert_ptr_equal(root, (struct cg_json *)&arena);
	cg_arena_done(&arena);
}

static void refuse(const char *text, const char *place, const char *message)
{
	refuse_bytes(text, strlen(text), 0, -EBADMSG, place, message);
}

static void test_values_know_their_place(void **state)
{
	struct cg_arena arena = { 0 };
	struct cg_json *root = read_text(&arena, "{\n  \"a\": [1,\n\t-2, true, null],\r\n\"b\" :\"x\"}\n");
	struct cg_json *a = cg_json_get(root, "a"), *b = cg_json_get(root, "b");

	assert_int_equal(root->kind, CG_JSON_OBJECT);
	assert_int_equal(root->n_children, 2);
	assert_null(root->key);
	assert_int_equal(a->kind, CG_JSON_ARRAY);
	assert_int_equal(a->n_children, 4);
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 8);
	assert_int_equal(a->key_line, 2);
	assert_int_equal(a->key_column, 3);
	assert_int_equal(a->first->number, 1);
	assert_int_equal(a->first->next->line, 3);
	assert_int_equal(a->first->next->column, 2);
	assert_true(a->first->next->is_negative);
	assert_int_equal(a->first->next->number, 2);
	assert_true(a->first->next->next->is_true);
	assert_int_equal(a->first->next->next->next->kind, CG_JSON_NULL);
	assert_int_equal(b->line, 4);
	assert_int_equal(b->column, 6);
	assert_string_equal(b->text, "x");
	cg_arena_done(&arena);
}

static void test_every_kind_at_the_top(void **state)
{
	static const struct {
		const char *text;
		enum cg_json_kind kind;
		const char *name;
	} rows[] = {
		{ "null", CG_JSON_NULL, "null" },         { " true ", CG_JSON_BOOL, "true or false" },
		{ "0", CG_JSON_NUMBER, "a number" },      { "\"\"", CG_JSON_STRING, "a string" },
		{ "[]", CG_JSON_ARRAY, "an array" },      { "{}", CG_JSON_OBJECT, "an object" },
		{ "\t[ ]\n", CG_JSON_ARRAY, "an array" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_arena arena = { 0 };
		struct cg_json *root = read_text(&arena, rows[i].text);

		assert_int_equal(root->kind, rows[i].kind);
		assert_string_equal(cg_json_kind_name(root), rows[i].name);
		cg_arena_done(&arena);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool is_integer, is_negative;
		uint64_t number;
	} rows[] = {
		{ "0", true, false, 0 },
		{ "-0", true, true, 0 },
		{ "18446744073709551615", true, false, UINT64_MAX },
		{ "18446744073709551616", false, false, 0 },
		{ "-18446744073709551615", true, true, UINT64_MAX },
		{ "99999999999999999999999999999999999999", false, false, 0 },
		{ "1.0", false, false, 0 },
		{ "1e3", false, false, 0 },
		{ "-1.5E-3", false, true, 0 },
		{ "0.5", false, false, 0 },
		{ "0e+0", false, false, 0 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_arena arena = { 0 };
		struct cg_json *root = read_text(&arena, rows[i].text);

		assert_int_equal(root->kind, CG_JSON_NUMBER);
		assert_int_equal(root->is_integer, rows[i].is_integer);
		assert_int_equal(root->is_negative, rows[i].is_negative);
		assert_true(root->number == rows[i].number);
		assert_string_equal(root->text, rows[i].text);
		assert_int_equal(root->text_length, strlen(rows[i].text));
		cg_arena_done(&arena);
	}
}

static void test_strings_are_decoded(void **state)
{
	static const struct {
		const char *text, *decoded;
		size_t length;
	} rows[] = {
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac", 6 },
		{ "\"\\ud83d\\uDE00\"", "\xf0\x9f\x98\x80", 4 },
		{ "\"a\\u0000b\"", "a\0b", 3 },
		{ "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"", "\xc3\xa9\xf0\x9f\x98\x80\x7f", 7 },
		/* Bytes that are no UTF-8, one U+FFFD each: Latin-1, overlong, a raw surrogate, cut off, beyond 10ffff
		 */
		{ "\"f\xfcr\"", "f\xef\xbf\xbdr", 5 },
		{ "\"\xc0\xaf\"", "\xef\xbf\xbd\xef\xbf\xbd", 6 },
		{ "\"\xed\xa0\x80\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9 },
		{ "\"\xe2\x82\"", "\xef\xbf\xbd\xef\xbf\xbd", 6 },
		{ "\"\xf4\x90\x80\x80\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 12 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_arena arena = { 0 };
		struct cg_json *root = read_text(&arena, rows[i].text);

		assert_int_equal(root->kind, CG_JSON_STRING);
		assert_int_equal(root->text_length, rows[i].length);
		assert_memory_equal(root->text, rows[i].decoded, rows[i].length + 1);
		cg_arena_done(&arena);
	}
}

static void test_bad_text_is_refused_in_place(void **state)
{
	refuse("", "t.json:1:1", "empty");
	refuse(" \n\t ", "t.json:2:3", "empty");
	refuse("{\"a\":1} x", "t.json:1:9", "after the end");
	refuse("{}\n{}", "t.json:2:1", "after the end");
	refuse("{\"a\":1", "t.json:1:7", "ends too early");
	refuse("[1", "t.json:1:3", "ends too early");
	refuse("[", "t.json:1:2", "ends too early");
	refuse("{\"a\"", "t.json:1:5", "':' after the key");
	refuse("{\"a\":", "t.json:1:6", "a value expected");
	refuse("{\"a\" 1}", "t.json:1:6", "unexpected '1'");
	refuse("{a:1}", "t.json:1:2", "a key in double quotes");
	refuse("{1:1}", "t.json:1:2", "a key in double quotes");
	refuse("{'a':1}", "t.json:1:2", "a key in double quotes");
	refuse("[1 2]", "t.json:1:4", "',' or ']'");
	refuse("[1}", "t.json:1:3", "',' or ']'");
	refuse("[,]", "t.json:1:2", "a value");
	refuse("[1,]", "t.json:1:4", "remove the comma");
	refuse("{\"a\":1,}", "t.json:1:8", "remove the comma");
	refuse("[1,,2]", "t.json:1:4", "unexpected ','");
	refuse("nul", "t.json:1:1", "a value");
	refuse("nulll", "t.json:1:5", "after the end");
	refuse("True", "t.json:1:1", "a value");
	refuse("]", "t.json:1:1", "unexpected ']'");
	refuse("\x7f"
	       "ELF",
	       "t.json:1:1", "byte 0x7f");
	refuse("// x\n1", "t.json:1:1", "a comment");
	refuse("/", "t.json:1:1", "unexpected '/'");
	refuse("\xef\xbb\xbf{}", "t.json:1:1", "byte-order mark");
	refuse("\xff\xfe{}", "t.json:1:1", "UTF-16");
	refuse("\xfe\xff{}", "t.json:1:1", "UTF-16");
	refuse_bytes("{}\0", 3, 0, -EBADMSG, "t.json:1:3", "after the end");
	refuse_bytes("\0\0\0\0", 4, 0, -EBADMSG, "t.json:1:1", "byte 0x00");
}

static void test_bad_numbers_are_refused(void **state)
{
	refuse("-", "t.json:1:2", "a digit");
	refuse("01", "t.json:1:1", "begin with 0");
	refuse("[-012]", "t.json:1:2", "begin with 0");
	refuse("0x10", "t.json:1:1", "hexadecimal");
	refuse("1.", "t.json:1:3", "a digit after the point");
	refuse("1.e3", "t.json:1:3", "a digit after the point");
	refuse(".5", "t.json:1:1", "unexpected '.'");
	refuse("1e", "t.json:1:3", "exponent");
	refuse("1e+", "t.json:1:4", "exponent");
	refuse("+1", "t.json:1:1", "unexpected '+'");
	refuse("NaN", "t.json:1:1", "unexpected 'N'");
}

static void test_bad_strings_are_refused(void **state)
{
	refuse("\"abc", "t.json:1:1", "a \" is missing");
	refuse("\"abc\\", "t.json:1:1", "a \" is missing");
	refuse("[\"abc\n\"]", "t.json:1:2", "no end on its line");
	refuse("\"a\tb\"", "t.json:1:3", "control byte 0x09");
	refuse_bytes("\"a\0b\"", 5, 0, -EBADMSG, "t.json:1:3", "control byte 0x00");
	refuse("\"\\x41\"", "t.json:1:2", "unknown escape");
	refuse_bytes("\"\\\0\"", 4, 0, -EBADMSG, "t.json:1:2", "unknown escape");
	refuse("\"\\u12\"", "t.json:1:2", "four hexadecimal digits");
	refuse("\"\\u12", "t.json:1:2", "four hexadecimal digits");
	refuse("\"ab\\ud800\"", "t.json:1:4", "surrogate");
	refuse("\"\\udc00\"", "t.json:1:2", "surrogate");
	refuse("\"\\ud800\\u0041\"", "t.json:1:2", "surrogate");
	refuse("\"\\ud800\\ud800\"", "t.json:1:2", "surrogate");
	refuse("\"\\ud800\\uxxxx\"", "t.json:1:8", "four hexadecimal digits");
	refuse("{\"a\\u0000\":1}", "t.json:1:2", "NUL");
	refuse("{\"a\xff\":1}", "t.json:1:4", "no UTF-8");
}

static void test_comments_on_request(void **state)
{
	static const char text[] =
		"// first\n{ /* a * b */ \"a\": [1, 2, // two\n ], \"b\": {\"c\": 3,},\n} /**/ // end";
	struct cg_arena arena = { 0 };
	struct cg_json *root = read_bytes(&arena, text, strlen(text), CG_JSON_COMMENTS);

	assert_int_equal(root->n_children, 2);
	assert_int_equal(cg_json_get(root, "a")->n_children, 2);
	assert_int_equal(cg_json_get(root, "b")->line, 3);
	cg_arena_done(&arena);

	refuse_bytes("[1,/**/]", 8, CG_JSON_COMMENTS | CG_JSON_STRICT_COMMAS, -EBADMSG, "t.json:1:8",
		     "remove the comma");
	refuse_bytes("1 /* a\n b", 9, CG_JSON_COMMENTS, -EBADMSG, "t.json:1:3", "no end");
	refuse_bytes("[,]", 3, CG_JSON_COMMENTS, -EBADMSG, "t.json:1:2", "unexpected ','");
	refuse_bytes("[1,,]", 5, CG_JSON_COMMENTS, -EBADMSG, "t.json:1:4", "unexpected ','");
	refuse_bytes("1 / 2", 5, CG_JSON_COMMENTS, -EBADMSG, "t.json:1:3", "unexpected '/'");
}

static void test_duplicate_and_folded_keys(void **state)
{
	struct cg_arena arena = { 0 };
	struct cg_json *root = read_text(&arena, "{\"a\":1,\"A\":2,\"a\":3,\"\xc5\xbf\":4,\"\xe2\x84\xaa\":5,\"\":6}");

	assert_int_equal(root->n_children, 6);
	assert_int_equal(cg_json_get(root, "a")->number, 3);
	assert_int_equal(cg_json_get(root, "A")->number, 2);
	assert_int_equal(cg_json_get_fold(root, "A")->number, 3);
	assert_null(cg_json_get(root, "s"));
	assert_int_equal(cg_json_get_fold(root, "s")->number, 4);
	assert_int_equal(cg_json_get_fold(root, "k")->number, 5);
	assert_int_equal(cg_json_get(root, "")->number, 6);
	assert_null(cg_json_get_fold(root, "b"));
	assert_null(cg_json_get(root->first, "a"));
	assert_null(cg_json_get(NULL, "a"));
	assert_false(cg_json_key_is("a", "ab"));
	assert_false(cg_json_key_is("ab", "a"));
	cg_arena_done(&arena);
}

static void test_limits(void **state)
{
	struct cg_arena arena = { 0 };
	char place[32];
	char *text = malloc(CG_JSON_SIZE_LIMIT + 1);

	assert_non_null(text);
	memset(text, '[', 10000);
	memset(text + CG_JSON_DEPTH_LIMIT, ']', CG_JSON_DEPTH_LIMIT);
	read_bytes(&arena, text, (size_t)2 * CG_JSON_DEPTH_LIMIT, 0);
	cg_arena_done(&arena);
	memset(text, '[', 10000);
	snprintf(place, sizeof(place), "t.json:1:%d", CG_JSON_DEPTH_LIMIT + 1);
	refuse_bytes(text, 10000, 0, -E2BIG, place, "nesting");

	memset(text, ' ', CG_JSON_SIZE_LIMIT + 1);
	refuse_bytes(text, CG_JSON_SIZE_LIMIT + 1, 0, -E2BIG, "t.json", "64 MiB");
	text[CG_JSON_SIZE_LIMIT - 1] = '1';
	read_bytes(&arena, text, CG_JSON_SIZE_LIMIT, 0);
	cg_arena_done(&arena);

	/* an array and as many items as make one value too many */
	text[0] = '[';
	for (size_t i = 0; i < CG_JSON_NODE_LIMIT; i++)
		memcpy(text + 1 + 3 * i, "\"\",", 3);
	text[3 * CG_JSON_NODE_LIMIT - 3] = ']';
	read_bytes(&arena, text, 3 * CG_JSON_NODE_LIMIT - 2, 0);
	cg_arena_done(&arena);
	text[3 * CG_JSON_NODE_LIMIT - 3] = ',';
	text[3 * CG_JSON_NODE_LIMIT] = ']';
	snprintf(place, sizeof(place), "t.json:1:%zu", 3 * CG_JSON_NODE_LIMIT - 1);
	refuse_bytes(text, 3 * CG_JSON_NODE_LIMIT + 1, 0, -E2BIG, place, "values");
	free(text);
}

static double seconds_to_read(const char *text, size_t length)
{
	struct cg_arena arena = { 0 };
	clock_t start = clock();

	read_bytes(&arena, text, length, CG_JSON_COMMENTS);
	cg_arena_done(&arena);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Eight times the input may not cost sixty-four times the time: one long string of escapes, one long comment. */
static void test_time_is_linear(void **state)
{
	static const char *const units[] = { "\\n\xff", "*", "\xc3\xa9" };
	const size_t small = 200000, large = 8 * small;
	char *text = malloc(large * 3 + 16);

	assert_non_null(text);
	for (size_t i = 0; i < CG_N_ITEMS(units); i++) {
		const char *open = units[i][0] == '*' ? "/*" : "\"", *close = units[i][0] == '*' ? "*/1" : "\"";
		double seconds[2];

		for (int round = 0; round < 2; round++) {
			size_t n = round ? large : small, at = strlen(open), unit = strlen(units[i]);

			memcpy(text, open, at);
			for (size_t k = 0; k < n; k++, at += unit)
				memcpy(text + at, units[i], unit);
			memcpy(text + at, close, strlen(close));
			seconds[round] = seconds_to_read(text, at + strlen(close));
		}
		assert_true(seconds[1] < 0.05 + 24 * seconds[0]);
	}
	free(text);
}

static void test_err_at_value(void **state)
{
	struct cg_arena arena = { 0 };
	struct cg_json *root = read_text(&arena, "{\n \"a\": 7}");
	struct cg_err err = { 0 };

	assert_int_equal(cg_json_err(&err, -EINVAL, "p.json", root->first, "no %s", "seven"), -EINVAL);
	assert_string_equal(err.place, "p.json:2:7");
	assert_string_equal(err.message, "no seven");
	assert_int_equal(cg_json_err(&err, -EINVAL, "p.json", NULL, "empty"), -EINVAL);
	assert_string_equal(err.place, "p.json");
	assert_int_equal(cg_json_err(NULL, -EINVAL, "p.json", NULL, "empty"), -EINVAL);
	cg_arena_done(&arena);
}

static void write_sample(struct cg_json_writer *writer)
{
	cg_json_open_object(writer, NULL);
	cg_json_string(writer, "s", "a\"\\\n\x01\x7f\v\xc3\xa9\xff");
	cg_json_string(writer, "none", NULL);
	cg_json_open_array(writer, "empty");
	cg_json_close_array(writer);
	cg_json_open_array(writer, "list");
	cg_json_u64(writer, NULL, UINT64_MAX);
	cg_json_s64(writer, NULL, INT64_MIN);
	cg_json_open_inline_object(writer, NULL);
	cg_json_bool(writer, "t", true);
	cg_json_open_array(writer, "in");
	cg_json_bool(writer, NULL, false);
	cg_json_null(writer, NULL);
	cg_json_close_array(writer);
	cg_json_close_object(writer);
	cg_json_open_inline_array(writer, NULL);
	cg_json_fixed(writer, NULL, 1.25, 1);
	cg_json_fixed(writer, NULL, -0.001, 2);
	cg_json_fixed(writer, NULL, -12.5, 3);
	cg_json_fixed(writer, NULL, 2.0, 0);
	cg_json_fixed(writer, NULL, 1e300, 2);
	cg_json_fixed(writer, NULL, __builtin_nan(""), 2);
	cg_json_close_array(writer);
	cg_json_close_array(writer);
	cg_json_string_bytes(writer, "nul", "a\0b", 3);
	cg_json_close_object(writer);
}

static void test_writing(void **state)
{
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text };
	struct cg_json_writer compact = { .text = &text, .is_compact = true };

	write_sample(&writer);
	assert_string_equal(cg_text_get(&text), "{\n"
						"  \"s\": \"a\\\"\\\\\\n\\u0001\\u007f\\u000b\xc3\xa9\xef\xbf\xbd\",\n"
						"  \"none\": null,\n"
						"  \"empty\": [],\n"
						"  \"list\": [\n"
						"    18446744073709551615,\n"
						"    -9223372036854775808,\n"
						"    {\"t\": true, \"in\": [false, null]},\n"
						"    [1.3, 0.00, -12.500, 2, null, null]\n"
						"  ],\n"
						"  \"nul\": \"a\\u0000b\"\n"
						"}");
	cg_text_clear(&text);
	write_sample(&compact);
	assert_string_equal(
		cg_text_get(&text),
		"{\"s\":\"a\\\"\\\\\\n\\u0001\\u007f\\u000b\xc3\xa9\xef\xbf\xbd\",\"none\":null,\"empty\":[],"
		"\"list\":[18446744073709551615,-9223372036854775808,{\"t\":true,\"in\":[false,null]},"
		"[1.3,0.00,-12.500,2,null,null]],\"nul\":\"a\\u0000b\"}");
	cg_text_done(&text);
}

/* Reading and writing whole values loses nothing, not even numbers that we cannot hold, order, or duplicates. */
static void test_values_survive(void **state)
{
	static const char text[] =
		"{\"b\":[1e400,-0,18446744073709551616,0.10],\"a\":{},\"b\":\"x\\u0000\",\"\":[[],null,true]}";
	struct cg_arena arena = { 0 };
	struct cg_text out = { 0 };
	struct cg_json_writer writer = { .text = &out, .is_compact = true };

	cg_json_value(&writer, NULL, read_text(&arena, text));
	assert_string_equal(cg_text_get(&out), text);
	cg_text_done(&out);
	cg_arena_done(&arena);
}

static void test_writer_depth(void **state)
{
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text, .is_compact = true };

	for (int i = 0; i < CG_JSON_WRITE_DEPTH; i++)
		cg_json_open_array(&writer, NULL);
	assert_false(text.has_failed);
	cg_json_open_array(&writer, NULL);
	assert_true(text.has_failed);
	for (int i = 0; i < CG_JSON_WRITE_DEPTH + 2; i++)
		cg_json_close_array(&writer);
	assert_null(cg_text_steal(&text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_know_their_place),
		cmocka_unit_test(test_every_kind_at_the_top),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings_are_decoded),
		cmocka_unit_test(test_bad_text_is_refused_in_place),
		cmocka_unit_test(test_bad_numbers_are_refused),
		cmocka_unit_test(test_bad_strings_are_refused),
		cmocka_unit_test(test_comments_on_request),
		cmocka_unit_test(test_duplicate_and_folded_keys),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_time_is_linear),
		cmocka_unit_test(test_err_at_value),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_values_survive),
		cmocka_unit_test(test_writer_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
