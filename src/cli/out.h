/*
 * Output: the same rows as text for people and as JSON for programs, so that no printer is written twice.
 *
 * In: columns and cells. Out: an aligned table on standard output, or with --json an array of objects under `name` in
 * one document. A command with other JSON writes it by base/json_write.h and prints it with cg_out_print().
 */
#ifndef CG_CLI_OUT_H
#define CG_CLI_OUT_H

#include "base/json_write.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum cg_cell_kind {
	CG_CELL_TEXT,
	CG_CELL_NUMBER,
	CG_CELL_BOOL, /* "yes" / "no" */
};

struct cg_column {
	const char *key;   /* in JSON; never changes its meaning */
	const char *title; /* heading in text; NULL: only in JSON */
	enum cg_cell_kind kind;
};

#define CG_COLUMNS_MAX 12

struct cg_table {
	const struct cg_column *columns; /* ends with a row without a key */
	size_t n_columns;
	CG_VEC(char *) cells; /* owned; NULL is an empty cell, null in JSON */
	bool has_failed;
};

void cg_table_init(struct cg_table *table, const struct cg_column *columns);
/* Cells from left to right, row after row. Strings are copied. */
void cg_table_text(struct cg_table *table, const char *value);
void cg_table_number(struct cg_table *table, uint64_t value);
void cg_table_bool(struct cg_table *table, bool value);

/* Aligned text with headings; the last column is not padded. */
void cg_table_format(const struct cg_table *table, struct cg_text *text);
/* The rows as an array under `key`. */
void cg_table_json(const struct cg_table *table, struct cg_json_writer *writer, const char *key);
void cg_table_done(struct cg_table *table);

/* Characters, not bytes: what a terminal shows of UTF-8. NULL is nothing. */
size_t cg_out_width(const char *text);

/* Writes text to standard output; an exit status: YES, or CANNOT when it could not be written (said on stderr). */
int cg_out_print(const struct cg_text *text);

/* Writes to `path` atomically, "-" being standard output. Same statuses. */
int cg_out_write(const char *path, const struct cg_text *text);

#endif
