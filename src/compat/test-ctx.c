/*
 * Contexts, attributes, architectures, merging and transactions, by the API alone.
 */
#include "compat/test-support.h"

#include "compat/handle.h"

#include <errno.h>

static void test_handles(void **state)
{
	scmp_filter_ctx first = seccomp_init(SCMP_ACT_ALLOW);
	scmp_filter_ctx second;
	int local = 0;

	assert_non_null(first);
	assert_int_equal(seccomp_arch_exist(first, SCMP_ARCH_NATIVE), 0);
	seccomp_release(first);
	seccomp_release(first);
	second = seccomp_init(SCMP_ACT_ALLOW);
	assert_ptr_not_equal(first, second);
	assert_int_equal(seccomp_rule_add(first, SCMP_ACT_KILL, SCMP_SYS(read), 0), -EINVAL);
	assert_int_equal(seccomp_load(first), -EINVAL);
	assert_int_equal(seccomp_arch_exist(first, SCMP_ARCH_NATIVE), -EINVAL);
	assert_int_equal(seccomp_merge(second, first), -EINVAL);
	assert_int_equal(seccomp_reset(first, SCMP_ACT_KILL), -EINVAL);
	assert_int_equal(seccomp_reset(&local, SCMP_ACT_KILL), -EINVAL);
	assert_int_equal(seccomp_transaction_commit((void *)5), -EINVAL);
	assert_int_equal(seccomp_transaction_commit((void *)UINTPTR_MAX), -EINVAL);
	seccomp_release(NULL);
	seccomp_release(second);
}

static void test_handles_end(void **state)
{
	static void *handles[CG_HANDLES_LIMIT + 1];
	size_t n = 0;

	do
		handles[n] = cg_handle_new(&handles[n]);
	while (handles[n] && n++ < CG_HANDLES_LIMIT);
	assert_true(n <= CG_HANDLES_LIMIT && n >= CG_HANDLES_LIMIT - 16);
	assert_null(seccomp_init(SCMP_ACT_ALLOW));
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(cg_handle_end(handles[i]), &handles[i]);
	for (size_t i = 0; i < n; i++)
		assert_null(cg_handle_get(handles[i]));
}

static void test_actions(void **state)
{
	static const struct {
		uint32_t action;
		int is_valid;
	} rows[] = {
		{ SCMP_ACT_KILL_PROCESS, 1 }, { SCMP_ACT_KILL, 1 },	    { SCMP_ACT_TRAP, 1 },
		{ SCMP_ACT_ERRNO(0), 1 },     { SCMP_ACT_ERRNO(4094), 1 },  { SCMP_ACT_ERRNO(4095), 0 },
		{ SCMP_ACT_TRACE(65535), 1 }, { SCMP_ACT_LOG, 1 },	    { SCMP_ACT_ALLOW, 1 },
		{ SCMP_ACT_NOTIFY, 1 },	      { SCMP_ACT_TRAP | 7, 1 },	    { SCMP_ACT_ALLOW | 1, 0 },
		{ SCMP_ACT_KILL | 1, 0 },     { SCMP_ACT_NOTIFY | 1, 0 },   { SCMP_ACT_LOG | 1, 0 },
		{ 0x12345678, 0 },	      { SCMP_ACT_KILL_PROCESS | 1, 0 },
	};
	unsigned int level = seccomp_api_get();

	assert_int_equal(seccomp_api_set(7), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scmp_filter_ctx ctx = seccomp_init(rows[i].action);
		scmp_filter_ctx other = seccomp_init(SCMP_ACT_ERRNO(77));

		assert_int_equal(ctx != NULL, rows[i].is_valid);
		assert_int_equal(seccomp_rule_add(other, rows[i].action, SCMP_SYS(read), 0),
				 rows[i].is_valid ? 0 : -EINVAL);
		assert_int_equal(seccomp_reset(other, rows[i].action), rows[i].is_valid ? 0 : -EINVAL);
		seccomp_release(ctx);
		seccomp_release(other);
	}
	assert_int_equal(seccomp_api_set(2), 0);
	assert_null(seccomp_init(SCMP_ACT_LOG));
	assert_null(seccomp_init(SCMP_ACT_KILL_PROCESS));
	assert_null(seccomp_init(SCMP_ACT_NOTIFY));
	assert_int_equal(seccomp_api_set(level), 0);
}

static void test_attributes(void **state)
{
	static const struct {
		enum scmp_filter_attr attr;
		uint32_t value;
		int r;
		uint32_t then;
	} rows[] = {
		{ SCMP_FLTATR_ACT_DEFAULT, SCMP_ACT_KILL, -EACCES, SCMP_ACT_ALLOW },
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP, 0, SCMP_ACT_TRAP },
		{ SCMP_FLTATR_ACT_BADARCH, 1, -EINVAL, SCMP_ACT_TRAP },
		{ SCMP_FLTATR_CTL_NNP, 0, 0, 0 },
		{ SCMP_FLTATR_CTL_NNP, 7, 0, 1 },
		{ SCMP_FLTATR_CTL_TSYNC, 1, 0, 1 },
		{ SCMP_FLTATR_API_TSKIP, 1, 0, 1 },
		{ SCMP_FLTATR_CTL_LOG, 1, 0, 1 },
		{ SCMP_FLTATR_CTL_SSB, 1, 0, 1 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, 0, -EOPNOTSUPP, 1 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, 2, 0, 2 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, 3, -EOPNOTSUPP, 2 },
		{ SCMP_FLTATR_API_SYSRAWRC, 1, 0, 1 },
		{ SCMP_FLTATR_CTL_WAITKILL, 1, 0, 1 },
	};
	unsigned int level = seccomp_api_get();
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	uint32_t value = 9;

	assert_int_equal(seccomp_api_set(7), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(seccomp_attr_set(ctx, rows[i].attr, rows[i].value), rows[i].r);
		assert_int_equal(seccomp_attr_get(ctx, rows[i].attr, &value), 0);
		assert_int_equal(value, rows[i].then);
	}
	value = 9;
	assert_int_equal(seccomp_attr_get(ctx, _SCMP_FLTATR_MAX, &value), -EINVAL);
	assert_int_equal(seccomp_attr_get(ctx, (enum scmp_filter_attr)-1, &value), -EINVAL);
	assert_int_equal(seccomp_attr_get(ctx, SCMP_FLTATR_CTL_NNP, NULL), -EINVAL);
	assert_int_equal(value, 9);
	assert_int_equal(seccomp_api_set(1), 0);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 0), -EOPNOTSUPP);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_WAITKILL, 1), -EOPNOTSUPP);
	assert_int_equal(seccomp_api_set(level), 0);
	seccomp_release(ctx);
}

static void test_arches(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);

	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86_64), -EEXIST);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_PPC64), -EDOM);
	assert_int_equal(seccomp_arch_add(ctx, 1), -EINVAL);
	assert_int_equal(seccomp_arch_exist(ctx, SCMP_ARCH_X86), -EEXIST);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(1), SCMP_SYS(read), 0), 0);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(2), SCMP_SYS(write), 0), 0);
	assert_int_equal(test_answer_to(ctx, "x86_64", "read", 0), SCMP_ACT_ERRNO(1));
	assert_int_equal(test_answer_to(ctx, "x86", "read", 0), SCMP_ACT_ALLOW);
	assert_int_equal(test_answer_to(ctx, "x86", "write", 0), SCMP_ACT_ERRNO(2));
	assert_int_equal(test_answer_to(ctx, "x32", "write", 0), SCMP_ACT_KILL);
	assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_X86), 0);
	assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_X86), -EEXIST);
	assert_int_equal(test_answer_to(ctx, "x86", "write", 0), SCMP_ACT_KILL);
	assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_X86_64), 0);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_KILL, SCMP_SYS(read), 0), -EINVAL);
	assert_int_equal(seccomp_precompute(ctx), -EINVAL);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_PPC64), 0);
	assert_int_equal(test_answer_to(ctx, "ppc64", "read", 0), SCMP_ACT_ALLOW);
	seccomp_release(ctx);
}

static void test_merge(void **state)
{
	scmp_filter_ctx dst = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86);
	scmp_filter_ctx src = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);
	scmp_filter_ctx other = test_ctx(SCMP_ACT_KILL, SCMP_ARCH_ARM);
	scmp_filter_ctx big = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_S390X);

	assert_int_equal(seccomp_rule_add(src, SCMP_ACT_ERRNO(1), SCMP_SYS(read), 0), 0);
	assert_int_equal(seccomp_merge(dst, other), -EINVAL);
	assert_int_equal(seccomp_merge(dst, big), -EDOM);
	assert_int_equal(seccomp_merge(dst, dst), -EEXIST);
	assert_int_equal(seccomp_merge(dst, NULL), -EINVAL);
	assert_int_equal(seccomp_transaction_start(src), 0);
	assert_int_equal(seccomp_merge(dst, src), 0);
	assert_int_equal(seccomp_arch_exist(src, SCMP_ARCH_X86_64), -EINVAL);
	assert_int_equal(test_answer_to(dst, "x86_64", "read", 0), SCMP_ACT_ERRNO(1));
	assert_int_equal(test_answer_to(dst, "x86", "read", 0), SCMP_ACT_ALLOW);
	seccomp_release(dst);
	seccomp_release(other);
	seccomp_release(big);
}

static void test_transactions(void **state)
{
	scmp_filter_ctx ctx = test_ctx(SCMP_ACT_ALLOW, SCMP_ARCH_X86_64);
	uint32_t value;

	assert_int_equal(seccomp_transaction_commit(ctx), 0);
	seccomp_transaction_reject(ctx);
	assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(1), SCMP_SYS(read), 0), 0);
	assert_int_equal(seccomp_transaction_start(ctx), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(
			seccomp_rule_add(ctx, SCMP_ACT_ERRNO(2), SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, i)), 0);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0), 0);
	assert_int_equal(seccomp_transaction_start(ctx), 0);
	assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_X86_64), 0);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86_64), 0);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86), 0);
	assert_int_equal(test_answer_to(ctx, "x86_64", "write", 299), SCMP_ACT_ALLOW);
	seccomp_transaction_reject(ctx);
	assert_int_equal(seccomp_arch_exist(ctx, SCMP_ARCH_X86), -EEXIST);
	assert_int_equal(test_answer_to(ctx, "x86_64", "write", 299), SCMP_ACT_ERRNO(2));
	seccomp_transaction_reject(ctx);
	assert_int_equal(test_answer_to(ctx, "x86_64", "write", 299), SCMP_ACT_ALLOW);
	assert_int_equal(test_answer_to(ctx, "x86_64", "read", 0), SCMP_ACT_ERRNO(1));
	assert_int_equal(seccomp_attr_get(ctx, SCMP_FLTATR_CTL_NNP, &value), 0);
	assert_int_equal(value, 1);
	/* What was rejected is forgotten: the same conditions with another action are no conflict. */
	for (int i = 299; i >= 0; i--)
		assert_int_equal(
			seccomp_rule_add(ctx, SCMP_ACT_ERRNO(3), SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, i)), 0);
	assert_int_equal(seccomp_transaction_start(ctx), 0);
	assert_int_equal(seccomp_reset(ctx, SCMP_ACT_KILL), 0);
	seccomp_transaction_reject(ctx);
	assert_int_equal(seccomp_arch_exist(ctx, SCMP_ARCH_NATIVE), 0);
	seccomp_release(ctx);
}

static void test_transactions_nest_to_a_limit(void **state)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t n = 0;

	while (seccomp_transaction_start(ctx) == 0)
		n++;
	assert_int_equal(seccomp_transaction_start(ctx), -ENOMEM);
	assert_int_equal(n, 1 << 16);
	seccomp_release(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handles),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_arches),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_transactions_nest_to_a_limit),
		cmocka_unit_test(test_handles_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
