/*
 * Rules of one call as a condition of the language.
 *
 * In: rules, of which each is enough. Out: `a or b`, each a chain of comparisons; what asks one argument for values or
 * ranges, in one rule after the other, becomes a set. Names of arguments and constants are used where they mean the
 * same on every architecture that the call is said of; all others are numbers. A name stands for the bits that the
 * kernel reads, so that a comparison of the whole register is said of a0 to a5.
 */
#include "language/saying.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "language/meaning.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

/*
 * May the argument be said by its name where the bits of `mask` are compared? *ret_is_all: then the name says which
 * bits, so that no mask is needed.
 */
const char *cg_saying_name(const struct cg_saying *saying, unsigned int arg, uint64_t mask, bool *ret_is_all)
{
	const struct cg_arg_info *info = cg_syscall_arg(saying->speaker, saying->nr, arg);
	uint64_t reads;
	uint32_t nr;

	*ret_is_all = true;
	if (!info || is_keyword(info->name))
		return NULL;
	for (size_t i = 0; i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];
		uint64_t here = mask & cg_arch_word_mask(arch);

		if (!cg_said_call_is_on(saying->call, arch, &nr))
			continue;
		if (cg_argument_of_name(arch, nr, info->name, &reads) != (int)arg || (here & ~reads))
			return NULL;
		*ret_is_all &= here == reads;
	}
	return info->name;
}

/* Is this the value's name, in the bits of `mask`, on every architecture that the call is said of? */
static bool is_value(const struct cg_saying *saying, const char *name, uint64_t value, uint64_t mask)
{
	uint64_t parsed;
	uint32_t nr;

	if (name[0] == '"')
		return false;
	for (size_t i = 0; i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];

		if (cg_said_call_is_on(saying->call, arch, &nr) &&
		    (cg_call_parse_value(arch, name, strlen(name), &parsed, NULL) < 0 ||
		     ((parsed ^ value) & cg_arch_word_mask(arch) & mask)))
			return false;
	}
	return true;
}

static void add_number(const struct cg_saying *saying, uint64_t value)
{
	cg_text_addf(saying->text, value < 4096 ? "%" PRIu64 : "0x%" PRIx64, value);
}

/* A value of which the bits of `mask` count, all that an argument has. */
void cg_saying_add_value(const struct cg_saying *saying, unsigned int arg, uint64_t value, uint64_t mask)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	cg_call_format_arg(&name, saying->speaker, saying->nr, arg, value);
	if (!name.has_failed && is_value(saying, cg_text_get(&name), value, mask))
		cg_text_add(saying->text, cg_text_get(&name));
	else
		add_number(saying, value);
}

/* Bits of an argument. In brackets where there are several. */
void cg_saying_add_bits(const struct cg_saying *saying, unsigned int arg, uint64_t bits)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	const char *words;

	cg_call_format_mask(&name, saying->speaker, saying->nr, arg, bits);
	words = cg_text_get(&name);
	if (bits == 0 || name.has_failed || !is_value(saying, words, bits, saying->word))
		add_number(saying, bits);
	else
		cg_text_addf(saying->text, strchr(words, '|') ? "(%s)" : "%s", words);
}

void cg_saying_add_break(const struct cg_saying *saying)
{
	cg_text_add_char(saying->text, CG_SOFT_BREAK);
}

/* ---- comparisons */

void cg_saying_cut(const struct cg_saying *saying, const struct cg_rule *rule, struct cg_conjunction *ret_all)
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

/* How many comparisons from `at` on say that one argument is not this and not that. */
static unsigned int count_holes(const struct cg_conjunction *all, unsigned int at)
{
	unsigned int end = at;

	while (end < all->n_items && all->items[end].op == CG_OP_NE && all->items[end].arg == all->items[at].arg)
		end++;
	return end - at;
}

static unsigned int count_bits(uint64_t bits)
{
	unsigned int n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

/* The argument, and which bits of it. *ret_is_all: as in struct item. */
void cg_saying_add_operand(const struct cg_saying *saying, unsigned int arg, uint64_t mask, bool *ret_is_all)
{
	bool has_name_all;
	const char *name = cg_saying_name(saying, arg, mask, &has_name_all);
	uint64_t reads = saying->word;

	if (name)
		cg_argument_of_name(saying->speaker, saying->nr, name, &reads);
	if (name)
		cg_text_add(saying->text, name);
	else
		cg_text_addf(saying->text, "a%u", arg);
	*ret_is_all = name ? has_name_all : mask == saying->word;
	if (*ret_is_all)
		return;
	cg_text_add(saying->text, " & ");
	if (count_bits(reads & ~mask) < count_bits(mask)) {
		cg_text_add_char(saying->text, '~');
		mask = reads & ~mask;
	}
	cg_saying_add_bits(saying, arg, mask);
}

static void add_holes(const struct cg_saying *saying, const struct cg_comparison *holes, unsigned int n_holes)
{
	bool is_all;

	cg_saying_add_operand(saying, holes[0].arg, saying->word, &is_all);
	cg_text_add(saying->text, " not in {");
	for (unsigned int i = 0; i < n_holes; i++) {
		if (i > 0)
			cg_text_add_char(saying->text, ',');
		if (i > 0)
			cg_saying_add_break(saying);
		cg_saying_add_value(saying, holes[i].arg, holes[i].value, saying->word);
	}
	cg_text_add_char(saying->text, '}');
}

static void add_comparison(const struct cg_saying *saying, const struct cg_comparison *comparison)
{
	bool has_mask = comparison->op == CG_OP_MASKED_EQ, is_all;
	uint64_t mask = has_mask ? comparison->mask : saying->word;

	cg_saying_add_operand(saying, comparison->arg, mask, &is_all);
	cg_text_addf(saying->text, " %s ", cg_op_name(has_mask ? CG_OP_EQ : comparison->op));
	if (is_all)
		cg_saying_add_value(saying, comparison->arg, comparison->value, mask);
	else
		cg_saying_add_bits(saying, comparison->arg, comparison->value);
}

void cg_saying_add_and(const struct cg_saying *saying)
{
	cg_saying_add_break(saying);
	cg_text_add(saying->text, "and ");
}

void cg_saying_add_conjunction(const struct cg_saying *saying, const struct cg_conjunction *all)
{
	for (unsigned int i = 0, n; i < all->n_items; i += n) {
		unsigned int n_holes = count_holes(all, i);

		n = n_holes > 1 ? n_holes : 1;
		if (i > 0)
			cg_saying_add_and(saying);
		if (n_holes > 1)
			add_holes(saying, &all->items[i], n_holes);
		else
			add_comparison(saying, &all->items[i]);
	}
}

int cg_said_call_condition(const struct cg_said_call *call, const struct cg_policy *policy,
			   const struct cg_rule *const *rules, size_t n_rules, struct cg_text *text)
{
	struct cg_saying saying = { .call = call, .policy = policy, .text = text };
	struct cg_conjunction all;
	size_t n;
	int rc = 0;

	saying.speaker = call->rules[0]->arch;
	saying.nr = call->rules[0]->nr;
	saying.word = cg_arch_word_mask(saying.speaker);
	for (size_t i = 0; i < n_rules; i++) {
		cg_saying_cut(&saying, rules[i], &all);
		if (all.n_items == 0)
			return 0;
	}
	for (size_t i = 0; rc == 0 && i < n_rules; i += n) {
		if (i > 0) {
			cg_saying_add_break(&saying);
			cg_text_add(text, "or ");
		}
		rc = cg_saying_add_some(&saying, rules + i, n_rules - i, &n);
	}
	return rc == 0 && text->has_failed ? -ENOMEM : rc;
}
