/*
 * Looking up system calls. The tables are constants made from data/; every look-up is a binary search.
 */
#include "abi/syscalls.h"

#include "abi/tables.h"
#include "base/text.h"

#include <string.h>

const struct cg_syscall *cg_syscall_find(const char *name)
{
	size_t least = 0, end = cg_n_syscalls;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = strcmp(name, cg_syscalls[middle].name);

		if (order == 0)
			return &cg_syscalls[middle];
		if (order < 0)
			end = middle;
		else
			least = middle + 1;
	}
	return NULL;
}

bool cg_syscall_number(const struct cg_arch *arch, const char *name, uint32_t *ret_nr)
{
	size_t least = 0, end = arch->n_rows;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		const struct cg_syscall_row *row = &arch->rows[arch->by_name[middle]];
		int order = strcmp(name, cg_syscalls[row->call].name);

		if (order == 0) {
			*ret_nr = row->nr;
			return true;
		}
		if (order < 0)
			end = middle;
		else
			least = middle + 1;
	}
	return false;
}

static const struct cg_syscall_row *find_row(const struct cg_arch *arch, uint32_t nr)
{
	size_t least = 0, end = arch->n_rows;

	while (least < end) {
		size_t middle = least + (end - least) / 2;

		if (arch->rows[middle].nr == nr)
			return &arch->rows[middle];
		if (nr < arch->rows[middle].nr)
			end = middle;
		else
			least = middle + 1;
	}
	return NULL;
}

const struct cg_syscall *cg_syscall_of_nr(const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_syscall_row *row = find_row(arch, nr);

	return row ? &cg_syscalls[row->call] : NULL;
}

int cg_syscall_n_args(const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_syscall_row *row = find_row(arch, nr);

	return row ? cg_signatures[row->signature].n_args : -1;
}

const struct cg_arg_info *cg_syscall_arg(const struct cg_arch *arch, uint32_t nr, unsigned int arg)
{
	const struct cg_syscall_row *row = find_row(arch, nr);
	const struct cg_signature *signature = row ? &cg_signatures[row->signature] : NULL;

	return signature && (int)arg < signature->n_args ? &cg_arg_infos[signature->first + arg] : NULL;
}

const char *cg_syscall_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_syscalls; i++)
		cg_word_keep_nearest(name, cg_syscalls[i].name, &best);
	return best;
}

size_t cg_syscall_count(const struct cg_arch *arch)
{
	return arch->n_rows;
}

static const struct {
	const char *key;
	const char *title;
} categories[CG_N_CATEGORIES] = {
	[CG_CATEGORY_FILE] = { "file", "file I/O" },
	[CG_CATEGORY_PROCESS] = { "process", "process" },
	[CG_CATEGORY_MEMORY] = { "memory", "memory" },
	[CG_CATEGORY_NETWORK] = { "network", "network" },
	[CG_CATEGORY_TIME] = { "time", "time" },
	[CG_CATEGORY_SIGNALS] = { "signals", "signals" },
	[CG_CATEGORY_MULTIPLEXING] = { "multiplexing", "multiplexing" },
	[CG_CATEGORY_OTHER] = { "other", "other" },
};

const char *cg_category_title(enum cg_category category)
{
	return categories[category].title;
}

const char *cg_category_key(enum cg_category category)
{
	return categories[category].key;
}

const char *cg_tier_name(enum cg_tier tier)
{
	static const char *const names[] = {
		[CG_TIER_NONE] = "none",
		[CG_TIER_MEDIUM] = "medium",
		[CG_TIER_HIGH] = "high",
		[CG_TIER_CRITICAL] = "critical",
	};

	return names[tier];
}

const struct cg_group *cg_group_find(const char *name)
{
	name += *name == '@';
	for (size_t i = 0; i < cg_n_groups; i++) {
		if (strcmp(cg_groups[i].name, name) == 0)
			return &cg_groups[i];
	}
	return NULL;
}

const char *cg_group_suggest(const char *name)
{
	const char *best = NULL;

	name += *name == '@';
	for (size_t i = 0; i < cg_n_groups; i++)
		cg_word_keep_nearest(name, cg_groups[i].name, &best);
	return best;
}
