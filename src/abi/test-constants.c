/*
 * Constants: by name, by value, per arch, and as flags in the order in which people write them.
 */
#include "abi/constants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rows_are_sorted_and_reachable(void **state)
{
	assert_true(cg_n_constants > 2000);
	for (size_t i = 0; i < cg_n_constants; i++) {
		struct cg_constant row = cg_constant_at(i), last = cg_constant_at(i > 0 ? i - 1 : 0);
		int order = strcmp(last.set, row.set);

		assert_true(order < 0 || (order == 0 && last.value <= row.value));
		assert_true(row.arches != 0);
		for (size_t a = 0; a < cg_n_arches; a++) {
			uint64_t value = 0;

			if (!(row.arches >> a & 1))
				continue;
			assert_true(cg_constant_find(&cg_arches[a], row.name, &value));
			assert_true(value == row.value);
			assert_non_null(cg_constant_name(&cg_arches[a], row.set, row.value));
		}
	}
}

static uint64_t value_on(const char *arch, const char *name)
{
	uint64_t value = 0xdead;

	cg_constant_find(cg_arch_find(arch), name, &value);
	return value;
}

static void values_follow_the_arch(void **state)
{
	assert_int_equal(value_on("x86_64", "AF_UNIX"), 1);
	assert_int_equal(value_on("x86_64", "SOCK_STREAM"), 1);
	assert_int_equal(value_on("mipsel", "SOCK_STREAM"), 2);
	assert_int_equal(value_on("x86_64", "O_DIRECT"), 0x4000);
	assert_int_equal(value_on("aarch64", "O_DIRECT"), 0x10000);
	assert_int_equal(value_on("ppc64le", "O_DIRECT"), 0x20000);
	assert_int_equal(value_on("x86_64", "TIOCSTI"), 0x5412);
	assert_int_equal(value_on("mips64", "TIOCSTI"), 0x5472);
	assert_int_equal(value_on("x86_64", "MAP_ANONYMOUS"), 0x20);
	assert_int_equal(value_on("mips", "MAP_ANONYMOUS"), 0x800);
	assert_int_equal(value_on("aarch64", "MAP_32BIT"), 0xdead);
	assert_int_equal(value_on("x86_64", "FS_IOC_GETFLAGS"), 0x80086601);
	assert_int_equal(value_on("x86", "FS_IOC_GETFLAGS"), 0x80046601);
	assert_true(value_on("x86_64", "AT_FDCWD") == (uint64_t)-100);
	assert_int_equal(value_on("x86_64", "CLONE_NEWUSER"), 0x10000000);
	assert_int_equal(value_on("x86_64", "CLONE_IO"), 0x80000000);
	assert_int_equal(value_on("x86_64", "no such"), 0xdead);
	assert_int_equal(value_on("x86_64", ""), 0xdead);
}

static void the_preferred_name_is_told(void **state)
{
	assert_string_equal(cg_constant_name(NULL, "socket_domain", 1), "AF_UNIX");
	assert_string_equal(cg_constant_name(NULL, "signals", 6), "SIGABRT");
	assert_null(cg_constant_name(NULL, "socket_domain", 4000));
	assert_null(cg_constant_name(NULL, "no_such_set", 1));
	assert_string_equal(cg_constant_name(cg_arch_find("ppc64le"), "mmap_flags", 0x40), "MAP_NORESERVE");
	assert_string_equal(cg_constant_suggest("AF_UNX"), "AF_UNIX");
	assert_string_equal(cg_constant_suggest("CLONE_NEWUSR"), "CLONE_NEWUSER");
}

static void flags_read_as_people_write_them(void **state)
{
	static const struct {
		const char *arch, *set, *text;
		uint64_t value;
	} rows[] = {
		{ "x86_64", "clone_flags", "CLONE_VM|CLONE_FILES", 0x500 },
		{ "x86_64", "clone_flags", "CLONE_VM|CLONE_VFORK|SIGCHLD", 0x4111 },
		{ "x86_64", "clone_flags", "SIGCHLD", 17 },
		{ "mips", "clone_flags", "CLONE_VM|SIGCHLD", 0x112 },
		{ "x86_64", "clone_flags", "0", 0 },
		{ "x86_64", "open_flags", "O_RDONLY", 0 },
		{ "x86_64", "open_flags", "O_RDONLY|O_CLOEXEC", 0x80000 },
		{ "x86_64", "open_flags", "O_RDWR|O_CREAT|O_SYNC", 0x101042 },
		{ "x86_64", "open_flags", "O_WRONLY|O_TMPFILE", 0x410001 },
		{ "x86_64", "open_flags", "0x3|O_CREAT", 0x43 },
		{ "aarch64", "open_flags", "O_RDONLY|O_DIRECTORY|O_CLOEXEC", 0x84000 },
		{ "x86_64", "socket_type", "SOCK_STREAM|SOCK_CLOEXEC", 0x80001 },
		{ "mips", "socket_type", "SOCK_STREAM|SOCK_NONBLOCK", 0x82 },
		{ "x86_64", "mmap_prot", "PROT_NONE", 0 },
		{ "x86_64", "mmap_prot", "PROT_READ|PROT_EXEC", 5 },
		{ "x86_64", "mmap_flags", "MAP_PRIVATE|MAP_ANONYMOUS", 0x22 },
		{ "x86_64", "mmap_flags", "MAP_SHARED_VALIDATE|MAP_SYNC", 0x80003 },
		{ "x86_64", "futex_op", "FUTEX_WAIT|FUTEX_PRIVATE_FLAG", 0x80 },
		{ "x86_64", "futex_op", "FUTEX_WAKE", 1 },
		{ "x86_64", "personality", "PER_LINUX32|ADDR_NO_RANDOMIZE", 0x40008 },
		{ "x86_64", "unshare_flags", "CLONE_NEWUSER|0x1", 0x10000001 },
		{ "x86_64", "mount_flags", "MS_BIND|MS_REC", 0x5000 },
		{ "x86_64", "umount_flags", "0xf0000000", 0xf0000000 },
		{ "x86_64", "no_such_set", "0x12", 0x12 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cg_text text = { 0 };

		cg_constant_format_flags(&text, cg_arch_find(rows[i].arch), rows[i].set, rows[i].value);
		assert_string_equal(cg_text_get(&text), rows[i].text);
		cg_text_done(&text);
	}
}

/* As bits that are looked at, or were ever set: a field's 0 is none of them, and its values are no sums. */
static void masks_name_bits(void **state)
{
	static const struct {
		const char *set, *text;
		uint64_t mask;
	} rows[] = {
		{ "open_flags", "O_ACCMODE|O_CREAT", 0x43 },
		{ "open_flags", "O_WRONLY", 1 },
		{ "open_flags", "O_CREAT|O_CLOEXEC", 0x80040 },
		{ "open_flags", "0", 0 },
		{ "mmap_flags", "0x3|MAP_ANONYMOUS", 0x23 },
		{ "mmap_flags", "MAP_PRIVATE|MAP_ANONYMOUS", 0x22 },
		{ "mmap_prot", "PROT_READ|PROT_EXEC", 5 },
		{ "clone_flags", "CLONE_NEWUSER|0xff", 0x100000ff },
		{ "personality", "ADDR_NO_RANDOMIZE", 0x40000 },
		{ "no_such_set", "0x12", 0x12 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cg_text text = { 0 };

		cg_constant_format_mask(&text, cg_arch_find("x86_64"), rows[i].set, rows[i].mask);
		assert_string_equal(cg_text_get(&text), rows[i].text);
		cg_text_done(&text);
	}
}

/* Every combination of two single bits, in every set: what is printed adds up to the value again. */
static void flags_lose_nothing(void **state)
{
	for (size_t i = 0; i < cg_n_constants; i++) {
		struct cg_constant constant = cg_constant_at(i);
		uint64_t value = constant.value | (uint64_t)1 << (i % 64), sum = 0;
		const struct cg_arch *arch = cg_arch_find("x86_64");
		struct cg_text text = { 0 };
		char *word, *rest;

		cg_constant_format_flags(&text, arch, constant.set, value);
		for (word = strtok_r(text.data, "|", &rest); word; word = strtok_r(NULL, "|", &rest)) {
			uint64_t part = strtoull(word, NULL, 0);

			if (part == 0)
				cg_constant_find(arch, word, &part);
			sum |= part;
		}
		assert_true(sum == value);
		cg_text_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_reachable),
		cmocka_unit_test(values_follow_the_arch),
		cmocka_unit_test(the_preferred_name_is_told),
		cmocka_unit_test(flags_read_as_people_write_them),
		cmocka_unit_test(masks_name_bits),
		cmocka_unit_test(flags_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
