/*
 * The system calls: names, numbers, arguments, category and risk, from data/syscalls.csv and data/groups.csv.
 *
 * In: an arch and a name or a number. Out: facts, constant. Calls are named by the kernel's own names; a name that an
 * arch lacks is simply not there. A number without a name is written arch:nr (see call_text.h).
 */
#ifndef CG_ABI_SYSCALLS_H
#define CG_ABI_SYSCALLS_H

#include "abi/arch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an argument is: decides how it is printed, recorded, and whether a rule may constrain it. */
enum cg_arg_kind {
	CG_ARG_INT,      /* a plain number */
	CG_ARG_SIZE,     /* a length or count */
	CG_ARG_POINTER,  /* an address; never a rule */
	CG_ARG_PATH,     /* a pointer to a path */
	CG_ARG_FD,
	CG_ARG_DIRFD,    /* a file descriptor or AT_FDCWD */
	CG_ARG_PID,
	CG_ARG_UID,
	CG_ARG_SIGNAL,
	CG_ARG_MODE,     /* octal permissions */
	CG_ARG_OFFSET,
	CG_ARG_ADDRESS,  /* a pointer-sized hint, as mmap's first */
	CG_ARG_FLAGS,    /* bits of a set of constants */
	CG_ARG_ENUM,     /* one of a set of constants */
};

struct cg_arg_info {
	const char *name;       /* domain */
	const char *type;       /* C type as in the kernel's prototype: int */
	const char *set;        /* the set of constants (data/flags.csv) of FLAGS and ENUM, or NULL */
	enum cg_arg_kind kind;
	unsigned int width;     /* bytes that the kernel reads of the register on a 64-bit arch: 8, 4, 2 or 1 */
};

enum cg_category {
	CG_CATEGORY_FILE,
	CG_CATEGORY_PROCESS,
	CG_CATEGORY_MEMORY,
	CG_CATEGORY_NETWORK,
	CG_CATEGORY_TIME,
	CG_CATEGORY_SIGNALS,
	CG_CATEGORY_MULTIPLEXING,
	CG_CATEGORY_OTHER,
	CG_N_CATEGORIES,
};

enum cg_tier {
	CG_TIER_NONE,
	CG_TIER_MEDIUM,
	CG_TIER_HIGH,
	CG_TIER_CRITICAL,
};

/* One call, whatever the arch. */
struct cg_syscall {
	const char *name;
	const char *since;  /* kernel version that introduced it ("5.9"; "1.0" is that or older), "" when not known */
	const char *reason; /* why it has its tier, one sentence; "" for CG_TIER_NONE */
	const struct cg_arg_info *args; /* n_args of them; an arch may have others, see cg_syscall_arg() */
	int n_args;                     /* -1: not known */
	enum cg_category category;
	enum cg_tier tier;
};

/*
 * One call of one arch. Indices instead of pointers: pointers in tables of this size would have to be relocated at
 * every start of every program that links them.
 */
struct cg_syscall_row {
	uint32_t nr;        /* as a filter sees it: x32 numbers have bit 30 */
	uint16_t call;      /* index into cg_syscalls */
	uint16_t signature; /* its arguments here: see cg_syscall_arg() */
};

/* Every call of any arch, sorted by name. */
extern const struct cg_syscall cg_syscalls[];
extern const size_t cg_n_syscalls;

/* By exact name, or NULL when no arch has such a call. */
const struct cg_syscall *cg_syscall_find(const char *name);

/* The number of `name` on `arch`: true and *ret_nr, or false when this arch lacks it. */
bool cg_syscall_number(const struct cg_arch *arch, const char *name, uint32_t *ret_nr);

/* The call behind a number of `arch`, or NULL when the number has no name. */
const struct cg_syscall *cg_syscall_of_nr(const struct cg_arch *arch, uint32_t nr);

/* How many arguments a number has on this arch: 0-6, or -1 when that is not known (or the number has no name). */
int cg_syscall_n_args(const struct cg_arch *arch, uint32_t nr);

/* What is known of argument `arg` (0-5) of a number on this arch; NULL when there is no such argument or name. */
const struct cg_arg_info *cg_syscall_arg(const struct cg_arch *arch, uint32_t nr, unsigned int arg);

/* The nearest name that exists, or NULL. */
const char *cg_syscall_suggest(const char *name);

/* "file I/O", "process", …; the key "file", "process", … for JSON and @groups. */
const char *cg_category_title(enum cg_category category);
const char *cg_category_key(enum cg_category category);
/* "critical", "high", "medium", "none". */
const char *cg_tier_name(enum cg_tier tier);

/* How many calls `arch` has by name: what "of how many exist" means. */
size_t cg_syscall_count(const struct cg_arch *arch);

/*
 * Groups: "@file", "@network", "@critical", "@stdio" …: categories, tiers, and the named sets of data/groups.csv.
 * A name with or without its @. `names` are sorted and exist on some arch. A category's group leaves out the calls
 * that have a tier, so that allowing @file does not allow mount.
 */
struct cg_group {
	const char *name; /* without @ */
	const char *meaning;
	const char *const *names;
	size_t n_names;
};

extern const struct cg_group cg_groups[];
extern const size_t cg_n_groups;

const struct cg_group *cg_group_find(const char *name);
const char *cg_group_suggest(const char *name);

#endif
