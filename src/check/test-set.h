/*
 * For tests only: a set of diagrams, roots of filters and policies, and calls that look random.
 */
#ifndef CG_CHECK_TEST_SET_H
#define CG_CHECK_TEST_SET_H

#include "base/cleanup.h"
#include "check/check.h"
#include "filter/test-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void test_free_set(struct cg_meanings **meanings)
{
	*meanings = cg_meanings_free(*meanings);
}

static inline void test_free_policy(struct cg_policy **policy)
{
	*policy = cg_policy_free(*policy);
}

static inline void test_free_filter(struct cg_filter **filter)
{
	*filter = cg_filter_free(*filter);
}

#define OWN_SET CG_CLEANUP(test_free_set)
#define OWN_POLICY CG_CLEANUP(test_free_policy)
#define OWN_FILTER CG_CLEANUP(test_free_filter)

#define filter_of(array) \
	((struct cg_filter){ .insns = (struct sock_filter *)(array), .n_insns = CG_N_ITEMS(array) })

/* An instruction in fewer letters. */
#define OP(code, jt, jf, k) ((struct sock_filter){ (code), (jt), (jf), (k) })
#define LD(offset) OP(BPF_LD | BPF_W | BPF_ABS, 0, 0, (offset))
#define JEQ(k, jt, jf) OP(BPF_JMP | BPF_JEQ | BPF_K, (jt), (jf), (k))
#define RET(k) OP(BPF_RET | BPF_K, 0, 0, (k))

#define NR 0
#define ARCH 4
#define ARG_LOW(i) (16 + 8 * (i))
#define ARG_HIGH(i) (20 + 8 * (i))

/* A program under construction; what does not fit is dropped. */
struct test_program {
	struct sock_filter insns[CG_FILTER_LENGTH_MAX];
	size_t n_insns;
};

static inline void test_add(struct test_program *program, struct sock_filter insn)
{
	if (program->n_insns < CG_FILTER_LENGTH_MAX)
		program->insns[program->n_insns++] = insn;
}

static inline struct cg_filter test_filter(struct test_program *program)
{
	return (struct cg_filter){ .insns = program->insns, .n_insns = program->n_insns };
}

static inline uint32_t test_root(struct cg_meanings *meanings, const struct cg_filter *filter)
{
	struct cg_err err = { 0 };
	uint32_t root = 0;

	if (cg_meaning_of_filter(meanings, filter, &root, &err) < 0)
		fail_msg("%s", err.message);
	return root;
}

static inline uint32_t test_policy_root(struct cg_meanings *meanings, const struct cg_policy *policy)
{
	struct cg_err err = { 0 };
	uint32_t root = 0;

	if (cg_meaning_of_policy(meanings, policy, &root, &err) < 0)
		fail_msg("%s", err.message);
	return root;
}

/* A word that a filter is likely to look at: an edge, or one of its constants or their neighbours. */
static inline uint32_t test_word(struct test_random *random, const struct cg_filter *filter)
{
	const struct sock_filter *insn = &filter->insns[test_random_below(random, (uint32_t)filter->n_insns)];

	if (test_random_percent(random, 50))
		return test_random_edge(random);
	return insn->k + test_random_below(random, 3) - 1;
}

static inline struct cg_call test_call(struct test_random *random, const struct cg_filter *filter)
{
	struct cg_call call = { .arch = test_word(random, filter), .nr = test_word(random, filter) };

	call.ip = (uint64_t)test_word(random, filter) << 32 | test_word(random, filter);
	for (size_t i = 0; i < 6; i++)
		call.args[i] = (uint64_t)test_word(random, filter) << 32 | test_word(random, filter);
	return call;
}

/* The diagram and the simulator answer n_calls calls alike. */
static inline void test_against_simulator(const struct cg_meanings *meanings, uint32_t root,
					  const struct cg_filter *filter, struct test_random *random, int n_calls)
{
	for (int i = 0; i < n_calls; i++) {
		struct cg_call call = test_call(random, filter);
		uint32_t said = cg_meaning_eval(meanings, root, &call), got = cg_filter_run(filter, &call, NULL);

		if (said != got)
			fail_msg("the diagram says 0x%x, the simulator 0x%x of %zu instructions", said, got,
				 filter->n_insns);
	}
}

#endif
