/*
 * Tests of notes.c: strings are copied, the order of printing is fixed.
 */
#include "base/notes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_notes_are_copied_and_sorted(void **state)
{
	static const struct {
		uint32_t line, column;
		const char *rule, *message;
	} rows[] = {
		{ 2, 1, "b", "x" }, { 1, 9, "b", "x" }, { 1, 2, "b", "y" }, { 1, 2, "b", "x" }, { 1, 2, "a", "z" },
		{ 0, 0, "c", "whole" },
	};
	static const int order[] = { 5, 4, 3, 2, 1, 0 };
	struct cg_notes notes = { 0 };

	cg_notes_sort(&notes); /* of none */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rule[8], message[8];
		struct cg_note note = { .severity = CG_SEVERITY_WARNING, .rule = rule, .message = message,
					.line = rows[i].line, .column = rows[i].column };

		strcpy(rule, rows[i].rule);
		strcpy(message, rows[i].message);
		assert_int_equal(cg_notes_add(&notes, &note), 0);
	}
	cg_notes_sort(&notes);
	assert_int_equal(notes.list.n_items, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < notes.list.n_items; i++) {
		assert_string_equal(notes.list.items[i].rule, rows[order[i]].rule);
		assert_string_equal(notes.list.items[i].message, rows[order[i]].message);
		assert_string_equal(notes.list.items[i].remedy, "");
	}
	assert_int_equal(cg_notes_add(NULL, &notes.list.items[0]), 0);
	cg_notes_done(&notes);
}

static void add(struct cg_notes *notes, const char *message, uint32_t line)
{
	struct cg_note note = { .severity = CG_SEVERITY_NOTE, .rule = "r", .message = message, .line = line };

	assert_int_equal(cg_notes_add(notes, &note), 0);
}

/* What is said of several places is said once; of the whole it is said as often as somebody had reason to. */
static void test_the_same_is_said_once(void **state)
{
	struct cg_notes notes = { 0 }, folded = { 0 };

	assert_int_equal(cg_notes_fold(&notes, &folded), 0); /* of none */
	add(&notes, "twice", 3);
	add(&notes, "alone", 4);
	add(&notes, "twice", 5);
	add(&notes, "whole", 0);
	add(&notes, "whole", 0);
	for (uint32_t line = 10; line < 20; line++)
		add(&notes, "often", line);
	assert_int_equal(cg_notes_fold(&notes, &folded), 0);
	assert_int_equal(folded.list.n_items, 5);
	assert_string_equal(folded.list.items[0].message, "twice (also on line 5)");
	assert_int_equal(folded.list.items[0].line, 3);
	assert_string_equal(folded.list.items[1].message, "alone");
	assert_string_equal(folded.list.items[3].message, "whole");
	assert_string_equal(folded.list.items[4].message, "often (also on lines 11, 12, 13, 14, 15, 16 and 3 more)");
	cg_notes_done(&folded);
	cg_notes_done(&notes);
}

static void test_severities_have_names(void **state)
{
	assert_string_equal(cg_severity_name(CG_SEVERITY_NOTE), "note");
	assert_string_equal(cg_severity_name(CG_SEVERITY_WARNING), "warning");
	assert_string_equal(cg_severity_name(CG_SEVERITY_ERROR), "error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes_are_copied_and_sorted),
		cmocka_unit_test(test_the_same_is_said_once),
		cmocka_unit_test(test_severities_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
