/*
 * The architectures: one row each, with every name that the field has for it.
 *
 * In: a name in any of the field's spellings, or the kernel's token. Out: the row. Rows are constants; their address
 * is their identity, and cg_arch_index() numbers them for arrays.
 */
#ifndef CG_ABI_ARCH_H
#define CG_ABI_ARCH_H

#include "callgate/call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_X32_BIT 0x40000000U
#define CG_NR_SKIPPED 0xffffffffU /* the number that a tracer sets to skip a call */

struct cg_syscall_row;

struct cg_arch {
	const char *name;      /* x86_64: callgate's and libseccomp's name */
	const char *oci_name;  /* SCMP_ARCH_X86_64 */
	const char *go_name;   /* amd64, or NULL */
	uint32_t token;        /* AUDIT_ARCH_*; x32 shares x86_64's */
	uint32_t scmp_token;   /* libseccomp's token: the same but for x32 (0x4000003e) */
	unsigned int word_bits; /* 64 or 32: how wide arguments are compared (32 on x32) */
	bool is_big_endian;
	bool is_x32;
	/* its calls, sorted by number, nr as a filter sees it; both made from data/syscalls.csv */
	const struct cg_syscall_row *rows;
	size_t n_rows;
	const uint16_t *by_name; /* indices into rows, sorted by name */
	const char *others;      /* further spellings, with a blank between: "386 i386 i686" */
};

extern const struct cg_arch cg_arches[];
extern const size_t cg_n_arches;

#define CG_N_ARCHES_MAX 32

/* By name in any spelling (x86_64, SCMP_ARCH_X86_64, amd64, i386, …; case does not matter), or NULL. */
const struct cg_arch *cg_arch_find(const char *name);

/* By the SCMP_ARCH_* spelling exactly, or NULL. */
const struct cg_arch *cg_arch_find_oci(const char *oci_name);

/* The arch that a call belongs to: x32 is told from x86_64 by its number (policy/eval.c); NULL when no row has it. */
const struct cg_arch *cg_arch_of_call(const struct cg_call *call);

/* The first row with this token (never x32), or NULL. */
const struct cg_arch *cg_arch_of_token(uint32_t token);

/* The arch that this library was built for. */
const struct cg_arch *cg_arch_native(void);

/* A name near enough to be meant, or NULL. */
const char *cg_arch_suggest(const char *name);

static inline size_t cg_arch_index(const struct cg_arch *arch)
{
	return (size_t)(arch - cg_arches);
}

/* What a comparison on this arch sees of a 64-bit register: all of it, or the low word. */
static inline uint64_t cg_arch_word_mask(const struct cg_arch *arch)
{
	return arch->word_bits == 64 ? UINT64_MAX : UINT32_MAX;
}

/* True when `nr` under x86_64's token is an x32 number: bit 30 up to, but not including, the skipped call. */
static inline bool cg_nr_is_x32(uint32_t nr)
{
	return nr >= CG_X32_BIT && nr != CG_NR_SKIPPED;
}

#endif
