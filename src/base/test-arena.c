/*
 * Tests of arena.c: zeroed, aligned, separate pieces of any size, and no overflow in arithmetic.
 */
#include "base/arena.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 5000, 100, 3 << 20, 1, 64 };
	struct cg_arena arena = { 0 };
	unsigned char *pieces[sizeof(sizes) / sizeof(sizes[0])];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		pieces[i] = cg_arena_alloc(&arena, sizes[i]);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], i + 1);
	assert_true(cg_arena_size(&arena) >= (3 << 20) + 4096);
	cg_arena_done(&arena);
	assert_int_equal(cg_arena_size(&arena), 0);
	assert_non_null(cg_arena_alloc(&arena, 1)); /* usable again */
	cg_arena_done(&arena);
}

/* Blocks grow, so that many small pieces cost little more than their bytes. */
static void test_many_pieces(void **state)
{
	struct cg_arena arena = { 0 };

	for (int i = 0; i < 100000; i++)
		assert_non_null(cg_arena_alloc(&arena, 16));
	assert_true(cg_arena_size(&arena) < 2 * 1600000 + (1 << 20));
	cg_arena_done(&arena);
}

static void test_strings(void **state)
{
	struct cg_arena arena = { 0 };

	assert_string_equal(cg_arena_copy(&arena, "abcdef", 3), "abc");
	assert_memory_equal(cg_arena_copy(&arena, "a\0b", 3), "a\0b", 4);
	assert_string_equal(cg_arena_copy(&arena, NULL, 0), "");
	assert_string_equal(cg_arena_copy_text(&arena, "whole"), "whole");
	assert_string_equal(cg_arena_format(&arena, "%s:%u", "x", 7U), "x:7");
	cg_arena_done(&arena);
}

static void test_absurd_sizes_fail(void **state)
{
	struct cg_arena arena = { 0 };

	assert_null(cg_arena_alloc(&arena, SIZE_MAX));
	assert_null(cg_arena_alloc(&arena, SIZE_MAX / 2 + 1));
	assert_null(cg_arena_alloc_array(&arena, SIZE_MAX / 8, 16));
	assert_null(cg_arena_copy(&arena, "", SIZE_MAX));
	assert_non_null(cg_arena_alloc_array(&arena, 8, 16));
	cg_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(test_many_pieces),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_absurd_sizes_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
