/*
 * Calls behind socketcall(2) and ipc(2), as libseccomp has them: a rule for `socket` is, on the architectures that have
 * socketcall (x86, m68k, mips, ppc, s390, sh), also one for socketcall with SYS_SOCKET as its first argument.
 *
 * In: an architecture and a call. Out: what carries it there, and the reverse. The one table of profile/, lint/, compat/.
 */
#ifndef CG_ABI_MULTIPLEX_H
#define CG_ABI_MULTIPLEX_H

#include "abi/arch.h"

#include <stdbool.h>
#include <stdint.h>

/* The number of socketcall or ipc on this arch, and which operation stands for `name`; false when none does. */
bool cg_multiplex_find(const struct cg_arch *arch, const char *name, uint32_t *ret_nr, uint64_t *ret_operation);

/* Operations of a carrier are less than this. */
#define CG_MULTIPLEX_OPERATIONS 32

/* The call behind an operation of "socketcall" or "ipc"; NULL when there is none. */
const char *cg_multiplex_name(const char *through, uint64_t operation);

#endif
