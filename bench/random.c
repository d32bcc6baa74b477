/*
 * Random policies, as many as are asked for: is there one whose filter does not mean it?
 *
 * In: SEED COUNT. Each policy has up to five of all architectures, up to 60 rules on few numbers and few values, so
 * that they meet: every operator, up to six comparisons a rule, on any argument, 64-bit data, a dozen actions. Each
 * filter must be one that the kernel takes, answer as policy/eval.c does at every boundary (gate/boundary.c) and at
 * random mixes of those values, and pass the proof (check/). Every tenth is compiled with weights. Out: one line of
 * figures. Exit status 1 and the policy's seed at the first wrong answer, which with a count of 1 shows it again.
 */
#include "check/check.h"
#include "compile/compile.h"
#include "compile/test-policy.h"
#include "filter/test-random.h"
#include "gate/boundary.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_BYTES 640
#define N_PROBES 40
#define N_WEIGHTS 12

struct tally {
	size_t n_policies, n_insns, n_proven, n_undecided, n_too_long, n_probes, n_rules;
	size_t n_with_arch[CG_N_ARCHES_MAX];
};

static void add_arches(struct cg_policy *policy, struct test_random *random)
{
	size_t n_more = test_random_below(random, 5);

	cg_policy_add_arch(policy, &cg_arches[test_random_below(random, (uint32_t)cg_n_arches)], NULL);
	/* One of another byte order is refused, and that is fine. */
	for (size_t i = 0; i < n_more; i++)
		cg_policy_add_arch(policy, &cg_arches[test_random_below(random, (uint32_t)cg_n_arches)], NULL);
	if (test_random_percent(random, 15)) {
		cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL);
		cg_policy_add_arch(policy, cg_arch_find("x32"), NULL);
	}
}

/* Of some arches, newer calls get an answer of their own: from among the numbers that rules name, or behind them. */
static void add_newest(struct cg_policy *policy, struct test_random *random)
{
	uint32_t action = test_actions[test_random_below(random, CG_N_ITEMS(test_actions))];

	for (size_t i = 0; i < policy->n_arches; i++) {
		uint32_t newest = test_random_percent(random, 80) ? test_random_below(random, 20) :
								    test_random_edge(random);

		if (policy->arches[i]->is_x32 && test_random_percent(random, 90))
			newest |= CG_X32_BIT;
		if (test_random_percent(random, 70))
			cg_policy_set_newest(policy, policy->arches[i], newest, action);
	}
}

static struct cg_policy *make_policy(struct test_random *random)
{
	uint8_t bytes[N_BYTES];
	struct test_bytes in = { bytes, 40 + test_random_below(random, N_BYTES - 40) };
	struct cg_policy *policy;

	for (size_t i = 0; i < N_BYTES; i++)
		bytes[i] = (uint8_t)test_random_u64(random);
	policy = cg_policy_new(test_take_action(&in));
	if (!policy)
		return NULL;
	if (test_random_percent(random, 50))
		policy->bad_arch_action = test_take_action(&in);
	add_arches(policy, random);
	if (test_random_percent(random, 20))
		add_newest(policy, random);
	while (in.n_left > 4)
		test_take_rule(&in, policy);
	return policy;
}

static int compile(const struct cg_policy *policy, struct test_random *random, struct cg_filter **ret_filter,
		   struct cg_err *err)
{
	struct cg_compile_weight weights[N_WEIGHTS];
	size_t n_weights = test_random_percent(random, 10) ? N_WEIGHTS : 0;

	for (size_t i = 0; i < n_weights; i++) {
		size_t n_rules = policy->rules.n_items;
		const struct cg_rule *rule =
			n_rules ? &policy->rules.items[test_random_below(random, (uint32_t)n_rules)] : NULL;

		weights[i].arch = rule ? rule->arch : policy->arches[0];
		weights[i].nr = (rule ? rule->nr : 0) + (uint32_t)i / 4;
		weights[i].weight = test_random_u64(random) >> test_random_below(random, 64);
	}
	return cg_compile_weighted(policy, n_weights ? weights : NULL, n_weights, ret_filter, err);
}

static int probe(const struct cg_policy *policy, const struct cg_filter *filter, struct test_random *random,
		 struct cg_err *err)
{
	for (int i = 0; i < N_PROBES; i++) {
		uint64_t first = test_random_u64(random), rest[6];
		struct cg_call call;

		for (size_t j = 0; j < 6; j++)
			rest[j] = test_random_u64(random);
		call = test_probe(policy, first, rest);
		if (cg_filter_run(filter, &call, NULL) != cg_policy_eval(policy, &call))
			return cg_err_set(err, -EBADE, NULL, "arch 0x%x, number 0x%x: a wrong answer", call.arch, call.nr);
	}
	return 0;
}

static int examine(const struct cg_policy *policy, const struct cg_filter *filter, struct test_random *random,
		   struct tally *tally, struct cg_err *err)
{
	size_t n_probes = 0;
	int r = cg_filter_check(filter, err);

	if (r == 0)
		r = cg_boundary_compare(policy, filter, &n_probes, err);
	if (r == 0)
		r = probe(policy, filter, random, err);
	if (r < 0)
		return r;
	tally->n_probes += n_probes + N_PROBES;
	tally->n_insns += filter->n_insns;
	r = cg_check_filter(policy, filter, NULL, NULL, err);
	tally->n_proven += r == 0;
	tally->n_undecided += r == -EOVERFLOW;
	if (r > 0)
		return cg_err_set(err, -EBADE, NULL, "the proof found a wrong answer");
	return r == -EOVERFLOW ? 0 : r;
}

static int run(uint64_t seed, struct tally *tally, struct cg_err *err)
{
	struct test_random random = { seed };
	struct cg_policy *policy = make_policy(&random);
	struct cg_filter *filter = NULL;
	int r = policy ? compile(policy, &random, &filter, err) : -ENOMEM;

	if (r == 0) {
		tally->n_rules += policy->rules.n_items;
		for (size_t i = 0; i < policy->n_arches; i++)
			tally->n_with_arch[cg_arch_index(policy->arches[i])]++;
		r = examine(policy, filter, &random, tally, err);
	} else if (r == -E2BIG) {
		tally->n_too_long++;
		r = 0;
	}
	tally->n_policies++;
	cg_filter_free(filter);
	cg_policy_free(policy);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	size_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000, rarest = SIZE_MAX;
	struct tally tally = { 0 };
	struct cg_err err = { 0 };

	for (size_t i = 0; i < count; i++) {
		/* Each policy has a seed of its own, by which it can be made again. */
		if (run(seed + i, &tally, &err) < 0) {
			printf("policy %llu: %s\n", (unsigned long long)(seed + i), err.message);
			return 1;
		}
	}
	for (size_t i = 0; i < cg_n_arches; i++)
		rarest = tally.n_with_arch[i] < rarest ? tally.n_with_arch[i] : rarest;
	printf("%zu policies (%zu rules; each of %zu architectures in %zu or more), %zu instructions, %zu calls asked, "
	       "%zu filters proven, %zu not decided, %zu too long: no wrong answer\n",
	       tally.n_policies, tally.n_rules, cg_n_arches, rarest, tally.n_insns, tally.n_probes, tally.n_proven,
	       tally.n_undecided, tally.n_too_long);
	return 0;
}
