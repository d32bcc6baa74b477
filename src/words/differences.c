/*
 * See differences.h. The plane of (arch, number) is cut by check/region.c; a region of a known architecture is told
 * number by number, any other as a whole. Rows that say the same of one call on several architectures become one.
 */
#include "words/differences.h"

#include "policy/say.h"
#include "words/conditions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct finder {
	struct cg_meanings *meanings;
	struct cg_differences *differences;
	struct cg_err *err;
};

/* ---- rows */

static int add_row(struct finder *finder, const struct cg_difference *row, const struct cg_case *one)
{
	struct cg_difference *stored;

	if (finder->differences->list.n_items >= CG_DIFFERENCES_LIMIT)
		return cg_err_set(finder->err, -EOVERFLOW, NULL, "more than %zu differences", CG_DIFFERENCES_LIMIT);
	if (cg_vec_push(&finder->differences->list, *row) < 0)
		return cg_err_memory(finder->err);
	stored = &finder->differences->list.items[finder->differences->list.n_items - 1];
	stored->a = one->a;
	stored->b = one->b;
	stored->example = one->example;
	stored->when = cg_arena_copy_text(&finder->differences->arena, one->when);
	return stored->when ? 0 : cg_err_memory(finder->err);
}

/* All cases of one row: of a call, or of numbers or tokens that are answered alike. `arch` may be NULL. */
static int add_rows(struct finder *finder, struct cg_difference *row, const struct cg_arch *arch, uint32_t a, uint32_t b)
{
	struct cg_call call = { .arch = row->arch_first, .nr = row->nr_first };
	struct cg_cases cases = { 0 };
	int r;

	/* Of tokens outside, one that somebody knows makes the better example. */
	for (size_t i = 0; row->kind == CG_DIFFERENCE_OUTSIDE && i < cg_n_arches; i++)
		if (cg_arches[i].token >= row->arch_first && cg_arches[i].token <= row->arch_last)
			call.arch = cg_arches[i].token;
	r = cg_cases_find(finder->meanings, a, b, arch, &call, &cases, finder->err);
	for (size_t i = 0; i < cases.n_items && r == 0; i++) {
		row->n_further = i + 1 == cases.n_items ? cases.n_further : 0;
		r = add_row(finder, row, &cases.items[i]);
	}
	cg_cases_done(&cases);
	return r;
}

/* ---- regions */

static int add_numbers(struct finder *finder, const struct cg_arch *arch, uint32_t first, uint32_t last,
		       const struct cg_region *region)
{
	struct cg_difference row = {
		.kind = CG_DIFFERENCE_NUMBERS,
		.arches = 1U << cg_arch_index(arch),
		.arch_first = arch->token,
		.arch_last = arch->token,
		.nr_first = first,
		.nr_last = last,
	};

	finder->differences->n_numbers[cg_arch_index(arch)] += (uint64_t)last - first + 1;
	return add_rows(finder, &row, arch, region->a, region->b);
}

static int add_call(struct finder *finder, const struct cg_arch *arch, const struct cg_syscall_row *call,
		    const struct cg_region *region)
{
	struct cg_difference row = {
		.kind = CG_DIFFERENCE_CALL,
		.syscall = &cg_syscalls[call->call],
		.arches = 1U << cg_arch_index(arch),
		.arch_first = arch->token,
		.arch_last = arch->token,
		.nr_first = call->nr,
		.nr_last = call->nr,
	};

	finder->differences->n_calls[cg_arch_index(arch)]++;
	return add_rows(finder, &row, arch, region->a, region->b);
}

/* The numbers first … last, which are all of this arch: those with a name, and what lies between. */
static int add_band(struct finder *finder, const struct cg_arch *arch, uint32_t first, uint32_t last,
		    const struct cg_region *region)
{
	int r = 0;

	for (size_t i = 0; i < arch->n_rows && r == 0; i++) {
		uint32_t nr = arch->rows[i].nr;

		if (nr < first)
			continue;
		if (nr > last)
			break;
		if (nr > first)
			r = add_numbers(finder, arch, first, nr - 1, region);
		if (r == 0)
			r = add_call(finder, arch, &arch->rows[i], region);
		if (nr == last)
			return r;
		first = nr + 1;
	}
	return r < 0 ? r : add_numbers(finder, arch, first, last, region);
}

/* x32 has a part of x86_64's line of numbers: a region that crosses its ends is cut there. */
static int add_token(struct finder *finder, const struct cg_region *region)
{
	uint64_t first = region->nr_first;
	int r = 0;

	while (first <= region->nr_last && r == 0) {
		struct cg_call call = { .arch = region->arch_first, .nr = (uint32_t)first };
		const struct cg_arch *arch = cg_arch_of_call(&call);
		uint32_t last = region->nr_last;

		for (size_t i = 0; i < cg_n_arches; i++) {
			if (!cg_arches[i].is_x32 || cg_arches[i].token != region->arch_first)
				continue;
			if (first < CG_X32_BIT && last >= CG_X32_BIT)
				last = CG_X32_BIT - 1;
			else if (first >= CG_X32_BIT && first < CG_NR_SKIPPED && last == CG_NR_SKIPPED)
				last = CG_NR_SKIPPED - 1;
		}
		r = add_band(finder, arch, (uint32_t)first, last, region);
		first = (uint64_t)last + 1;
	}
	return r;
}

static int add_outside(struct finder *finder, const struct cg_region *region)
{
	struct cg_difference row = {
		.kind = CG_DIFFERENCE_OUTSIDE,
		.arch_first = region->arch_first,
		.arch_last = region->arch_last,
		.nr_first = region->nr_first,
		.nr_last = region->nr_last,
	};

	finder->differences->n_outside++;
	return add_rows(finder, &row, NULL, region->a, region->b);
}

/* Tokens side by side that somebody knows each, such as ppc64's and s390x's: answered alike, and still not outside. */
static bool is_all_known(const struct cg_region *region)
{
	for (uint64_t token = region->arch_first; token <= region->arch_last; token++)
		if (!cg_arch_of_token((uint32_t)token))
			return false;
	return true;
}

static int add_region(struct finder *finder, const struct cg_region *region)
{
	struct cg_region one = *region;
	int r = 0;

	if (!is_all_known(region))
		return add_outside(finder, region);
	for (uint64_t token = region->arch_first; r == 0 && token <= region->arch_last; token++) {
		one.arch_first = one.arch_last = (uint32_t)token;
		r = add_token(finder, &one);
	}
	return r;
}

/* ---- putting together */

/* The native arch first. */
static size_t arch_rank(uint32_t arches)
{
	size_t index = arches ? (size_t)__builtin_ctz(arches) : cg_n_arches;

	return &cg_arches[index] == cg_arch_native() ? 0 : index + 1;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/*
 * Without regard to what is said of whole registers: where a register has 32 bits, or 32 of them are compared whatever
 * the rule, there is nothing to say, and the rule is the same.
 */
static int compare_conditions(const char *a, const char *b)
{
	static const size_t length = sizeof(CG_SAY_WHOLE) - 1;

	for (;; a++, b++) {
		if (strncmp(a, CG_SAY_WHOLE, length) == 0)
			a += length;
		if (strncmp(b, CG_SAY_WHOLE, length) == 0)
			b += length;
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			return 0;
	}
}

/* By what they speak of and say; of equals the architectures in order. */
static int compare_rows(const void *a, const void *b)
{
	const struct cg_difference *row_a = a, *row_b = b;
	int order = compare_numbers(row_a->kind, row_b->kind);

	if (order == 0 && row_a->kind == CG_DIFFERENCE_CALL)
		order = compare_numbers((size_t)(row_a->syscall - cg_syscalls), (size_t)(row_b->syscall - cg_syscalls));
	if (order == 0 && row_a->kind != CG_DIFFERENCE_CALL)
		order = compare_numbers(row_a->nr_first, row_b->nr_first);
	if (order == 0 && row_a->kind != CG_DIFFERENCE_CALL)
		order = compare_numbers(row_a->nr_last, row_b->nr_last);
	if (order == 0)
		order = compare_conditions(row_a->when, row_b->when);
	if (order == 0)
		order = compare_numbers(row_a->a, row_b->a);
	if (order == 0)
		order = compare_numbers(row_a->b, row_b->b);
	if (order == 0)
		order = compare_numbers(arch_rank(row_a->arches), arch_rank(row_b->arches));
	return order ? order : compare_numbers(row_a->arch_first, row_b->arch_first);
}

static bool has_wide_arch(const struct cg_difference *row)
{
	for (size_t i = 0; i < cg_n_arches; i++)
		if ((row->arches >> i & 1) && cg_arches[i].word_bits == 64)
			return true;
	return false;
}

/* Words that differ at most in what is said of whole registers, of which only a 64-bit architecture can speak. */
static bool is_same_condition(const struct cg_difference *a, const struct cg_difference *b)
{
	return strcmp(a->when, b->when) == 0 ||
	       (compare_conditions(a->when, b->when) == 0 && !(has_wide_arch(a) && has_wide_arch(b)));
}

static bool say_the_same(const struct cg_difference *a, const struct cg_difference *b)
{
	if (a->kind != b->kind || a->kind == CG_DIFFERENCE_OUTSIDE || a->a != b->a || a->b != b->b ||
	    a->n_further != b->n_further || !is_same_condition(a, b))
		return false;
	if (a->kind == CG_DIFFERENCE_CALL)
		return a->syscall == b->syscall;
	return a->nr_first == b->nr_first && a->nr_last == b->nr_last;
}

static void fold(struct cg_differences *differences)
{
	struct cg_difference *rows = differences->list.items;
	size_t n = 0;

	if (differences->list.n_items)
		qsort(rows, differences->list.n_items, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < differences->list.n_items; i++) {
		if (n == 0 || !say_the_same(&rows[n - 1], &rows[i])) {
			rows[n++] = rows[i];
			continue;
		}
		if (has_wide_arch(&rows[i]))
			rows[n - 1].when = rows[i].when;
		rows[n - 1].arches |= rows[i].arches;
	}
	differences->list.n_items = n;
}

int cg_differences_find(struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_differences *ret_differences,
			struct cg_err *err)
{
	struct cg_differences differences = { 0 };
	struct finder finder = { meanings, &differences, err };
	struct cg_regions regions = { 0 };
	int r = cg_meaning_regions(meanings, a, b, true, &regions, err);

	for (size_t i = 0; i < regions.n_items && r == 0; i++)
		r = add_region(&finder, &regions.items[i]);
	cg_regions_done(&regions);
	if (r < 0) {
		cg_differences_done(&differences);
		return r;
	}
	fold(&differences);
	*ret_differences = differences;
	return 0;
}

void cg_differences_done(struct cg_differences *differences)
{
	cg_vec_done(&differences->list);
	cg_arena_done(&differences->arena);
}

/* ---- words */

void cg_difference_name(struct cg_text *text, const struct cg_difference *row)
{
	const char *numbers = row->nr_first == row->nr_last ? "number" : "numbers";

	if (row->kind == CG_DIFFERENCE_CALL) {
		cg_text_add(text, row->syscall->name);
		return;
	}
	if (row->kind == CG_DIFFERENCE_OUTSIDE) {
		cg_text_add(text, "architectures outside");
		if (row->nr_first == 0 && row->nr_last == UINT32_MAX)
			return;
		cg_text_add(text, ", ");
	}
	cg_text_addf(text, "%s %" PRIu32, numbers, row->nr_first);
	if (row->nr_last != row->nr_first)
		cg_text_addf(text, "-%" PRIu32, row->nr_last);
}

void cg_difference_arches(struct cg_text *text, const struct cg_difference *row)
{
	const struct cg_arch *native = cg_arch_native();
	const char *blank = "";

	if (row->kind == CG_DIFFERENCE_OUTSIDE) {
		cg_text_addf(text, "0x%" PRIx32 "-0x%" PRIx32, row->arch_first, row->arch_last);
		return;
	}
	if (row->arches >> cg_arch_index(native) & 1) {
		cg_text_add(text, native->name);
		blank = " ";
	}
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (&cg_arches[i] == native || !(row->arches >> i & 1))
			continue;
		cg_text_addf(text, "%s%s", blank, cg_arches[i].name);
		blank = " ";
	}
}
