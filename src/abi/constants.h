/*
 * Symbolic constants of arguments, from data/flags.csv: AF_UNIX, O_CLOEXEC, CLONE_NEWUSER, TIOCSTI, …
 *
 * In: a name, or a set and a value. Out: the other. Values are those of x86_64 unless the row says otherwise; a
 * constant whose value differs on an arch has a row for that arch.
 */
#ifndef CG_ABI_CONSTANTS_H
#define CG_ABI_CONSTANTS_H

#include "abi/arch.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cg_constant {
	const char *set;  /* "socket_domain" */
	const char *name; /* "AF_UNIX" */
	uint64_t value;
	uint32_t arches;  /* bit cg_arch_index() set: the row holds there */
};

/* Any constant by name (names are unique across sets or agree in value). NULL arch: native. */
bool cg_constant_find(const struct cg_arch *arch, const char *name, uint64_t *ret_value);

/* The name of one value in a set, or NULL. */
const char *cg_constant_name(const struct cg_arch *arch, const char *set, uint64_t value);

/* Bits of a set: "CLONE_VM|CLONE_FILES|0x10"; "0" for none. NULL arch: native. */
void cg_constant_format_flags(struct cg_text *text, const struct cg_arch *arch, const char *set, uint64_t value);

/*
 * The same of bits that are looked at, or were ever set: "flags & (O_ACCMODE|O_CREAT)". Of a field (O_RDONLY, O_WRONLY,
 * O_RDWR) its 0 is no bit, and two bits are not the value that is their sum.
 */
void cg_constant_format_mask(struct cg_text *text, const struct cg_arch *arch, const char *set, uint64_t mask);

/* The constant of any arch whose name is nearest to `name`, or NULL. */
const char *cg_constant_suggest(const char *name);

/* Walks all rows, sorted by set, then value; of equal values the preferred name stands first. */
extern const size_t cg_n_constants;
struct cg_constant cg_constant_at(size_t index);

#endif
