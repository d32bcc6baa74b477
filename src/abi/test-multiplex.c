/*
 * What socketcall(2) and ipc(2) carry: the table against the kernel's headers and the tables of calls.
 */
#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <linux/net.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* An architecture multiplexes if and only if its table of calls has the carrier. */
static void test_every_arch(void **state)
{
	static const char *const with[] = { "x86", "m68k", "mips", "mipsel", "ppc", "ppc64", "ppc64le", "s390", "s390x",
					    "sh", "sheb" };
	size_t n_with = 0;

	for (size_t i = 0; i < cg_n_arches; i++) {
		const struct cg_arch *arch = &cg_arches[i];
		uint32_t carrier = 0, found = 0;
		uint64_t operation = 0;
		bool has = cg_syscall_number(arch, "socketcall", &carrier);
		bool is_listed = false;

		for (size_t j = 0; j < CG_N_ITEMS(with); j++)
			is_listed |= strcmp(with[j], arch->name) == 0;
		assert_int_equal(has, is_listed);
		assert_int_equal(cg_multiplex_find(arch, "socket", &found, &operation), has);
		if (!has)
			continue;
		n_with++;
		assert_int_equal(found, carrier);
		assert_int_equal(operation, SYS_SOCKET);
		assert_true(cg_syscall_number(arch, "ipc", &carrier));
		assert_true(cg_multiplex_find(arch, "shmctl", &found, &operation));
		assert_int_equal(found, carrier);
		assert_int_equal(operation, 24);
	}
	assert_int_equal(n_with, CG_N_ITEMS(with));
}

static void test_operations(void **state)
{
	static const struct {
		const char *name;
		uint64_t operation;
	} rows[] = { { "bind", SYS_BIND },	   { "send", SYS_SEND },	 { "recvmsg", SYS_RECVMSG },
		     { "accept4", SYS_ACCEPT4 },   { "recvmmsg", SYS_RECVMMSG }, { "sendmmsg", SYS_SENDMMSG },
		     { "semtimedop", 4 },	   { "msgget", 13 },		 { "shmat", 21 } };
	uint32_t nr;
	uint64_t operation;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		assert_true(cg_multiplex_find(cg_arch_find("mips"), rows[i].name, &nr, &operation));
		assert_int_equal(operation, rows[i].operation);
	}
	assert_false(cg_multiplex_find(cg_arch_find("x86"), "read", &nr, &operation));
	assert_false(cg_multiplex_find(cg_arch_find("x86"), "socketcall", &nr, &operation));
	assert_false(cg_multiplex_find(cg_arch_find("mips64"), "socket", &nr, &operation));
}

/* There and back; and no operation lies beyond the bound that whoever walks over them has. */
static void test_names(void **state)
{
	const struct cg_arch *x86 = cg_arch_find("x86");
	size_t n_names = 0;

	for (uint64_t operation = 0; operation < CG_MULTIPLEX_OPERATIONS; operation++) {
		static const char *const carriers[] = { "socketcall", "ipc" };

		for (size_t i = 0; i < CG_N_ITEMS(carriers); i++) {
			const char *name = cg_multiplex_name(carriers[i], operation);
			uint32_t carrier, found;
			uint64_t again;

			if (!name)
				continue;
			n_names++;
			assert_true(cg_syscall_number(x86, carriers[i], &carrier));
			assert_true(cg_multiplex_find(x86, name, &found, &again));
			assert_int_equal(found, carrier);
			assert_int_equal(again, operation);
		}
	}
	assert_int_equal(n_names, 32);
	assert_string_equal(cg_multiplex_name("socketcall", SYS_SOCKET), "socket");
	assert_null(cg_multiplex_name("socketcall", 0));
	assert_null(cg_multiplex_name("read", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_arch),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
