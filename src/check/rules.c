/*
 * From a policy to a diagram: policy/eval.c, transcribed, by a way of its own that shares nothing with compile/.
 *
 * In: a policy. Out: its root. From the inside out: a comparison is a condition over the bits of one argument; a rule
 * is all of its comparisons; the rules of one number are laid one over the other on the default, the one that wins
 * last; the numbers of an architecture are ranges of one word, the tokens of the architectures ranges of another.
 */
#include "check/meaning.h"

#include "base/cleanup.h"
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>

/* A rule that says something. Sorted, those of one number stand together, the one that wins last. */
struct entry {
	const struct cg_rule *rule;
	const struct cg_arch *arch;
	size_t position;
};

struct ranges {
	CG_VEC(struct cg_range) list;
};

struct builder {
	struct cg_meanings *meanings;
	const struct cg_policy *policy;
	struct entry *entries;
	size_t n_entries;
	uint32_t default_root;
	uint32_t newer_root;
	uint32_t bad_arch_root;
	struct ranges numbers; /* of the token at hand */
};

/* What a comparison says of an argument that equals the datum, is above it, is below it. */
static const struct {
	uint32_t equal, above, below;
} senses[] = {
	[CG_OP_NE] = { CG_NO, CG_YES, CG_YES }, [CG_OP_LT] = { CG_NO, CG_NO, CG_YES },
	[CG_OP_LE] = { CG_YES, CG_NO, CG_YES }, [CG_OP_EQ] = { CG_YES, CG_NO, CG_NO },
	[CG_OP_GE] = { CG_YES, CG_YES, CG_NO }, [CG_OP_GT] = { CG_NO, CG_YES, CG_NO },
	[CG_OP_MASKED_EQ] = { CG_YES, CG_NO, CG_NO },
};

/* From the least significant bit up, which is from the bottom of the diagram: the highest bit that differs decides. */
static uint32_t compare(struct cg_meanings *meanings, const struct cg_comparison *comparison, uint64_t word)
{
	uint64_t asked = comparison->op == CG_OP_MASKED_EQ ? comparison->mask & word : word;
	uint32_t above = senses[comparison->op].above, below = senses[comparison->op].below;
	uint32_t holds = senses[comparison->op].equal;
	uint32_t level = CG_LEVEL_ARGS + comparison->arg * 64 + 63;

	for (unsigned int i = 0; i < 64; i++) {
		if (!(asked >> i & 1))
			continue;
		if (comparison->value >> i & 1)
			holds = cg_meaning_node(meanings, level - i, below, holds);
		else
			holds = cg_meaning_node(meanings, level - i, holds, above);
	}
	return holds;
}

static uint32_t match(struct cg_meanings *meanings, const struct cg_rule *rule)
{
	uint32_t holds = CG_YES;
	uint64_t word = cg_arch_word_mask(rule->arch);

	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		holds = cg_meaning_choose(meanings, compare(meanings, &rule->comparisons[i], word), holds, CG_NO);
	return holds;
}

/*
 * By architecture and number; then from the rule that loses against all others to the one that wins: conditional ones
 * before unconditional, the less restrictive before the more, and of equals the later before the first. Of
 * unconditional rules the action does not matter, only which is the first.
 */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *entry_a = a, *entry_b = b;
	const struct cg_rule *rule_a = entry_a->rule, *rule_b = entry_b->rule;
	bool is_always_a = rule_a->n_comparisons == 0, is_always_b = rule_b->n_comparisons == 0;
	int order = 0;

	if (entry_a->arch != entry_b->arch)
		return entry_a->arch < entry_b->arch ? -1 : 1;
	if (rule_a->nr != rule_b->nr)
		return rule_a->nr < rule_b->nr ? -1 : 1;
	if (is_always_a != is_always_b)
		return is_always_a ? 1 : -1;
	if (!is_always_a)
		order = -cg_action_compare(rule_a->action, rule_b->action);
	if (order == 0)
		order = entry_a->position > entry_b->position ? -1 : 1;
	return order;
}

/* The rules that do not say what the default says, sorted. */
static int sort_rules(struct builder *builder)
{
	const struct cg_policy *policy = builder->policy;

	builder->entries = calloc(policy->rules.n_items + 1, sizeof(*builder->entries));
	if (!builder->entries)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->action != cg_policy_default(policy, rule->arch, rule->nr))
			builder->entries[builder->n_entries++] = (struct entry){ rule, rule->arch, i };
	}
	qsort(builder->entries, builder->n_entries, sizeof(*builder->entries), compare_entries);
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	const uint64_t *value_a = a, *value_b = b;

	return *value_a < *value_b ? -1 : *value_a > *value_b;
}

/* The condition that the bits of an argument from `level` on, of which `n_bits` are asked, are those of a value. */
static uint32_t of_values(struct cg_meanings *meanings, uint32_t level, unsigned int n_bits, const uint64_t *values,
			  size_t n_values)
{
	size_t n_low = 0;
	uint32_t low, high;

	if (n_values == 0 || n_bits == 0)
		return n_values ? CG_YES : CG_NO;
	if (!cg_meanings_step(meanings))
		return CG_NONE;
	while (n_low < n_values && !(values[n_low] >> (n_bits - 1) & 1))
		n_low++;
	low = of_values(meanings, level + 1, n_bits - 1, values, n_low);
	high = of_values(meanings, level + 1, n_bits - 1, values + n_low, n_values - n_low);
	return cg_meaning_node(meanings, level, low, high);
}

static bool is_value(const struct cg_rule *rule)
{
	return rule->n_comparisons == 1 && rule->comparisons[0].op == CG_OP_EQ;
}

/* How many entries from `entry` on say the same of single values of one argument; at least 1. */
static size_t count_values(const struct entry *entry, const struct entry *end)
{
	const struct entry *next = entry + 1;

	if (!is_value(entry->rule))
		return 1;
	while (next < end && next->arch == entry->arch && next->rule->nr == entry->rule->nr &&
	       next->rule->action == entry->rule->action && is_value(next->rule) &&
	       next->rule->comparisons[0].arg == entry->rule->comparisons[0].arg)
		next++;
	return (size_t)(next - entry);
}

/* A list of values at once: laid down one by one, they would leave a node for each bit of each behind, twice. */
static uint32_t match_values(struct cg_meanings *meanings, const struct entry *entry, size_t n_values)
{
	CG_FREE uint64_t *values = calloc(n_values, sizeof(*values));
	uint64_t word = cg_arch_word_mask(entry->rule->arch);
	unsigned int n_bits = word > UINT32_MAX ? 64 : 32;

	if (!values) {
		meanings->code = -ENOMEM;
		return CG_NONE;
	}
	for (size_t i = 0; i < n_values; i++)
		values[i] = entry[i].rule->comparisons[0].value & word;
	qsort(values, n_values, sizeof(*values), compare_values);
	return of_values(meanings, CG_LEVEL_ARGS + entry->rule->comparisons[0].arg * 64 + 64 - n_bits, n_bits, values,
			 n_values);
}

/* The entries of one number, from `*next` on: its diagram over the arguments. */
static uint32_t of_number(struct builder *builder, const struct entry **next, const struct entry *end)
{
	const struct entry *first = *next;
	uint32_t root = cg_meaning_leaf(builder->meanings,
					cg_policy_default(builder->policy, first->arch, first->rule->nr));
	uint32_t condition;

	while (*next < end && (*next)->rule->nr == first->rule->nr) {
		size_t n_values = count_values(*next, end);

		if (!cg_meanings_step(builder->meanings))
			return CG_NONE;
		condition = n_values > 1 ? match_values(builder->meanings, *next, n_values) :
					   match(builder->meanings, (*next)->rule);
		root = cg_meaning_choose(builder->meanings, condition,
					 cg_meaning_leaf(builder->meanings, (*next)->rule->action), root);
		*next += n_values;
	}
	return root;
}

static int add_range(struct ranges *ranges, uint32_t last, uint32_t root)
{
	return cg_vec_push(&ranges->list, (struct cg_range){ last, root });
}

/* The first entry of `arch`, or the end. */
static const struct entry *find_entries(const struct builder *builder, const struct cg_arch *arch)
{
	const struct entry *entry = builder->entries, *end = builder->entries + builder->n_entries;

	while (entry < end && entry->arch != arch)
		entry++;
	return entry;
}

/* Numbers without a rule: up to the newest that the policy knows of, and above it. */
static int add_unnamed(struct builder *builder, const struct cg_arch *arch, uint32_t first, uint32_t last)
{
	uint32_t newest = UINT32_MAX;
	int r = 0;

	for (size_t i = 0; builder->policy->has_newer && i < builder->policy->n_arches; i++)
		if (builder->policy->arches[i] == arch)
			newest = builder->policy->newest[i];
	if (first > newest)
		return add_range(&builder->numbers, last, builder->newer_root);
	if (last > newest)
		r = add_range(&builder->numbers, newest, builder->default_root);
	if (r == 0)
		r = add_range(&builder->numbers, last, last > newest ? builder->newer_root : builder->default_root);
	return r;
}

/* Adds the numbers first … last, which are those of `arch` on its token's number line. */
static int add_band(struct builder *builder, const struct cg_arch *arch, uint32_t first, uint32_t last)
{
	const struct entry *entry = find_entries(builder, arch), *end = entry;
	int r = 0;

	if (!cg_policy_has_arch(builder->policy, arch))
		return add_range(&builder->numbers, last, builder->bad_arch_root);

	while (end < builder->entries + builder->n_entries && end->arch == arch)
		end++;
	while (entry < end && entry->rule->nr < first)
		entry++;
	while (r == 0 && entry < end && entry->rule->nr <= last) {
		uint32_t nr = entry->rule->nr;

		if (nr > first)
			r = add_unnamed(builder, arch, first, nr - 1);
		if (r == 0)
			r = add_range(&builder->numbers, nr, of_number(builder, &entry, end));
		/* Then the entries are not used up, and would never be. */
		if (r == 0)
			r = builder->meanings->code;
		if (nr == last)
			return r;
		first = nr + 1;
	}
	return r < 0 ? r : add_unnamed(builder, arch, first, last);
}

static const struct cg_arch *find_x32(uint32_t token)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (cg_arches[i].is_x32 && cg_arches[i].token == token)
			return &cg_arches[i];
	}
	return NULL;
}

/* The diagram over numbers and arguments for a token: its line is cut where x32 begins and ends. */
static int of_token(struct builder *builder, uint32_t token, uint32_t *ret_root)
{
	const struct cg_arch *arch = cg_arch_of_token(token), *x32 = find_x32(token);
	int r;

	builder->numbers.list.n_items = 0;
	if (!x32) {
		r = add_band(builder, arch, 0, UINT32_MAX);
	} else {
		r = add_band(builder, arch, 0, CG_X32_BIT - 1);
		if (r == 0)
			r = add_band(builder, x32, CG_X32_BIT, CG_NR_SKIPPED - 1);
		if (r == 0)
			r = add_band(builder, arch, CG_NR_SKIPPED, CG_NR_SKIPPED);
	}
	if (r == 0)
		*ret_root = cg_meaning_of_ranges(builder->meanings, CG_LEVEL_NR, builder->numbers.list.items);
	return r;
}

static int compare_tokens(const void *a, const void *b)
{
	const uint32_t *token_a = a, *token_b = b;

	return *token_a < *token_b ? -1 : *token_a > *token_b;
}

/* The diagram of all: each token of the policy once, in ascending order, and bad architectures between them. */
static int of_tokens(struct builder *builder, struct ranges *tokens, uint32_t *ret_root)
{
	const struct cg_policy *policy = builder->policy;
	uint32_t sorted[CG_N_ARCHES_MAX], next = 0, root;
	int r = 0;

	for (size_t i = 0; i < policy->n_arches; i++)
		sorted[i] = policy->arches[i]->token;
	qsort(sorted, policy->n_arches, sizeof(*sorted), compare_tokens);

	for (size_t i = 0; i < policy->n_arches && r == 0; i++) {
		if (i > 0 && sorted[i] == sorted[i - 1])
			continue; /* x86_64 and x32 */
		if (sorted[i] > next)
			r = add_range(tokens, sorted[i] - 1, builder->bad_arch_root);
		if (r == 0)
			r = of_token(builder, sorted[i], &root);
		if (r == 0)
			r = add_range(tokens, sorted[i], root);
		next = sorted[i] + 1; /* no token is UINT32_MAX */
	}
	if (r == 0)
		r = add_range(tokens, UINT32_MAX, builder->bad_arch_root);
	if (r == 0)
		*ret_root = cg_meaning_of_ranges(builder->meanings, CG_LEVEL_ARCH, tokens->list.items);
	return r;
}

int cg_meaning_of_policy(struct cg_meanings *meanings, const struct cg_policy *policy, uint32_t *ret_root,
			 struct cg_err *err)
{
	struct builder builder = { .meanings = meanings, .policy = policy };
	struct ranges tokens = { 0 };
	uint32_t root = CG_NONE;
	int r;

	cg_meanings_begin(meanings);
	builder.default_root = cg_meaning_leaf(meanings, policy->default_action);
	if (policy->has_newer)
		builder.newer_root = cg_meaning_leaf(meanings, policy->newer_action);
	builder.bad_arch_root = cg_meaning_leaf(meanings, policy->bad_arch_action);
	r = sort_rules(&builder);
	if (r == 0)
		r = of_tokens(&builder, &tokens, &root);
	free(builder.entries);
	cg_vec_done(&builder.numbers.list);
	cg_vec_done(&tokens.list);

	if (r < 0)
		meanings->code = r;
	r = cg_meanings_end(meanings, err);
	if (r == 0)
		*ret_root = root;
	return r;
}
