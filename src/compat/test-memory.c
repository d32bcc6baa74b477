/*
 * Running out of memory at every single allocation of a script over the whole API: each step answers 0 or -ENOMEM, a
 * step that failed has changed nothing, and nothing is lost (the sanitizers' part).
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "base/test-memory.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP(r, step) \
	do { \
		if ((r) == 0) \
			(r) = (step); \
	} while (0)

static int add_rules(scmp_filter_ctx ctx, int n)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(i % 7 + 1), SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, i),
				     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff, i));
	STEP(r, seccomp_rule_add(ctx, SCMP_ACT_KILL, SCMP_SYS(read), 0));
	STEP(r, seccomp_syscall_priority(ctx, SCMP_SYS(socket), 9));
	return r;
}

static int merge(scmp_filter_ctx ctx, scmp_filter_ctx other)
{
	int r = seccomp_arch_remove(other, SCMP_ARCH_NATIVE);

	STEP(r, seccomp_arch_add(other, SCMP_ARCH_ARM));
	STEP(r, add_rules(other, 3));
	STEP(r, seccomp_merge(ctx, other));
	return r;
}

static int change(scmp_filter_ctx ctx)
{
	int r = seccomp_arch_add(ctx, SCMP_ARCH_X86);

	STEP(r, seccomp_transaction_start(ctx));
	STEP(r, add_rules(ctx, 40));
	STEP(r, seccomp_transaction_start(ctx));
	STEP(r, seccomp_arch_remove(ctx, SCMP_ARCH_X86));
	if (r == 0)
		seccomp_transaction_reject(ctx);
	STEP(r, seccomp_transaction_commit(ctx));
	STEP(r, seccomp_arch_exist(ctx, SCMP_ARCH_X86));
	return r;
}

static int export(scmp_filter_ctx ctx, int fd)
{
	size_t size = 0;
	int r = seccomp_precompute(ctx);

	STEP(r, seccomp_export_bpf_mem(ctx, NULL, &size));
	STEP(r, seccomp_export_bpf(ctx, fd));
	STEP(r, seccomp_export_pfc(ctx, fd));
	return r;
}

static int script(void *fd)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	scmp_filter_ctx other = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx && other ? 0 : -ENOMEM;

	STEP(r, change(ctx));
	STEP(r, merge(ctx, other));
	STEP(r, export(ctx, *(int *)fd));
	STEP(r, seccomp_reset(ctx, SCMP_ACT_KILL));
	seccomp_release(ctx);
	seccomp_release(other);
	return r;
}

/* A step that ran out of memory can be made again, as if it had not been tried. */
static int again(void *unused)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t kept = test_n_until_failure;
	int r = ctx ? 0 : -ENOMEM;

	for (int i = 0; i < 200 && ctx; i++) {
		int added = seccomp_rule_add(ctx, SCMP_ACT_KILL, SCMP_SYS(read), 1, SCMP_A0(SCMP_CMP_EQ, i));

		if (added == 0)
			continue;
		assert_int_equal(added, -ENOMEM);
		r = added;
		test_n_until_failure = TEST_NEVER;
		assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRAP, SCMP_SYS(read), 1, SCMP_A0(SCMP_CMP_EQ, i)), 0);
		test_n_until_failure = kept;
	}
	test_n_until_failure = TEST_NEVER;
	seccomp_release(ctx);
	return r;
}

static void test_script(void **state)
{
	int fd = memfd_create("memory", 0);
	size_t n = fail_each(script, &fd);

	print_message("# %zu allocations failed\n", n);
	assert_true(n > 50);
	close(fd);
}

static void test_again(void **state)
{
	assert_true(fail_each(again, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
