/*
 * Rules of one call that differ in one argument only, as a set: `fd in {0, 3..7}`, `domain != AF_UNIX`.
 *
 * In: rules, of which each is enough. Out: the first of them, or as many from it on as one set says. A range of half a
 * register stands in a policy as blocks of 2^n values, a rule each (condition.c); here they become a range again.
 */
#include "language/saying.h"

#include "abi/syscalls.h"

#include <errno.h>
#include <stdlib.h>

/* What a conjunction asks of one argument, or some bits of it: a value or a range. */
struct item {
	unsigned int arg;
	uint64_t mask; /* the bits that are asked; of the word: all of it */
	bool is_all;   /* they are all that the argument has, as it is said: values can stand in an order */
	uint64_t least, most;
};

struct range {
	uint64_t least, most;
};

/* A CG_VEC with a name, so that functions can take it. */
struct ranges {
	struct range *items;
	size_t n_items;
	size_t n_room;
};

/* Some bits as a block of 2^n values of what the argument's name stands for: what a range of half a register is. */
static bool is_block(const struct cg_saying *saying, const struct cg_comparison *bits, struct item *ret_item)
{
	const struct cg_arg_info *info = cg_syscall_arg(saying->speaker, saying->nr, bits->arg);
	uint64_t reads, block;
	bool is_all;

	if (!info || cg_argument_of_name(saying->speaker, saying->nr, info->name, &reads) != (int)bits->arg ||
	    (bits->mask & ~reads) || !cg_saying_name(saying, bits->arg, reads, &is_all) || !is_all)
		return false;
	block = reads & ~bits->mask;
	if (block & (block + 1))
		return false;
	*ret_item = (struct item){ bits->arg, reads, true, bits->value, bits->value | block };
	return true;
}

/* What a conjunction asks of one argument as an item, and the rest of it, if it can be parted so. */
static bool take_item(const struct cg_saying *saying, const struct cg_conjunction *all, unsigned int arg,
		      struct item *ret_item, struct cg_conjunction *ret_rest)
{
	const struct cg_comparison *own[2] = { NULL, NULL };
	unsigned int n_own = 0;

	ret_rest->n_items = 0;
	for (unsigned int i = 0; i < all->n_items; i++) {
		if (all->items[i].arg != arg)
			ret_rest->items[ret_rest->n_items++] = all->items[i];
		else if (n_own++ < 2)
			own[n_own - 1] = &all->items[i];
	}
	if (n_own == 2 && own[0]->op == CG_OP_GE && own[1]->op == CG_OP_LE && own[0]->value <= own[1]->value) {
		*ret_item = (struct item){ arg, saying->word, true, own[0]->value, own[1]->value };
		return true;
	}
	if (n_own != 1 || (own[0]->op != CG_OP_EQ && own[0]->op != CG_OP_MASKED_EQ))
		return false;
	if (own[0]->op == CG_OP_MASKED_EQ && is_block(saying, own[0], ret_item))
		return true;
	*ret_item = (struct item){ arg, own[0]->op == CG_OP_EQ ? saying->word : own[0]->mask, own[0]->op == CG_OP_EQ,
				   own[0]->value, own[0]->value };
	return true;
}

static bool is_same(const struct cg_conjunction *a, const struct cg_conjunction *b)
{
	if (a->n_items != b->n_items)
		return false;
	for (unsigned int i = 0; i < a->n_items; i++) {
		const struct cg_comparison *left = &a->items[i], *right = &b->items[i];

		if (left->arg != right->arg || left->op != right->op || left->value != right->value ||
		    left->mask != right->mask)
			return false;
	}
	return true;
}

/* The items of one argument that rules from the first on differ in, and in nothing else. 0 or -ENOMEM. */
static int collect_items(const struct cg_saying *saying, const struct cg_rule *const *rules, size_t n_rules,
			 unsigned int arg, struct ranges *ret_ranges)
{
	struct cg_conjunction all, first_rest, rest;
	struct item first, item;

	ret_ranges->n_items = 0;
	for (size_t i = 0; i < n_rules; i++) {
		cg_saying_cut(saying, rules[i], &all);
		if (!take_item(saying, &all, arg, i ? &item : &first, i ? &rest : &first_rest))
			return 0;
		if (i > 0 && (item.mask != first.mask || !is_same(&rest, &first_rest)))
			return 0;
		if (i == 0)
			item = first;
		if (cg_vec_push(ret_ranges, ((struct range){ item.least, item.most })) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return (a->least > b->least) - (a->least < b->least);
}

/* Sorts them, and puts together what touches. */
static void settle_ranges(struct ranges *ranges)
{
	size_t n_kept = 1;

	qsort(ranges->items, ranges->n_items, sizeof(*ranges->items), compare_ranges);
	for (size_t i = 1; i < ranges->n_items; i++) {
		struct range *last = &ranges->items[n_kept - 1], *next = &ranges->items[i];

		if (last->most != UINT64_MAX && next->least > last->most + 1)
			ranges->items[n_kept++] = *next;
		else if (next->most > last->most)
			last->most = next->most;
	}
	ranges->n_items = n_kept;
}

/* Single values that lie between settled ranges, fewer than these, and all that is missing; true then, and they are. */
static bool turn_round(struct ranges *ranges, uint64_t most)
{
	size_t n = ranges->n_items;

	if (n == 1 || ranges->items[0].least > 0 || ranges->items[n - 1].most < most)
		return false;
	for (size_t i = 0; i + 1 < n; i++)
		if (ranges->items[i].most + 2 != ranges->items[i + 1].least)
			return false;
	for (size_t i = 0; i + 1 < n; i++)
		ranges->items[i].least = ranges->items[i].most = ranges->items[i].most + 1;
	ranges->n_items = n - 1;
	return true;
}

static bool has_range(const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->n_items; i++)
		if (ranges->items[i].least != ranges->items[i].most)
			return true;
	return false;
}

static void add_range(const struct cg_saying *saying, const struct item *like, bool is_all, const struct range *range)
{
	if (!is_all) {
		cg_saying_add_bits(saying, like->arg, range->least);
		return;
	}
	cg_saying_add_value(saying, like->arg, range->least, like->mask);
	if (range->most != range->least) {
		cg_text_add(saying->text, "..");
		cg_saying_add_value(saying, like->arg, range->most, like->mask);
	}
}

/* One range, or one value that is left out, in as many signs as it needs. */
static void add_one(const struct cg_saying *saying, const struct item *like, const struct range *one, bool is_not)
{
	const char *op = is_not ? "!=" : one->least == one->most ? "==" : one->least == 0 ? "<=" : ">=";

	cg_text_addf(saying->text, " %s ", op);
	cg_saying_add_value(saying, like->arg, op[0] == '<' ? one->most : one->least, like->mask);
}

/* The ranges of the argument of `like`; what they are is changed. Single values stay as they are. */
static void add_set(const struct cg_saying *saying, const struct item *like, struct ranges *ranges)
{
	const struct range *first = &ranges->items[0];
	bool is_all, is_not = false;

	cg_saying_add_operand(saying, like->arg, like->mask, &is_all);
	if (is_all && has_range(ranges)) {
		settle_ranges(ranges);
		is_not = turn_round(ranges, like->mask);
	}
	if (is_all && ranges->n_items == 1 &&
	    (first->least == first->most || first->least == 0 || first->most == like->mask)) {
		add_one(saying, like, first, is_not);
		return;
	}
	cg_text_add(saying->text, is_not ? " not in {" : " in {");
	for (size_t i = 0; i < ranges->n_items; i++) {
		if (i > 0)
			cg_text_add_char(saying->text, ',');
		if (i > 0)
			cg_saying_add_break(saying);
		add_range(saying, like, is_all, &ranges->items[i]);
	}
	cg_text_add_char(saying->text, '}');
}

/* The argument along which most rules make one set, and its ranges; *ret_ranges is empty where there is none. */
static int find_set(const struct cg_saying *saying, const struct cg_rule *const *rules, size_t n_rules,
		    unsigned int *ret_arg, struct ranges *ret_ranges)
{
	struct ranges ranges = { 0 };
	int rc = 0;

	ret_ranges->n_items = 0;
	for (unsigned int arg = 0; rc == 0 && arg < 6; arg++) {
		rc = collect_items(saying, rules, n_rules, arg, &ranges);
		if (rc == 0 && ranges.n_items > ret_ranges->n_items) {
			struct ranges kept = *ret_ranges;

			*ret_ranges = ranges;
			ranges = kept;
			*ret_arg = arg;
		}
	}
	cg_vec_done(&ranges);
	return rc;
}

/*
 * Is a set the better way to say it? Of flags, a block of values is rather some bits that must not be set: `flags &
 * ~O_CLOEXEC == 0`.
 */
static bool is_set_worthy(const struct cg_saying *saying, const struct item *item, const struct ranges *ranges)
{
	const struct cg_arg_info *info = cg_syscall_arg(saying->speaker, saying->nr, item->arg);
	bool is_range = has_range(ranges);

	if (is_range && item->mask != saying->word && info && info->kind == CG_ARG_FLAGS)
		return ranges->n_items > 2;
	return is_range || ranges->n_items > 1;
}

/* One rule, or as many as make one set; *ret_n: how many. 0 or -ENOMEM. */
int cg_saying_add_some(const struct cg_saying *saying, const struct cg_rule *const *rules, size_t n_rules,
		       size_t *ret_n)
{
	struct ranges ranges = { 0 };
	struct cg_conjunction all, rest;
	struct item item;
	unsigned int arg = 0;
	int rc = find_set(saying, rules, n_rules, &arg, &ranges);

	cg_saying_cut(saying, rules[0], &all);
	*ret_n = 1;
	if (rc == 0 && ranges.n_items && take_item(saying, &all, arg, &item, &rest) &&
	    is_set_worthy(saying, &item, &ranges)) {
		*ret_n = ranges.n_items;
		cg_saying_add_conjunction(saying, &rest);
		if (rest.n_items)
			cg_saying_add_and(saying);
		add_set(saying, &item, &ranges);
	} else if (rc == 0) {
		cg_saying_add_conjunction(saying, &all);
	}
	cg_vec_done(&ranges);
	return rc;
}

