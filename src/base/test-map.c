/*
 * Tests of map.c: what was put is found, nothing else is, and walking follows the order of putting.
 */
#include "base/map.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_KEYS 20000

static void test_put_and_find(void **state)
{
	static uint32_t keys[N_KEYS];
	struct cg_map map = { 0 };
	struct cg_map_entry *entry;
	uint32_t absent = N_KEYS;

	assert_null(cg_map_find(&map, "x", 1));
	for (uint32_t i = 0; i < N_KEYS; i++) {
		keys[i] = i;
		assert_int_equal(cg_map_put(&map, &keys[i], sizeof(keys[i]), &entry), 0);
		assert_int_equal(entry->value.number, 0);
		entry->value.number = i * 3;
	}
	assert_int_equal(map.n_entries, N_KEYS);
	for (uint32_t i = 0; i < N_KEYS; i++) {
		entry = cg_map_find(&map, &i, sizeof(i));
		assert_non_null(entry);
		assert_int_equal(entry->value.number, i * 3);
		assert_int_equal(cg_map_put(&map, &i, sizeof(i), &entry), 0); /* there already */
		assert_ptr_equal(entry->key, &keys[i]);
		assert_ptr_equal(map.entries[i].key, &keys[i]);
	}
	assert_int_equal(map.n_entries, N_KEYS);
	assert_null(cg_map_find(&map, &absent, sizeof(absent)));
	cg_map_done(&map);
	assert_null(cg_map_find(&map, "x", 1));
}

/* Keys are bytes with a length: empty ones, prefixes and NULs inside are all different. */
static void test_keys_are_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} keys[] = { { "", 0 }, { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 }, { "a\0c", 3 }, { "ab", 2 }, { "\0", 1 } };
	struct cg_map map = { 0 };
	struct cg_map_entry *entry;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_int_equal(cg_map_put(&map, keys[i].bytes, keys[i].length, &entry), 0);
		assert_int_equal(map.n_entries, i + 1);
		entry->value.pointer = (void *)&keys[i];
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_ptr_equal(cg_map_find(&map, keys[i].bytes, keys[i].length)->value.pointer, &keys[i]);
	assert_null(cg_map_find(&map, "b", 1));
	cg_map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_and_find),
		cmocka_unit_test(test_keys_are_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
