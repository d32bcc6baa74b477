/*
 * Resolving names of calls and architectures. See names.h; seccomp_syscall_resolve_name(3), seccomp_arch_add(3).
 *
 * In: what programs pass. Out: abi/'s tables, with libseccomp's pseudo numbers laid over them. oldwait4 has a pseudo
 * number and is a call nowhere: it resolves to nothing, as it does there.
 */
#include "compat/names.h"

#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "compat/pseudo.h"

#include <seccomp.h>
#include <string.h>

/* mips counts from 4000, 5000 and 6000, x32 from bit 30; the API takes numbers without that, too. */
#define LEAST_BASE 4000

const struct cg_arch *cg_names_arch(uint32_t token)
{
	if (token == SCMP_ARCH_NATIVE)
		return cg_arch_native();
	for (size_t i = 0; i < cg_n_arches; i++)
		if (cg_arches[i].scmp_token == token)
			return &cg_arches[i];
	return NULL;
}

int cg_names_carrier(const struct cg_arch *arch, int number)
{
	const char *name = cg_pseudo_name(number);
	uint32_t carrier;
	uint64_t operation;

	return name && cg_multiplex_find(arch, name, &carrier, &operation) ? (int)carrier : number;
}

int cg_names_number(const struct cg_arch *arch, const char *name)
{
	int pseudo = cg_pseudo_number(name);
	uint32_t nr;

	if (!cg_syscall_find(name))
		return __NR_SCMP_ERROR;
	if (cg_names_carrier(arch, pseudo) != pseudo)
		return pseudo;
	if (cg_syscall_number(arch, name, &nr))
		return (int)nr;
	return pseudo ? pseudo : __NR_SCMP_ERROR;
}

const char *cg_names_name(const struct cg_arch *arch, int number)
{
	const struct cg_syscall *call;
	const char *name;
	uint32_t base = arch->n_rows > 0 ? arch->rows[0].nr : 0;

	if (number < 0) {
		name = cg_pseudo_name(number);
		return name && cg_names_number(arch, name) == number ? name : NULL;
	}
	if (base >= LEAST_BASE && (uint32_t)number < base)
		number += (int)base;
	call = cg_syscall_of_nr(arch, (uint32_t)number);
	return call ? call->name : NULL;
}

uint32_t seccomp_arch_resolve_name(const char *arch_name)
{
	for (size_t i = 0; arch_name && i < cg_n_arches; i++)
		if (strcmp(cg_arches[i].name, arch_name) == 0)
			return cg_arches[i].scmp_token;
	return 0;
}

uint32_t seccomp_arch_native(void)
{
	return cg_arch_native()->scmp_token;
}

int seccomp_syscall_resolve_name_arch(uint32_t arch_token, const char *name)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);

	return arch && name ? cg_names_number(arch, name) : __NR_SCMP_ERROR;
}

int seccomp_syscall_resolve_name_rewrite(uint32_t arch_token, const char *name)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);

	return arch && name ? cg_names_carrier(arch, cg_names_number(arch, name)) : __NR_SCMP_ERROR;
}

int seccomp_syscall_resolve_name(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, name);
}

char *seccomp_syscall_resolve_num_arch(uint32_t arch_token, int num)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);
	const char *name = arch ? cg_names_name(arch, num) : NULL;

	return name ? strdup(name) : NULL;
}
