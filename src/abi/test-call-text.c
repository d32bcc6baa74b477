/*
 * Calls from text and as text: golden pairs, and what is refused, with the place where.
 */
#include "abi/call_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As written on x86_64, and as printed. */
static const char *const pairs[][2] = {
	{ "socket(AF_INET, SOCK_STREAM, 0)", "socket(AF_INET, SOCK_STREAM, 0)" },
	{ "socket(2,1,0)", "socket(AF_INET, SOCK_STREAM, 0)" },
	{ "  socket ( AF_UNIX , SOCK_STREAM | SOCK_CLOEXEC )  ", "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)" },
	{ "read(0)", "read(0, NULL, 0)" },
	{ "read", "read(0, NULL, 0)" },
	{ "read()", "read(0, NULL, 0)" },
	{ "0(3, 0x1000, 10)", "read(3, 0x1000, 10)" },
	{ "read(0x100000000)", "read(0x100000000, NULL, 0)" },
	{ "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY)", "openat(AT_FDCWD, \"...\", O_RDONLY, 0)" },
	{ "openat(-100, \"a \\\" b\", O_WRONLY|O_CREAT, 0640)", "openat(AT_FDCWD, \"...\", O_WRONLY|O_CREAT, 0640)" },
	{ "openat(0xffffff9c, NULL)", "openat(AT_FDCWD, NULL, O_RDONLY, 0)" },
	{ "clone(CLONE_NEWUSER|SIGCHLD)", "clone(CLONE_NEWUSER|SIGCHLD, NULL, NULL, NULL, NULL)" },
	{ "mmap(0, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
	  "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)" },
	{ "futex(4096, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2)", "futex(0x1000, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0)" },
	{ "ioctl(0, TIOCSTI)", "ioctl(0, TIOCSTI, 0)" },
	{ "ioctl(0, 0x12345)", "ioctl(0, 0x12345, 0)" },
	{ "ioctl(0, TIOCSTI, 'a')", "ioctl(0, TIOCSTI, 97)" },
	{ "ioctl(0, TIOCSTI, '\\n')", "ioctl(0, TIOCSTI, 10)" },
	{ "kill(-1, SIGKILL)", "kill(-1, SIGKILL)" },
	{ "kill(0xffffffff, 9)", "kill(-1, SIGKILL)" },
	{ "chown(0, -1, 1000)", "chown(NULL, -1, 1000)" },
	{ "personality(0xffffffff)", "personality(0xffffffff)" },
	{ "lseek(3, -10, SEEK_END)", "lseek(3, -10, SEEK_END)" },
	{ "clock_gettime(-6)", "clock_gettime(-6, NULL)" },
	{ "add_key(0, 0, 0, 0, KEY_SPEC_PROCESS_KEYRING)", "add_key(NULL, NULL, NULL, 0, KEY_SPEC_PROCESS_KEYRING)" },
	{ "getpid()", "getpid()" },
	{ "mount", "mount(NULL, NULL, NULL, 0, NULL)" },
	{ "1234(1,2)", "x86_64:1234(1, 2)" },
	{ "x86_64:1234(0, 0, 0xfffff)", "x86_64:1234(0, 0, 0xfffff)" },
	{ "1234", "x86_64:1234()" },
	{ "-1", "x86_64:0xffffffff()" },
	{ "0xffffffff", "x86_64:0xffffffff()" },
	{ "x86:102(1)", "socketcall(SYS_SOCKET, NULL)" },
	{ "i386:socketcall(SYS_CONNECT)", "socketcall(SYS_CONNECT, NULL)" },
	{ "x32:read(0)", "read(0, NULL, 0)" },
	{ "x32:520", "execve(NULL, NULL, NULL)" },
	{ "x32:999", "x32:0x400003e7()" },
	{ "0x40000208", "execve(NULL, NULL, NULL)" },
	{ "mips:socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK)", "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)" },
	{ "s390x:clone(0, CLONE_VM|SIGCHLD)", "clone(NULL, CLONE_VM|SIGCHLD, NULL, NULL, NULL)" },
	{ "getsockopt(~0)", "getsockopt(-1, SOL_IP, 0, NULL, NULL)" },
	{ "afs_syscall(1, 2)", "afs_syscall(1, 2)" },
};

static void pairs_hold(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct cg_text text = { 0 };
		struct cg_call call, again;
		struct cg_err err = { 0 };

		if (cg_call_parse(arch, pairs[i][0], &call, &err) != 0)
			fail_msg("%s: %s: %s", pairs[i][0], err.place, err.message);
		cg_call_format(&text, &call);
		assert_string_equal(cg_text_get(&text), pairs[i][1]);

		/* What was printed is read as the same call where its arch is known from the text. */
		assert_int_equal(cg_call_parse(cg_arch_of_call(&call), cg_text_get(&text), &again, &err), 0);
		assert_int_equal(again.nr, call.nr);
		assert_int_equal(again.arch, call.arch);
		cg_text_done(&text);
	}
}

static void registers_are_filled(void **state)
{
	struct cg_call call;

	assert_int_equal(cg_call_parse(cg_arch_find("x86_64"), "x32:openat(AT_FDCWD, \"x\", 010|1, 'b')", &call, NULL), 0);
	assert_int_equal(call.arch, 0xc000003e);
	assert_int_equal(call.nr, 0x40000000 + 257);
	assert_true(call.ip == 0);
	assert_true(call.args[0] == (uint64_t)-100);
	assert_true(call.args[1] == CG_CALL_TEXT_POINTER);
	assert_int_equal(call.args[2], 9);
	assert_int_equal(call.args[3], 'b');
	assert_true(call.args[4] == 0 && call.args[5] == 0);
}

static const struct {
	const char *text;
	int code;
	const char *place;
	const char *word; /* of the message */
} refused[] = {
	{ "", -EINVAL, "column 1", "should stand here" },
	{ "(1)", -EINVAL, "column 1", "should stand here" },
	{ "soket(1)", -ENOENT, "column 1", "did you mean socket?" },
	{ "socketcall(1)", -ENOENT, "column 1", "x86_64 has no call" },
	{ "xyzzyxyzzy", -ENOENT, "column 1", "unknown call" },
	{ "4294967296", -EINVAL, "column 1", "32 bits" },
	{ "12ab", -EINVAL, "column 1", "no call number" },
	{ "x68_64:1", -EINVAL, "column 1", "did you mean x86_64?" },
	{ "x86:", -EINVAL, "column 5", "should stand here" },
	{ "x86:foo", -ENOENT, "column 5", "unknown call" },
	{ "read(1,2,3,4,5,6,7)", -EINVAL, "column 18", "six" },
	{ "read(0,)", -EINVAL, "column 8", "should stand here" },
	{ "read(0", -EINVAL, "column 7", "')'" },
	{ "read(0))", -EINVAL, "column 8", "nothing should follow" },
	{ "read 0", -EINVAL, "column 6", "nothing should follow" },
	{ "socket(AF_INTE)", -EINVAL, "column 8", "did you mean AF_INET?" },
	{ "socket(AF_INET|)", -EINVAL, "column 16", "should stand here" },
	{ "socket(1 2)", -EINVAL, "column 10", "',' or ')'" },
	{ "read(18446744073709551616)", -EINVAL, "column 6", "64 bits" },
	{ "read(-9223372036854775809)", -EINVAL, "column 6", "below" },
	{ "read(0x)", -EINVAL, "column 6", "64 bits" },
	{ "read(08)", -EINVAL, "column 6", "64 bits" },
	{ "read(5-3)", -EINVAL, "column 6", "joined" },
	{ "open(\"abc)", -EINVAL, "column 6", "no end" },
	{ "open(\"abc\\\")", -EINVAL, "column 6", "no end" },
	{ "open(\"abc\\", -EINVAL, "column 6", "no end" },
	{ "ioctl(0, 'ab')", -EINVAL, "column 10", "character" },
	{ "ioctl(0, '", -EINVAL, "column 10", "character" },
	{ "aarch64:mmap(0, 0, 0, MAP_32BIT)", -EINVAL, "column 23", "no value on this architecture" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -EINVAL, "column 1", "longer" },
	{ "re\xc3\xa4" "d(0)", -ENOENT, "column 1", "unknown call" },
};

static void bad_text_is_refused_with_its_place(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct cg_call call = { .nr = 77 };
		struct cg_err err = { 0 };
		int r = cg_call_parse(arch, refused[i].text, &call, &err);

		if (r != refused[i].code || strcmp(err.place, refused[i].place) != 0 ||
		    !strstr(err.message, refused[i].word))
			fail_msg("%s: %d %s: %s", refused[i].text, r, err.place, err.message);
		assert_int_equal(call.nr, 77);
		assert_int_equal(cg_call_parse(arch, refused[i].text, &call, NULL), refused[i].code);
	}
}

static void text_has_a_limit(void **state)
{
	static char text[70000];
	struct cg_call call;
	struct cg_err err = { 0 };
	uint64_t value;

	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, "read(1", 6);
	text[65535] = ')';
	text[65536] = '\0';
	assert_int_equal(cg_call_parse(cg_arch_native(), text, &call, &err), 0);
	text[65536] = ' ';
	text[65537] = '\0';
	assert_int_equal(cg_call_parse(cg_arch_native(), text, &call, &err), -EINVAL);
	assert_non_null(strstr(err.message, "65536"));
	assert_int_equal(cg_call_parse_value(cg_arch_native(), text, 65537, &value, &err), -EINVAL);
}

static void values_are_read_alone(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_err err = { 0 };
	uint64_t value = 1;

	assert_int_equal(cg_call_parse_value(arch, "AF_INET6)", 8, &value, &err), 0);
	assert_int_equal(value, 10);
	assert_int_equal(cg_call_parse_value(arch, " 0x10 | 1 ", 10, &value, &err), 0);
	assert_int_equal(value, 0x11);
	assert_int_equal(cg_call_parse_value(arch, "-9223372036854775808", 20, &value, &err), 0);
	assert_true(value == (uint64_t)1 << 63);
	assert_int_equal(cg_call_parse_value(arch, "1,2", 3, &value, &err), -EINVAL);
	assert_string_equal(err.place, "column 2");
	assert_int_equal(cg_call_parse_value(arch, "", 0, &value, &err), -EINVAL);
	assert_true(value == (uint64_t)1 << 63);
}

static void calls_of_unknown_arches_are_shown(void **state)
{
	struct cg_call call = { .arch = 0x1234, .nr = 5, .args = { 0, 3 } };
	struct cg_text text = { 0 };

	cg_call_format(&text, &call);
	assert_string_equal(cg_text_get(&text), "0x1234:5(0, 3)");
	cg_text_done(&text);
}

/* Every argument of every call of every arch can be printed, whatever the register holds. */
static void every_argument_is_printed(void **state)
{
	static const uint64_t values[] = { 0, 1, 17, 0xff, 0xffffffff, (uint64_t)-1, (uint64_t)-100, 0x123456789abcdef };
	struct cg_text text = { 0 };

	for (size_t a = 0; a < cg_n_arches; a++) {
		for (size_t i = 0; i < cg_arches[a].n_rows; i++) {
			for (unsigned int k = 0; k < 6 * 8; k++) {
				cg_text_clear(&text);
				cg_call_format_arg(&text, &cg_arches[a], cg_arches[a].rows[i].nr, k / 8, values[k % 8]);
				assert_true(text.length > 0);
			}
		}
	}
	assert_false(text.has_failed);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_hold),
		cmocka_unit_test(registers_are_filled),
		cmocka_unit_test(bad_text_is_refused_with_its_place),
		cmocka_unit_test(text_has_a_limit),
		cmocka_unit_test(values_are_read_alone),
		cmocka_unit_test(calls_of_unknown_arches_are_shown),
		cmocka_unit_test(every_argument_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
