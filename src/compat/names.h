/*
 * Names and numbers as libseccomp's API has them, for each architecture.
 *
 * In: an architecture, and a name or a number. Out: the other one. Where calls can come through socketcall(2) or
 * ipc(2), the API's number for them is the pseudo one, also where a direct call exists: a rule for it means both.
 */
#ifndef CG_COMPAT_NAMES_H
#define CG_COMPAT_NAMES_H

#include "abi/arch.h"

#include <stdint.h>

/* The arch of one of the API's tokens (0 is the native one; x32 has its own), or NULL. */
const struct cg_arch *cg_names_arch(uint32_t token);

/*
 * The API's number of a call: its own, its pseudo number where socketcall(2) or ipc(2) carries it or the arch lacks
 * it, __NR_SCMP_ERROR where nobody knows the name.
 */
int cg_names_number(const struct cg_arch *arch, const char *name);

/* What carries the call of a number: socketcall's or ipc's own number where the arch has one, else `number`. */
int cg_names_carrier(const struct cg_arch *arch, int number);

/* The name behind one of the API's numbers for this arch, pseudo or not; NULL. Constant. */
const char *cg_names_name(const struct cg_arch *arch, int number);

#endif
