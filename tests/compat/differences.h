/*
 * The table of differences: where two libraries may answer differently, and why.
 *
 * In: differences.table, one row a line. Out: whether a difference has a row. Every row counts how often it was met, so
 * that one which explains nothing any more is found.
 */
#ifndef COMPAT_DIFFERENCES_H
#define COMPAT_DIFFERENCES_H

#include <stdbool.h>
#include <stddef.h>

#define COMPAT_ROWS_LIMIT 256

struct compat_row {
	const char *kind; /* answer, or verdict */
	const char *what; /* answer: the step, a glob; verdict: a shape of rules, see judge.c */
	const char *theirs, *ours; /* globs */
	const char *why;
	size_t n_met;
};

struct compat_differences {
	char *text;
	struct compat_row rows[COMPAT_ROWS_LIMIT];
	size_t n_rows;
};

/* false, with the reason on standard error, when the file cannot be read as such a table. */
bool compat_differences_read(struct compat_differences *ret, const char *path);
void compat_differences_done(struct compat_differences *differences);

/* The row that explains a difference, counted as met; NULL when there is none. */
const struct compat_row *compat_differences_find(struct compat_differences *differences, const char *kind,
						 const char *what, const char *theirs, const char *ours);

#endif
