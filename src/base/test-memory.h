/*
 * Running out of memory at every place where a piece of work allocates: for the test-memory.c of any folder.
 *
 * A place is a stack of callers. Of those that allocate again and again (for each call of a group, each line of a text)
 * the first TEST_TIMES_EACH allocations fail and no further ones, which tell nothing new and would take minutes; with
 * CALLGATE_EVERY_ALLOCATION in the environment, every single one does.
 *
 * Include it once in a program that is linked with --wrap for malloc, calloc and realloc (see the third part of such a
 * row in meson.build). The work must answer 0 or -ENOMEM, give nothing out when it fails, and lose nothing (the
 * sanitizers' part).
 */
#ifndef CG_BASE_TEST_MEMORY_H
#define CG_BASE_TEST_MEMORY_H

#include <errno.h>
#include <execinfo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n_items, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n_items, size_t size);
void *__wrap_realloc(void *memory, size_t size);

#define TEST_NEVER SIZE_MAX
#define TEST_TIMES_EACH 3
#define TEST_FRAMES 24
#define TEST_N_SITES (1U << 16)

static size_t test_n_until_failure = TEST_NEVER; /* allocations that still succeed */
static bool test_has_failed;

/* What the first, whole run tells: the place of each allocation. */
static bool test_is_listing;
static uint16_t *test_sites;
static size_t test_n_sites, test_n_room;

static void test_list_site(void)
{
	void *frames[TEST_FRAMES];
	int n_frames = backtrace(frames, TEST_FRAMES);
	uint64_t hash = 0xcbf29ce484222325U;

	for (int i = 0; i < n_frames; i++)
		hash = (hash ^ (uintptr_t)frames[i]) * 0x100000001b3U;
	if (n_frames < 4) /* nobody can tell here: each is a place of its own */
		hash = test_n_sites * 0x9e3779b97f4a7c15U;
	if (test_n_sites == test_n_room) {
		test_n_room = test_n_room ? test_n_room * 2 : 1024;
		test_sites = __real_realloc(test_sites, test_n_room * sizeof(*test_sites));
		assert_non_null(test_sites);
	}
	test_sites[test_n_sites++] = (uint16_t)(hash >> 48);
}

static bool test_is_out(void)
{
	if (test_is_listing)
		test_list_site();
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

/* The work once, with allocation n failing. */
static void test_fail_at(size_t n, int (*work)(void *), void *context)
{
	int r;

	test_has_failed = false;
	test_n_until_failure = n;
	r = work(context);
	test_n_until_failure = TEST_NEVER;
	assert_true(r == 0 || (test_has_failed && r == -ENOMEM));
}

/*
 * Does the work once as it is, and then again and again, failing one allocation later each time; returns how many there
 * are. Work may succeed all the same where it can do with less (a table that was only to be larger at once).
 */
static size_t fail_each(int (*work)(void *), void *context)
{
	static uint8_t n_times[TEST_N_SITES];
	const bool is_every = getenv("CALLGATE_EVERY_ALLOCATION") != NULL;
	size_t n = 0;

	memset(n_times, 0, sizeof(n_times));
	test_n_sites = 0;
	test_is_listing = true;
	test_fail_at(TEST_NEVER, work, context);
	test_is_listing = false;
	do {
		bool is_known = n < test_n_sites && n_times[test_sites[n]] >= TEST_TIMES_EACH;

		if (n < test_n_sites && !is_known)
			n_times[test_sites[n]]++;
		test_has_failed = true;
		if (is_every || !is_known)
			test_fail_at(n, work, context);
		n++;
	} while (test_has_failed);
	free(test_sites);
	test_sites = NULL;
	test_n_sites = test_n_room = 0;
	return n - 1;
}

#endif
