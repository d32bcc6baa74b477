/*
 * See boundary.h. In: a policy and the filter that was made of it. Out: the first call on which they differ.
 *
 * Asked are: for each architecture, inside and outside the policy, the ends of the number line and of x32's part of it;
 * each number that a rule names, and its arguments on the numbers beside it and on the other architectures; and for
 * each rule the arguments that just satisfy it, with each compared argument then moved over the edges of its
 * comparisons (the value and its neighbours, bits of the mask and bits outside it, other high words) while the others
 * keep to the rule or stray to the edges of other rules; and mixes of all those values. What is left to chance is the
 * same in every run.
 *
 * The policy's side is policy/eval.c. To keep it from reading all rules for every probe it is given a view of the
 * policy that holds only the rules of the number in question, which by its point 2 are the only ones that it looks at.
 */
#include "gate/boundary.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "gate/edges.h"
#include "policy/eval.h"

#include <stdlib.h>
#include <string.h>

#define N_VARIANTS 4 /* calls asked for each edge: one just satisfying the rule, the others straying */
#define N_MIXED 64   /* mixes for a call with conditions, and MIXED_PER_RULE more for each of its rules */
#define MIXED_PER_RULE 8
#define N_RULES_ELSEWHERE 4 /* rules of a call whose arguments are tried on other numbers and architectures */

/* The rules of one token and number, in the policy's order. */
struct group {
	uint32_t token, nr;
	struct cg_rule *rules;
	size_t n_rules;
	bool is_conditional;
};

struct comparer {
	const struct cg_policy *policy;
	const struct cg_filter *filter;
	struct cg_policy view; /* the policy with the rules of one group */
	struct cg_rule *rules; /* all rules, sorted by token and number */
	CG_VEC(struct group) groups;
	CG_VEC(uint64_t) edges[6]; /* of the group at hand, by argument */
	uint64_t random;
	size_t n_probes, work;
	struct cg_err *err;
};

static uint64_t next_random(struct comparer *comparer)
{
	comparer->random ^= comparer->random << 13;
	comparer->random ^= comparer->random >> 7;
	comparer->random ^= comparer->random << 17;
	return comparer->random;
}

/* ---- groups */

static int compare_rule_pointers(const void *left, const void *right)
{
	const struct cg_rule *a = *(const struct cg_rule *const *)left, *b = *(const struct cg_rule *const *)right;

	if (a->arch->token != b->arch->token)
		return a->arch->token < b->arch->token ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return (a > b) - (a < b);
}

static int sort_rules(struct comparer *comparer)
{
	size_t n_rules = comparer->policy->rules.n_items;
	CG_FREE const struct cg_rule **sorted = calloc(n_rules + 1, sizeof(*sorted));

	comparer->rules = calloc(n_rules + 1, sizeof(*comparer->rules));
	if (!sorted || !comparer->rules)
		return -ENOMEM;
	for (size_t i = 0; i < n_rules; i++)
		sorted[i] = &comparer->policy->rules.items[i];
	qsort(sorted, n_rules, sizeof(*sorted), compare_rule_pointers);
	for (size_t i = 0; i < n_rules; i++)
		comparer->rules[i] = *sorted[i];
	return 0;
}

static int find_groups(struct comparer *comparer)
{
	struct cg_rule *rule = comparer->rules, *end = rule + comparer->policy->rules.n_items;

	while (rule < end) {
		struct group group = { .token = rule->arch->token, .nr = rule->nr, .rules = rule };

		for (; rule < end && rule->arch->token == group.token && rule->nr == group.nr; rule++) {
			group.n_rules++;
			group.is_conditional |= rule->n_comparisons > 0;
		}
		if (cg_vec_push(&comparer->groups, group) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const struct group *find_group(const struct comparer *comparer, uint32_t token, uint32_t nr)
{
	size_t low = 0, high = comparer->groups.n_items;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct group *group = &comparer->groups.items[middle];

		if (group->token == token && group->nr == nr)
			return group;
		if (group->token < token || (group->token == token && group->nr < nr))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- one probe */

static int fail_at(struct comparer *comparer, const struct cg_call *call, uint32_t says, uint32_t answers)
{
	struct cg_text call_text = { 0 }, says_text = { 0 }, answers_text = { 0 };

	cg_call_format(&call_text, call);
	cg_action_format(&says_text, says);
	cg_action_format(&answers_text, answers);
	cg_err_set(comparer->err, -EBADE, NULL,
		   "a bug in callgate: the policy says %s for %s (arch 0x%x, arguments 0x%llx 0x%llx 0x%llx 0x%llx "
		   "0x%llx 0x%llx),"
		   " the compiled filter %s; the filter is not used",
		   cg_text_get(&says_text), cg_text_get(&call_text), call->arch, (unsigned long long)call->args[0],
		   (unsigned long long)call->args[1], (unsigned long long)call->args[2],
		   (unsigned long long)call->args[3], (unsigned long long)call->args[4],
		   (unsigned long long)call->args[5], cg_text_get(&answers_text));
	cg_text_done(&call_text);
	cg_text_done(&says_text);
	cg_text_done(&answers_text);
	return -EBADE;
}

static int ask(struct comparer *comparer, const struct group *group, const struct cg_call *call)
{
	uint32_t says, answers = cg_filter_run(comparer->filter, call, NULL);

	comparer->view.rules.items = group ? group->rules : NULL;
	comparer->view.rules.n_items = group ? group->n_rules : 0;
	says = cg_policy_eval(&comparer->view, call);
	comparer->n_probes++;
	comparer->work += 1 + comparer->view.rules.n_items;
	return says == answers ? 0 : fail_at(comparer, call, says, answers);
}

/* A number, whatever rules there are for it, with arguments 0, all ones, and random. */
static int ask_nr(struct comparer *comparer, uint32_t token, uint32_t nr)
{
	const struct group *group = find_group(comparer, token, nr);
	struct cg_call call = { .arch = token, .nr = nr };
	int r = ask(comparer, group, &call);

	if (r < 0)
		return r;
	memset(call.args, 0xff, sizeof(call.args));
	r = ask(comparer, group, &call);
	if (r < 0)
		return r;
	call.ip = next_random(comparer);
	for (size_t i = 0; i < CG_N_ITEMS(call.args); i++)
		call.args[i] = next_random(comparer);
	return ask(comparer, group, &call);
}

/* ---- numbers and architectures */

static int ask_line(struct comparer *comparer, uint32_t token)
{
	static const uint32_t numbers[] = {
		0,          1,          511,        512,        0xffff,     0x3fffffff, 0x40000000,
		0x40000001, 0x7fffffff, 0x80000000, 0xbfffffff, 0xfffffffe, 0xffffffff,
	};

	for (size_t i = 0; i < CG_N_ITEMS(numbers); i++) {
		int r = ask_nr(comparer, token, numbers[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Every token that there is, inside the policy or not, those near them, and none. */
static int ask_lines(struct comparer *comparer)
{
	int r = ask_line(comparer, 0);

	for (size_t i = 0; i < cg_n_arches && r == 0; i++)
		r = ask_line(comparer, cg_arches[i].token);
	for (size_t i = 0; i < comparer->policy->n_arches && r == 0; i++) {
		uint32_t token = comparer->policy->arches[i]->token, newest = comparer->policy->newest[i];

		r = ask_nr(comparer, token, newest);
		if (r == 0)
			r = ask_nr(comparer, token, newest + 1);
		for (uint32_t bit = 1; bit && r == 0; bit <<= 1)
			r = ask_nr(comparer, token ^ bit, 0);
	}
	return r == 0 ? ask_line(comparer, UINT32_MAX) : r;
}

/* ---- arguments */

/* A call of the group whose arguments satisfy one of its rules, as far as edges can. */
static struct cg_call satisfying_call(const struct group *group, const struct cg_rule *rule)
{
	struct cg_call call = { .arch = group->token, .nr = group->nr };

	for (unsigned int arg = 0; arg < 6; arg++)
		cg_edges_satisfy(rule, arg, call.args);
	return call;
}

/* Other numbers and architectures than the rule's, with arguments that would satisfy it. */
static int ask_elsewhere(struct comparer *comparer, const struct group *group, const struct cg_rule *rule)
{
	const struct group *next = group + 1;
	bool has_next = next < comparer->groups.items + comparer->groups.n_items && next->token == group->token;
	uint32_t room = (has_next ? next->nr : UINT32_MAX) - group->nr;
	/* The number's neighbours, its twin on the other side of x32's bit, and one before the next group's. */
	const uint32_t numbers[] = {
		group->nr - 1,
		group->nr + 1,
		group->nr ^ CG_X32_BIT,
		group->nr + (uint32_t)((next_random(comparer) >> 32) * room >> 32),
	};
	struct cg_call call = satisfying_call(group, rule);
	int r = 0;

	for (size_t i = 0; i < CG_N_ITEMS(numbers) && r == 0; i++) {
		call.nr = numbers[i];
		r = ask(comparer, find_group(comparer, call.arch, call.nr), &call);
	}
	call.nr = group->nr;
	for (size_t i = 0; i <= comparer->policy->n_arches && r == 0; i++) {
		call.arch = i < comparer->policy->n_arches ? comparer->policy->arches[i]->token : ~group->token;
		r = ask(comparer, find_group(comparer, call.arch, call.nr), &call);
	}
	return r;
}

static int ask_neighbours(struct comparer *comparer, const struct group *group)
{
	size_t n_rules = group->n_rules < N_RULES_ELSEWHERE ? group->n_rules : N_RULES_ELSEWHERE;
	int r = ask_nr(comparer, group->token, group->nr);

	for (size_t i = 0; i < n_rules && r == 0; i++)
		r = ask_elsewhere(comparer, group, &group->rules[i]);
	return r;
}

/* An edge of some rule for this argument; now and then, or where there is none, anything. */
static uint64_t stray(struct comparer *comparer, unsigned int arg)
{
	size_t n_edges = comparer->edges[arg].n_items;
	uint64_t random = next_random(comparer);

	if (n_edges == 0 || random >> 60 == 0)
		return random >> 59 & 1 ? random : 0;
	return comparer->edges[arg].items[(random >> 8) % n_edges];
}

/* One edge of one comparison of a rule, the other arguments as they satisfy it or, later, half of them straying. */
static int ask_edge(struct comparer *comparer, const struct group *group, const struct cg_rule *rule,
		    const struct cg_call *base, unsigned int arg, uint64_t edge)
{
	for (unsigned int variant = 0; variant < N_VARIANTS; variant++) {
		struct cg_call call = *base;
		int r;

		for (unsigned int i = 0; i < 6 && variant > 0; i++) {
			if (next_random(comparer) >> 63)
				continue;
			call.args[i] = stray(comparer, i);
			if (variant == 1)
				cg_edges_satisfy(rule, i, call.args);
		}
		call.args[arg] = edge;
		r = ask(comparer, group, &call);
		if (r < 0)
			return r;
	}
	return 0;
}

static int ask_rule(struct comparer *comparer, const struct group *group, const struct cg_rule *rule)
{
	struct cg_call base = satisfying_call(group, rule);
	uint64_t edges[CG_EDGES_MAX];

	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		size_t n_edges = cg_edges_of(&rule->comparisons[i], edges);

		for (size_t j = 0; j < n_edges; j++) {
			int r = ask_edge(comparer, group, rule, &base, rule->comparisons[i].arg, edges[j]);

			if (r < 0)
				return r;
		}
	}
	return ask(comparer, group, &base);
}

static int ask_mixed(struct comparer *comparer, const struct group *group, size_t n_rules)
{
	for (size_t i = 0; i < N_MIXED + n_rules * MIXED_PER_RULE; i++) {
		struct cg_call call = { .arch = group->token, .nr = group->nr };
		int r;

		for (unsigned int j = 0; j < 6; j++)
			call.args[j] = stray(comparer, j);
		r = ask(comparer, group, &call);
		if (r < 0)
			return r;
	}
	return 0;
}

static int collect_edges(struct comparer *comparer, const struct cg_rule *rule)
{
	uint64_t edges[CG_EDGES_MAX];

	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		size_t n_edges = cg_edges_of(&rule->comparisons[i], edges);

		for (size_t j = 0; j < n_edges; j++)
			if (cg_vec_push(&comparer->edges[rule->comparisons[i].arg], edges[j]) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* Every rule of a call; of very many, every n-th. */
static int ask_group(struct comparer *comparer, const struct group *group)
{
	size_t n_comparisons = 0, step;
	int r = 0;

	for (size_t i = 0; i < group->n_rules; i++)
		n_comparisons += group->rules[i].n_comparisons;
	step = 1 + n_comparisons * CG_EDGES_MAX * N_VARIANTS * group->n_rules / CG_BOUNDARY_CALL_WORK;

	for (unsigned int arg = 0; arg < 6; arg++)
		comparer->edges[arg].n_items = 0;
	for (size_t i = 0; i < group->n_rules && r == 0; i += step)
		r = collect_edges(comparer, &group->rules[i]);
	for (size_t i = 0; i < group->n_rules && r == 0 && comparer->work < CG_BOUNDARY_WORK; i += step)
		r = ask_rule(comparer, group, &group->rules[i]);
	if (r == 0 && comparer->work < CG_BOUNDARY_WORK)
		r = ask_mixed(comparer, group, group->n_rules / step);
	return r;
}

static int compare(struct comparer *comparer)
{
	int r = sort_rules(comparer);

	if (r == 0)
		r = find_groups(comparer);
	if (r == 0)
		r = ask_lines(comparer);
	for (size_t i = 0; i < comparer->groups.n_items && r == 0 && comparer->work < CG_BOUNDARY_WORK; i++) {
		const struct group *group = &comparer->groups.items[i];

		r = ask_neighbours(comparer, group);
		if (r == 0 && group->is_conditional)
			r = ask_group(comparer, group);
	}
	return r;
}

int cg_boundary_compare(const struct cg_policy *policy, const struct cg_filter *filter, size_t *ret_n_probes,
			struct cg_err *err)
{
	struct comparer comparer = {
		.policy = policy, .filter = filter, .view = *policy, .random = 0x2545f4914f6cdd1dU, .err = err
	};
	int r = compare(&comparer);

	cg_vec_done(&comparer.groups);
	for (unsigned int arg = 0; arg < 6; arg++)
		cg_vec_done(&comparer.edges[arg]);
	free(comparer.rules);
	if (r == -ENOMEM)
		return cg_err_memory(err);
	if (r == 0 && ret_n_probes)
		*ret_n_probes = comparer.n_probes;
	return r;
}
