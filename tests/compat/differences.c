/*
 * See differences.h.
 */
#include "differences.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 5

/* The next column of a row, without the blanks around it. */
static const char *cut(char **rest)
{
	char *start = *rest, *end = start ? strchr(start, '|') : NULL;

	if (!start)
		return NULL;
	*rest = end ? end + 1 : NULL;
	start += strspn(start, " \t");
	end = end ? end : start + strlen(start);
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return start;
}

static bool read_row(struct compat_differences *differences, char *line)
{
	struct compat_row *row = &differences->rows[differences->n_rows];
	char *rest = line;

	if (differences->n_rows == COMPAT_ROWS_LIMIT)
		return false;
	row->kind = cut(&rest);
	row->what = cut(&rest);
	row->theirs = cut(&rest);
	row->ours = cut(&rest);
	row->why = cut(&rest);
	differences->n_rows++;
	return row->why && *row->why;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (file && getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

bool compat_differences_read(struct compat_differences *ret, const char *path)
{
	char *rest;

	*ret = (struct compat_differences){ .text = read_file(path) };
	if (!ret->text) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	for (char *line = strtok_r(ret->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (*line == '#' || line[strspn(line, " \t")] == '\0')
			continue;
		if (!read_row(ret, line)) {
			fprintf(stderr, "%s: a row has five columns, kind | what | theirs | ours | why: %s\n", path,
				line);
			return false;
		}
	}
	return true;
}

void compat_differences_done(struct compat_differences *differences)
{
	free(differences->text);
	differences->text = NULL;
}

const struct compat_row *compat_differences_find(struct compat_differences *differences, const char *kind,
						 const char *what, const char *theirs, const char *ours)
{
	for (size_t i = 0; i < differences->n_rows; i++) {
		struct compat_row *row = &differences->rows[i];

		if (strcmp(row->kind, kind) == 0 && fnmatch(row->what, what, 0) == 0 &&
		    fnmatch(row->theirs, theirs, 0) == 0 && fnmatch(row->ours, ours, 0) == 0) {
			row->n_met++;
			return row;
		}
	}
	return NULL;
}
