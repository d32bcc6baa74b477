/*
 * An open call, held to what was seen of the argument that selects what it does (cg_selectors, and clone's flags).
 *
 * In: a call, recorded values. Out: rules. For values: one that allows each value seen, and as many as it takes to log
 * all others, none of which overlaps another, as engines do not agree on rules that do. All others of the 2^32 (or
 * 2^64) values are the subtrees that hang off the ways to the values seen: each is one masked comparison, the bits above
 * being those of the way with the last turned. In the round after, when they are closed, these rules go again, where the
 * default denies. For sets of bits: allowed where none of the others is set, logged where one is.
 */
#include "tighten/steps.h"

#include "abi/call_text.h"
#include "abi/constants.h"
#include "base/cleanup.h"
#include "learn/generalise.h"

#include <stdlib.h>
#include <string.h>

/* Where the argument stands, if on every arch of the policy at the same place; and how much of it is read. */
static bool find_place(const struct cg_policy *policy, const char *call, const char *argument, unsigned int *ret_arg,
		       unsigned int *ret_n_bits)
{
	unsigned int n_bits = 32;
	int place = -1;
	uint32_t nr;

	for (size_t i = 0; i < policy->n_arches; i++) {
		const struct cg_arg_info *info;
		int here;

		if (!cg_syscall_number(policy->arches[i], call, &nr))
			continue;
		here = cg_argument_find(policy->arches[i], call, argument);
		if (here < 0 || (place >= 0 && place != here))
			return false;
		place = here;
		info = cg_syscall_arg(policy->arches[i], nr, (unsigned int)place);
		if (info && info->width > 4)
			n_bits = 64;
	}
	*ret_arg = place < 0 ? 0 : (unsigned int)place;
	*ret_n_bits = n_bits;
	return place >= 0;
}

static void add_value(struct cg_narrowing *narrowing, uint64_t value)
{
	size_t i = narrowing->n_values;

	if (narrowing->n_bits == 32)
		value &= UINT32_MAX;
	for (size_t k = 0; k < narrowing->n_values; k++)
		if (narrowing->values[k] == value)
			return;
	if (narrowing->n_values == CG_VALUES_LIMIT * 2)
		return;
	for (; i > 0 && narrowing->values[i - 1] > value; i--)
		narrowing->values[i] = narrowing->values[i - 1];
	narrowing->values[i] = value;
	narrowing->n_values++;
}

static void add_companions(struct cg_narrowing *narrowing, const struct cg_policy *policy, const char *names)
{
	char name[64];

	for (; *names; names += strspn(names, " ")) {
		size_t length = strcspn(names, " ");
		uint64_t value;

		if (length < sizeof(name)) {
			memcpy(name, names, length);
			name[length] = '\0';
			for (size_t i = 0; i < policy->n_arches; i++)
				if (cg_constant_find(policy->arches[i], name, &value))
					add_value(narrowing, value);
		}
		names += length;
	}
}

/* What is done with each block of values that has none of the list: n_low bits below `prefix` are free. */
typedef void block_sink(void *context, uint64_t prefix, unsigned int n_low);

static void walk(const uint64_t *values, size_t n_values, uint64_t prefix, unsigned int n_low, block_sink *sink,
		 void *context)
{
	size_t n_first = 0;

	if (n_values == 0) {
		sink(context, prefix, n_low);
		return;
	}
	if (n_low == 0)
		return;
	while (n_first < n_values && !(values[n_first] >> (n_low - 1) & 1))
		n_first++;
	walk(values, n_first, prefix, n_low - 1, sink, context);
	walk(values + n_first, n_values - n_first, prefix | UINT64_C(1) << (n_low - 1), n_low - 1, sink, context);
}

static void count_block(void *context, uint64_t prefix, unsigned int n_low)
{
	(void)prefix;
	(void)n_low;
	++*(size_t *)context;
}

static int find_bits(const struct cg_tightening *work, const struct cg_syscall *call, uint64_t all,
		     struct cg_narrowing *narrowing)
{
	struct cg_value_set seen = cg_tightening_values(work->input->summary, call->name, narrowing->arg);

	if (seen.has_overflow || seen.n_values == 0)
		return 0;
	narrowing->is_mask = true;
	narrowing->bits = all;
	for (size_t i = 0; i < seen.n_values; i++)
		narrowing->bits &= ~seen.values[i];
	for (uint64_t left = narrowing->bits; left; left &= left - 1)
		narrowing->n_rules++;
	return narrowing->bits != 0;
}

int cg_narrowing_find(const struct cg_tightening *work, const struct cg_syscall *call,
		      struct cg_narrowing *ret_narrowing)
{
	const struct cg_policy *policy = work->input->policy;
	const struct cg_selector *selector = cg_selector_find(call->name);
	bool is_clone = strcmp(call->name, "clone") == 0;
	struct cg_narrowing narrowing = { .argument = is_clone ? "flags" : selector ? selector->argument : "" };
	struct cg_value_set seen;
	int r = 1;

	if ((!selector && !is_clone) ||
	    !find_place(policy, call->name, narrowing.argument, &narrowing.arg, &narrowing.n_bits))
		return 0;
	if (is_clone || selector->is_mask) {
		r = find_bits(work, call, is_clone ? CG_NAMESPACE_FLAGS : UINT32_MAX, &narrowing);
	} else {
		seen = cg_tightening_values(work->input->summary, call->name, narrowing.arg);
		if (seen.has_overflow || seen.n_values == 0 || seen.n_values > CG_SAFE_VALUES_LIMIT)
			return 0;
		for (size_t i = 0; i < seen.n_values; i++)
			add_value(&narrowing, seen.values[i]);
		add_companions(&narrowing, policy, selector->companions);
		walk(narrowing.values, narrowing.n_values, 0, narrowing.n_bits, count_block, &narrowing.n_rules);
	}
	if (r > 0 && narrowing.n_rules > CG_TIGHTEN_RULES_LIMIT)
		r = -1;
	*ret_narrowing = narrowing;
	return r;
}

/* ---- rules */

struct putting {
	struct cg_tightening *work;
	const struct cg_syscall *call;
	const struct cg_narrowing *narrowing;
	const struct cg_json *rule;
	const char *comment;
};

static void put_rule(struct putting *putting, uint32_t action, uint64_t mask, uint64_t datum, const char *comment)
{
	struct cg_editing *document = &putting->work->document;
	struct cg_tree *tree = &document->tree;
	struct cg_json *rule = cg_tree_copy(tree, putting->rule), *args = cg_tree_array(tree);
	struct cg_json *arg = cg_tree_object(tree);

	cg_tree_add(tree, arg, "index", cg_tree_number(tree, putting->narrowing->arg));
	cg_tree_add(tree, arg, "value", cg_tree_number(tree, mask));
	cg_tree_add(tree, arg, "valueTwo", cg_tree_number(tree, datum));
	cg_tree_add(tree, arg, "op", cg_tree_text(tree, "SCMP_CMP_MASKED_EQ"));
	cg_tree_add(tree, args, NULL, arg);
	cg_editing_set_action(document, rule, action, comment);
	cg_tree_set(tree, rule, "args", args);
	cg_editing_put(document, rule, false);
}

static uint64_t all_bits(const struct cg_narrowing *narrowing)
{
	return narrowing->n_bits == 64 ? UINT64_MAX : UINT32_MAX;
}

static void put_block(void *context, uint64_t prefix, unsigned int n_low)
{
	struct putting *putting = context;
	uint64_t low = n_low < 64 ? (UINT64_C(1) << n_low) - 1 : UINT64_MAX;

	put_rule(putting, CG_ACTION_LOG, all_bits(putting->narrowing) & ~low, prefix, putting->comment);
}

static void put_value(struct putting *putting, uint64_t value)
{
	const struct cg_policy *policy = putting->work->input->policy;
	CG_CLEANUP(cg_text_done) struct cg_text comment = { 0 };
	uint32_t nr = 0;

	cg_text_addf(&comment, CG_TIGHTEN_COMMENT "%s == ", putting->narrowing->argument);
	for (size_t i = 0; i < policy->n_arches; i++)
		if (cg_syscall_number(policy->arches[i], putting->call->name, &nr)) {
			cg_call_format_arg(&comment, policy->arches[i], nr, putting->narrowing->arg, value);
			break;
		}
	putting->work->document.tree.has_failed |= comment.has_failed;
	put_rule(putting, CG_ACTION_ALLOW, all_bits(putting->narrowing), value, cg_text_get(&comment));
}

void cg_narrowing_put(struct cg_tightening *work, const struct cg_syscall *call, const struct cg_narrowing *narrowing,
		      const struct cg_json *rule, bool with_allowed, const char *comment)
{
	struct putting putting = { work, call, narrowing, rule, comment };

	if (narrowing->is_mask) {
		if (with_allowed)
			put_rule(&putting, CG_ACTION_ALLOW, narrowing->bits, 0,
				 CG_TIGHTEN_COMMENT "flags that were seen");
		for (unsigned int i = 0; i < 64; i++)
			if (narrowing->bits >> i & 1)
				put_rule(&putting, CG_ACTION_LOG, UINT64_C(1) << i, UINT64_C(1) << i, comment);
		return;
	}
	for (size_t i = 0; with_allowed && i < narrowing->n_values; i++)
		put_value(&putting, narrowing->values[i]);
	walk(narrowing->values, narrowing->n_values, 0, narrowing->n_bits, put_block, &putting);
}
