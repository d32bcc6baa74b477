/*
 * The log of `callgate shim`, written to by programs that nobody has to trust: what is read from it can be run and shown.
 */
#include "os/shim.h"

#include "abi/action.h"
#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_HOSTILE 20000

static struct sock_filter insns[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 39, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, CG_ACTION_KILL_PROCESS),
};
static const struct cg_filter filter = { insns, CG_N_ITEMS(insns), false };

static struct cg_shim_log *open_log(void)
{
	struct cg_shim_log *log = NULL;
	char value[64];

	assert_int_equal(cg_shim_open(&log, value, sizeof(value), NULL), 0);
	return log;
}

/* Where these bytes stand in the log. */
static char *find(struct cg_shim_log *log, const void *bytes, size_t length)
{
	char *at = memmem(log, 4096, bytes, length);

	assert_non_null(at);
	return at;
}

static void test_what_was_written_is_read(void **state)
{
	struct cg_shim_log *log = open_log();
	struct cg_shim_entry entry;
	size_t offset = 0;

	assert_false(cg_shim_next(log, &offset, &entry));
	cg_shim_end(cg_shim_begin(log, &filter, 2, 1, true), 0);
	cg_shim_end(cg_shim_begin(log, &filter, 0, 1, false), -EACCES);
	cg_shim_begin(log, &filter, 0, 1, false);
	assert_true(cg_shim_next(log, &offset, &entry));
	assert_string_equal(entry.name, "test-os-shim");
	assert_int_equal(entry.pid, getpid());
	assert_int_equal(entry.flags, 2);
	assert_int_equal(entry.code, 0);
	assert_int_equal(entry.filter.n_insns, CG_N_ITEMS(insns));
	assert_memory_equal(entry.filter.insns, insns, sizeof(insns));
	assert_true(cg_shim_next(log, &offset, &entry));
	assert_int_equal(entry.code, -EACCES);
	assert_int_equal(entry.pid, 0);
	assert_true(cg_shim_next(log, &offset, &entry));
	assert_int_equal(entry.code, 1);
	assert_false(cg_shim_next(log, &offset, &entry));
}

/* It would be run, by the simulator and by the checker, which take valid ones only. */
static void test_a_filter_that_is_none(void **state)
{
	static const struct sock_filter bad[] = {
		BPF_JUMP(BPF_JMP | BPF_JA, 1000000, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
		BPF_STMT(BPF_LD | BPF_MEM, 16),
		BPF_STMT(0xffff, 0),
	};

	for (size_t i = 0; i < CG_N_ITEMS(bad); i++) {
		struct cg_shim_log *log = open_log();
		struct cg_shim_entry entry;
		size_t offset = 0;

		cg_shim_begin(log, &filter, 0, 1, true);
		memcpy(find(log, insns, sizeof(insns)), &bad[i], sizeof(bad[i]));
		assert_false(cg_shim_next(log, &offset, &entry));
	}
}

/* What was read stays as it was read. */
static void test_a_writer_that_goes_on(void **state)
{
	struct cg_shim_log *log = open_log();
	struct cg_shim_entry entry;
	size_t offset = 0;

	cg_shim_begin(log, &filter, 0, 1, true);
	assert_true(cg_shim_next(log, &offset, &entry));
	memset(find(log, insns, sizeof(insns)), 0xff, sizeof(insns));
	assert_memory_equal(entry.filter.insns, insns, sizeof(insns));
}

static void test_words_that_cannot_be(void **state)
{
	struct cg_shim_log *log = open_log();
	struct cg_shim_entry entry;
	size_t offset = 0;

	cg_shim_end(cg_shim_begin(log, &filter, 0, 1, true), INT_MIN); /* has no errno, and no absolute value */
	memcpy(find(log, "test-os-shim", 12), "\033]0;a\nb\x9b\xff?????????????", 16);
	assert_true(cg_shim_next(log, &offset, &entry));
	assert_int_equal(entry.code, 1);
	assert_string_equal(entry.name, "?]0;a?b????????");
}

static void test_any_bytes(void **state)
{
	struct cg_shim_log *log = open_log();
	uint32_t seed = 1;

	cg_shim_begin(log, &filter, 0, 1, true);
	for (int i = 0; i < N_HOSTILE; i++) {
		struct cg_shim_entry entry;
		size_t offset = 0, n = 0;

		seed = seed * 1664525 + 1013904223;
		((char *)log)[seed >> 8 & 511] = (char)(seed & 1 ? seed >> 20 : 0xff);
		while (cg_shim_next(log, &offset, &entry)) {
			n++;
			assert_int_equal(cg_filter_check(&entry.filter, NULL), 0);
			assert_true(strlen(entry.name) < CG_SHIM_NAME_SIZE);
			assert_true(entry.code <= 1 && entry.code >= -4095);
		}
		assert_true(offset <= CG_SHIM_LOG_SIZE && n < CG_SHIM_LOG_SIZE / 64);
		if (i % 64 == 0) {
			log = open_log();
			cg_shim_begin(log, &filter, 0, 1, true);
			cg_shim_begin(log, &filter, 0, 1, true);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read), cmocka_unit_test(test_a_filter_that_is_none),
		cmocka_unit_test(test_a_writer_that_goes_on),	 cmocka_unit_test(test_words_that_cannot_be),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
