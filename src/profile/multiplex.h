/*
 * Calls behind socketcall(2) and ipc(2), as libseccomp has them: a rule for `socket` is, on x86, ppc and s390, also one
 * for socketcall with SYS_SOCKET as its first argument. Only for the files of this folder.
 */
#ifndef CG_PROFILE_MULTIPLEX_H
#define CG_PROFILE_MULTIPLEX_H

#include "abi/arch.h"

#include <stdbool.h>
#include <stdint.h>

/* The number of socketcall or ipc on this arch, and which operation stands for `name`; false when none does. */
bool cg_multiplex_find(const struct cg_arch *arch, const char *name, uint32_t *ret_nr, uint64_t *ret_operation);

#endif
