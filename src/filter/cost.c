/*
 * See cost.h. When a filter is loaded the kernel asks it, by an emulator that knows a few instructions only, for every
 * number of its own and of its 32-bit calls, and never runs it again for those that it lets through whatever the
 * arguments (seccomp_cache_prepare() in kernel/seccomp.c, since 5.11; cg_filter_is_cached() is that emulator). So
 * loading takes time by the length (checking and translating it) and by the steps emulated: measured on Linux 6.18,
 * x86-64, as 15 us + 0.21 us an instruction + 3.7 ns a step.
 */
#include "filter/cost.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <string.h>

#define LOAD_NS 15000
#define INSTRUCTION_NS 210
#define STEP_PS 3700

/* SECCOMP_ARCH_COMPAT in the kernel's asm/seccomp.h; ppc64le kernels are built without 32-bit calls. */
static const struct {
	const char *native, *compat;
} compat_arches[] = {
	{ "x86_64", "x86" }, { "aarch64", "arm" }, { "ppc64", "ppc" }, { "s390x", "s390" }, { "parisc64", "parisc" },
};

/* These kernels define no SECCOMP_ARCH_NATIVE, and so keep no cache. */
static bool has_cache(const struct cg_arch *arch)
{
	return strncmp(arch->name, "mips", 4) != 0 && strcmp(arch->name, "m68k") != 0;
}

static const struct cg_arch *compat_of(const struct cg_arch *native)
{
	for (size_t i = 0; i < CG_N_ITEMS(compat_arches); i++) {
		if (strcmp(compat_arches[i].native, native->name) == 0)
			return cg_arch_find(compat_arches[i].compat);
	}
	return NULL;
}

/* NR_syscalls: one more than the largest number. arm's own, from 0xf0000 on, are none of them. */
static uint32_t count_numbers(const struct cg_arch *arch)
{
	uint32_t n_numbers = 0;

	for (size_t i = 0; i < arch->n_rows; i++) {
		if (arch->rows[i].nr < 0xf0000)
			n_numbers = arch->rows[i].nr + 1;
	}
	return n_numbers;
}

static void add_numbers(const struct cg_filter *filter, const struct cg_arch *arch, struct cg_filter_cost *cost)
{
	uint32_t n_numbers = count_numbers(arch);

	for (uint32_t nr = 0; nr < n_numbers; nr++) {
		size_t n_steps;

		cost->n_cached += cg_filter_is_cached(filter, arch->token, nr, &n_steps);
		cost->n_steps += n_steps;
	}
	cost->n_numbers += n_numbers;
}

void cg_filter_cost(const struct cg_filter *filter, const struct cg_arch *native, struct cg_filter_cost *ret_cost)
{
	struct cg_filter_cost cost = { .native = native, .compat = compat_of(native), .has_cache = has_cache(native) };

	if (cost.has_cache)
		add_numbers(filter, native, &cost);
	if (cost.has_cache && cost.compat)
		add_numbers(filter, cost.compat, &cost);
	cost.load_ns = LOAD_NS + INSTRUCTION_NS * (uint64_t)filter->n_insns + cost.n_steps * STEP_PS / 1000;
	*ret_cost = cost;
}

const struct cg_arch *cg_arch_of_kernel(const struct cg_arch *const *arches, size_t n_arches)
{
	const struct cg_arch *best = arches[0];

	/* x32 has 32 bits, and is x86_64's kernel's; alone it cannot be loaded anywhere else. */
	for (size_t i = 1; i < n_arches; i++) {
		if (arches[i]->word_bits > best->word_bits || (best->is_x32 && !arches[i]->is_x32))
			best = arches[i];
	}
	return best->is_x32 ? cg_arch_of_token(best->token) : best;
}
