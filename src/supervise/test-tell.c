/*
 * Tests of tell.c: one line a kind, exact counts, and no flood.
 */
#include "supervise/tell.h"

#include "abi/action.h"
#include "abi/call_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_call parse(const char *text)
{
	struct cg_call call = { 0 };
	struct cg_err err = { 0 };

	if (cg_call_parse(cg_arch_find("x86_64"), text, &call, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return call;
}

/* Counts one call; true when it was told, and then the line is in `line`. */
static bool add(struct cg_teller *teller, const char *call_text, const char *path, char *line, size_t size)
{
	struct cg_call call = parse(call_text);
	struct cg_told_call told = { .call = &call, .action = CG_ACTION_ERRNO | 1, .process = "python3", .tid = 1234 };
	struct cg_text text = { 0 };

	if (cg_tell_repeat(teller, &told))
		return false;
	for (unsigned int i = 0; i < 6; i++)
		if (path && cg_tell_wants_string(&call, i))
			told.strings[i] = path;
	assert_int_equal(cg_tell_add(teller, &told, &text), 0);
	snprintf(line, size, "%s", cg_text_get(&text));
	cg_text_done(&text);
	return line[0] != '\0';
}

static void test_a_kind_is_told_once(void **state)
{
	struct cg_teller teller = { 0 };
	struct cg_text text = { 0 };
	char line[512];

	assert_true(add(&teller, "socket(AF_INET, SOCK_STREAM, 0)", NULL, line, sizeof(line)));
	assert_string_equal(line, "denied socket(AF_INET, SOCK_STREAM, 0) -> ERRNO(EPERM)  by python3[1234]\n");
	assert_false(add(&teller, "socket(AF_INET, SOCK_STREAM, 0)", NULL, line, sizeof(line)));
	assert_true(add(&teller, "socket(AF_INET6, SOCK_STREAM, 0)", NULL, line, sizeof(line)));

	/* Paths, pointers and descriptors make no kind. */
	assert_true(add(&teller, "openat(AT_FDCWD, 0x1000, O_RDONLY, 0)", "/etc/sha\"dow\n", line, sizeof(line)));
	assert_non_null(strstr(line, "openat(AT_FDCWD, \"/etc/sha\\\"dow\\n\", O_RDONLY"));
	assert_false(add(&teller, "openat(7, 0x2000, O_RDONLY, 0)", "/etc/passwd", line, sizeof(line)));
	assert_true(add(&teller, "openat(7, 0x2000, O_RDWR, 0)", "/etc/passwd", line, sizeof(line)));

	cg_tell_summary(&teller, &text);
	assert_non_null(strstr(cg_text_get(&text), "6 calls of 4 kinds\n"));
	assert_non_null(strstr(cg_text_get(&text), "         2  denied      openat(..., ..., O_RDONLY"));
	assert_non_null(strstr(cg_text_get(&text), "         2  denied      socket(AF_INET, SOCK_STREAM, 0)"));
	assert_non_null(strstr(cg_text_get(&text), "         1  denied      openat(7, \"/etc/passwd\", O_RDWR"));
	cg_text_done(&text);
	cg_tell_done(&teller);
}

/* Bits that the kernel does not read make no kind either. */
static void test_unread_bits(void **state)
{
	struct cg_teller teller = { 0 };
	char line[512];

	assert_true(add(&teller, "socket(2, 1, 0)", NULL, line, sizeof(line)));
	assert_false(add(&teller, "socket(0xffffffff00000002, 1, 0)", NULL, line, sizeof(line)));
	cg_tell_done(&teller);
}

static void test_other_arches_and_unknown_numbers(void **state)
{
	struct cg_teller teller = { 0 };
	struct cg_call calls[] = { { .arch = cg_arch_find("x86")->token, .nr = 5 },
				   { .arch = cg_arch_find("x86_64")->token, .nr = 100000 },
				   { .arch = 0x12345678, .nr = 7 } };
	static const char *const names[] = { "x86:open(", "x86_64:100000(", "0x12345678:7(" };

	for (size_t i = 0; i < 3; i++) {
		struct cg_told_call told = { .call = &calls[i], .action = CG_ACTION_KILL_THREAD, .process = "p" };
		struct cg_text text = { 0 };

		assert_int_equal(cg_tell_add(&teller, &told, &text), 0);
		assert_non_null(strstr(cg_text_get(&text), names[i]));
		assert_non_null(strstr(cg_text_get(&text), "KILL_THREAD"));
		cg_text_done(&text);
	}
	cg_tell_done(&teller);
}

static void test_floods_are_cut_and_counted(void **state)
{
	struct cg_teller teller = { 0 };
	struct cg_text text = { 0 };
	char line[512], call[64];
	size_t n_told = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(call, sizeof(call), "socket(%d, 1, 0)", i);
		n_told += add(&teller, call, NULL, line, sizeof(line));
	}
	assert_int_equal(n_told, CG_TELL_KINDS_OF_CALL_LIMIT + 1);
	for (int i = 0; i < 1000; i++) {
		snprintf(call, sizeof(call), "x86_64:%d", 1000 + i);
		n_told += add(&teller, call, NULL, line, sizeof(line));
	}
	assert_int_equal(n_told, CG_TELL_KINDS_LIMIT);
	assert_int_equal(teller.n_calls, 2000);
	cg_tell_summary(&teller, &text);
	assert_non_null(strstr(cg_text_get(&text), "2000 calls of 200 kinds"));
	assert_non_null(strstr(cg_text_get(&text), "984  denied      socket(...) -> ERRNO(EPERM)\n"));
	assert_non_null(strstr(cg_text_get(&text), "817  calls of further kinds\n"));
	cg_text_done(&text);
	cg_tell_done(&teller);
}

static void test_nothing_denied_says_nothing(void **state)
{
	struct cg_teller teller = { 0 };
	struct cg_text text = { 0 };

	cg_tell_summary(&teller, &text);
	assert_int_equal(text.length, 0);
	cg_tell_done(&teller);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_kind_is_told_once),
		cmocka_unit_test(test_unread_bits),
		cmocka_unit_test(test_other_arches_and_unknown_numbers),
		cmocka_unit_test(test_floods_are_cut_and_counted),
		cmocka_unit_test(test_nothing_denied_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
