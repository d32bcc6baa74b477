/*
 * Build-ids and loaders, of this very program and of files that are none or broken.
 */
#include "os/elf.h"

#include "base/cleanup.h"
#include "os/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_self(void **state)
{
	struct cg_elf elf;

	assert_int_equal(cg_elf_read("/proc/self/exe", &elf), 0);
	assert_int_equal(elf.interpreter[0], '/');
	/* gcc asks its linker for one on Debian; 20 bytes of a SHA-1. */
	assert_int_equal(strlen(elf.build_id), 40);
	assert_int_equal(strspn(elf.build_id, "0123456789abcdef"), 40);
}

static void test_not_elf(void **state)
{
	struct cg_elf elf = { "untouched", "" };

	assert_int_equal(cg_elf_read("/etc/passwd", &elf), -ENOEXEC);
	assert_int_equal(cg_elf_read("/dev/null", &elf), -ENOEXEC);
	assert_int_equal(cg_elf_read("/no/such/file", &elf), -ENOENT);
	assert_true(cg_elf_read("/", &elf) < 0);
	assert_string_equal(elf.build_id, "untouched");
}

/* Cut at any byte, or with any byte of its headers and notes changed: an answer, and no crash. */
static void test_broken(void **state)
{
	struct cg_text text = { 0 };
	char path[] = "/tmp/callgate-elf-XXXXXX";
	struct cg_elf elf;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(cg_file_read("/proc/self/exe", (size_t)64 << 20, &text, NULL), 0);
	for (size_t length = 0; length < 1200 && length < text.length; length += 13) {
		assert_int_equal(cg_file_write(path, text.data, length, NULL), 0);
		cg_elf_read(path, &elf);
	}
	for (size_t at = 4; at < 1200 && at < text.length; at += 7) {
		text.data[at] = (char)~text.data[at];
		assert_int_equal(cg_file_write(path, text.data, text.length < 4096 ? text.length : 4096, NULL), 0);
		if (cg_elf_read(path, &elf) == 0)
			assert_true(strlen(elf.build_id) < sizeof(elf.build_id));
		text.data[at] = (char)~text.data[at];
	}
	unlink(path);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_not_elf),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
