/*
 * Tests of names and numbers as libseccomp's API has them: the table itself, and what its manual says of each function.
 */
#include "compat/names.h"

#include "abi/syscalls.h"
#include "compat/pseudo.h"

#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_name(uint32_t token, int number, const char *expected)
{
	char *name = seccomp_syscall_resolve_num_arch(token, number);

	if (expected) {
		assert_non_null(name);
		assert_string_equal(name, expected);
	} else {
		assert_null(name);
	}
	free(name);
}

static void test_table(void **state)
{
	assert_int_equal(cg_n_pseudos, 251);
	for (size_t i = 0; i < cg_n_pseudos; i++) {
		const struct cg_pseudo *pseudo = &cg_pseudos[i];
		const char *name = cg_pseudo_name(pseudo->number);

		assert_true(i == 0 || strcmp(cg_pseudos[i - 1].name, pseudo->name) < 0);
		assert_int_equal(cg_pseudo_number(pseudo->name), pseudo->number);
		assert_non_null(name);
		/* Two calls were given one number. */
		if (pseudo->number != -10191)
			assert_string_equal(name, pseudo->name);
		assert_true(cg_syscall_find(pseudo->name) || strcmp(pseudo->name, "oldwait4") == 0);
	}
	assert_int_equal(cg_pseudo_number("read"), 0);
	assert_null(cg_pseudo_name(0));
	assert_null(cg_pseudo_name(-1));
	assert_null(cg_pseudo_name(-10255));
}

static void test_arches(void **state)
{
	assert_int_equal(cg_n_arches, 23);
	for (size_t i = 0; i < cg_n_arches; i++) {
		uint32_t token = seccomp_arch_resolve_name(cg_arches[i].name);

		assert_int_equal(token, cg_arches[i].scmp_token);
		assert_ptr_equal(cg_names_arch(token), &cg_arches[i]);
	}
	assert_int_equal(seccomp_arch_resolve_name("X86"), 0);
	assert_int_equal(seccomp_arch_resolve_name("amd64"), 0);
	assert_int_equal(seccomp_arch_resolve_name(""), 0);
	assert_int_equal(seccomp_arch_resolve_name(NULL), 0);
	assert_int_equal(seccomp_arch_native(), cg_arch_native()->scmp_token);
	assert_ptr_equal(cg_names_arch(SCMP_ARCH_NATIVE), cg_arch_native());
	assert_null(cg_names_arch(12345));
}

static void test_numbers(void **state)
{
	assert_int_equal(seccomp_syscall_resolve_name("read"), SCMP_SYS(read));
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, "read"), SCMP_SYS(read));
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, "read"), 3);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X32, "read"), 0x40000000);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, "open"), __PNR_open);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_ARM, "breakpoint"), 0xf0001);
	assert_int_equal(seccomp_syscall_resolve_name("no such call"), __NR_SCMP_ERROR);
	assert_int_equal(seccomp_syscall_resolve_name("oldwait4"), __NR_SCMP_ERROR);
	assert_int_equal(seccomp_syscall_resolve_name(NULL), __NR_SCMP_ERROR);
	assert_int_equal(seccomp_syscall_resolve_name_arch(12345, "read"), __NR_SCMP_ERROR);
	assert_int_equal(seccomp_syscall_resolve_name_rewrite(12345, "read"), __NR_SCMP_ERROR);
}

/* A direct call is there as well on x86 since 4.3: the API's number stays the one that means both ways. */
static void test_carried_calls(void **state)
{
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, "socket"), __PNR_socket);
	assert_int_equal(seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_X86, "socket"), 102);
	assert_int_equal(seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_MIPS, "semop"), 4117);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_S390X, "shmat"), __PNR_shmat);
	assert_int_equal(seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_X86, "read"), 3);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, "socket"), 41);
	assert_int_equal(seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_X86_64, "socket"), 41);
	assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_PARISC, "socket"), 17);
}

static void test_names(void **state)
{
	assert_name(SCMP_ARCH_X86_64, 0, "read");
	assert_name(SCMP_ARCH_X86, -101, "socket");
	assert_name(SCMP_ARCH_X86, 359, "socket");
	assert_name(SCMP_ARCH_X86_64, -101, NULL);
	assert_name(SCMP_ARCH_X86_64, -10166, NULL);
	assert_name(SCMP_ARCH_AARCH64, -10166, "open");
	assert_name(SCMP_ARCH_X32, 0x40000000, "read");
	assert_name(SCMP_ARCH_X32, 0, "read");
	assert_name(SCMP_ARCH_MIPS, 4003, "read");
	assert_name(SCMP_ARCH_MIPS, 3, "read");
	assert_name(SCMP_ARCH_S390X, 0, NULL);
	assert_name(SCMP_ARCH_X86_64, __NR_SCMP_ERROR, NULL);
	assert_name(SCMP_ARCH_X86_64, 0x7fffffff, NULL);
	assert_name(SCMP_ARCH_X86_64, -0x7fffffff - 1, NULL);
	assert_name(12345, 0, NULL);
}

/* What resolves comes back, on every architecture. */
static void test_there_and_back(void **state)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		for (size_t j = 0; j < cg_n_syscalls; j++) {
			int number = cg_names_number(&cg_arches[i], cg_syscalls[j].name);

			if (number != __NR_SCMP_ERROR && number != -10191)
				assert_string_equal(cg_names_name(&cg_arches[i], number), cg_syscalls[j].name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_arches),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_carried_calls),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
