/*
 * See diff_files.h.
 */
#include "cli/diff_files.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static const struct cg_column columns[] = {
	{ "path", "FILE", CG_CELL_TEXT },
	{ "change", "CHANGE", CG_CELL_TEXT },
	{ "a", "IN A", CG_CELL_TEXT },
	{ "b", "IN B", CG_CELL_TEXT },
	{ NULL },
};

/* All files of all runs, ascending by path. */
struct files {
	CG_VEC(const struct cg_recorded_file *) list;
};

static int compare(const void *left, const void *right)
{
	const struct cg_recorded_file *const *a = left, *const *b = right;

	return strcmp((*a)->path, (*b)->path);
}

static int gather(const struct cg_recording *recording, struct files *files)
{
	for (size_t i = 0; i < recording->runs.n_items; i++) {
		const struct cg_run *run = recording->runs.items[i];

		for (size_t f = 0; f < run->files.n_items; f++)
			if (cg_vec_push(&files->list, &run->files.items[f]) < 0)
				return -ENOMEM;
	}
	if (files->list.n_items)
		qsort(files->list.items, files->list.n_items, sizeof(files->list.items[0]), compare);
	return 0;
}

/* How many of the files from `at` on have the path of the one there. */
static size_t group_of(const struct files *files, size_t at)
{
	size_t n = 1;

	while (at + n < files->list.n_items && compare(&files->list.items[at], &files->list.items[at + n]) == 0)
		n++;
	return n;
}

/* Builds are compared, or where one is not known the versions of packages; what is not known is no difference. */
static bool may_be_same(const struct cg_recorded_file *a, const struct cg_recorded_file *b)
{
	if (a->build_id[0] && b->build_id[0])
		return strcmp(a->build_id, b->build_id) == 0;
	return !a->version[0] || !b->version[0] || strcmp(a->version, b->version) == 0;
}

static bool has_same(const struct cg_recorded_file *const *a, size_t n_a, const struct cg_recorded_file *const *b,
		     size_t n_b)
{
	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			if (may_be_same(a[i], b[k]))
				return true;
	return false;
}

/* "libc6 2.36-9, build-id 0123456789abcdef" */
static void add_cell(struct cg_table *table, const struct cg_recorded_file *file)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (!file) {
		cg_table_text(table, NULL);
		return;
	}
	if (file->package[0])
		cg_text_addf(&text, "%s %s%s", file->package, file->version, file->build_id[0] ? ", " : "");
	if (file->build_id[0])
		cg_text_addf(&text, "build-id %.16s", file->build_id);
	table->has_failed |= text.has_failed;
	cg_table_text(table, cg_text_get(&text));
}

static void add_row(struct cg_file_changes *changes, const struct cg_recorded_file *a,
		    const struct cg_recorded_file *b)
{
	cg_table_text(&changes->table, a ? a->path : b->path);
	cg_table_text(&changes->table, !a ? "came" : !b ? "went" : "changed");
	add_cell(&changes->table, a);
	add_cell(&changes->table, b);
	changes->n_rows++;
}

static void fill(const struct files *a, const struct files *b, struct cg_file_changes *changes)
{
	size_t i = 0, k = 0;

	while (i < a->list.n_items || k < b->list.n_items) {
		const struct cg_recorded_file *const *at_a = a->list.items + i, *const *at_b = b->list.items + k;
		bool has_a = i < a->list.n_items, has_b = k < b->list.n_items;
		int order = !has_a ? 1 : !has_b ? -1 : compare(at_a, at_b);
		size_t n_a = order <= 0 ? group_of(a, i) : 0, n_b = order >= 0 ? group_of(b, k) : 0;

		if (order != 0 || !has_same(at_a, n_a, at_b, n_b))
			add_row(changes, n_a ? at_a[n_a - 1] : NULL, n_b ? at_b[n_b - 1] : NULL);
		i += n_a;
		k += n_b;
	}
}

int cg_file_changes_find(const struct cg_recording *a, const struct cg_recording *b, struct cg_file_changes *ret_changes)
{
	struct files files_a = { 0 }, files_b = { 0 };
	int r;

	*ret_changes = (struct cg_file_changes){ .n_rows = 0 };
	cg_table_init(&ret_changes->table, columns);
	r = gather(a, &files_a);
	if (r == 0)
		r = gather(b, &files_b);
	if (r == 0 && files_a.list.n_items && files_b.list.n_items)
		fill(&files_a, &files_b, ret_changes);
	cg_vec_done(&files_a.list);
	cg_vec_done(&files_b.list);
	return ret_changes->table.has_failed ? -ENOMEM : r;
}

void cg_file_changes_done(struct cg_file_changes *changes)
{
	cg_table_done(&changes->table);
}
