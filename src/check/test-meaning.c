/*
 * What can be asked of diagrams: stacks, effects, subsets, regions, digests, nodes; each against its definition, call
 * by call.
 */
#include "check/meaning.h"
#include "check/sha256.h"
#include "check/test-set.h"
#include "compile/test-policy.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdio.h>

#define N_ROUNDS 200

/* Actions of every kind, known and unknown, with and without data. */
static const uint32_t actions[] = {
	CG_ACTION_KILL_PROCESS, CG_ACTION_KILL_PROCESS | 3, CG_ACTION_KILL_THREAD, CG_ACTION_KILL_THREAD | 9,
	CG_ACTION_TRAP,         CG_ACTION_TRAP | 4,         CG_ACTION_ERRNO,       CG_ACTION_ERRNO | 1,
	CG_ACTION_ERRNO | 4096, CG_ACTION_NOTIFY,           CG_ACTION_NOTIFY | 1,  CG_ACTION_TRACE | 5,
	CG_ACTION_LOG,          CG_ACTION_LOG | 2,          CG_ACTION_ALLOW,       CG_ACTION_ALLOW | 7,
	0x12340000,             0xffffffff,                 0x7fffffff,
};

/* Some actions by number, argument and ip: each of a few numbers, so that filters meet. */
static struct cg_filter make_filter(struct test_random *random, struct test_program *program)
{
	static const uint32_t fields[] = { NR, NR, NR, ARCH, ARG_LOW(0), ARG_HIGH(0), ARG_LOW(3), 8 };

	program->n_insns = 0;
	for (int i = 0; i < 6; i++) {
		test_add(program, LD(fields[test_random_below(random, CG_N_ITEMS(fields))]));
		test_add(program, OP(BPF_JMP | test_jump_codes[test_random_below(random, 4)] | BPF_K, 0, 1,
				     test_random_below(random, 9)));
		test_add(program, RET(actions[test_random_below(random, CG_N_ITEMS(actions))]));
	}
	test_add(program, RET(actions[test_random_below(random, CG_N_ITEMS(actions))]));
	return test_filter(program);
}

static struct cg_call small_call(struct test_random *random)
{
	struct cg_call call = { .arch = test_random_below(random, 10), .nr = test_random_below(random, 10) };

	call.ip = (uint64_t)test_random_below(random, 10) << 32 | test_random_below(random, 10);
	for (size_t i = 0; i < 6; i++)
		call.args[i] = (uint64_t)test_random_below(random, 10) << 32 | test_random_below(random, 10);
	return call;
}

/* ---- stacks */

/* seccomp_run_filters() in kernel/seccomp.c, newest first. */
static uint32_t run_stack(const struct cg_filter *filters, size_t n_filters, const struct cg_call *call)
{
	uint32_t answer = CG_ACTION_ALLOW;

	for (size_t i = 0; i < n_filters; i++) {
		uint32_t current = cg_filter_run(&filters[i], call, NULL);

		if ((int32_t)(current & CG_ACTION_MASK) < (int32_t)(answer & CG_ACTION_MASK))
			answer = current;
	}
	return answer;
}

static void test_stack(void **state)
{
	static struct test_program programs[5];
	struct test_random random = { 6 };

	for (int i = 0; i < N_ROUNDS; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		size_t n = test_random_below(&random, 6);
		struct cg_filter filters[5];
		uint32_t roots[5], root;

		for (size_t j = 0; j < n; j++) {
			filters[j] = make_filter(&random, &programs[j]);
			roots[j] = test_root(meanings, &filters[j]);
		}
		assert_int_equal(cg_meaning_of_stack(meanings, roots, n, &root, NULL), 0);
		for (int j = 0; j < 200; j++) {
			struct cg_call call = small_call(&random);

			assert_int_equal(cg_meaning_eval(meanings, root, &call), run_stack(filters, n, &call));
		}
	}
}

static void test_stack_limit(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	CG_FREE uint32_t *roots = calloc(CG_STACK_LIMIT + 1, sizeof(*roots));
	uint32_t root = 77;

	assert_non_null(roots);
	assert_int_equal(cg_meaning_of_stack(meanings, roots, CG_STACK_LIMIT + 1, &root, NULL), -E2BIG);
	assert_int_equal(root, 77);
	assert_int_equal(cg_meaning_of_stack(meanings, roots, CG_STACK_LIMIT, &root, NULL), 0);
}

/* ---- effects and subsets */

static void test_effect(void **state)
{
	static const struct {
		uint32_t action, effect;
	} rows[] = {
		{ CG_ACTION_ALLOW | 7, CG_ACTION_ALLOW },      { CG_ACTION_LOG | 2, CG_ACTION_LOG },
		{ CG_ACTION_TRACE | 5, CG_ACTION_TRACE | 5 },  { CG_ACTION_NOTIFY | 1, CG_ACTION_NOTIFY },
		{ CG_ACTION_ERRNO | 38, CG_ACTION_ERRNO | 38 }, { CG_ACTION_ERRNO | 0xffff, CG_ACTION_ERRNO | 4095 },
		{ CG_ACTION_TRAP | 4, CG_ACTION_TRAP | 4 },    { CG_ACTION_KILL_THREAD | 9, CG_ACTION_KILL_THREAD },
		{ 0x12345678, CG_ACTION_KILL_PROCESS },        { CG_ACTION_KILL_PROCESS | 3, CG_ACTION_KILL_PROCESS },
	};
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		uint32_t given, wanted, got;

		assert_int_equal(cg_meaning_of_action(meanings, rows[i].action, &given, NULL), 0);
		assert_int_equal(cg_meaning_of_action(meanings, rows[i].effect, &wanted, NULL), 0);
		assert_int_equal(cg_meaning_of_effect(meanings, given, &got, NULL), 0);
		assert_int_equal(got, wanted);
	}
}

static int openness(uint32_t action)
{
	if (cg_action_is_permit(action))
		return 2;
	return cg_action_row(action)->is_denial ? 0 : 1;
}

static void test_exceeds(void **state)
{
	static struct test_program programs[2];
	struct test_random random = { 7 };
	int n_exceed = 0;

	for (int i = 0; i < N_ROUNDS; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		struct cg_filter a = make_filter(&random, &programs[0]), b = make_filter(&random, &programs[1]);
		uint32_t root_a = test_root(meanings, &a), root_b = test_root(meanings, &b);
		uint32_t both[2] = { root_a, root_b };
		struct cg_witness witness;
		uint32_t stack;
		int r = cg_meaning_exceeds(meanings, root_a, root_b, &witness, NULL);

		n_exceed += r;
		if (r == 1) {
			assert_int_equal(witness.a, cg_filter_run(&a, &witness.call, NULL));
			assert_int_equal(witness.b, cg_filter_run(&b, &witness.call, NULL));
			assert_true(openness(witness.a) > openness(witness.b));
		}
		for (int j = 0; j < 200 && r == 0; j++) {
			struct cg_call call = small_call(&random);
			int open_a = openness(cg_filter_run(&a, &call, NULL));

			assert_true(open_a <= openness(cg_filter_run(&b, &call, NULL)));
		}
		/* A stack never opens what one of its filters closes. */
		assert_int_equal(cg_meaning_of_stack(meanings, both, 2, &stack, NULL), 0);
		assert_int_equal(cg_meaning_exceeds(meanings, stack, root_a, &witness, NULL), 0);
		assert_int_equal(cg_meaning_exceeds(meanings, stack, root_b, &witness, NULL), 0);
	}
	assert_in_range(n_exceed, N_ROUNDS / 4, N_ROUNDS - 1);
}

/* ---- regions */

static const struct cg_region *find_region(const struct cg_regions *regions, const struct cg_call *call)
{
	const struct cg_region *found = NULL;

	for (size_t i = 0; i < regions->n_items; i++) {
		const struct cg_region *region = &regions->items[i];

		if (call->arch < region->arch_first || call->arch > region->arch_last || call->nr < region->nr_first ||
		    call->nr > region->nr_last)
			continue;
		assert_null(found); /* one only */
		found = region;
	}
	return found;
}

static void test_regions(void **state)
{
	static struct test_program programs[2];
	struct test_random random = { 8 };

	for (int i = 0; i < N_ROUNDS; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		struct cg_filter a = make_filter(&random, &programs[0]), b = make_filter(&random, &programs[1]);
		uint32_t root_a, root_b;
		struct cg_regions all = { 0 }, differing = { 0 };

		for (size_t j = 0; j < a.n_insns; j++) { /* single bits of numbers have 2^31 ranges */
			if (a.insns[j].code == (BPF_JMP | BPF_JSET))
				a.insns[j].code = b.insns[j].code = BPF_JMP | BPF_JEQ;
			if (b.insns[j].code == (BPF_JMP | BPF_JSET))
				b.insns[j].code = BPF_JMP | BPF_JGE;
		}
		root_a = test_root(meanings, &a);
		root_b = test_root(meanings, &b);
		assert_int_equal(cg_meaning_regions(meanings, root_a, root_b, false, &all, NULL), 0);
		assert_int_equal(cg_meaning_regions(meanings, root_a, root_b, true, &differing, NULL), 0);
		for (int j = 0; j < 200; j++) {
			struct cg_call call = small_call(&random);
			const struct cg_region *region = find_region(&all, &call);
			const struct cg_region *other = find_region(&differing, &call);

			assert_non_null(region);
			assert_int_equal(cg_meaning_eval(meanings, region->a, &call), cg_filter_run(&a, &call, NULL));
			assert_int_equal(cg_meaning_eval(meanings, region->b, &call), cg_filter_run(&b, &call, NULL));
			assert_true((other != NULL) == (region->a != region->b));
		}
		for (size_t j = 0; j + 1 < all.n_items; j++) { /* ascending, no gap, nothing that could be one block */
			const struct cg_region *region = &all.items[j], *next = region + 1;

			if (region->arch_first == next->arch_first) {
				assert_int_equal(next->nr_first, region->nr_last + 1);
				assert_true(region->a != next->a || region->b != next->b);
			} else {
				assert_int_equal(next->arch_first, region->arch_last + 1);
				assert_true(region->nr_last == UINT32_MAX && next->nr_first == 0);
			}
		}
		cg_regions_done(&all);
		cg_regions_done(&differing);
	}
}

static void test_regions_limit(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter insns[] = { LD(NR), OP(BPF_JMP | BPF_JSET | BPF_K, 0, 1, 1), RET(1), RET(2) };
	struct cg_filter filter = filter_of(insns);
	struct cg_regions regions = { 0 };
	uint32_t root = test_root(meanings, &filter), none;
	struct cg_err err = { 0 };

	assert_int_equal(cg_meaning_regions(meanings, root, root, false, &regions, &err), -EOVERFLOW);
	assert_int_equal(regions.n_items, 0);
	assert_int_equal(cg_meaning_regions(meanings, root, root, true, &regions, &err), 0);
	assert_int_equal(regions.n_items, 0);
	insns[0].k = ARCH;
	none = test_root(meanings, &filter);
	assert_int_equal(cg_meaning_regions(meanings, none, root, true, &regions, &err), -EOVERFLOW);
	assert_int_equal(regions.n_items, 0);
	cg_regions_done(&regions);
}

/* ---- digests */

static void digest_text(const struct cg_meanings *meanings, uint32_t root, char text[2 * CG_DIGEST_SIZE + 1])
{
	unsigned char digest[CG_DIGEST_SIZE];

	assert_int_equal(cg_meaning_digest(meanings, root, digest, NULL), 0);
	for (size_t i = 0; i < CG_DIGEST_SIZE; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

/* Whatever else the set holds, and in whatever order the rules came. */
static void test_digest(void **state)
{
	struct test_random random = { 9 };

	for (int i = 0; i < N_ROUNDS; i++) {
		OWN_SET struct cg_meanings *one = cg_meanings_new(NULL), *two = cg_meanings_new(NULL);
		static uint8_t bytes[400];
		struct test_bytes in = { bytes, sizeof(bytes) };
		OWN_POLICY struct cg_policy *policy = NULL;
		static struct test_program program;
		char text_one[65], text_two[65];
		struct cg_filter filter = make_filter(&random, &program);
		uint32_t root;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)test_random_u64(&random);
		policy = test_policy(&in, 20);
		assert_non_null(policy);
		digest_text(one, test_policy_root(one, policy), text_one);

		test_root(two, &filter); /* so that numbers differ */
		root = test_policy_root(two, policy);
		digest_text(two, root, text_two);
		assert_string_equal(text_one, text_two);

		digest_text(two, test_root(two, &filter), text_two);
		assert_string_not_equal(text_one, text_two);
	}
}

/* It may be kept by others: a change of the form must be seen here. */
static void test_digest_stays(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter insns[] = { LD(NR), JEQ(39, 0, 1), RET(CG_ACTION_ALLOW), RET(CG_ACTION_ERRNO | 1) };
	struct cg_filter filter = filter_of(insns);
	char text[65];

	digest_text(meanings, test_root(meanings, &filter), text);
	assert_string_equal(text, "321c09d32e7a3ad0b7873a42233cefc3454d5eefda6148efd9a626c0ca84ecbc");
}

static void test_sha256(void **state)
{
	static const struct {
		const char *bytes;
		size_t n_times;
		unsigned char begins[4];
	} rows[] = {
		/* The examples that FIPS 180 gives. */
		{ "abc", 1, { 0xba, 0x78, 0x16, 0xbf } },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, { 0x24, 0x8d, 0x6a, 0x61 } },
		{ "a", 1000000, { 0xcd, 0xc7, 0x6e, 0x5c } },
		{ "", 0, { 0xe3, 0xb0, 0xc4, 0x42 } },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		unsigned char digest[CG_SHA256_SIZE];
		struct cg_sha256 sha;

		cg_sha256_start(&sha);
		for (size_t j = 0; j < rows[i].n_times; j++)
			cg_sha256_add(&sha, rows[i].bytes, strlen(rows[i].bytes));
		cg_sha256_end(&sha, digest);
		assert_memory_equal(digest, rows[i].begins, 4);
	}
}

/* ---- nodes */

/* What cg_meaning_look() shows is enough to evaluate by hand. */
static void test_look(void **state)
{
	static struct test_program program;
	struct test_random random = { 10 };

	for (int i = 0; i < N_ROUNDS; i++) {
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		struct cg_filter filter = make_filter(&random, &program);
		struct cg_call call = small_call(&random);
		uint64_t words[8] = { (uint64_t)call.arch << 32 | call.nr };
		struct cg_meaning_view view = cg_meaning_look(meanings, test_root(meanings, &filter));

		memcpy(&words[1], call.args, sizeof(call.args));
		words[7] = call.ip;
		while (view.level != CG_LEVEL_LEAF) {
			bool bit = words[view.level / 64] >> (63 - view.level % 64) & 1;

			view = cg_meaning_look(meanings, bit ? view.high : view.low);
		}
		assert_int_equal(view.action, cg_filter_run(&filter, &call, NULL));
	}
}

/* A filter that returns an argument can be held against what the set holds, and nothing more. */
static void test_beside(void **state)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct sock_filter returns_nr[] = { LD(NR), OP(BPF_RET | BPF_A, 0, 0, 0) };
	struct sock_filter returns_some[] = { LD(NR), JEQ(CG_ACTION_ALLOW, 0, 1), RET(CG_ACTION_ALLOW), RET(0) };
	struct cg_filter filter = filter_of(returns_nr), some = filter_of(returns_some);
	uint32_t wanted = test_root(meanings, &some), root = 77;
	struct cg_witness witness;

	assert_int_equal(cg_meaning_of_filter(meanings, &filter, &root, NULL), -EOVERFLOW);
	assert_int_equal(root, 77);
	assert_int_equal(cg_meaning_of_filter_beside(meanings, &filter, &root, NULL), 0);
	assert_int_equal(cg_meaning_differ(meanings, wanted, root, &witness), 1);
	assert_int_not_equal(cg_filter_run(&filter, &witness.call, NULL), cg_filter_run(&some, &witness.call, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack),	     cmocka_unit_test(test_stack_limit),
		cmocka_unit_test(test_effect),	     cmocka_unit_test(test_exceeds),
		cmocka_unit_test(test_regions),	     cmocka_unit_test(test_regions_limit),
		cmocka_unit_test(test_digest),	     cmocka_unit_test(test_digest_stays),
		cmocka_unit_test(test_sha256),	     cmocka_unit_test(test_look),
		cmocka_unit_test(test_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
