/*
 * Running out of memory at every single allocation of a piece of work: for the test-memory.c of any folder.
 *
 * Include it once in a program that is linked with --wrap for malloc, calloc and realloc (see the third part of such a
 * row in meson.build). The work must answer 0 or -ENOMEM, give nothing out when it fails, and lose nothing (the
 * sanitizers' part).
 */
#ifndef CG_BASE_TEST_MEMORY_H
#define CG_BASE_TEST_MEMORY_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n_items, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n_items, size_t size);
void *__wrap_realloc(void *memory, size_t size);

#define TEST_NEVER SIZE_MAX

static size_t test_n_until_failure = TEST_NEVER; /* allocations that still succeed */
static bool test_has_failed;

static bool test_is_out(void)
{
	if (test_n_until_failure == TEST_NEVER)
		return false;
	if (test_n_until_failure == 0) {
		test_has_failed = true;
		return true;
	}
	test_n_until_failure--;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return test_is_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n_items, size_t size)
{
	return test_is_out() ? NULL : __real_calloc(n_items, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return test_is_out() ? NULL : __real_realloc(memory, size);
}

/*
 * Does the work again and again, failing one allocation later each time, until none is left to fail; returns how many
 * there are. Work may succeed all the same where it can do with less (a table that was only to be larger at once).
 */
static size_t fail_each(int (*work)(void *), void *context)
{
	size_t n = 0;

	do {
		int r;

		test_has_failed = false;
		test_n_until_failure = n++;
		r = work(context);
		test_n_until_failure = TEST_NEVER;
		assert_true(r == 0 || (test_has_failed && r == -ENOMEM));
	} while (test_has_failed);
	return n - 1;
}

#endif
