/*
 * The tables themselves: sorted, unique, complete, the same both ways round; and the facts and judgements in them that
 * others rely on.
 */
#include "abi/syscalls.h"

#include "abi/constants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_are_sorted_and_unique(void **state)
{
	assert_true(cg_n_syscalls > 480);
	for (size_t i = 1; i < cg_n_syscalls; i++)
		assert_true(strcmp(cg_syscalls[i - 1].name, cg_syscalls[i].name) < 0);
	for (size_t i = 0; i < cg_n_syscalls; i++)
		assert_ptr_equal(cg_syscall_find(cg_syscalls[i].name), &cg_syscalls[i]);
	assert_null(cg_syscall_find(""));
	assert_null(cg_syscall_find("opena"));
	assert_null(cg_syscall_find("zzz"));
}

static void numbers_and_names_agree_both_ways(void **state)
{
	for (size_t a = 0; a < cg_n_arches; a++) {
		const struct cg_arch *arch = &cg_arches[a];

		for (size_t i = 0; i < arch->n_rows; i++) {
			uint32_t nr = 0;

			assert_true(i == 0 || arch->rows[i - 1].nr < arch->rows[i].nr);
			assert_ptr_equal(cg_syscall_of_nr(arch, arch->rows[i].nr), &cg_syscalls[arch->rows[i].call]);
			assert_true(cg_syscall_number(arch, cg_syscalls[arch->rows[i].call].name, &nr));
			assert_int_equal(nr, arch->rows[i].nr);
			assert_int_equal(arch->is_x32, cg_nr_is_x32(nr));
		}
		assert_int_equal(cg_syscall_count(arch), arch->n_rows);
		assert_null(cg_syscall_of_nr(arch, CG_NR_SKIPPED));
		assert_false(cg_syscall_number(arch, "no_such_call", &(uint32_t){ 0 }));
	}
}

static uint32_t number(const char *arch, const char *name)
{
	uint32_t nr = CG_NR_SKIPPED;

	cg_syscall_number(cg_arch_find(arch), name, &nr);
	return nr;
}

static void some_numbers_that_everybody_knows(void **state)
{
	assert_int_equal(number("x86_64", "read"), 0);
	assert_int_equal(number("x86_64", "execve"), 59);
	assert_int_equal(number("x86_64", "uprobe"), 336);
	assert_int_equal(number("x86_64", "rseq_slice_yield"), 471);
	assert_int_equal(number("x32", "execve"), 0x40000000 + 520);
	assert_int_equal(number("x32", "read"), 0x40000000);
	assert_int_equal(number("x86", "socketcall"), 102);
	assert_int_equal(number("x86_64", "socketcall"), CG_NR_SKIPPED);
	assert_int_equal(number("aarch64", "openat"), 56);
	assert_int_equal(number("arm", "set_tls"), 0xf0005);
	assert_int_equal(number("mips", "read"), 4003);
	assert_int_equal(number("mipsel64", "read"), 5000);
	assert_int_equal(number("mips64n32", "read"), 6000);
	assert_int_equal(number("riscv64", "riscv_flush_icache"), 259);
	assert_int_equal(number("s390", "file_setattr"), 469);
	assert_int_equal(number("s390", "listns"), CG_NR_SKIPPED);
	assert_int_equal(number("ppc64le", "rtas"), 255);
}

static void newer_numbers_are_the_same_everywhere(void **state)
{
	for (size_t a = 0; a < cg_n_arches; a++) {
		uint32_t nr = 0, base = number(cg_arches[a].name, "pidfd_send_signal") - 424;

		assert_true(cg_syscall_number(&cg_arches[a], "io_uring_setup", &nr));
		assert_int_equal(nr - base, 425);
		assert_true(cg_syscall_number(&cg_arches[a], "mseal", &nr));
		assert_int_equal(nr - base, 462);
	}
}

static void versions_are_known_from_403_on(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86");

	for (size_t i = 0; i < arch->n_rows; i++) {
		const struct cg_syscall *call = &cg_syscalls[arch->rows[i].call];

		if (arch->rows[i].nr >= 403 && (call->since[0] < '5' || call->since[1] != '.'))
			fail_msg("%s: since '%s'", call->name, call->since);
	}
	assert_string_equal(cg_syscall_find("openat2")->since, "5.6");
	assert_string_equal(cg_syscall_find("read")->since, "1.0");
}

/* Reserved or long gone, and never to be called: nobody knows what arguments they would take. */
static bool is_never_implemented(const char *name)
{
	static const char *const names[] = { "afs_syscall", "getpmsg", "putpmsg", "security", "tuxcall", "vserver" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void native_calls_have_arguments(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");

	for (size_t i = 0; i < arch->n_rows; i++) {
		const struct cg_syscall *call = cg_syscall_of_nr(arch, arch->rows[i].nr);

		if ((call->n_args < 0) != is_never_implemented(call->name))
			fail_msg("%s has %d arguments", call->name, call->n_args);
		assert_int_equal(cg_syscall_n_args(arch, arch->rows[i].nr), call->n_args);
		for (int arg = 0; arg < call->n_args; arg++)
			assert_ptr_equal(cg_syscall_arg(arch, arch->rows[i].nr, (unsigned int)arg), &call->args[arg]);
	}
}

static void check_argument(const char *call, const struct cg_arg_info *info)
{
	bool has_names = info->kind == CG_ARG_FLAGS || info->kind == CG_ARG_ENUM;

	if (!info->name || !*info->name || !info->type || !*info->type)
		fail_msg("%s: an argument without name or type", call);
	if (info->width != 8 && info->width != 4 && info->width != 2)
		fail_msg("%s %s: width %u", call, info->name, info->width);
	if (has_names != !!info->set)
		fail_msg("%s %s: a set where none should be, or none", call, info->name);
	if (strchr(info->type, '*') && info->width != 8)
		fail_msg("%s %s: a pointer of width %u", call, info->name, info->width);
	if (info->kind == CG_ARG_MODE && info->width > 4)
		fail_msg("%s %s: a mode of width %u", call, info->name, info->width);
}

static void arguments_are_complete(void **state)
{
	for (size_t a = 0; a < cg_n_arches; a++) {
		for (size_t i = 0; i < cg_arches[a].n_rows; i++) {
			uint32_t nr = cg_arches[a].rows[i].nr;
			int n_args = cg_syscall_n_args(&cg_arches[a], nr);

			assert_in_range(n_args + 1, 0, 7);
			for (int arg = 0; arg < n_args; arg++)
				check_argument(cg_syscall_of_nr(&cg_arches[a], nr)->name,
					       cg_syscall_arg(&cg_arches[a], nr, (unsigned int)arg));
		}
	}
}

static void widths_are_those_of_the_kernel(void **state)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");

	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "socket"), 0)->width, 4);
	assert_string_equal(cg_syscall_arg(arch, number("x86_64", "socket"), 0)->name, "domain");
	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "ioctl"), 1)->width, 4);
	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "prctl"), 1)->width, 8);
	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "mprotect"), 2)->width, 8);
	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "chmod"), 1)->width, 2);
	assert_int_equal(cg_syscall_arg(arch, number("x86_64", "clone"), 0)->width, 4);
	assert_null(cg_syscall_arg(arch, number("x86_64", "socket"), 3));
	assert_null(cg_syscall_arg(arch, 5000, 0));
	assert_int_equal(cg_syscall_n_args(arch, 5000), -1);
}

static void arguments_differ_where_arches_do(void **state)
{
	assert_string_equal(cg_syscall_arg(cg_arch_find("x86_64"), number("x86_64", "clone"), 3)->name, "child_tidptr");
	assert_string_equal(cg_syscall_arg(cg_arch_find("x86"), number("x86", "clone"), 3)->name, "tls");
	assert_string_equal(cg_syscall_arg(cg_arch_find("s390x"), number("s390x", "clone"), 1)->name, "flags");
	assert_int_equal(cg_syscall_n_args(cg_arch_find("x86"), number("x86", "mmap")), 1);
	assert_int_equal(cg_syscall_n_args(cg_arch_find("x86_64"), number("x86_64", "mmap")), 6);
}

static void every_set_of_an_argument_has_constants(void **state)
{
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		for (int arg = 0; arg < cg_syscalls[i].n_args; arg++) {
			const char *set = cg_syscalls[i].args[arg].set;
			size_t n = 0;

			for (size_t c = 0; set && c < cg_n_constants; c++)
				n += strcmp(cg_constant_at(c).set, set) == 0;
			if (set && n == 0)
				fail_msg("%s: set %s is empty", cg_syscalls[i].name, set);
		}
	}
}

static void check_tier(enum cg_tier tier, const char *const *names)
{
	for (; *names; names++) {
		const struct cg_syscall *call = cg_syscall_find(*names);

		if (!call || call->tier != tier || strlen(call->reason) < 20)
			fail_msg("%s is not %s, or has no reason", *names, cg_tier_name(tier));
	}
}

static void risk_is_named_and_has_a_reason(void **state)
{
	static const char *const critical[] = { "mount", "umount2", "reboot", "kexec_load", "kexec_file_load",
						"init_module", "finit_module", "delete_module", "pivot_root",
						"move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree",
						"mount_setattr", "open_by_handle_at", "iopl", "ioperm", NULL };
	static const char *const high[] = { "ptrace", "bpf", "unshare", "setns", "userfaultfd", "settimeofday",
					    "clock_settime", "io_uring_setup", "io_uring_enter", "io_uring_register",
					    "process_vm_readv", "process_vm_writev", "pidfd_getfd", NULL };
	static const char *const medium[] = { "swapon", "swapoff", "acct", "add_key", "keyctl", "request_key",
					      "perf_event_open", "personality", "clone", "clone3", "kcmp", NULL };

	check_tier(CG_TIER_CRITICAL, critical);
	check_tier(CG_TIER_HIGH, high);
	check_tier(CG_TIER_MEDIUM, medium);
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		assert_int_equal(cg_syscalls[i].tier == CG_TIER_NONE, cg_syscalls[i].reason[0] == '\0');
		assert_true(cg_syscalls[i].category < CG_N_CATEGORIES);
	}
	assert_int_equal(cg_syscall_find("read")->tier, CG_TIER_NONE);
	assert_int_equal(cg_syscall_find("read")->category, CG_CATEGORY_FILE);
	assert_string_equal(cg_category_title(CG_CATEGORY_FILE), "file I/O");
	assert_string_equal(cg_category_key(CG_CATEGORY_MULTIPLEXING), "multiplexing");
}

static bool has_member(const struct cg_group *group, const char *name)
{
	for (size_t i = 0; i < group->n_names; i++) {
		if (strcmp(group->names[i], name) == 0)
			return true;
	}
	return false;
}

static void groups_hold_calls_that_exist(void **state)
{
	for (size_t g = 0; g < cg_n_groups; g++) {
		const struct cg_group *group = &cg_groups[g];

		assert_true(group->n_names > 0 && strlen(group->meaning) > 10);
		assert_ptr_equal(cg_group_find(group->name), group);
		for (size_t i = 0; i < group->n_names; i++) {
			assert_non_null(cg_syscall_find(group->names[i]));
			assert_true(i == 0 || strcmp(group->names[i - 1], group->names[i]) < 0);
		}
	}
}

static void groups_mean_what_they_say(void **state)
{
	static const char *const must_exist[] = { "@stdio", "@file-read", "@file-write", "@network", "@threads",
						  "@memory", "@signals", "@time", "@exec", "@exit", "@libc-start",
						  "@sandbox", "@file", "@process", "@multiplexing", "@other",
						  "@critical", "@high", "@medium" };

	for (size_t i = 0; i < sizeof(must_exist) / sizeof(must_exist[0]); i++)
		assert_non_null(cg_group_find(must_exist[i]));
	assert_true(has_member(cg_group_find("critical"), "mount"));
	assert_false(has_member(cg_group_find("@file"), "mount"));
	assert_false(has_member(cg_group_find("@time"), "settimeofday"));
	assert_true(has_member(cg_group_find("@stdio"), "exit_group"));
	assert_false(has_member(cg_group_find("@stdio"), "openat"));
	assert_true(has_member(cg_group_find("@file-read"), "openat"));
	assert_null(cg_group_find("@stdioo"));
	assert_string_equal(cg_group_suggest("@stdioo"), "stdio");
	assert_null(cg_group_find(""));
}

static void groups_for_policies_hold_nothing_critical(void **state)
{
	static const char *const safe[] = { "stdio", "file-read", "file-write", "libc-start", "exit", "threads",
					    "network-client", "network-server", "identity", "loader", "spawn", "ipc" };

	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++) {
		const struct cg_group *group = cg_group_find(safe[i]);

		for (size_t k = 0; k < group->n_names; k++)
			assert_true(cg_syscall_find(group->names[k])->tier < CG_TIER_HIGH);
	}
}

static void suggests_names(void **state)
{
	assert_string_equal(cg_syscall_suggest("soket"), "socket");
	assert_string_equal(cg_syscall_suggest("opanat"), "openat");
	assert_null(cg_syscall_suggest("completely_different_thing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_sorted_and_unique),
		cmocka_unit_test(numbers_and_names_agree_both_ways),
		cmocka_unit_test(some_numbers_that_everybody_knows),
		cmocka_unit_test(newer_numbers_are_the_same_everywhere),
		cmocka_unit_test(versions_are_known_from_403_on),
		cmocka_unit_test(native_calls_have_arguments),
		cmocka_unit_test(arguments_are_complete),
		cmocka_unit_test(widths_are_those_of_the_kernel),
		cmocka_unit_test(arguments_differ_where_arches_do),
		cmocka_unit_test(every_set_of_an_argument_has_constants),
		cmocka_unit_test(risk_is_named_and_has_a_reason),
		cmocka_unit_test(groups_hold_calls_that_exist),
		cmocka_unit_test(groups_mean_what_they_say),
		cmocka_unit_test(groups_for_policies_hold_nothing_critical),
		cmocka_unit_test(suggests_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
