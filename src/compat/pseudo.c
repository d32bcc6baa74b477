/*
 * Look-ups in the table of pseudo numbers. See pseudo.h.
 */
#include "compat/pseudo.h"

#include <string.h>

int cg_pseudo_number(const char *name)
{
	size_t low = 0;
	size_t high = cg_n_pseudos;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, cg_pseudos[middle].name);

		if (order == 0)
			return cg_pseudos[middle].number;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

const char *cg_pseudo_name(int number)
{
	size_t low = 0;
	size_t high = cg_n_pseudos;

	/* The first of equal ones: two calls share -10191. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cg_pseudos[cg_pseudos_by_number[middle]].number > number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == cg_n_pseudos || cg_pseudos[cg_pseudos_by_number[low]].number != number)
		return NULL;
	return cg_pseudos[cg_pseudos_by_number[low]].name;
}
