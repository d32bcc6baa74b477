/*
 * Finding an architecture by name, by token, by call. The rows themselves are made from data/arches.csv.
 */
#include "abi/arch.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define OCI_PREFIX "SCMP_ARCH_"

/* Is `name` one of the blank-separated `words`? */
static bool has_word(const char *words, const char *name)
{
	size_t length = strlen(name);

	while (*words && length) {
		size_t n = strcspn(words, " ");

		if (n == length && strncasecmp(words, name, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

static bool is_name_of(const struct cg_arch *arch, const char *name)
{
	return strcasecmp(name, arch->name) == 0 || strcasecmp(name, arch->oci_name) == 0 ||
	       (arch->go_name && strcasecmp(name, arch->go_name) == 0) || has_word(arch->others, name);
}

const struct cg_arch *cg_arch_find(const char *name)
{
	if (strcasecmp(name, "native") == 0)
		return cg_arch_native();
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (is_name_of(&cg_arches[i], name))
			return &cg_arches[i];
	}
	return NULL;
}

const struct cg_arch *cg_arch_find_oci(const char *oci_name)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (strcmp(cg_arches[i].oci_name, oci_name) == 0)
			return &cg_arches[i];
	}
	return NULL;
}

const struct cg_arch *cg_arch_of_token(uint32_t token)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (cg_arches[i].token == token && !cg_arches[i].is_x32)
			return &cg_arches[i];
	}
	return NULL;
}

const struct cg_arch *cg_arch_of_call(const struct cg_call *call)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		const struct cg_arch *arch = &cg_arches[i];

		/* Only the token that x32 shares has numbers of two arches. */
		if (arch->is_x32 && arch->token == call->arch && cg_nr_is_x32(call->nr))
			return arch;
	}
	return cg_arch_of_token(call->arch);
}

/* What the compiler says of the target; a machine without a row is no machine that seccomp policies can be run on. */
#if defined(__x86_64__) && defined(__ILP32__)
#define NATIVE "x32"
#elif defined(__x86_64__)
#define NATIVE "x86_64"
#elif defined(__i386__)
#define NATIVE "x86"
#elif defined(__aarch64__)
#define NATIVE "aarch64"
#elif defined(__arm__)
#define NATIVE "arm"
#elif defined(__loongarch64)
#define NATIVE "loongarch64"
#elif defined(__m68k__)
#define NATIVE "m68k"
#elif defined(__mips__) && defined(__MIPSEB__) && _MIPS_SIM == _ABIO32
#define NATIVE "mips"
#elif defined(__mips__) && defined(__MIPSEB__) && _MIPS_SIM == _ABIN32
#define NATIVE "mips64n32"
#elif defined(__mips__) && defined(__MIPSEB__)
#define NATIVE "mips64"
#elif defined(__mips__) && _MIPS_SIM == _ABIO32
#define NATIVE "mipsel"
#elif defined(__mips__) && _MIPS_SIM == _ABIN32
#define NATIVE "mipsel64n32"
#elif defined(__mips__)
#define NATIVE "mipsel64"
#elif defined(__hppa64__)
#define NATIVE "parisc64"
#elif defined(__hppa__)
#define NATIVE "parisc"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE "ppc64le"
#elif defined(__powerpc64__)
#define NATIVE "ppc64"
#elif defined(__powerpc__)
#define NATIVE "ppc"
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE "riscv64"
#elif defined(__s390x__)
#define NATIVE "s390x"
#elif defined(__s390__)
#define NATIVE "s390"
#elif defined(__sh__) && defined(__LITTLE_ENDIAN__)
#define NATIVE "sh"
#elif defined(__sh__)
#define NATIVE "sheb"
#else
#error "no row in data/arches.csv for this machine"
#endif

const struct cg_arch *cg_arch_native(void)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (strcmp(cg_arches[i].name, NATIVE) == 0)
			return &cg_arches[i];
	}
	return NULL;
}

const char *cg_arch_suggest(const char *name)
{
	bool is_oci = strncasecmp(name, OCI_PREFIX, strlen(OCI_PREFIX)) == 0;
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_arches; i++)
		cg_word_keep_nearest(name, is_oci ? cg_arches[i].oci_name : cg_arches[i].name, &best);
	return best;
}
