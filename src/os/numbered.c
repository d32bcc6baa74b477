/*
 * See numbered.h.
 */
#include "os/numbered.h"

#include "base/num.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* The N of "NAME.N", or 0. */
static int number_of(const char *entry, const char *name, size_t length)
{
	uint64_t number;

	if (strncmp(entry, name, length) != 0 || entry[length] != '.' || entry[length + 1] == '0' ||
	    !cg_num_parse_decimal(entry + length + 1, 1, INT_MAX, &number))
		return 0;
	return (int)number;
}

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static DIR *open_folder(const char *prefix, const char *name)
{
	char *folder = name == prefix ? strdup(".") : strndup(prefix, (size_t)(name - prefix));
	DIR *opened = folder ? opendir(folder) : NULL;

	if (!folder)
		errno = ENOMEM;
	free(folder);
	return opened;
}

int cg_file_numbers(const char *prefix, int **ret_numbers, size_t *ret_n_numbers, struct cg_err *err)
{
	const char *slash = strrchr(prefix, '/'), *name = slash ? slash + 1 : prefix;
	CG_VEC(int) numbers = { 0 };
	struct dirent *entry;
	DIR *folder = open_folder(prefix, name);
	int r = 0;

	if (!folder)
		return cg_err_set(err, -errno, prefix, "cannot look for its files: %s", strerror(errno));
	while (r == 0 && (entry = readdir(folder))) {
		int number = number_of(entry->d_name, name, strlen(name));

		if (number && numbers.n_items >= CG_NUMBERED_LIMIT)
			r = cg_err_set(err, -E2BIG, prefix, "more than %zu files", CG_NUMBERED_LIMIT);
		else if (number && cg_vec_push(&numbers, number) < 0)
			r = cg_err_memory(err);
	}
	closedir(folder);
	if (r < 0) {
		cg_vec_done(&numbers);
		return r;
	}
	if (numbers.n_items)
		qsort(numbers.items, numbers.n_items, sizeof(*numbers.items), compare);
	*ret_numbers = numbers.items;
	*ret_n_numbers = numbers.n_items;
	return 0;
}
