/*
 * Rules: what is refused and how, what they come to on other architectures, what a filter of them answers.
 */
#include "compat/test-support.h"

#include "policy/eval.h"

#include <errno.h>
#include <string.h>

static void test_refused(void **state)
{
	struct scmp_arg_cmp seven[7];
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, seccomp_arch_native());
	int read = SCMP_SYS(read);

	for (int i = 0; i < 7; i++)
		seven[i] = SCMP_CMP((unsigned int)i % 6, SCMP_CMP_EQ, 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, read, 0), -EACCES);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, -1, 0), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, -99, 0), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, -100, 0), 0);
	assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_KILL, -100, 0), -EDOM);
	assert_int_equal(seccomp_rule_add_array(ctx, SCMP_ACT_KILL, read, 1, NULL), -EINVAL);
	assert_int_equal(seccomp_rule_add_array(ctx, SCMP_ACT_KILL, read, 7, seven), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 1, SCMP_CMP(6, SCMP_CMP_EQ, 0)), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 1, SCMP_A0(_SCMP_CMP_MIN, 0)), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 1, SCMP_A0(_SCMP_CMP_MAX, 0)), -EINVAL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 2, SCMP_A0(SCMP_CMP_GE, 1),
					  SCMP_A0(SCMP_CMP_LE, 2)),
			 -EINVAL);
	assert_int_equal(seccomp_rule_add_array(ctx, SCMP_ACT_KILL, read, 6, seven), 0);
	seccomp_release(ctx);
}

static void test_the_same_again(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);
	int read = SCMP_SYS(read);
	int write = SCMP_SYS(write);

	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 2, SCMP_A1(SCMP_CMP_EQ, 6),
					  SCMP_A0(SCMP_CMP_EQ, 5)),
			 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 2, SCMP_A0(SCMP_CMP_EQ, 5),
					  SCMP_A1(SCMP_CMP_EQ, 6)),
			 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, read, 2, SCMP_A0(SCMP_CMP_EQ, 5),
					  SCMP_A1(SCMP_CMP_EQ, 6)),
			 -EEXIST);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, read, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, 0xf, 0x13)), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, 0xf, 0x3)), -EEXIST);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, write, 0), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, write, 0), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, write, 1, SCMP_A0(SCMP_CMP_EQ, 1)), 0);
	assert_int_equal(test_answer_to(ctx, "x86_64", "write", 1), SCMP_ACT_KILL);
	assert_int_equal(test_answer_to(ctx, "x86_64", "read", 0x103), SCMP_ACT_TRAP);
	seccomp_release(ctx);
}

/* On a 32-bit architecture two data that differ above bit 31 are one; a refusal there leaves nothing elsewhere. */
static void test_all_or_nothing(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);
	int read = SCMP_SYS(read);

	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, read, 1, SCMP_A0_64(SCMP_CMP_EQ, 5)), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, read, 1, SCMP_A0_64(SCMP_CMP_EQ, 0x100000005)), -EEXIST);
	assert_int_equal(test_answer_to(ctx, "x86_64", "read", 0x100000005), SCMP_ACT_ALLOW);
	assert_int_equal(test_answer_to(ctx, "x86", "read", 0x100000005), SCMP_ACT_KILL);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, 99999, 0), -EFAULT);
	assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_KILL, read, 0), -EOPNOTSUPP);
	assert_int_equal(seccomp_syscall_priority(ctx, 99999, 3), -EFAULT);
	assert_int_equal(seccomp_syscall_priority(ctx, -2, 3), -EINVAL);
	assert_int_equal(seccomp_syscall_priority(ctx, read, 3), 0);
	assert_int_equal(seccomp_syscall_priority(ctx, read, 7), 0);
	assert_int_equal(test_answer_to(ctx, "x86_64", "read", 5), SCMP_ACT_KILL);
	seccomp_release(ctx);
}

static void test_skipped(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);

	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_API_TSKIP, 1), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(3), -1, 0), 0);
	assert_int_equal(test_answer(ctx, cg_arch_find("x86_64"), UINT32_MAX, NULL), SCMP_ACT_ERRNO(3));
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(3), -2, 0), -EINVAL);
	seccomp_release(ctx);
}

/* One rule on socket: the direct call, and socketcall(SYS_SOCKET, …) for each architecture that has it. */
static void test_multiplexed(void **state)
{
	static const char *const names[] = { "x86", "s390", "s390x", "ppc", "ppc64", "ppc64le",
					     "mips", "mipsel", "m68k", "sh", "sheb" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct cg_arch *arch = cg_arch_find(names[i]);
		scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, arch->scmp_token);
		int socket = seccomp_syscall_resolve_name("socket");
		uint32_t socketcall;

		assert_true(cg_syscall_number(arch, "socketcall", &socketcall));
		assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_KILL, socket, 1, SCMP_A0(SCMP_CMP_EQ, 2)),
				 -EINVAL);
		assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(1), socket, 2, SCMP_A0(SCMP_CMP_EQ, 2),
						  SCMP_A1(SCMP_CMP_EQ, 3)),
				 0);
		assert_int_equal(test_answer(ctx, arch, socketcall, (const uint64_t[6]){ 1, 3 }), SCMP_ACT_ERRNO(1));
		assert_int_equal(test_answer(ctx, arch, socketcall, (const uint64_t[6]){ 1, 4 }), SCMP_ACT_ALLOW);
		assert_int_equal(test_answer(ctx, arch, socketcall, (const uint64_t[6]){ 2, 3 }), SCMP_ACT_ALLOW);
		assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_ERRNO(2), socket, 0), 0);
		assert_int_equal(test_answer_to(ctx, names[i], "socketcall", 1), SCMP_ACT_ERRNO(2));
		assert_int_equal(test_answer_to(ctx, names[i], "socket", 9), SCMP_ACT_ERRNO(2));
		assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(4), seccomp_syscall_resolve_name("shmat"), 0), 0);
		assert_int_equal(test_answer_to(ctx, names[i], "ipc", 21), SCMP_ACT_ERRNO(4));
		assert_int_equal(test_answer_to(ctx, names[i], "ipc", 22), SCMP_ACT_ALLOW);
		seccomp_release(ctx);
	}
}

/* parisc has neither: the plain call, with its comparisons, exactly if so asked. */
static void test_not_multiplexed(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_PARISC);
	int socket = seccomp_syscall_resolve_name("socket");

	assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_TRAP, socket, 1, SCMP_A0(SCMP_CMP_EQ, 2)), 0);
	assert_int_equal(test_answer_to(ctx, "parisc", "socket", 2), SCMP_ACT_TRAP);
	assert_int_equal(test_answer_to(ctx, "parisc", "socket", 1), SCMP_ACT_ALLOW);
	seccomp_release(ctx);
}

/* A call that the architecture lacks: nothing there, or a refusal where it must be exact. */
static void test_lacking(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_RISCV64);
	int open = seccomp_syscall_resolve_name("open");

	if (seccomp_arch_native() == SCMP_ARCH_RISCV64)
		assert_true(open < 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, open, 0), 0);
	assert_int_equal(seccomp_rule_add_exact(ctx, SCMP_ACT_KILL, open, 0), -EDOM);
	seccomp_release(ctx);
}

static void test_many(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ERRNO(1), SCMP_ARCH_X86_64);
	int ioctl = seccomp_syscall_resolve_name("ioctl");
	size_t n = 0;
	int r = 0;

	for (; r == 0; n++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, ioctl, 1, SCMP_A1(SCMP_CMP_EQ, 5 * n));
	assert_int_equal(r, -ENOMEM);
	assert_int_equal(n - 1, 1 << 20);
	assert_int_equal(seccomp_precompute(ctx), -ECANCELED); /* no kernel takes that many */
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(read), 0), -ENOMEM);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1), 0);
	assert_int_equal(seccomp_precompute(ctx), -EINVAL);
	seccomp_release(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	       cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_all_or_nothing), cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_multiplexed),    cmocka_unit_test(test_not_multiplexed),
		cmocka_unit_test(test_lacking),	       cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
