/*
 * What a filter is said to cost, against the kernel's rules worked by hand; and filters as C.
 */
#include "filter/cost.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct cg_filter *assemble(const char *text)
{
	struct cg_filter *filter = NULL;

	assert_int_equal(cg_filter_assemble("test", text, strlen(text), &filter, NULL), 0);
	return filter;
}

static uint32_t last_number(const char *arch_name)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);

	return arch->rows[arch->n_rows - 1].nr;
}

static void test_all_allowed(void **state)
{
	struct cg_filter *filter = assemble("ret #0x7fff0000");
	struct cg_filter_cost cost;

	cg_filter_cost(filter, cg_arch_find("x86_64"), &cost);
	assert_string_equal(cost.compat->name, "x86");
	assert_true(cost.has_cache);
	assert_int_equal(cost.n_numbers, last_number("x86_64") + 1 + last_number("x86") + 1);
	assert_int_equal(cost.n_cached, cost.n_numbers);
	assert_int_equal(cost.n_steps, cost.n_numbers);
	assert_int_equal(cost.load_ns, 15000 + 210 + cost.n_steps * 3700 / 1000);
	cg_filter_free(filter);
}

/* One architecture, one number refused, one asked for its argument: two are not in the cache. */
static void test_some_allowed(void **state)
{
	struct cg_filter *filter = assemble("ld [4]\n"
					    "jeq #0xc000003e, own, other\n"
					    "other: ret #0\n"
					    "own: ld [0]\n"
					    "jeq #165, refused, next\n"
					    "next: jeq #41, asked, allowed\n"
					    "asked: ld [16]\n"
					    "jeq #1, allowed, refused\n"
					    "refused: ret #0x50001\n"
					    "allowed: ret #0x7fff0000\n");
	struct cg_filter_cost cost;

	cg_filter_cost(filter, cg_arch_find("x86_64"), &cost);
	assert_int_equal(cost.n_cached, last_number("x86_64") + 1 - 2);
	/* x86: 3 steps each; x86_64: 6, but 5 for mount and 6 for socket, which ends at the argument. */
	assert_int_equal(cost.n_steps, 3 * (last_number("x86") + 1) + 6 * (last_number("x86_64") + 1) - 1);
	cg_filter_free(filter);
}

static void test_other_kernels(void **state)
{
	static const struct {
		const char *arch, *compat;
		bool has_cache;
	} rows[] = {
		{ "x86_64", "x86", true }, { "aarch64", "arm", true }, { "riscv64", NULL, true },
		{ "s390x", "s390", true }, { "mips64", NULL, false },
	};
	struct cg_filter *filter = assemble("ret #0x7fff0000");

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_filter_cost cost;

		cg_filter_cost(filter, cg_arch_find(rows[i].arch), &cost);
		assert_int_equal(cost.has_cache, rows[i].has_cache);
		assert_ptr_equal(cost.compat, rows[i].compat ? cg_arch_find(rows[i].compat) : NULL);
		/* arm's own numbers are far behind the others. */
		assert_true(cost.n_numbers < 1000);
	}
	cg_filter_free(filter);
}

static void test_kernel_of_arches(void **state)
{
	const struct cg_arch *x86 = cg_arch_find("x86"), *x32 = cg_arch_find("x32"), *x86_64 = cg_arch_find("x86_64");

	assert_ptr_equal(cg_arch_of_kernel((const struct cg_arch *[]){ x86, x32, x86_64 }, 3), x86_64);
	assert_ptr_equal(cg_arch_of_kernel((const struct cg_arch *[]){ x32 }, 1), x86_64);
	assert_ptr_equal(cg_arch_of_kernel((const struct cg_arch *[]){ x86 }, 1), x86);
}

static void test_c_source(void **state)
{
	static const char wanted[] =
		"/* A seccomp filter of 2 instructions, for little-endian machines. Written by callgate. */\n"
		"#include <linux/filter.h>\n\n"
		"static const struct sock_filter gate[] = {\n"
		"\t{ 0x20, 0, 0, 0x00000004 },            /* L0:     ld [4]                          ; arch */\n"
		"\t{ 0x06, 0, 0, 0x7fff0000 },            /* L1:     ret #0x7fff0000                 ; ALLOW */\n"
		"};\n\n"
		"static const unsigned short gate_length = sizeof(gate) / sizeof(gate[0]);\n";
	struct cg_filter *filter = assemble("ld [4]\nret #0x7fff0000");
	struct cg_text text = { 0 };

	cg_filter_write_c(filter, "gate", &text);
	assert_string_equal(cg_text_get(&text), wanted);
	cg_text_done(&text);
	cg_filter_free(filter);
}

static void test_c_names(void **state)
{
	assert_true(cg_filter_is_c_name("filter"));
	assert_true(cg_filter_is_c_name("_f9"));
	assert_true(cg_filter_is_c_name("in"));
	assert_false(cg_filter_is_c_name(""));
	assert_false(cg_filter_is_c_name("9f"));
	assert_false(cg_filter_is_c_name("a-b"));
	assert_false(cg_filter_is_c_name("int"));
	assert_false(cg_filter_is_c_name("a*/b"));
	assert_false(
		cg_filter_is_c_name("a_name_that_is_longer_than_the_63_characters_that_every_compiler_tells_apart"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_allowed),   cmocka_unit_test(test_some_allowed),
		cmocka_unit_test(test_other_kernels), cmocka_unit_test(test_kernel_of_arches),
		cmocka_unit_test(test_c_source),      cmocka_unit_test(test_c_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
