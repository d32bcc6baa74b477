/*
 * data/syscalls.csv against the headers installed on this machine: every number there must stand in the table under
 * the same name. The headers are read as text when the test runs, not when it is built.
 */
#include "abi/syscalls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "/usr/include/x86_64-linux-gnu/asm/"

/* "#define __NR_read 0" or "#define __NR_read (__X32_SYSCALL_BIT + 0)". */
static bool read_line(const char *line, char name[64], unsigned int *ret_nr)
{
	return sscanf(line, "#define __NR_%63s %u", name, ret_nr) == 2 ||
	       sscanf(line, "#define __NR_%63s (__X32_SYSCALL_BIT + %u)", name, ret_nr) == 2;
}

static size_t compare(const char *path, const struct cg_arch *arch, FILE *file)
{
	uint32_t bit = arch->is_x32 ? CG_X32_BIT : 0;
	char line[256], name[64];
	unsigned int nr;
	size_t n = 0;

	while (fgets(line, sizeof(line), file)) {
		const struct cg_syscall *call;

		if (!read_line(line, name, &nr))
			continue;
		call = cg_syscall_of_nr(arch, nr | bit);
		if (!call || strcmp(call->name, name) != 0)
			fail_msg("%s: %s is %u there, %s in the table", path, name, nr, call ? call->name : "nothing");
		n++;
	}
	return n;
}

static void check(const char *path, const char *arch)
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file) {
		print_message("# skipped: there is no %s on this machine\n", path);
		skip();
	}
	n = compare(path, cg_arch_find(arch), file);
	fclose(file);
	print_message("# %s: %zu calls\n", path, n);
	assert_true(n > 300);
}

static void x86_64_is_as_installed(void **state)
{
	check(FOLDER "unistd_64.h", "x86_64");
}

static void x86_is_as_installed(void **state)
{
	check(FOLDER "unistd_32.h", "x86");
}

static void x32_is_as_installed(void **state)
{
	check(FOLDER "unistd_x32.h", "x32");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_64_is_as_installed),
		cmocka_unit_test(x86_is_as_installed),
		cmocka_unit_test(x32_is_as_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
