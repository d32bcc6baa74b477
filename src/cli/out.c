/*
 * See out.h.
 */
#include "cli/out.h"

#include "cli/cli.h"
#include "os/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cg_table_init(struct cg_table *table, const struct cg_column *columns)
{
	*table = (struct cg_table){ .columns = columns };
	while (columns[table->n_columns].key)
		table->n_columns++;
}

void cg_table_text(struct cg_table *table, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if ((value && !copy) || cg_vec_push(&table->cells, copy) < 0) {
		free(copy);
		table->has_failed = true;
	}
}

void cg_table_number(struct cg_table *table, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	cg_table_text(table, digits);
}

void cg_table_bool(struct cg_table *table, bool value)
{
	cg_table_text(table, value ? "yes" : "no");
}

size_t cg_out_width(const char *text)
{
	size_t width = 0;

	for (; text && *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void add_cell(const struct cg_table *table, struct cg_text *text, size_t column, const char *cell, size_t width,
		     bool is_last)
{
	size_t n_spaces = width - cg_out_width(cell);

	if (table->columns[column].kind == CG_CELL_NUMBER)
		cg_text_addf(text, "%*s%s", (int)n_spaces, "", cell ? cell : "");
	else
		cg_text_addf(text, "%s%*s", cell ? cell : "", is_last ? 0 : (int)n_spaces, "");
	cg_text_add(text, is_last ? "" : "  ");
}

/* Empty cells at the end of a line leave no blanks behind. */
static void end_line(struct cg_text *text)
{
	while (!text->has_failed && text->length && text->data[text->length - 1] == ' ')
		text->length--;
	cg_text_add_char(text, '\n');
}

void cg_table_format(const struct cg_table *table, struct cg_text *text)
{
	size_t n_rows = table->n_columns ? table->cells.n_items / table->n_columns : 0;
	size_t widths[CG_COLUMNS_MAX] = { 0 };
	size_t last = 0;

	for (size_t c = 0; c < table->n_columns; c++) {
		if (!table->columns[c].title)
			continue;
		last = c;
		widths[c] = cg_out_width(table->columns[c].title);
		for (size_t r = 0; r < n_rows; r++) {
			size_t width = cg_out_width(table->cells.items[r * table->n_columns + c]);

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (size_t c = 0; c < table->n_columns; c++)
		if (table->columns[c].title)
			add_cell(table, text, c, table->columns[c].title, widths[c], c == last);
	end_line(text);
	for (size_t r = 0; r < n_rows; r++) {
		for (size_t c = 0; c < table->n_columns; c++)
			if (table->columns[c].title)
				add_cell(table, text, c, table->cells.items[r * table->n_columns + c], widths[c],
					 c == last);
		end_line(text);
	}
	text->has_failed |= table->has_failed;
}

void cg_table_json(const struct cg_table *table, struct cg_json_writer *writer, const char *key)
{
	size_t n_rows = table->n_columns ? table->cells.n_items / table->n_columns : 0;

	cg_json_open_array(writer, key);
	for (size_t r = 0; r < n_rows; r++) {
		cg_json_open_object(writer, NULL);
		for (size_t c = 0; c < table->n_columns; c++) {
			const char *cell = table->cells.items[r * table->n_columns + c];
			const struct cg_column *column = &table->columns[c];

			if (!cell)
				cg_json_null(writer, column->key);
			else if (column->kind == CG_CELL_NUMBER)
				cg_json_u64(writer, column->key, strtoull(cell, NULL, 10));
			else if (column->kind == CG_CELL_BOOL)
				cg_json_bool(writer, column->key, strcmp(cell, "yes") == 0);
			else
				cg_json_string(writer, column->key, cell);
		}
		cg_json_close_object(writer);
	}
	cg_json_close_array(writer);
	writer->text->has_failed |= table->has_failed;
}

void cg_table_done(struct cg_table *table)
{
	for (size_t i = 0; i < table->cells.n_items; i++)
		free(table->cells.items[i]);
	cg_vec_done(&table->cells);
}

int cg_out_write(const char *path, const struct cg_text *text)
{
	struct cg_err err = { 0 };

	if (text->has_failed)
		cg_err_memory(&err);
	else
		cg_file_write(path, cg_text_get(text), text->length, &err);
	if (err.code == 0)
		return CG_EXIT_YES;
	cg_cli_fail(&err);
	return CG_EXIT_CANNOT;
}

int cg_out_print(const struct cg_text *text)
{
	return cg_out_write("-", text);
}
