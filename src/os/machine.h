/*
 * Small facts about the machine.
 */
#ifndef CG_OS_MACHINE_H
#define CG_OS_MACHINE_H

#include <stddef.h>

/* The running kernel's version, {6, 18}; {0, 0} when its release does not begin so. uname(2). */
void cg_machine_kernel(unsigned int *ret_kernel);

/* Becomes man(1) showing `page`; returns only when there is no such page, or no man. */
void cg_machine_show_manual(const char *page);

/* The whole release string and machine name, "6.18.1" and "x86_64", into the buffers. */
void cg_machine_name(char *ret_release, char *ret_machine, size_t size);

/* What this host is called; "localhost" where it has no name. */
void cg_machine_host(char *ret_host, size_t size);

#endif
