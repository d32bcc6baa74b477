/* Unified diffs: what they say, and that patch(1)'s rule gives the second text back from the first. */
#include "advice/advice.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *a, const char *b, const char *expected)
{
	struct cg_text text = { 0 };

	assert_int_equal(cg_advice_diff("x", "y", a, b, &text), 0);
	assert_string_equal(cg_text_get(&text), expected);
	cg_text_done(&text);
}

static void test_shapes(void **state)
{
	check("a\n", "a\n", "");
	check("", "", "");
	check("", "a\n", "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n");
	check("a\n", "", "--- x\n+++ y\n@@ -1 +0,0 @@\n-a\n");
	check("a\nb\nc\n", "a\nB\nc\n", "--- x\n+++ y\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
	check("1\n2\n3\n4\n5\n", "1\n2\n3\n4\nnew\n5\n",
	      "--- x\n+++ y\n@@ -2,4 +2,5 @@\n 2\n 3\n 4\n+new\n 5\n");
	check("a", "b\n", "--- x\n+++ y\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
}

/* Two changes with six lines between them share their surroundings; with seven they do not. */
static void test_groups(void **state)
{
	struct cg_text text = { 0 };

	assert_int_equal(cg_advice_diff("x", "y", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", &text), 0);
	assert_null(strstr(strstr(cg_text_get(&text), "@@ -") + 4, "@@ -"));
	cg_text_clear(&text);
	assert_int_equal(cg_advice_diff("x", "y", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", &text), 0);
	assert_non_null(strstr(strstr(cg_text_get(&text), "@@ -") + 4, "@@ -"));
	cg_text_done(&text);
}

/* Applies a diff as patch(1) does, at the lines that it names and nowhere else. */
static char *apply(const char *a, const char *diff)
{
	struct cg_text out = { 0 };
	size_t line = 1;

	while (*diff) {
		size_t length = strcspn(diff, "\n"), first;

		if (strncmp(diff, "@@ -", 4) == 0) {
			first = strtoul(diff + 4, NULL, 10);
			if (diff[4 + strspn(diff + 4, "0123456789")] == ',' &&
			    strtoul(diff + 5 + strspn(diff + 4, "0123456789"), NULL, 10) == 0)
				first++;
			for (; line < first; line++) {
				size_t n = strcspn(a, "\n") + 1;

				cg_text_add_bytes(&out, a, n);
				a += n;
			}
		} else if (*diff == ' ' || (*diff == '-' && strncmp(diff, "--- ", 4) != 0)) {
			assert_memory_equal(a, diff + 1, length);
			if (*diff == ' ')
				cg_text_add_bytes(&out, a, length);
			a += length;
			line++;
		} else if (*diff == '+' && strncmp(diff, "+++ ", 4) != 0) {
			cg_text_add_bytes(&out, diff + 1, length);
		}
		diff += length + 1;
	}
	cg_text_add(&out, a);
	return cg_text_steal(&out);
}

/* Lines of a small alphabet, so that much is alike and in another order. */
static void test_random(void **state)
{
	unsigned int seed = 7;

	for (int round = 0; round < 2000; round++) {
		struct cg_text a = { 0 }, b = { 0 }, diff = { 0 };
		CG_FREE char *applied = NULL;

		for (int i = 0; i < round % 40; i++)
			cg_text_addf(&a, "%c\n", "abcd"[rand_r(&seed) % 4]);
		for (int i = 0; i < (round / 40) % 40; i++)
			cg_text_addf(&b, "%c\n", "abcd"[rand_r(&seed) % 4]);
		assert_int_equal(cg_advice_diff("x", "y", cg_text_get(&a), cg_text_get(&b), &diff), 0);
		applied = apply(cg_text_get(&a), cg_text_get(&diff));
		assert_string_equal(applied ? applied : "", cg_text_get(&b));
		cg_text_done(&a);
		cg_text_done(&b);
		cg_text_done(&diff);
	}
}

/* More lines that differ than are compared one by one. */
static void test_too_many(void **state)
{
	struct cg_text a = { 0 }, b = { 0 }, diff = { 0 };
	CG_FREE char *applied = NULL;

	for (int i = 0; i < CG_ADVICE_DIFF_EDITS; i++) {
		cg_text_addf(&a, "a%d\nsame\n", i);
		cg_text_addf(&b, "b%d\nsame\n", i);
	}
	assert_int_equal(cg_advice_diff("x", "y", cg_text_get(&a), cg_text_get(&b), &diff), 0);
	applied = apply(cg_text_get(&a), cg_text_get(&diff));
	assert_string_equal(applied, cg_text_get(&b));
	cg_text_done(&a);
	cg_text_done(&b);
	cg_text_done(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
