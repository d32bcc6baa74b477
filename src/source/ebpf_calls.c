/*
 * What the programs in the kernel must know of calls: which end their thread, which map files, which arguments are kept.
 *
 * In: the tables of abi/, and learn/'s rule about arguments. Out: one row for each number that a table of the kernel
 * can have, ready to be loaded with the programs.
 */
#include "source/ebpf.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "source/special.h"

#include <string.h>

static const struct {
	const char *name;
	uint8_t special;
} specials[] = {
	{ "exit", CG_WIRE_ENDS },
	{ "exit_group", CG_WIRE_ENDS },
	{ "listen", CG_WIRE_LISTEN },
	{ "mmap", CG_WIRE_MMAP },
	{ "mmap2", CG_WIRE_MMAP },
	{ "rt_sigreturn", CG_WIRE_SIGRETURN },
	{ "sigreturn", CG_WIRE_SIGRETURN },
};

const struct cg_arch *cg_ebpf_arch(uint32_t wire_arch)
{
	static const char *const names[CG_WIRE_ARCHES] = {
		[CG_WIRE_NATIVE] = "x86_64",
		[CG_WIRE_COMPAT] = "x86",
		[CG_WIRE_X32] = "x32",
	};

	return wire_arch < CG_WIRE_ARCHES ? cg_arch_find(names[wire_arch]) : NULL;
}

static uint8_t special_of(const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_syscall *known = cg_syscall_of_nr(arch, nr);

	if (known && cg_call_waits(known->name))
		return CG_WIRE_WAITS;
	for (size_t i = 0; known && i < CG_N_ITEMS(specials); i++)
		if (strcmp(specials[i].name, known->name) == 0)
			/* Where there is an mmap2, mmap is the old one, whose only argument is a pointer. */
			return specials[i].special == CG_WIRE_MMAP && strcmp(known->name, "mmap") == 0 &&
					       cg_syscall_number(arch, "mmap2", &nr) ?
				       CG_WIRE_PLAIN :
				       specials[i].special;
	return CG_WIRE_PLAIN;
}

static uint8_t wire_keeping(enum cg_arg_keeping keeping)
{
	static const uint8_t wire[] = {
		[CG_ARG_KEEP_NOTHING] = CG_WIRE_NOTHING,
		[CG_ARG_KEEP_CUT] = CG_WIRE_CUT,
		[CG_ARG_KEEP_NUMBER] = CG_WIRE_NUMBER,
		[CG_ARG_KEEP_DIRFD] = CG_WIRE_DIRFD,
	};

	return wire[keeping];
}

static void fill_call(struct cg_wire_call *call, const struct cg_arch *arch, uint32_t nr, unsigned int *n_sets)
{
	call->special = special_of(arch, nr);
	call->first_set = (uint16_t)*n_sets;
	for (unsigned int i = 0; i < CG_WIRE_ARGS; i++) {
		unsigned int width = 8;
		enum cg_arg_keeping keeping = cg_recorded_arg_keeping(arch, nr, i, &width);

		if (keeping == CG_ARG_KEEP_NOTHING)
			continue;
		call->keeping[i] = wire_keeping(keeping);
		call->width[i] = keeping == CG_ARG_KEEP_DIRFD ? 4 : (uint8_t)width;
		call->kept |= (uint8_t)(1U << i);
		(*n_sets)++;
	}
}

struct cg_wire_call *cg_ebpf_calls_new(unsigned int *ret_n_sets)
{
	struct cg_wire_call *calls = calloc(CG_WIRE_CALLS, sizeof(*calls));

	*ret_n_sets = 0;
	for (uint32_t a = 0; calls && a < CG_WIRE_ARCHES; a++) {
		const struct cg_arch *arch = cg_ebpf_arch(a);

		for (size_t i = 0; arch && i < arch->n_rows; i++) {
			uint32_t low = arch->is_x32 ? arch->rows[i].nr & ~CG_X32_BIT : arch->rows[i].nr;

			if (low < CG_WIRE_NRS)
				fill_call(&calls[a * CG_WIRE_NRS + low], arch, arch->rows[i].nr, ret_n_sets);
		}
	}
	return calls;
}
