/*
 * The algebra of boxes against plain membership: what is in a union, an intersection, a difference, a complement is
 * asked value by value, at the edges of whatever was compared with, on both widths.
 */
#include "filter/test-random.h"
#include "policy/box.h"
#include "policy/eval.h"
#include "policy/room.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_RULES 3 /* in one random list */
#define N_ROUNDS 3000
#define N_CALLS 60

struct list {
	struct cg_comparison comparisons[N_RULES][3];
	unsigned int n_comparisons[N_RULES];
	unsigned int n_rules;
};

static struct test_random rng = { 42 };

static const struct cg_arch *const *arches(void)
{
	static const struct cg_arch *two[2];

	two[0] = cg_arch_find("x86_64");
	two[1] = cg_arch_find("x86");
	return two;
}

/* Few different ones, so that they meet. */
static uint64_t random_value(void)
{
	static const uint64_t values[] = { 0,           1,
					   2,           3,
					   4,           5,
					   7,           8,
					   0x7fffffff,  0x80000000,
					   0xffffffff,  0x100000000,
					   0x100000001, 0x5412,
					   UINT64_MAX,  UINT64_MAX - 1,
					   0xff00,      0x8000000000000000 };

	return values[test_random_below(&rng, sizeof(values) / sizeof(values[0]))] + test_random_below(&rng, 2);
}

static struct cg_comparison random_comparison(void)
{
	struct cg_comparison comparison = { .arg = test_random_below(&rng, 2),
					    .op = (enum cg_op)test_random_below(&rng, 7),
					    .value = random_value(),
					    .mask = UINT64_MAX };

	if (comparison.op == CG_OP_MASKED_EQ)
		comparison.mask = random_value() | (test_random_percent(&rng, 30) ? random_value() : 0);
	return comparison;
}

static struct list random_list(void)
{
	struct list list = { .n_rules = 1 + test_random_below(&rng, N_RULES) };

	for (unsigned int i = 0; i < list.n_rules; i++) {
		list.n_comparisons[i] = test_random_below(&rng, 4);
		for (unsigned int k = 0; k < list.n_comparisons[i]; k++)
			list.comparisons[i][k] = random_comparison();
	}
	return list;
}

static bool holds(const struct cg_comparison *comparisons, unsigned int n, const struct cg_arch *arch,
		  const uint64_t args[6])
{
	for (unsigned int i = 0; i < n; i++) {
		if (!cg_comparison_holds(&comparisons[i], arch, args))
			return false;
	}
	return true;
}

static bool list_holds(const struct list *list, const struct cg_arch *arch, const uint64_t args[6])
{
	for (unsigned int i = 0; i < list->n_rules; i++) {
		if (holds(list->comparisons[i], list->n_comparisons[i], arch, args))
			return true;
	}
	return false;
}

static bool boxes_hold(const struct cg_boxes *boxes, uint64_t word, const uint64_t args[6])
{
	for (size_t i = 0; i < boxes->n_items; i++) {
		bool is_in = true;

		for (unsigned int arg = 0; arg < 6; arg++) {
			const struct cg_cell *cell = &boxes->items[i].cells[arg];
			uint64_t value = args[arg] & word;

			is_in = is_in && value >= cell->least && value <= cell->most &&
				(value & cell->mask) == cell->bits;
		}
		if (is_in)
			return true;
	}
	return false;
}

static struct cg_boxes boxes_of(const struct list *list, struct cg_box_work *work)
{
	struct cg_boxes boxes = { 0 };

	for (unsigned int i = 0; i < list->n_rules; i++)
		assert_int_equal(cg_boxes_add_rule(&boxes, list->comparisons[i], list->n_comparisons[i], work), 0);
	return boxes;
}

static void random_args(uint64_t args[6])
{
	for (unsigned int arg = 0; arg < 6; arg++)
		args[arg] = arg < 2 ? random_value() - test_random_below(&rng, 2) : 0;
}

/* Conditions made of a list of boxes, and whether one of them holds. */
struct said {
	const struct cg_arch *arch;
	uint64_t args[6];
	bool holds;
	unsigned int n_rules;
};

static int ask(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons)
{
	struct said *said = context;

	said->holds |= holds(comparisons, n_comparisons, said->arch, said->args);
	said->n_rules++;
	return 0;
}

static void check_settled(const struct cg_boxes *boxes)
{
	for (size_t i = 0; i < boxes->n_items; i++) {
		for (unsigned int arg = 0; arg < 6; arg++) {
			const struct cg_cell *cell = &boxes->items[i].cells[arg];

			assert_true(cell->least <= cell->most);
			assert_true((cell->least & cell->mask) == cell->bits &&
				    (cell->most & cell->mask) == cell->bits);
		}
	}
}

static void check_round(const struct cg_arch *arch)
{
	struct cg_box_work work = { cg_arch_word_mask(arch), CG_BOX_STEPS_LIMIT };
	struct list a = random_list(), b = random_list();
	struct cg_boxes of_b = boxes_of(&b, &work), both = boxes_of(&a, &work), rest = boxes_of(&a, &work),
			none = boxes_of(&a, &work);

	assert_int_equal(cg_boxes_intersect(&both, &of_b, &work), 0);
	assert_int_equal(cg_boxes_subtract(&rest, &of_b, &work), 0);
	assert_int_equal(cg_boxes_complement(&none, &work), 0);
	check_settled(&both);
	check_settled(&rest);
	check_settled(&none);
	for (int i = 0; i < N_CALLS; i++) {
		struct said said = { .arch = arch };
		bool is_in_a, is_in_b;

		random_args(said.args);
		is_in_a = list_holds(&a, arch, said.args);
		is_in_b = list_holds(&b, arch, said.args);
		assert_int_equal(boxes_hold(&both, work.word, said.args), is_in_a && is_in_b);
		assert_int_equal(boxes_hold(&rest, work.word, said.args), is_in_a && !is_in_b);
		assert_int_equal(boxes_hold(&none, work.word, said.args), !is_in_a);
		assert_int_equal(cg_boxes_to_rules(&rest, work.word, ask, &said), 0);
		assert_int_equal(said.holds, is_in_a && !is_in_b);
	}
	cg_boxes_done(&of_b);
	cg_boxes_done(&both);
	cg_boxes_done(&rest);
	cg_boxes_done(&none);
}

static void test_random_sets(void **state)
{
	for (int i = 0; i < N_ROUNDS; i++)
		check_round(arches()[i % 2]);
}

static int keep(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons)
{
	struct said *said = context;

	said->n_rules++;
	return n_comparisons ? (int)n_comparisons : 0;
}

/* All values but a few are one rule, a != 5 and a != 9, and not a range between each two of them. */
static void test_holes_are_one_rule(void **state)
{
	struct cg_box_work work = { UINT64_MAX, CG_BOX_STEPS_LIMIT };
	struct cg_boxes boxes = { 0 };
	struct said said = { 0 };

	for (uint64_t value = 5; value < 45; value += 4)
		assert_int_equal(cg_boxes_add_range(&boxes, 1, value, value, &work), 0);
	assert_int_equal(cg_boxes_complement(&boxes, &work), 0);
	assert_int_equal(boxes.n_items, 11);
	assert_int_equal(cg_boxes_to_rules(&boxes, UINT64_MAX, keep, &said), 10);
	assert_int_equal(said.n_rules, 1);
	cg_boxes_done(&boxes);
}

/* And so are holes in several arguments: a0 != 3 and a1 != 7 and a1 != 9 and a2 != 1. */
static void test_holes_of_several_arguments(void **state)
{
	struct cg_box_work work = { UINT64_MAX, CG_BOX_STEPS_LIMIT };
	struct cg_boxes boxes = { 0 };
	struct said said = { 0 };

	assert_int_equal(cg_boxes_add_range(&boxes, 0, 3, 3, &work), 0);
	assert_int_equal(cg_boxes_add_range(&boxes, 1, 7, 7, &work), 0);
	assert_int_equal(cg_boxes_add_range(&boxes, 1, 9, 9, &work), 0);
	assert_int_equal(cg_boxes_add_range(&boxes, 2, 1, 1, &work), 0);
	assert_int_equal(cg_boxes_complement(&boxes, &work), 0);
	assert_int_equal(cg_boxes_to_rules(&boxes, UINT64_MAX, keep, &said), 4);
	assert_int_equal(said.n_rules, 1);
	cg_boxes_done(&boxes);
}

/* More holes than a rule has room for are several rules. */
static void test_many_holes(void **state)
{
	struct cg_box_work work = { UINT64_MAX, CG_BOX_STEPS_LIMIT };
	struct cg_boxes boxes = { 0 };
	struct said said = { .arch = cg_arch_find("x86_64"), .args = { 0, 3 } };

	for (uint64_t value = 1; value < 400; value += 2)
		assert_int_equal(cg_boxes_add_range(&boxes, 1, value, value, &work), 0);
	assert_int_equal(cg_boxes_complement(&boxes, &work), 0);
	assert_int_equal(cg_boxes_to_rules(&boxes, UINT64_MAX, ask, &said), 0);
	assert_false(said.holds);
	said.args[1] = 4;
	assert_int_equal(cg_boxes_to_rules(&boxes, UINT64_MAX, ask, &said), 0);
	assert_true(said.holds);
	cg_boxes_done(&boxes);
}

static void test_limits(void **state)
{
	struct cg_box_work work = { UINT64_MAX, CG_BOX_STEPS_LIMIT };
	struct cg_boxes boxes = { 0 }, one = { 0 };

	for (uint64_t value = 0; value < CG_BOXES_LIMIT; value++)
		assert_int_equal(cg_boxes_add_range(&boxes, 0, value * 2, value * 2, &work), 0);
	assert_int_equal(cg_boxes_add_range(&boxes, 0, 1, 1, &work), -E2BIG);
	assert_int_equal(cg_boxes_add_range(&one, 1, 1, 1, &work), 0);
	work.n_steps = CG_BOXES_LIMIT - 1;
	assert_int_equal(cg_boxes_intersect(&boxes, &one, &work), -E2BIG);
	cg_boxes_done(&boxes);
	cg_boxes_done(&one);
}

static void test_comparing_sets(void **state)
{
	struct cg_box_work work = { UINT64_MAX, CG_BOX_STEPS_LIMIT };
	struct cg_boxes whole = { 0 }, parts = { 0 };
	bool is_same = false;

	assert_int_equal(cg_boxes_add_range(&whole, 0, 0, 15, &work), 0);
	for (uint64_t value = 0; value < 16; value += 4)
		assert_int_equal(cg_boxes_add_bits(&parts, 0, ~UINT64_C(3), value, &work), 0);
	assert_int_equal(cg_boxes_compare(&whole, &parts, &work, &is_same), 0);
	assert_true(is_same);
	assert_int_equal(cg_boxes_add_range(&parts, 0, 16, 16, &work), 0);
	assert_int_equal(cg_boxes_compare(&whole, &parts, &work, &is_same), 0);
	assert_false(is_same);
	cg_boxes_done(&whole);
	cg_boxes_done(&parts);
}

static bool has_ne(const struct cg_comparison *comparisons, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (comparisons[i].op == CG_OP_NE)
			return true;
	return false;
}

/* room.h against boxes: what is said to have no room has none, and without NE the reverse holds too. */
static void test_room(void **state)
{
	unsigned int n_without = 0;

	for (unsigned int i = 0; i < 4 * N_ROUNDS; i++) {
		const struct cg_arch *arch = arches()[i % 2];
		struct cg_box_work work = { cg_arch_word_mask(arch), CG_BOX_STEPS_LIMIT };
		struct list list = random_list();
		const struct cg_comparison *a = list.comparisons[0], *b = list.comparisons[1];
		unsigned int n_a = list.n_comparisons[0], n_b = list.n_rules > 1 ? list.n_comparisons[1] : 0;
		struct cg_boxes both = { 0 }, of_b = { 0 };
		bool can_hold = cg_comparisons_can_hold(arch, a, n_a, b, n_b);

		assert_int_equal(cg_boxes_add_rule(&both, a, n_a, &work), 0);
		assert_int_equal(cg_boxes_add_rule(&of_b, b, n_b, &work), 0);
		assert_int_equal(cg_boxes_intersect(&both, &of_b, &work), 0);
		if (!can_hold || !(has_ne(a, n_a) || has_ne(b, n_b)))
			assert_int_equal(can_hold, both.n_items > 0);
		n_without += !can_hold;
		cg_boxes_done(&both);
		cg_boxes_done(&of_b);
	}
	assert_true(n_without > N_ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_random_sets),    cmocka_unit_test(test_holes_are_one_rule),
		cmocka_unit_test(test_holes_of_several_arguments),
		cmocka_unit_test(test_many_holes),     cmocka_unit_test(test_limits),
		cmocka_unit_test(test_comparing_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
