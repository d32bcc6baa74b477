/*
 * Tests of rewrite.c: each made filter is one that the kernel would accept, differs from the old one only where it
 * should, and keeps the action cache.
 */
#include "abi/action.h"
#include "filter/rewrite.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JEQ(value, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (jt), (jf))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, (action))

#define NATIVE AUDIT_ARCH_X86_64
#define OTHER AUDIT_ARCH_I386

/* Allows number 0, answers 1 with ERRNO(1) when argument 0 is 7, kills the rest: on any arch. */
static const struct sock_filter program[] = {
	LD(0),  JEQ(0, 0, 1), RET(CG_ACTION_ALLOW),     JEQ(1, 0, 3),
	LD(16), JEQ(7, 0, 1), RET(CG_ACTION_ERRNO | 1), RET(CG_ACTION_KILL_PROCESS),
};

static struct cg_filter *make(void)
{
	struct cg_filter *filter = cg_filter_new(program, sizeof(program) / sizeof(program[0]), false);

	assert_non_null(filter);
	return filter;
}

static uint32_t ask(const struct cg_filter *filter, uint32_t arch, uint32_t nr, const uint64_t *args)
{
	struct cg_call call = { .arch = arch, .nr = nr };

	for (int i = 0; args && i < 6; i++)
		call.args[i] = args[i];
	return cg_filter_run(filter, &call, NULL);
}

static const struct cg_admission admission = {
	.arch = NATIVE,
	.numbers = { 59, 322, 231 },
	.n_numbers = 3,
	.token = { 0x1111111122222222, 0x3333333344444444, 0x5555555566666666 },
};

static void test_admission_opens_only_with_the_whole_token(void **state)
{
	struct cg_filter *filter = make(), *made = NULL;
	uint64_t args[6] = { 1, 2, 3, 0x1111111122222222, 0x3333333344444444, 0x5555555566666666 };

	assert_int_equal(cg_filter_admit(filter, &admission, &made, NULL), 0);
	assert_int_equal(cg_filter_check(made, NULL), 0);
	for (size_t i = 0; i < admission.n_numbers; i++) {
		assert_int_equal(ask(made, NATIVE, admission.numbers[i], args), CG_ACTION_ALLOW);
		assert_int_equal(ask(made, NATIVE, admission.numbers[i], NULL), CG_ACTION_KILL_PROCESS);
		assert_int_equal(ask(made, OTHER, admission.numbers[i], args), CG_ACTION_KILL_PROCESS);
	}
	assert_int_equal(ask(made, NATIVE, 60, args), CG_ACTION_KILL_PROCESS);

	/* One bit wrong, anywhere in the token. */
	for (unsigned int bit = 0; bit < 192; bit++) {
		uint64_t *arg = &args[3 + bit / 64];

		*arg ^= (uint64_t)1 << bit % 64;
		assert_int_equal(ask(made, NATIVE, 59, args), CG_ACTION_KILL_PROCESS);
		*arg ^= (uint64_t)1 << bit % 64;
	}
	cg_filter_free(made);
	cg_filter_free(filter);
}

/* The target's words lie the other way round on big-endian machines; the call is built as the kernel would show it. */
static void test_admission_in_the_other_byte_order(void **state)
{
	struct cg_filter *filter = cg_filter_new(program, sizeof(program) / sizeof(program[0]), true), *made = NULL;
	uint64_t args[6] = { 0, 0, 0, 0x1111111122222222, 0x3333333344444444, 0x5555555566666666 };

	assert_non_null(filter);
	assert_int_equal(cg_filter_admit(filter, &admission, &made, NULL), 0);
	assert_int_equal(ask(made, NATIVE, 59, args), CG_ACTION_ALLOW);
	args[3] = 0x2222222211111111;
	assert_int_equal(ask(made, NATIVE, 59, args), CG_ACTION_KILL_PROCESS);
	cg_filter_free(made);
	cg_filter_free(filter);
}

static void test_admission_leaves_all_other_calls_alone(void **state)
{
	struct cg_filter *filter = make(), *made = NULL;
	uint64_t seven[6] = { 7 };

	assert_int_equal(cg_filter_admit(filter, &admission, &made, NULL), 0);
	for (uint32_t nr = 0; nr < 600; nr++) {
		assert_int_equal(ask(made, NATIVE, nr, NULL), ask(filter, NATIVE, nr, NULL));
		assert_int_equal(ask(made, OTHER, nr, seven), ask(filter, OTHER, nr, seven));
		if (nr != 59 && nr != 322 && nr != 231)
			assert_int_equal(cg_filter_is_cached(made, NATIVE, nr, NULL),
					 cg_filter_is_cached(filter, NATIVE, nr, NULL));
	}
	assert_true(cg_filter_is_cached(made, NATIVE, 0, NULL));
	assert_true(cg_filter_is_cached(made, OTHER, 0, NULL));
	cg_filter_free(made);
	cg_filter_free(filter);
}

static struct cg_filter *make_long(size_t n_insns)
{
	struct sock_filter *insns = calloc(n_insns, sizeof(*insns));
	struct cg_filter *filter;

	assert_non_null(insns);
	for (size_t i = 0; i < n_insns; i++)
		insns[i] = (struct sock_filter)RET(CG_ACTION_ALLOW);
	filter = cg_filter_new(insns, n_insns, false);
	free(insns);
	assert_non_null(filter);
	return filter;
}

static void test_limits(void **state)
{
	/* 19 instructions stand before the old filter when three numbers are admitted. */
	struct cg_filter *fits = make_long(CG_FILTER_LENGTH_MAX - 19), *too_long = make_long(CG_FILTER_LENGTH_MAX - 18);
	struct cg_filter *full = make_long(CG_FILTER_LENGTH_MAX), *made = NULL;
	struct cg_filter_number number = { NATIVE, 1 };
	struct cg_admission none = admission;
	struct cg_err err = { 0 };

	assert_int_equal(cg_filter_admit(fits, &admission, &made, &err), 0);
	assert_int_equal(made->n_insns, CG_FILTER_LENGTH_MAX);
	assert_int_equal(cg_filter_check(made, NULL), 0);
	made = cg_filter_free(made);
	assert_int_equal(cg_filter_admit(too_long, &admission, &made, &err), -E2BIG);
	assert_int_equal(cg_filter_select(full, &number, 1, &made, &err), -E2BIG);
	none.n_numbers = 0;
	assert_int_equal(cg_filter_admit(fits, &none, &made, &err), -EINVAL);
	none.n_numbers = CG_ADMISSION_NUMBERS_MAX + 1;
	assert_int_equal(cg_filter_admit(fits, &none, &made, &err), -EINVAL);
	assert_null(made);
	cg_filter_free(fits);
	cg_filter_free(too_long);
	cg_filter_free(full);
}

static uint32_t notify_denials(uint32_t action)
{
	return cg_action_is_permit(action) ? action : CG_ACTION_NOTIFY;
}

static void test_mapped_actions(void **state)
{
	static const struct sock_filter computed[] = { BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_RET | BPF_A, 0) };
	struct cg_filter *filter = make(), *returns_a = cg_filter_new(computed, 2, false), *made = NULL;
	uint64_t seven[6] = { 7 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_filter_map_actions(filter, notify_denials, &made, NULL), 0);
	assert_int_equal(ask(made, NATIVE, 0, NULL), CG_ACTION_ALLOW);
	assert_int_equal(ask(made, NATIVE, 1, seven), CG_ACTION_NOTIFY);
	assert_int_equal(ask(made, NATIVE, 2, NULL), CG_ACTION_NOTIFY);
	assert_int_equal(ask(filter, NATIVE, 2, NULL), CG_ACTION_KILL_PROCESS); /* the old one is untouched */
	made = cg_filter_free(made);
	assert_int_equal(cg_filter_map_actions(returns_a, notify_denials, &made, &err), -EOPNOTSUPP);
	assert_null(made);
	cg_filter_free(returns_a);
	cg_filter_free(filter);
}

/* So many numbers that no jump of a byte could cross them. */
static void test_selected_numbers(void **state)
{
	struct cg_filter *filter = make(), *made = NULL;
	struct cg_filter_number numbers[400];
	uint64_t seven[6] = { 7 };

	for (uint32_t i = 0; i < 200; i++) {
		/* Mixed, as an arch that shares another's token makes them. */
		numbers[2 * i] = (struct cg_filter_number){ NATIVE, 2 * i + 1 };
		numbers[2 * i + 1] = (struct cg_filter_number){ OTHER, 2 * i };
	}
	assert_int_equal(cg_filter_select(filter, numbers, 400, &made, NULL), 0);
	assert_int_equal(cg_filter_check(made, NULL), 0);
	for (uint32_t nr = 0; nr < 500; nr++) {
		bool is_native = nr < 400 && nr % 2 == 1, is_other = nr < 400 && nr % 2 == 0;

		assert_int_equal(ask(made, NATIVE, nr, seven),
				 is_native ? ask(filter, NATIVE, nr, seven) : CG_ACTION_ALLOW);
		assert_int_equal(ask(made, OTHER, nr, seven),
				 is_other ? ask(filter, OTHER, nr, seven) : CG_ACTION_ALLOW);
		assert_int_equal(cg_filter_is_cached(made, NATIVE, nr, NULL), !is_native);
		assert_int_equal(ask(made, AUDIT_ARCH_ARM, nr, seven), CG_ACTION_ALLOW);
	}
	made = cg_filter_free(made);
	assert_int_equal(cg_filter_select(filter, numbers, 0, &made, NULL), 0);
	assert_int_equal(ask(made, NATIVE, 5, NULL), CG_ACTION_ALLOW);
	cg_filter_free(made);
	cg_filter_free(filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admission_opens_only_with_the_whole_token),
		cmocka_unit_test(test_admission_in_the_other_byte_order),
		cmocka_unit_test(test_admission_leaves_all_other_calls_alone),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_mapped_actions),
		cmocka_unit_test(test_selected_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
