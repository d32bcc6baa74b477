/*
 * Error numbers by name: EPERM is 1. The generic numbers of asm-generic (x86, arm, riscv, …).
 */
#ifndef CG_ABI_ERRNOS_H
#define CG_ABI_ERRNOS_H

#include <stdbool.h>

/* "EPERM", or NULL when the number has no name. */
const char *cg_errno_name(unsigned int number);

/* "Operation not permitted", or NULL. */
const char *cg_errno_meaning(unsigned int number);

/* By name, or by decimal number up to 4095. */
bool cg_errno_find(const char *name, unsigned int *ret_number);

const char *cg_errno_suggest(const char *name);

#endif
