/*
 * The filter model without a kernel: what is refused and why, single instructions of the simulator, the action cache,
 * bytes, and text there and back.
 */
#include "abi/arch.h"
#include "base/cleanup.h"
#include "filter/filter.h"
#include "filter/test-random.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALLOW SECCOMP_RET_ALLOW
/* clang-format off */
#define RET_ALLOW { BPF_RET | BPF_K, 0, 0, ALLOW }
#define LD(offset) { BPF_LD | BPF_W | BPF_ABS, 0, 0, (offset) }
#define JEQ(k, jt, jf) { BPF_JMP | BPF_JEQ | BPF_K, (jt), (jf), (k) }
/* clang-format on */

#define filter_of(array) ((struct cg_filter){ .insns = (struct sock_filter *)(array), .n_insns = CG_N_ITEMS(array) })

static void free_filter(struct cg_filter **filter)
{
	cg_filter_free(*filter);
}

#define OWN CG_CLEANUP(free_filter)

/* ---- valid.c */

struct refusal {
	struct sock_filter insns[4];
	size_t n_insns;
	const char *message; /* the beginning of it; NULL: accepted */
};

static const struct refusal refusals[] = {
	{ { RET_ALLOW }, 1, NULL },
	{ { RET_ALLOW }, 0, "a filter holds 1 to 4096 instructions, not 0" },
	{ { LD(0) }, 1, "instruction 0: the last instruction must be a ret" },
	{ { { BPF_RET | BPF_A, 0, 0, 0 } }, 1, NULL },
	{ { { BPF_RET | BPF_X, 0, 0, 0 } }, 1, "instruction 0: opcode 0x0e" },
	{ { LD(60), RET_ALLOW }, 2, NULL },
	{ { LD(64), RET_ALLOW }, 2, "instruction 0: offset 64" },
	{ { LD(2), RET_ALLOW }, 2, "instruction 0: offset 2" },
	{ { { BPF_LD | BPF_H | BPF_ABS, 0, 0, 0 }, RET_ALLOW }, 2, "instruction 0: opcode 0x28" },
	{ { { BPF_LD | BPF_W | BPF_IND, 0, 0, 0 }, RET_ALLOW }, 2, "instruction 0: opcode 0x40" },
	{ { { BPF_ALU | BPF_MOD | BPF_K, 0, 0, 3 }, RET_ALLOW }, 2, "instruction 0: opcode 0x94" },
	{ { { BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 }, RET_ALLOW }, 2, "instruction 0: division" },
	{ { { BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0 }, RET_ALLOW }, 2, NULL },
	{ { { BPF_ALU | BPF_LSH | BPF_K, 0, 0, 31 }, RET_ALLOW }, 2, NULL },
	{ { { BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32 }, RET_ALLOW }, 2, "instruction 0: shift" },
	{ { { BPF_ALU | BPF_RSH | BPF_K, 0, 0, 32 }, RET_ALLOW }, 2, "instruction 0: shift" },
	{ { { BPF_ST, 0, 0, 15 }, { BPF_LD | BPF_MEM, 0, 0, 15 }, RET_ALLOW }, 3, NULL },
	{ { { BPF_STX, 0, 0, 16 }, RET_ALLOW }, 2, "instruction 0: scratch memory" },
	{ { { BPF_LDX | BPF_MEM, 0, 0, 0 }, RET_ALLOW }, 2, "instruction 0: M[0] is read" },
	{ { JEQ(0, 0, 1), { BPF_ST, 0, 0, 1 }, { BPF_LD | BPF_MEM, 0, 0, 1 }, RET_ALLOW }, 4, "instruction 2: M[1]" },
	{ { { BPF_JMP | BPF_JA, 0, 0, 0 }, { BPF_ST, 0, 0, 1 }, { BPF_LD | BPF_MEM, 0, 0, 1 }, RET_ALLOW }, 4, NULL },
	/* The kernel's own reckoning: behind a jump, every cell counts as stored. */
	{ { { BPF_JMP | BPF_JA, 0, 0, 1 }, { BPF_LD | BPF_MEM, 0, 0, 1 }, RET_ALLOW }, 3, NULL },
	{ { { BPF_JMP | BPF_JA, 0, 0, 1 }, RET_ALLOW }, 2, "instruction 0: the jump leaves" },
	{ { { BPF_JMP | BPF_JA, 0, 0, 0xffffffff }, RET_ALLOW }, 2, "instruction 0: the jump leaves" },
	{ { JEQ(0, 1, 0), RET_ALLOW }, 2, "instruction 0: the jump leaves" },
	{ { JEQ(0, 0, 255), RET_ALLOW }, 2, "instruction 0: the jump leaves" },
	{ { { 0x8020, 0, 0, 0 }, RET_ALLOW }, 2, "instruction 0: opcode 0x8020" },
};

static void test_check(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(refusals); i++) {
		struct cg_filter filter = filter_of(refusals[i].insns);
		struct cg_err err = { 0 };
		int r;

		filter.n_insns = refusals[i].n_insns;
		r = cg_filter_check(&filter, &err);
		assert_int_equal(r, refusals[i].message ? -EINVAL : 0);
		if (refusals[i].message)
			assert_memory_equal(err.message, refusals[i].message, strlen(refusals[i].message));
	}
}

static void test_check_length(void **state)
{
	OWN struct cg_filter *filter = cg_filter_new(NULL, CG_FILTER_LENGTH_MAX + 1, false);

	assert_non_null(filter);
	for (size_t i = 0; i <= CG_FILTER_LENGTH_MAX; i++)
		filter->insns[i] = (struct sock_filter)RET_ALLOW;
	assert_int_equal(cg_filter_check(filter, NULL), -EINVAL);
	filter->n_insns--;
	assert_int_equal(cg_filter_check(filter, NULL), 0);
}

/* ---- run.c */

static const struct cg_call some_call = {
	.arch = AUDIT_ARCH_X86_64,
	.nr = 257,
	.ip = 0x1122334455667788,
	.args = { 0xa0a1a2a3a4a5a6a7, 1, 2, 3, 4, 0xf0f1f2f3f4f5f6f7 },
};

static uint32_t load_offset(uint32_t offset, bool is_big_endian)
{
	struct sock_filter insns[] = { LD(offset), { BPF_RET | BPF_A, 0, 0, 0 } };
	struct cg_filter filter = filter_of(insns);

	filter.is_big_endian = is_big_endian;
	return cg_filter_run(&filter, &some_call, NULL);
}

static void test_run_fields(void **state)
{
	assert_int_equal(load_offset(0, false), 257);
	assert_int_equal(load_offset(4, false), AUDIT_ARCH_X86_64);
	assert_int_equal(load_offset(8, false), 0x55667788);
	assert_int_equal(load_offset(12, false), 0x11223344);
	assert_int_equal(load_offset(16, false), 0xa4a5a6a7);
	assert_int_equal(load_offset(60, false), 0xf0f1f2f3);

	assert_int_equal(load_offset(0, true), 257);
	assert_int_equal(load_offset(4, true), AUDIT_ARCH_X86_64);
	assert_int_equal(load_offset(8, true), 0x11223344);
	assert_int_equal(load_offset(20, true), 0xa4a5a6a7);
	assert_int_equal(load_offset(56, true), 0xf0f1f2f3);
}

/* One instruction on A = a, X = x; answers what A is afterwards. */
static uint32_t run_insn(uint32_t a, uint32_t x, uint16_t code, uint32_t k)
{
	struct sock_filter insns[] = {
		{ BPF_LDX | BPF_IMM, 0, 0, x },
		{ BPF_LD | BPF_IMM, 0, 0, a },
		{ code, 0, 0, k },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	struct cg_filter filter = filter_of(insns);

	assert_int_equal(cg_filter_check(&filter, NULL), 0);
	return cg_filter_run(&filter, &some_call, NULL);
}

static void test_run_arithmetic(void **state)
{
	assert_int_equal(run_insn(0xffffffff, 0, BPF_ALU | BPF_ADD | BPF_K, 2), 1);
	assert_int_equal(run_insn(1, 2, BPF_ALU | BPF_SUB | BPF_X, 0), 0xffffffff);
	assert_int_equal(run_insn(0x10001, 0x10001, BPF_ALU | BPF_MUL | BPF_X, 0), 0x20001);
	assert_int_equal(run_insn(7, 0, BPF_ALU | BPF_DIV | BPF_K, 2), 3);
	assert_int_equal(run_insn(7, 0, BPF_ALU | BPF_DIV | BPF_X, 0), 0);
	assert_int_equal(run_insn(1, 33, BPF_ALU | BPF_LSH | BPF_X, 0), 2);
	assert_int_equal(run_insn(0x80000000, 31, BPF_ALU | BPF_RSH | BPF_X, 0), 1);
	assert_int_equal(run_insn(5, 0, BPF_ALU | BPF_NEG, 0), 0xfffffffb);
	assert_int_equal(run_insn(5, 9, BPF_MISC | BPF_TXA, 0), 9);
	assert_int_equal(run_insn(5, 9, BPF_LD | BPF_W | BPF_LEN, 0), 64);
	assert_int_equal(run_insn(5, 9, BPF_ALU | BPF_XOR | BPF_X, 0), 12);
}

static void test_run_steps(void **state)
{
	static const struct sock_filter insns[] = {
		{ BPF_JMP | BPF_JA, 0, 0, 1 },
		RET_ALLOW,
		LD(0),
		{ BPF_ST, 0, 0, 3 },
		{ BPF_LDX | BPF_MEM, 0, 0, 3 },
		{ BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0 },
		RET_ALLOW,
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 1 },
	};
	struct cg_filter filter = filter_of(insns);
	size_t n_steps = 0;

	assert_int_equal(cg_filter_check(&filter, NULL), 0);
	assert_int_equal(cg_filter_run(&filter, &some_call, &n_steps), SECCOMP_RET_ERRNO | 1);
	assert_int_equal(n_steps, 6);
}

/* arch, then nr: 1 from the number alone, 2 after an argument, 3 with data, 4 by a jump with X, 5 after an AND. */
static void test_cache(void **state)
{
	static const struct sock_filter insns[] = {
		LD(4),
		JEQ(AUDIT_ARCH_X86_64, 1, 0),
		{ BPF_RET | BPF_K, 0, 0, 0 },
		LD(0),
		JEQ(1, 4, 0),
		JEQ(2, 4, 0),
		JEQ(3, 5, 0),
		JEQ(4, 5, 0),
		JEQ(5, 5, 5),
		RET_ALLOW,
		LD(16),
		RET_ALLOW,
		{ BPF_RET | BPF_K, 0, 0, ALLOW | 1 },
		{ BPF_JMP | BPF_JEQ | BPF_X, 1, 1, 0 },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 1 },
		RET_ALLOW,
	};
	static const bool is_cached[] = { true, true, false, false, false, true };
	struct cg_filter filter = filter_of(insns);
	size_t n_steps = 0;

	assert_int_equal(cg_filter_check(&filter, NULL), 0);
	for (uint32_t nr = 1; nr <= 5; nr++)
		assert_int_equal(cg_filter_is_cached(&filter, AUDIT_ARCH_X86_64, nr, NULL), is_cached[nr]);
	assert_false(cg_filter_is_cached(&filter, AUDIT_ARCH_I386, 1, &n_steps));
	assert_int_equal(n_steps, 3);
	assert_true(cg_filter_is_cached(&filter, AUDIT_ARCH_X86_64, 1, &n_steps));
	assert_int_equal(n_steps, 5);
}

/* ---- codec.c */

static void test_codec(void **state)
{
	static const struct sock_filter insns[] = { { 0x0102, 3, 4, 0x05060708 }, RET_ALLOW };
	static const char little[] = "\x02\x01\x03\x04\x08\x07\x06\x05\x06\0\0\0\0\0\xff\x7f";
	static const char big[] = "\x01\x02\x03\x04\x05\x06\x07\x08\0\x06\0\0\x7f\xff\0\0";
	struct cg_filter filter = filter_of(insns);
	struct cg_text bytes = { 0 };

	for (int is_big_endian = 0; is_big_endian < 2; is_big_endian++) {
		OWN struct cg_filter *again = NULL;

		filter.is_big_endian = is_big_endian;
		cg_filter_encode(&filter, &bytes);
		assert_int_equal(bytes.length, 16);
		assert_memory_equal(bytes.data, is_big_endian ? big : little, 16);

		assert_int_equal(cg_filter_decode("f.bpf", bytes.data, 16, is_big_endian, &again, NULL), 0);
		assert_int_equal(again->n_insns, 2);
		assert_int_equal(again->is_big_endian, is_big_endian);
		assert_memory_equal(again->insns, insns, sizeof(insns));
		cg_text_clear(&bytes);
	}
	cg_text_done(&bytes);
}

static void test_codec_lengths(void **state)
{
	static char bytes[(CG_FILTER_LENGTH_MAX + 1) * 8];
	OWN struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_filter_decode("f.bpf", bytes, 0, false, &filter, &err), -EINVAL);
	assert_int_equal(cg_filter_decode("f.bpf", bytes, 15, false, &filter, &err), -EINVAL);
	assert_string_equal(err.place, "f.bpf");
	assert_int_equal(cg_filter_decode("f.bpf", bytes, sizeof(bytes), false, &filter, &err), -E2BIG);
	assert_null(filter);
	assert_int_equal(cg_filter_decode("f.bpf", bytes, sizeof(bytes) - 8, false, &filter, &err), 0);
	assert_int_equal(filter->n_insns, CG_FILTER_LENGTH_MAX);
}

/* ---- disasm.c and asm.c */

static const char listing[] = ".little-endian\n"
			      "L0:     ld [4]                          ; arch\n"
			      "L1:     jeq #0xc000003e, L2, L7         ; x86_64\n"
			      "L2:     ld [0]                          ; nr\n"
			      "L3:     jeq #0x101, L8, L4              ; openat\n"
			      "L4:     jge #0x40000101, L5, L9         ; openat (x32)\n"
			      "L5:     ld [20]                         ; args[0] high\n"
			      "L6:     jset #0x1, L9, L7\n"
			      "L7:     ret #0x50001                    ; ERRNO(EPERM)\n"
			      "L8:     ja L10\n"
			      "L9:     ret #0x0                        ; KILL_THREAD\n"
			      "L10:    ret #0x7fff0000                 ; ALLOW\n"
			      "L11:    tax                             ; never reached\n"
			      "L12:    .insn 0x87, 1, 0, 0x0\n"
			      "L13:    .insn 0xfff1, 1, 2, 0x3\n"
			      "L14:    .insn 0x05, 0, 0, 0x3\n"
			      "L15:    ret a                           ; never reached\n";

static void test_listing(void **state)
{
	OWN struct cg_filter *filter = NULL;
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_filter_assemble("f.asm", listing, strlen(listing), &filter, &err), 0);
	cg_filter_disasm(filter, &text);
	assert_string_equal(cg_text_get(&text), listing);
	cg_text_done(&text);
}

static void test_listing_big_endian(void **state)
{
	static const struct sock_filter insns[] = { LD(4), JEQ(AUDIT_ARCH_S390X, 0, 2), LD(16), LD(20), RET_ALLOW };
	struct cg_filter filter = filter_of(insns);
	struct cg_text text = { 0 };

	filter.is_big_endian = true;
	cg_filter_disasm(&filter, &text);
	assert_string_equal(cg_text_get(&text), ".big-endian\n"
						"L0:     ld [4]                          ; arch\n"
						"L1:     jeq #0x80000016, L2, L4         ; s390x\n"
						"L2:     ld [16]                         ; args[0] high\n"
						"L3:     ld [20]                         ; args[0] low\n"
						"L4:     ret #0x7fff0000                 ; ALLOW\n");
	cg_text_done(&text);
}

/* By hand: labels of one's own, on lines of their own, decimal numbers, comments, every form of operand. */
static void test_assemble(void **state)
{
	static const char text[] = "; a comment\n"
				   "start: ld len ; another\n\n"
				   "\tst M[3]\r\n"
				   "  ldx M[3]\n"
				   "  add x\n"
				   "  and #255\n"
				   "  jgt x, good, bad\n"
				   "bad:\n"
				   "  ret #0\n"
				   "good: fine: ret a";
	static const struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_LEN, 0, 0, 0 },
		{ BPF_ST, 0, 0, 3 },
		{ BPF_LDX | BPF_MEM, 0, 0, 3 },
		{ BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0 },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 255 },
		{ BPF_JMP | BPF_JGT | BPF_X, 1, 0, 0 },
		{ BPF_RET | BPF_K, 0, 0, 0 },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	OWN struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	assert_int_equal(cg_filter_assemble("f.asm", text, strlen(text), &filter, &err), 0);
	assert_int_equal(filter->n_insns, CG_N_ITEMS(insns));
	assert_memory_equal(filter->insns, insns, sizeof(insns));
}

static const struct {
	const char *text, *place, *message;
} bad_texts[] = {
	{ "", "f", "there is no instruction" },
	{ "; nothing\n", "f", "there is no instruction" },
	{ "frob #1\n", "f:1:1", "no instruction 'frob'" },
	{ "ret #1\n  ret x\n", "f:2:3", "no instruction 'ret'" },
	{ "ret #0x100000000", "f:1:6", "a number from 0" },
	{ "ret #", "f:1:6", "a number from 0" },
	{ "ret #1 #2", "f:1:8", "this is not understood" },
	{ "ld [0\nret #0", "f:1:6", "']' is needed" },
	{ "ja there\nret #0", "f:1:4", "there is no label 'there'" },
	{ "here: ja here\nret #0", "f:1:10", "a jump cannot go backward" },
	{ "a1: ret #0\na1: ret #0", "f:2:1", "the label 'a1' stands here a second time" },
	{ "jeq #1, end\nend: ret #0", "f:1:12", "',' is needed" },
	{ "jeq #1, , end\nend: ret #0", "f:1:9", "a label is needed" },
	{ ".insn 0x10000, 0, 0, 0", "f:1:7", "a number from 0 to 0xffff" },
	{ ".insn 1, 256, 0, 0", "f:1:10", "a number from 0 to 0xff" },
	{ "ret #0\n!", "f:2:1", "this is not understood" },
};

static void test_assemble_errors(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(bad_texts); i++) {
		const char *text = bad_texts[i].text;
		struct cg_filter *filter = NULL;
		struct cg_err err = { 0 };

		assert_int_equal(cg_filter_assemble("f", text, strlen(text), &filter, &err), -EINVAL);
		assert_string_equal(err.place, bad_texts[i].place);
		assert_memory_equal(err.message, bad_texts[i].message, strlen(bad_texts[i].message));
		assert_null(filter);
	}
}

/* 255 instructions are the reach of a test; 4,096 those of a filter; CG_FILTER_TEXT_LIMIT the bytes of a text. */
static void test_assemble_limits(void **state)
{
	struct cg_filter *filter = NULL;
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	CG_FREE char *much = calloc(1, CG_FILTER_TEXT_LIMIT + 1);

	assert_non_null(much);
	memset(much, '\n', CG_FILTER_TEXT_LIMIT + 1);
	assert_int_equal(cg_filter_assemble("f", much, CG_FILTER_TEXT_LIMIT + 1, &filter, &err), -E2BIG);
	assert_int_equal(cg_filter_assemble("f", much, CG_FILTER_TEXT_LIMIT, &filter, &err), -EINVAL);

	cg_text_add(&text, "jeq #1, next, end\nnext: ");
	for (int i = 0; i < 255; i++)
		cg_text_add(&text, "tax\n");
	cg_text_add(&text, "end: ret #0\n");
	assert_int_equal(cg_filter_assemble("f", text.data, text.length, &filter, &err), 0);
	filter = cg_filter_free(filter);
	memcpy(text.data, "jeq #1, next, now\n", 18);
	assert_int_equal(cg_filter_assemble("f", text.data, text.length, &filter, &err), -EINVAL);
	cg_text_add(&text, "now: ret #0\n");
	assert_int_equal(cg_filter_assemble("f", text.data, text.length, &filter, &err), -EINVAL);
	assert_memory_equal(err.message, "256 instructions away", 21);

	cg_text_clear(&text);
	for (int i = 0; i <= CG_FILTER_LENGTH_MAX; i++)
		cg_text_add(&text, "ret #0\n");
	assert_int_equal(cg_filter_assemble("f", text.data, text.length, &filter, &err), -E2BIG);
	assert_string_equal(err.place, "f:4097");
	assert_int_equal(cg_filter_assemble("f", text.data, text.length - 7, &filter, &err), 0);
	cg_filter_free(filter);
	cg_text_done(&text);
}

/* Any instructions, valid or not, survive the way through text. */
static void test_round_trip(void **state)
{
	struct test_random random = { 3 };
	struct sock_filter insns[300];
	struct cg_text text = { 0 };

	for (int i = 0; i < 3000; i++) {
		struct cg_filter filter = { .insns = insns, .n_insns = 1 + test_random_below(&random, 300) };
		OWN struct cg_filter *again = NULL;
		struct cg_err err = { 0 };

		filter.is_big_endian = test_random_percent(&random, 50);
		test_random_program(&random, insns, filter.n_insns);
		cg_text_clear(&text);
		cg_filter_disasm(&filter, &text);
		assert_int_equal(cg_filter_assemble("f", cg_text_get(&text), text.length, &again, &err), 0);
		assert_int_equal(again->n_insns, filter.n_insns);
		assert_int_equal(again->is_big_endian, filter.is_big_endian);
		assert_memory_equal(again->insns, insns, filter.n_insns * sizeof(*insns));
	}
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),           cmocka_unit_test(test_check_length),
		cmocka_unit_test(test_run_fields),      cmocka_unit_test(test_run_arithmetic),
		cmocka_unit_test(test_run_steps),       cmocka_unit_test(test_cache),
		cmocka_unit_test(test_codec),           cmocka_unit_test(test_codec_lengths),
		cmocka_unit_test(test_listing),         cmocka_unit_test(test_listing_big_endian),
		cmocka_unit_test(test_assemble),        cmocka_unit_test(test_assemble_errors),
		cmocka_unit_test(test_assemble_limits), cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
