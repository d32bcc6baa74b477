/*
 * The architectures: every one that libseccomp has, under every name, with the kernel's tokens.
 */
#include "abi/arch.h"

#include "abi/syscalls.h"

#include <linux/audit.h>
#include <linux/elf-em.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *name;
	uint32_t token;
	unsigned int bits;
} expected[] = {
	{ "x86", AUDIT_ARCH_I386, 32 },
	{ "x86_64", AUDIT_ARCH_X86_64, 64 },
	{ "x32", AUDIT_ARCH_X86_64, 32 },
	{ "arm", AUDIT_ARCH_ARM, 32 },
	{ "aarch64", AUDIT_ARCH_AARCH64, 64 },
	{ "loongarch64", 258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE, 64 }, /* EM_LOONGARCH, since 5.19 */
	{ "m68k", AUDIT_ARCH_M68K, 32 },
	{ "mips", AUDIT_ARCH_MIPS, 32 },
	{ "mips64", AUDIT_ARCH_MIPS64, 64 },
	{ "mips64n32", AUDIT_ARCH_MIPS64N32, 32 },
	{ "mipsel", AUDIT_ARCH_MIPSEL, 32 },
	{ "mipsel64", AUDIT_ARCH_MIPSEL64, 64 },
	{ "mipsel64n32", AUDIT_ARCH_MIPSEL64N32, 32 },
	{ "parisc", AUDIT_ARCH_PARISC, 32 },
	{ "parisc64", AUDIT_ARCH_PARISC64, 64 },
	{ "ppc", AUDIT_ARCH_PPC, 32 },
	{ "ppc64", AUDIT_ARCH_PPC64, 64 },
	{ "ppc64le", AUDIT_ARCH_PPC64LE, 64 },
	{ "riscv64", AUDIT_ARCH_RISCV64, 64 },
	{ "s390", AUDIT_ARCH_S390, 32 },
	{ "s390x", AUDIT_ARCH_S390X, 64 },
	{ "sh", AUDIT_ARCH_SHEL, 32 },
	{ "sheb", AUDIT_ARCH_SH, 32 },
};

#define N_EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void tokens_are_the_kernels(void **state)
{
	assert_int_equal(cg_n_arches, N_EXPECTED);
	assert_true(cg_n_arches <= CG_N_ARCHES_MAX);
	for (size_t i = 0; i < N_EXPECTED; i++) {
		const struct cg_arch *arch = cg_arch_find(expected[i].name);

		assert_non_null(arch);
		assert_string_equal(arch->name, expected[i].name);
		assert_int_equal(arch->token, expected[i].token);
		assert_int_equal(arch->word_bits, expected[i].bits);
		assert_int_equal(arch->is_big_endian, !(arch->token & __AUDIT_ARCH_LE));
		assert_int_equal(arch->scmp_token, arch->is_x32 ? EM_X86_64 | __AUDIT_ARCH_LE : arch->token);
		assert_true(arch->n_rows > 300);
		assert_ptr_equal(&cg_arches[cg_arch_index(arch)], arch);
	}
}

static void is_found_under_every_name(void **state)
{
	static const char *const names[][2] = {
		{ "amd64", "x86_64" }, { "X86_64", "x86_64" }, { "i386", "x86" }, { "i686", "x86" }, { "386", "x86" },
		{ "x86", "x86" }, { "arm64", "aarch64" }, { "armv7l", "arm" }, { "armhf", "arm" },
		{ "ppc64el", "ppc64le" }, { "scmp_arch_x32", "x32" }, { "mips3l64n32", "mipsel64n32" },
		{ "mipsle", "mipsel" }, { "sh4", "sh" }, { "riscv64", "riscv64" }, { "loong64", "loongarch64" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct cg_arch *arch = cg_arch_find(names[i][0]);

		if (!arch || strcmp(arch->name, names[i][1]) != 0)
			fail_msg("%s is not %s", names[i][0], names[i][1]);
	}
	for (size_t i = 0; i < cg_n_arches; i++) {
		assert_ptr_equal(cg_arch_find(cg_arches[i].oci_name), &cg_arches[i]);
		assert_ptr_equal(cg_arch_find_oci(cg_arches[i].oci_name), &cg_arches[i]);
		if (cg_arches[i].go_name)
			assert_ptr_equal(cg_arch_find(cg_arches[i].go_name), &cg_arches[i]);
	}
	assert_ptr_equal(cg_arch_find("native"), cg_arch_native());
	assert_non_null(cg_arch_native());
	assert_null(cg_arch_find(""));
	assert_null(cg_arch_find(" "));
	assert_null(cg_arch_find("486 i486"));
	assert_null(cg_arch_find("SCMP_ARCH_NATIVE"));
	assert_null(cg_arch_find_oci("x86_64"));
	assert_null(cg_arch_find_oci("scmp_arch_x86_64"));
}

static void suggests_the_nearest(void **state)
{
	assert_string_equal(cg_arch_suggest("SCMP_ARCH_X86_46"), "SCMP_ARCH_X86_64");
	assert_string_equal(cg_arch_suggest("x68_64"), "x86_64");
	assert_null(cg_arch_suggest("pentium"));
}

static const char *name_of(uint32_t token, uint32_t nr)
{
	struct cg_call call = { .arch = token, .nr = nr };
	const struct cg_arch *arch = cg_arch_of_call(&call);

	return arch ? arch->name : "none";
}

static void x32_is_told_by_the_number(void **state)
{
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, 0), "x86_64");
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, CG_X32_BIT - 1), "x86_64");
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, CG_X32_BIT), "x32");
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, 0x80000000), "x32");
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, CG_NR_SKIPPED - 1), "x32");
	assert_string_equal(name_of(AUDIT_ARCH_X86_64, CG_NR_SKIPPED), "x86_64");
	assert_string_equal(name_of(AUDIT_ARCH_I386, CG_X32_BIT), "x86");
	assert_string_equal(name_of(AUDIT_ARCH_ARM, 0xf0001), "arm");
	assert_string_equal(name_of(0, 0), "none");
	assert_string_equal(cg_arch_of_token(AUDIT_ARCH_X86_64)->name, "x86_64");
	assert_null(cg_arch_of_token(0x12345678));
}

static void words_are_as_wide_as_compared(void **state)
{
	assert_true(cg_arch_word_mask(cg_arch_find("x86_64")) == UINT64_MAX);
	assert_true(cg_arch_word_mask(cg_arch_find("x32")) == UINT32_MAX);
	assert_true(cg_arch_word_mask(cg_arch_find("x86")) == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_the_kernels),
		cmocka_unit_test(is_found_under_every_name),
		cmocka_unit_test(suggests_the_nearest),
		cmocka_unit_test(x32_is_told_by_the_number),
		cmocka_unit_test(words_are_as_wide_as_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
