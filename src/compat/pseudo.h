/*
 * The pseudo numbers of libseccomp's API: negative stand-ins for calls that an architecture lacks, or has behind
 * socketcall(2) and ipc(2). Programs are compiled with them, so they are ABI.
 *
 * In: a name or a number. Out: the other one. The table is made from data/pseudo.csv; names.h knows what it means for
 * an architecture.
 */
#ifndef CG_COMPAT_PSEUDO_H
#define CG_COMPAT_PSEUDO_H

#include <stddef.h>
#include <stdint.h>

#define CG_PSEUDO_NAME_SIZE 30

struct cg_pseudo {
	int16_t number;
	char name[CG_PSEUDO_NAME_SIZE];
};

/* Sorted by name; and their order by number, falling, for a binary search: -101 comes first. */
extern const struct cg_pseudo cg_pseudos[];
extern const size_t cg_n_pseudos;
extern const uint16_t cg_pseudos_by_number[];

/* The pseudo number of a call, or 0. */
int cg_pseudo_number(const char *name);

/* The name behind a pseudo number, or NULL. */
const char *cg_pseudo_name(int number);

#endif
