/*
 * Rules of one call as a condition of the language.
 *
 * In: rules, of which each is enough. Out: `a or b`, each a chain of comparisons; what asks one argument for values or
 * ranges, in one rule after the other, becomes a set. Names of arguments and constants are used where they mean the
 * same on every architecture that the call is said of; all others are numbers.
 */
#include "language/calls.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "language/meaning.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct saying {
	const struct cg_said_call *call;
	const struct cg_policy *policy;
	const struct cg_arch *speaker;
	uint32_t nr; /* there */
	uint64_t word;
	struct cg_text *text;
};

/* The comparisons of a rule, cut to the word, without those that always hold. */
struct conjunction {
	struct cg_comparison items[CG_POLICY_COMPARISONS_LIMIT];
	unsigned int n_items;
};

/* A conjunction that asks one argument, or some bits of it, for a value or a range. */
struct item {
	unsigned int arg;
	uint64_t mask; /* of the word: all of it */
	uint64_t least, most;
};

/* ---- words */

static bool is_keyword(const char *name)
{
	static const char *const words[] = { "when", "and", "or", "not", "in", "except" };

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (strcmp(words[i], name) == 0)
			return true;
	}
	return false;
}

static void add_argument(const struct saying *saying, unsigned int arg)
{
	const struct cg_arg_info *info = cg_syscall_arg(saying->speaker, saying->nr, arg);
	bool is_named = info && !is_keyword(info->name);
	uint32_t nr;

	for (size_t i = 0; is_named && i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];

		is_named = !cg_said_call_is_on(saying->call, arch, &nr) ||
			   cg_argument_of_name(arch, nr, info->name) == (int)arg;
	}
	if (is_named)
		cg_text_add(saying->text, info->name);
	else
		cg_text_addf(saying->text, "a%u", arg);
}

/* Is this the value's name on every architecture that the call is said of? */
static bool is_value(const struct saying *saying, const char *name, uint64_t value)
{
	uint64_t parsed;
	uint32_t nr;

	if (name[0] == '"')
		return false;
	for (size_t i = 0; i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];

		if (cg_said_call_is_on(saying->call, arch, &nr) &&
		    (cg_call_parse_value(arch, name, strlen(name), &parsed, NULL) < 0 ||
		     ((parsed ^ value) & cg_arch_word_mask(arch) & saying->word)))
			return false;
	}
	return true;
}

static void add_number(const struct saying *saying, uint64_t value)
{
	cg_text_addf(saying->text, value < 4096 ? "%" PRIu64 : "0x%" PRIx64, value);
}

static void add_value(const struct saying *saying, unsigned int arg, uint64_t value)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	cg_call_format_arg(&name, saying->speaker, saying->nr, arg, value);
	if (!name.has_failed && is_value(saying, cg_text_get(&name), value))
		cg_text_add(saying->text, cg_text_get(&name));
	else
		add_number(saying, value);
}

/* Bits of an argument: what is named for being no bit (O_RDONLY) is left out. In brackets where there are several. */
static void add_bits(const struct saying *saying, unsigned int arg, uint64_t bits)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	const char *words, *rest;
	uint64_t first;

	cg_call_format_arg(&name, saying->speaker, saying->nr, arg, bits);
	words = cg_text_get(&name);
	rest = strchr(words, '|');
	if (rest && cg_call_parse_value(saying->speaker, words, (size_t)(rest - words), &first, NULL) == 0 &&
	    first == 0)
		words = rest + 1;
	if (bits == 0 || name.has_failed || !is_value(saying, words, bits))
		add_number(saying, bits);
	else
		cg_text_addf(saying->text, strchr(words, '|') ? "(%s)" : "%s", words);
}

static void add_break(const struct saying *saying)
{
	cg_text_add_char(saying->text, CG_SOFT_BREAK);
}

/* ---- comparisons */

static void cut(const struct saying *saying, const struct cg_rule *rule, struct conjunction *ret_all)
{
	ret_all->n_items = 0;
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		struct cg_comparison comparison = rule->comparisons[i];

		comparison.value &= saying->word;
		comparison.mask &= saying->word;
		if (comparison.op == CG_OP_MASKED_EQ) {
			comparison.value &= comparison.mask;
			if (comparison.mask == saying->word)
				comparison.op = CG_OP_EQ;
		}
		if ((comparison.op == CG_OP_MASKED_EQ && comparison.mask == 0) ||
		    (comparison.op == CG_OP_GE && comparison.value == 0) ||
		    (comparison.op == CG_OP_LE && comparison.value == saying->word))
			continue;
		ret_all->items[ret_all->n_items++] = comparison;
	}
}

static bool is_item(const struct saying *saying, const struct conjunction *all, struct item *ret_item)
{
	const struct cg_comparison *first = &all->items[0], *second = &all->items[1];

	if (all->n_items == 2 && first->arg == second->arg && first->op == CG_OP_GE && second->op == CG_OP_LE &&
	    first->value <= second->value) {
		*ret_item = (struct item){ first->arg, saying->word, first->value, second->value };
		return true;
	}
	if (all->n_items != 1 || (first->op != CG_OP_EQ && first->op != CG_OP_MASKED_EQ))
		return false;
	*ret_item = (struct item){ first->arg, first->op == CG_OP_EQ ? saying->word : first->mask, first->value,
				   first->value };
	return true;
}

static void add_operand(const struct saying *saying, unsigned int arg, uint64_t mask)
{
	add_argument(saying, arg);
	if (mask == saying->word)
		return;
	cg_text_add(saying->text, " & ");
	add_bits(saying, arg, mask);
}

static void add_item(const struct saying *saying, const struct item *item)
{
	if (item->mask != saying->word)
		add_bits(saying, item->arg, item->least);
	else
		add_value(saying, item->arg, item->least);
	if (item->most != item->least) {
		cg_text_add(saying->text, "..");
		add_value(saying, item->arg, item->most);
	}
}

static void add_comparison(const struct saying *saying, const struct cg_comparison *comparison)
{
	bool has_mask = comparison->op == CG_OP_MASKED_EQ;

	add_operand(saying, comparison->arg, has_mask ? comparison->mask : saying->word);
	cg_text_addf(saying->text, " %s ", cg_op_name(has_mask ? CG_OP_EQ : comparison->op));
	if (has_mask)
		add_bits(saying, comparison->arg, comparison->value);
	else
		add_value(saying, comparison->arg, comparison->value);
}

/* How many comparisons from `at` on say that one argument is not this and not that. */
static unsigned int count_holes(const struct conjunction *all, unsigned int at)
{
	unsigned int end = at;

	while (end < all->n_items && all->items[end].op == CG_OP_NE && all->items[end].arg == all->items[at].arg)
		end++;
	return end - at;
}

static void add_holes(const struct saying *saying, const struct cg_comparison *holes, unsigned int n_holes)
{
	add_argument(saying, holes[0].arg);
	cg_text_add(saying->text, " not in {");
	for (unsigned int i = 0; i < n_holes; i++) {
		if (i > 0)
			cg_text_add_char(saying->text, ',');
		if (i > 0)
			add_break(saying);
		add_value(saying, holes[i].arg, holes[i].value);
	}
	cg_text_add_char(saying->text, '}');
}

static void add_conjunction(const struct saying *saying, const struct conjunction *all)
{
	for (unsigned int i = 0, n; i < all->n_items; i += n) {
		unsigned int n_holes = count_holes(all, i);

		n = n_holes > 1 ? n_holes : 1;
		if (i > 0) {
			add_break(saying);
			cg_text_add(saying->text, "and ");
		}
		if (n_holes > 1)
			add_holes(saying, &all->items[i], n_holes);
		else
			add_comparison(saying, &all->items[i]);
	}
}

/* How many rules from the first on are items of one set. The first is. */
static size_t count_items(const struct saying *saying, const struct cg_rule *const *rules, size_t n_rules,
			  const struct item *first)
{
	struct conjunction all;
	struct item item;
	size_t n;

	for (n = 1; n < n_rules; n++) {
		cut(saying, rules[n], &all);
		if (!is_item(saying, &all, &item) || item.arg != first->arg || item.mask != first->mask)
			break;
	}
	return n;
}

static void add_set(const struct saying *saying, const struct cg_rule *const *rules, size_t n_items)
{
	struct conjunction all;
	struct item item;

	for (size_t i = 0; i < n_items; i++) {
		cut(saying, rules[i], &all);
		if (!is_item(saying, &all, &item))
			return;
		if (i == 0) {
			add_operand(saying, item.arg, item.mask);
			cg_text_add(saying->text, " in {");
		} else {
			cg_text_add_char(saying->text, ',');
			add_break(saying);
		}
		add_item(saying, &item);
	}
	cg_text_add_char(saying->text, '}');
}

/* One rule, or as many as make one set; returns how many. */
static size_t add_some(const struct saying *saying, const struct cg_rule *const *rules, size_t n_rules)
{
	struct conjunction all;
	struct item item;
	size_t n = 1;

	cut(saying, rules[0], &all);
	if (is_item(saying, &all, &item))
		n = count_items(saying, rules, n_rules, &item);
	else
		item.least = item.most = 0;
	if (n > 1 || item.least != item.most)
		add_set(saying, rules, n);
	else
		add_conjunction(saying, &all);
	return n;
}

int cg_said_call_condition(const struct cg_said_call *call, const struct cg_policy *policy,
			   const struct cg_rule *const *rules, size_t n_rules, struct cg_text *text)
{
	struct saying saying = { .call = call, .policy = policy, .text = text };
	struct conjunction all;

	saying.speaker = call->rules[0]->arch;
	saying.nr = call->rules[0]->nr;
	saying.word = cg_arch_word_mask(saying.speaker);
	for (size_t i = 0; i < n_rules; i++) {
		cut(&saying, rules[i], &all);
		if (all.n_items == 0)
			return 0;
	}
	for (size_t i = 0; i < n_rules;) {
		if (i > 0) {
			add_break(&saying);
			cg_text_add(text, "or ");
		}
		i += add_some(&saying, rules + i, n_rules - i);
	}
	return text->has_failed ? -ENOMEM : 0;
}
