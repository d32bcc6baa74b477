/*
 * What filters told by the kernel's programs are asked: the action of a denial, and that no answer is taken that does not
 * fit what was seen.
 */
#include "source/ebpf_filters.h"

#include "abi/action.h"
#include "base/cleanup.h"

#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_ebpf_filters filters;
static struct cg_watch_filter told;
static uint64_t now; /* told and asked then */

/* `action` where the first argument's low word is 7, else ALLOW. */
static void tell(uint64_t name, uint64_t previous, uint32_t action)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	};

	told = (struct cg_watch_filter){ .filter = name, .previous = previous, .boot_ns = now, .n_insns = CG_N_ITEMS(insns) };
	memcpy(told.insns, insns, sizeof(insns));
	assert_int_equal(cg_ebpf_filters_add(&filters, &told), 0);
}

static enum cg_ebpf_answer ask(uint64_t name, uint64_t argument, uint16_t kind, int64_t result, uint32_t *ret_action)
{
	const struct cg_watch_call seen = { .filter = name, .kind = kind, .result = result };
	const struct cg_call call = { .arch = AUDIT_ARCH_X86_64, .nr = 1, .args = { argument } };

	return cg_ebpf_filters_ask(&filters, &seen, now, &call, ret_action);
}

static int forget(void **state)
{
	cg_ebpf_filters_done(&filters);
	memset(&filters, 0, sizeof(filters));
	return 0;
}

static void test_answers(void **state)
{
	uint32_t action = 99;

	tell(100, 0, cg_action_errno(13));
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_ANSWERED);
	assert_int_equal(action, cg_action_errno(13));
	/* An address used again: the call was answered otherwise than this filter would. */
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_MISFIT);
	assert_int_equal(ask(100, 7, CG_WATCH_KILLED, 0, &action), CG_EBPF_MISFIT);
	/* It lets the call pass, and the task was killed by a filter: another one. */
	assert_int_equal(ask(100, 8, CG_WATCH_TRAPPED, 0, &action), CG_EBPF_MISFIT);
	assert_int_equal(ask(100, 8, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_OTHER);
	assert_int_equal(ask(101, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_UNKNOWN);
	assert_int_equal(ask(0, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_UNKNOWN);
	/* Told again: what it is now counts. */
	tell(100, 0, CG_ACTION_TRAP);
	assert_int_equal(ask(100, 7, CG_WATCH_TRAPPED, 0, &action), CG_EBPF_ANSWERED);
	assert_int_equal(action, CG_ACTION_TRAP);
}

/* A sum is asked for what was denied before: by the filter that stood there then, whatever stands there now. */
static void test_address_used_again(void **state)
{
	uint32_t action = 99;

	now = 10;
	tell(100, 0, cg_action_errno(13));
	now = 20;
	tell(100, 0, CG_ACTION_TRACE);
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_ANSWERED);
	assert_int_equal(action, CG_ACTION_TRACE);
	now = 15;
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_ANSWERED);
	assert_int_equal(action, cg_action_errno(13));
	now = 9;
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_UNKNOWN);
	/* However many are told meanwhile, one that is asked stays known. */
	for (now = 21; now < 21 + 2 * CG_EBPF_FILTERS_LIMIT; now++) {
		tell(1000 + now, 0, CG_ACTION_TRAP);
		assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_ANSWERED);
	}
	now = 15;
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -13, &action), CG_EBPF_UNKNOWN);
	now = 0;
}

static void test_chain(void **state)
{
	uint32_t action = 99;

	tell(100, 0, CG_ACTION_KILL_THREAD);
	tell(101, 100, cg_action_errno(1));
	tell(102, 101, CG_ACTION_LOG);
	assert_int_equal(ask(102, 7, CG_WATCH_KILLED, 0, &action), CG_EBPF_ANSWERED);
	assert_int_equal(action, CG_ACTION_KILL_THREAD);
	/* One of them is not known: so is the answer. */
	tell(104, 103, cg_action_errno(1));
	assert_int_equal(ask(104, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_UNKNOWN);
	/* A chain that never ends is none. */
	tell(105, 105, cg_action_errno(1));
	assert_int_equal(ask(105, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_UNKNOWN);
}

static void test_limit(void **state)
{
	uint32_t action = 99;

	for (uint64_t name = 1; name <= CG_EBPF_FILTERS_LIMIT + 1; name++)
		tell(name, 0, cg_action_errno(1));
	assert_int_equal(ask(1, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_UNKNOWN);
	assert_int_equal(ask(2, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_ANSWERED);
	assert_int_equal(ask(CG_EBPF_FILTERS_LIMIT + 1, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_ANSWERED);
}

/* What could not be read whole is not run. */
static void test_broken(void **state)
{
	uint32_t action = 99;

	memset(&told, 0, sizeof(told));
	told.filter = 100;
	told.n_insns = 5;
	assert_int_equal(cg_ebpf_filters_add(&filters, &told), 0);
	told.n_insns = CG_WATCH_INSNS + 1;
	assert_int_equal(cg_ebpf_filters_add(&filters, &told), 0);
	assert_int_equal(ask(100, 7, CG_WATCH_ANSWERED, -1, &action), CG_EBPF_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_answers, forget),
		cmocka_unit_test_teardown(test_address_used_again, forget),
		cmocka_unit_test_teardown(test_chain, forget),
		cmocka_unit_test_teardown(test_limit, forget),
		cmocka_unit_test_teardown(test_broken, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
