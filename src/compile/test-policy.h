/*
 * For tests only: any bytes to a policy, and to calls that ask it where its answers change.
 *
 * In: bytes (from a fuzzer, or random). Out: a policy over a few architectures of one byte order, with few numbers and
 * few values, so that rules meet; and calls whose arguments are values of its comparisons, their neighbours, and the
 * same with other high words. Reads 0 where the bytes end.
 */
#ifndef CG_COMPILE_TEST_POLICY_H
#define CG_COMPILE_TEST_POLICY_H

#include "base/cleanup.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct test_bytes {
	const uint8_t *bytes;
	size_t n_left;
};

static inline uint32_t test_take(struct test_bytes *in)
{
	if (in->n_left == 0)
		return 0;
	in->n_left--;
	return *in->bytes++;
}

static inline uint64_t test_take_u64(struct test_bytes *in)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | test_take(in);
	return value;
}

static const char *const test_little[] = { "x86_64", "x86", "x32", "aarch64", "arm", "riscv64", "mipsel64n32" };
static const char *const test_big[] = { "s390x", "mips", "mips64", "s390", "ppc64" };

static const uint32_t test_actions[] = {
	CG_ACTION_ALLOW, CG_ACTION_ALLOW,        CG_ACTION_ALLOW,       CG_ACTION_ERRNO | 1, CG_ACTION_ERRNO | 38,
	CG_ACTION_TRAP,  CG_ACTION_LOG,          CG_ACTION_KILL_THREAD, CG_ACTION_TRACE | 5, CG_ACTION_NOTIFY,
	CG_ACTION_ERRNO, CG_ACTION_KILL_PROCESS, CG_ACTION_ALLOW | 7,   0x12345678,
};

static inline uint32_t test_take_action(struct test_bytes *in)
{
	return test_actions[test_take(in) % CG_N_ITEMS(test_actions)];
}

static inline void test_take_arches(struct test_bytes *in, struct cg_policy *policy)
{
	uint32_t bits = test_take(in);

	for (size_t i = 0; i < 7; i++) {
		const char *name = bits & 0x80 ? test_big[i % 5] : test_little[i];

		if (bits >> i & 1)
			cg_policy_add_arch(policy, cg_arch_find(name), NULL);
	}
	if (policy->n_arches == 0)
		cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL);
}

/* A number that belongs to the arch: mostly small, sometimes at an edge of the line. */
static inline uint32_t test_take_nr(struct test_bytes *in, const struct cg_arch *arch)
{
	static const uint32_t edges[] = { 0x3fffffff, 0xffffffff, 0x7fffffff, 0x80000000, 0x3ffffffe, 0xfffffffe };
	uint32_t byte = test_take(in);
	uint32_t nr = byte < 240 ? byte % 12 : edges[byte % CG_N_ITEMS(edges)];

	if (arch->is_x32)
		nr |= CG_X32_BIT;
	if (!cg_policy_is_nr_of(arch, nr))
		nr = arch->is_x32 ? CG_X32_BIT : 7;
	return nr;
}

static inline uint64_t test_take_value(struct test_bytes *in)
{
	/* clang-format off */
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 0x10, 0x11, 0x80, 0xff, 0x100,
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001, 0x100000005, 0x1ffffffff,
		0x200000000, 0x80000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	};
	/* clang-format on */
	uint32_t byte = test_take(in);

	if (byte >= 250)
		return test_take_u64(in);
	if (byte >= 200)
		return test_take(in);
	return values[byte % CG_N_ITEMS(values)];
}

static inline void test_take_rule(struct test_bytes *in, struct cg_policy *policy)
{
	struct cg_comparison comparisons[6];
	uint32_t byte = test_take(in);
	struct cg_rule rule = { .arch = policy->arches[test_take(in) % policy->n_arches], .comparisons = comparisons };

	rule.nr = test_take_nr(in, rule.arch);
	rule.action = test_take_action(in);
	rule.n_comparisons = byte < 40 ? 0 : byte < 200 ? 1 + byte % 2 : 1 + byte % 6;
	for (unsigned int i = 0; i < rule.n_comparisons; i++) {
		uint32_t kind = test_take(in);

		comparisons[i].op = kind % 9 < 7 ? (enum cg_op)(kind % 9) : CG_OP_EQ;
		comparisons[i].arg = kind / 9 < 20 ? kind / 9 % 3 : kind / 9 % 6;
		comparisons[i].value = test_take_value(in);
		comparisons[i].mask = comparisons[i].op == CG_OP_MASKED_EQ ? test_take_value(in) : UINT64_MAX;
	}
	cg_policy_add_rule(policy, &rule, NULL);
}

/* NULL when out of memory. `n_rules_most` rules at most, as far as the bytes go. */
static inline struct cg_policy *test_policy(struct test_bytes *in, size_t n_rules_most)
{
	struct cg_policy *policy = cg_policy_new(test_take_action(in));

	if (!policy)
		return NULL;
	if (test_take(in) % 2)
		policy->bad_arch_action = test_take_action(in);
	test_take_arches(in, policy);
	while (in->n_left > 4 && policy->rules.n_items < n_rules_most)
		test_take_rule(in, policy);
	return policy;
}

/* ---- calls; `random` is any number */

static inline uint64_t test_probe_value(const struct cg_rule *rule, uint64_t random)
{
	static const uint64_t highs[] = { 0, 1ULL << 32, 0xffffffff00000000, 5ULL << 32 };
	const struct cg_comparison *comparison;
	uint64_t value = random >> 40 & 3;

	if (rule && rule->n_comparisons) {
		comparison = &rule->comparisons[(random >> 8) % rule->n_comparisons];
		value = (random & 0x10 ? comparison->value & comparison->mask : comparison->value) + value - 1;
		if ((random & 0xc0) == 0xc0)
			value ^= ~comparison->mask;
	}
	if (random & 0x20)
		value = (value & UINT32_MAX) | highs[random >> 16 & 3];
	if ((random & 0x700000) == 0)
		value ^= 1ULL << (random >> 50 & 63);
	return value;
}

/* Mostly on a rule's arch and number, with arguments from rules of the policy. */
static inline struct cg_call test_probe(const struct cg_policy *policy, uint64_t random, const uint64_t randoms[6])
{
	size_t n_rules = policy->rules.n_items;
	const struct cg_rule *rule = n_rules ? &policy->rules.items[random % n_rules] : NULL;
	struct cg_call call = { .arch = policy->arches[random % policy->n_arches]->token,
				.nr = (uint32_t)(random >> 8) % 16 };

	if (rule && random >> 60) {
		call.arch = rule->arch->token;
		call.nr = rule->nr + (random >> 56 & 7 ? 0 : (uint32_t)(random >> 40) % 3 - 1);
	}
	if ((random >> 48 & 0x3f) == 0)
		call.arch ^= random >> 47 & 1 ? 1 : 0x80000000;
	if ((random >> 48 & 0x1f) == 1)
		call.nr ^= CG_X32_BIT;
	if ((random >> 48 & 0x7f) == 2)
		call.nr = CG_NR_SKIPPED;
	for (size_t i = 0; i < 6; i++) {
		/* Half of the arguments from the rule that the call is about, the others from any. */
		const struct cg_rule *source =
			n_rules && randoms[i] >> 63 ? &policy->rules.items[randoms[i] % n_rules] : rule;

		call.args[i] = test_probe_value(source, randoms[i]);
	}
	return call;
}

#endif
