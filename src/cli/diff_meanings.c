/*
 * `callgate diff` of two meanings. In: two subjects. Out: a row for each call and condition (words/differences.h), or
 * with --summary one for each change of an answer; and how many calls differ on which architecture.
 */
#include "cli/diff.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "cli/diff_arches.h"
#include "words/conditions.h"
#include "words/differences.h"

#include <errno.h>
#include <inttypes.h>

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* ---- one row a call and condition */

static const struct cg_column columns[] = {
	{ "kind", NULL, CG_CELL_TEXT },
	{ "call", "CALL", CG_CELL_TEXT },
	{ "number_first", NULL, CG_CELL_NUMBER },
	{ "number_last", NULL, CG_CELL_NUMBER },
	{ "architectures", "ARCHITECTURES", CG_CELL_TEXT },
	{ "a", "A", CG_CELL_TEXT },
	{ "b", "B", CG_CELL_TEXT },
	{ "example", "EXAMPLE", CG_CELL_TEXT },
	{ "when", "WHEN", CG_CELL_TEXT },
	{ "further", NULL, CG_CELL_NUMBER },
	{ NULL },
};

/* A cell of whatever was built, which is then empty again. */
static void add_text(struct cg_table *table, struct cg_text *text)
{
	table->has_failed |= text->has_failed;
	cg_table_text(table, cg_text_get(text));
	cg_text_clear(text);
}

static void add_when(struct cg_table *table, const struct cg_difference *row, struct cg_text *text)
{
	cg_text_add(text, row->when);
	if (row->n_further >= CG_CASES_COUNT_LIMIT)
		cg_text_addf(text, " (and at least %d more conditions)", CG_CASES_COUNT_LIMIT);
	else if (row->n_further)
		cg_text_addf(text, " (and %zu more conditions)", row->n_further);
	add_text(table, text);
}

static void add_row(struct cg_table *table, const struct cg_difference *row)
{
	static const char *const kinds[] = { "call", "numbers", "outside" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_table_text(table, kinds[row->kind]);
	cg_difference_name(&text, row);
	add_text(table, &text);
	cg_table_number(table, row->nr_first);
	cg_table_number(table, row->nr_last);
	cg_difference_arches(&text, row);
	add_text(table, &text);
	cg_action_format(&text, row->a);
	add_text(table, &text);
	cg_action_format(&text, row->b);
	add_text(table, &text);
	cg_call_format(&text, &row->example);
	add_text(table, &text);
	add_when(table, row, &text);
	cg_table_number(table, row->n_further);
}

/* One row for all calls of an architecture. */
static void add_arch(struct cg_table *table, const struct cg_diff_arch *arch, const struct cg_differences *differences)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_table_text(table, "architecture");
	cg_text_addf(&text, "%zu call%s%s", arch->n_calls, arch->n_calls == 1 ? "" : "s",
		     arch->has_numbers ? ", and numbers" : "");
	add_text(table, &text);
	cg_table_text(table, NULL);
	cg_table_text(table, NULL);
	cg_table_text(table, arch->arch->name);
	for (unsigned int side = 0; side < 2; side++) {
		cg_diff_arch_say(&text, arch, differences, side);
		add_text(table, &text);
	}
	cg_call_format(&text, &arch->example->example);
	add_text(table, &text);
	cg_text_addf(&text, "one answer to every call of %s from %s", arch->arch->name,
		     arch->is_one[0] && arch->is_one[1] ? "both" : arch->is_one[0] ? "A" : "B");
	add_text(table, &text);
	cg_table_text(table, NULL);
}

/* All rows, but one for an architecture that has one answer. */
static void fill_briefly(const struct cg_differences *differences, const struct cg_diff_arches *arches,
			 struct cg_table *table)
{
	cg_table_init(table, columns);
	for (size_t i = 0; i < differences->list.n_items; i++) {
		struct cg_difference row = differences->list.items[i];

		if (cg_diff_arches_leave(arches, &row))
			add_row(table, &row);
	}
	for (size_t i = 0; i < arches->n_items; i++)
		add_arch(table, &arches->items[i], differences);
}

static void fill_rows(const struct cg_diff *diff, const struct cg_differences *differences, struct cg_table *table,
		      size_t *ret_n_left)
{
	size_t n = differences->list.n_items;

	cg_table_init(table, columns);
	for (size_t i = 0; i < n && i < diff->n_most; i++)
		add_row(table, &differences->list.items[i]);
	*ret_n_left = n > diff->n_most ? n - diff->n_most : 0;
}

/* ---- one row a change */

static const struct cg_column summary_columns[] = {
	{ "a", "A", CG_CELL_TEXT },
	{ "b", "B", CG_CELL_TEXT },
	{ "calls", "CALLS", CG_CELL_NUMBER },
	{ "numbers", "NUMBERS", CG_CELL_NUMBER },
	{ "outside", "OUTSIDE", CG_CELL_NUMBER },
	{ NULL },
};

struct change {
	uint32_t a, b;
	uint64_t n_calls, n_numbers, n_outside;
	const struct cg_syscall *last; /* the call that was counted last, and on which architectures */
	uint32_t last_arches;
};

struct changes {
	CG_VEC(struct change) list;
};

static struct change *find_change(struct changes *changes, const struct cg_difference *row)
{
	for (size_t i = 0; i < changes->list.n_items; i++)
		if (changes->list.items[i].a == row->a && changes->list.items[i].b == row->b)
			return &changes->list.items[i];
	if (cg_vec_push(&changes->list, (struct change){ .a = row->a, .b = row->b }) < 0)
		return NULL;
	return &changes->list.items[changes->list.n_items - 1];
}

/* A call under several conditions is one call. */
static void count(struct change *change, const struct cg_difference *row)
{
	if (row->kind == CG_DIFFERENCE_OUTSIDE) {
		change->n_outside++;
	} else if (row->kind == CG_DIFFERENCE_NUMBERS) {
		change->n_numbers += ((uint64_t)row->nr_last - row->nr_first + 1) *
				     (unsigned int)__builtin_popcount(row->arches);
	} else {
		if (change->last != row->syscall)
			change->last_arches = 0;
		change->n_calls += (unsigned int)__builtin_popcount(row->arches & ~change->last_arches);
		change->last_arches |= row->arches;
		change->last = row->syscall;
	}
}

static void fill_changes(const struct cg_differences *differences, struct cg_table *table)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct changes changes = { 0 };

	cg_table_init(table, summary_columns);
	for (size_t i = 0; i < differences->list.n_items; i++) {
		struct change *change = find_change(&changes, &differences->list.items[i]);

		if (change)
			count(change, &differences->list.items[i]);
		else
			table->has_failed = true;
	}
	for (size_t i = 0; i < changes.list.n_items; i++) {
		cg_action_format(&text, changes.list.items[i].a);
		add_text(table, &text);
		cg_action_format(&text, changes.list.items[i].b);
		add_text(table, &text);
		cg_table_number(table, changes.list.items[i].n_calls);
		cg_table_number(table, changes.list.items[i].n_numbers);
		cg_table_number(table, changes.list.items[i].n_outside);
	}
	cg_vec_done(&changes.list);
}

/* ---- printing */

/* "differing: 12 calls and 1073741352 numbers without a name on x86_64, 3 calls on x86". */
static void say_counts(struct cg_text *text, const struct cg_differences *differences)
{
	const char *between = "";

	cg_text_add(text, "differing: ");
	for (size_t i = 0; i < cg_n_arches; i++) {
		size_t n_calls = differences->n_calls[i];
		uint64_t n_numbers = differences->n_numbers[i];

		if (!n_calls && !n_numbers)
			continue;
		cg_text_addf(text, "%s%zu call%s", between, n_calls, n_calls == 1 ? "" : "s");
		if (n_numbers)
			cg_text_addf(text, " and %" PRIu64 " number%s without a name", n_numbers,
				     n_numbers == 1 ? "" : "s");
		cg_text_addf(text, " on %s", cg_arches[i].name);
		between = ", ";
	}
	if (differences->n_outside)
		cg_text_addf(text, "%sarchitectures outside", between);
	cg_text_add_char(text, '\n');
}

static void write_counts(struct cg_json_writer *json, const struct cg_differences *differences)
{
	cg_json_open_object(json, "calls");
	for (size_t i = 0; i < cg_n_arches; i++)
		if (differences->n_calls[i])
			cg_json_u64(json, cg_arches[i].name, differences->n_calls[i]);
	cg_json_close_object(json);
	cg_json_open_object(json, "numbers");
	for (size_t i = 0; i < cg_n_arches; i++)
		if (differences->n_numbers[i])
			cg_json_u64(json, cg_arches[i].name, differences->n_numbers[i]);
	cg_json_close_object(json);
	cg_json_bool(json, "outside", differences->n_outside != 0);
}

static void write_text(const struct cg_diff *diff, const struct cg_differences *differences,
		       const struct cg_diff_arches *arches, struct cg_table *table, size_t n_left, struct cg_text *text)
{
	if (differences->list.n_items == 0) {
		cg_text_addf(text, "%s and %s answer every call alike\n", diff->a->reference, diff->b->reference);
		return;
	}
	cg_text_addf(text, "A: %s\nB: %s\n\n", diff->a->reference, diff->b->reference);
	cg_table_format(table, text);
	if (n_left)
		cg_text_addf(text, "… and %zu more row%s (--max)\n", n_left, n_left == 1 ? "" : "s");
	if (arches->n_items)
		cg_text_add(text, "\nArchitectures of which A or B answers every call alike stand in one row each; "
				  "call by call: --json, or --max\n");
	cg_text_add_char(text, '\n');
	say_counts(text, differences);
}

static void write_json(const struct cg_diff *diff, const struct cg_differences *differences, struct cg_table *table,
		       size_t n_left, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_bool(&json, "same", differences->list.n_items == 0);
	cg_json_string(&json, "a", diff->a->reference);
	cg_json_string(&json, "b", diff->b->reference);
	write_counts(&json, differences);
	cg_table_json(table, &json, diff->is_summary ? "summary" : "differences");
	cg_json_u64(&json, "left_out", n_left);
	cg_json_close_object(&json);
	cg_text_add_char(json.text, '\n');
}

static int print(const struct cg_diff *diff, const struct cg_differences *differences,
		 const struct cg_diff_arches *arches)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_table_done) struct cg_table table;
	size_t n_left = 0;
	int status;

	if (diff->is_summary)
		fill_changes(differences, &table);
	else if (arches->n_items)
		fill_briefly(differences, arches, &table);
	else
		fill_rows(diff, differences, &table, &n_left);
	if (diff->is_json)
		write_json(diff, differences, &table, n_left, &text);
	else
		write_text(diff, differences, arches, &table, n_left, &text);
	status = cg_out_print(&text);
	return status == CG_EXIT_YES && differences->list.n_items ? CG_EXIT_NO : status;
}

/* They differ, in more ways than can be listed: filters that look at single bits of a number. */
static int print_one(const struct cg_diff *diff, const struct cg_meanings *meanings, uint32_t a, uint32_t b)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text };
	struct cg_witness witness;
	int status;

	cg_meaning_differ(meanings, a, b, &witness);
	cg_cli_say("%s and %s differ in more ways than can be listed: this is one", diff->a->reference,
		   diff->b->reference);
	if (diff->is_json) {
		cg_json_open_object(&json, NULL);
		cg_json_bool(&json, "same", false);
		cg_witness_json(&json, &witness);
		cg_json_close_object(&json);
		cg_text_add_char(json.text, '\n');
	} else {
		cg_witness_say(&text, &witness, "A", "B");
		cg_text_add_char(&text, '\n');
	}
	status = cg_out_print(&text);
	return status == CG_EXIT_YES ? CG_EXIT_NO : status;
}

int cg_diff_meanings(const struct cg_diff *diff)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	CG_CLEANUP(cg_differences_done) struct cg_differences differences = { 0 };
	struct cg_diff_arches arches = { 0 };
	struct cg_err err = { 0 };
	uint32_t a, b;
	int r;

	if (!meanings)
		cg_err_memory(&err);
	if (!meanings || cg_subject_meaning(diff->a, meanings, &a, &err) < 0 ||
	    cg_subject_meaning(diff->b, meanings, &b, &err) < 0)
		return cg_subject_fail(&err);
	r = cg_differences_find(meanings, a, b, &differences, &err);
	if (r == -EOVERFLOW)
		return print_one(diff, meanings, a, b);
	if (r < 0)
		return cg_subject_fail(&err);
	if (!diff->is_json && !diff->is_summary && diff->n_most == SIZE_MAX)
		cg_diff_arches_find(meanings, a, b, &differences, &arches);
	return print(diff, &differences, &arches);
}
