/*
 * Tests of vec.h and vec.c: growth keeps what is there, and absurd sizes change nothing.
 */
#include "base/vec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pair {
	int a, b;
};

static void test_push(void **state)
{
	CG_VEC(struct pair) pairs = { 0 };

	for (int i = 0; i < 1000; i++)
		assert_int_equal(cg_vec_push(&pairs, (struct pair){ i, 2 * i }), 0);
	assert_int_equal(pairs.n_items, 1000);
	for (int i = 0; i < 1000; i++)
		assert_true(pairs.items[i].a == i && pairs.items[i].b == 2 * i);
	assert_int_equal(pairs.n_room, 1024); /* doubles: n pushes cost O(n) */
	cg_vec_done(&pairs);
	assert_null(pairs.items);
	assert_int_equal(cg_vec_push(&pairs, (struct pair){ 1, 2 }), 0);
	cg_vec_done(&pairs);
}

static void test_absurd_sizes_change_nothing(void **state)
{
	CG_VEC(struct pair) pairs = { 0 };
	struct pair *items;

	assert_int_equal(cg_vec_push(&pairs, (struct pair){ 1, 2 }), 0);
	items = pairs.items;
	assert_int_equal(cg_vec_reserve(&pairs, SIZE_MAX), -ENOMEM);
	assert_int_equal(cg_vec_reserve(&pairs, SIZE_MAX / sizeof(struct pair)), -ENOMEM);
	assert_ptr_equal(pairs.items, items);
	assert_int_equal(pairs.n_items, 1);
	assert_int_equal(cg_vec_reserve(&pairs, 0), 0);
	cg_vec_done(&pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_absurd_sizes_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
