/*
 * A small database of packages, made here; and one that is not there.
 */
#include "os/package.h"

#include "base/cleanup.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/callgate-packages-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(cg_file_write(path, text, strlen(text), NULL), 0);
}

static int set_up(void **state)
{
	char path[128];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/info", folder);
	assert_int_equal(cg_folder_make(path, NULL), 0);
	put("info/libc6:amd64.list", "/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n");
	put("info/bash.list", "/.\n/bin/bash\n/usr/share/doc/bash");
	put("info/old.list", "/usr/bin/old\n");
	put("info/bash.md5sums", "/usr/bin/other\n");
	put("status", "Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2+b7\nDescription: a shell\n more\n"
		      "\nPackage: old\nStatus: deinstall ok config-files\nVersion: 1\n"
		      "\nPackage: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9");
	return 0;
}

static int clear(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void test_find(void **state)
{
	static const struct cg_packaged rows[] = {
		{ "/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6", "2.36-9" },
		{ "/usr/bin/bash", "bash", "5.2.15-2+b7" },
		{ "/bin/bash", "bash", "5.2.15-2+b7" },
		{ "/usr/bin/old", "old", "" },
		{ "/usr/bin/other", "", "" },
		{ "/usr/share/doc/bash", "bash", "5.2.15-2+b7" },
		{ "", "", "" },
	};
	struct cg_packaged files[CG_N_ITEMS(rows)] = { { NULL } };
	struct cg_arena arena = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		files[i].path = rows[i].path;
	assert_int_equal(cg_packages_find(folder, files, CG_N_ITEMS(rows), &arena), 0);
	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		assert_string_equal(files[i].package, rows[i].package);
		assert_string_equal(files[i].version, rows[i].version);
	}
	cg_arena_done(&arena);
}

static void test_none(void **state)
{
	struct cg_packaged file = { .path = "/usr/bin/bash" };
	struct cg_arena arena = { 0 };

	assert_int_equal(cg_packages_find("/no/such/database", &file, 1, &arena), 0);
	assert_string_equal(file.package, "");
	assert_int_equal(cg_packages_find(folder, NULL, 0, &arena), 0);
	cg_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
