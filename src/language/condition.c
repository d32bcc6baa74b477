/*
 * Conditions as sets of argument values, for one call on one architecture.
 *
 * In: a tree of conditions. Out: boxes: `or` is the union, `and` the intersection, `not` the complement, so that no
 * form of a condition is special. Values are worked out in 64 bits and then cut to the architecture's word, as eval.c
 * cuts them; constants have the value that they have there.
 *
 * A named argument is compared in the bits that the kernel reads of it. A filter that compares more can be got past by
 * a bit that changes nothing (a refusal), and compares values that are one to the kernel as two (an allowance); one
 * that compares just these bits answers for what will be done. Filters know masks with == only: a range of half a
 * register becomes blocks of 2^n values.
 */
#include "language/meaning.h"

#include "abi/call_text.h"

#include <errno.h>
#include <string.h>

/* ---- values */

static int value_of(const struct cg_place_of_call *call, const struct cg_value *value, uint64_t *ret_number)
{
	struct cg_err err = { 0 };
	uint64_t number = 0;
	int rc = 0;

	if (call->work->n_steps == 0)
		return -E2BIG;
	call->work->n_steps--;
	if (value->kind == CG_VALUE_WORD) {
		rc = cg_call_parse_value(call->arch, value->text, strlen(value->text), ret_number,
					 call->document->err ? &err : NULL);
		return rc < 0 ? cg_document_fail(call->document, rc, &value->at, "%s", err.message) : 0;
	}
	*ret_number = 0;
	for (const struct cg_value *part = value->first; rc == 0 && part; part = part->next) {
		rc = value_of(call, part, &number);
		*ret_number |= number;
	}
	if (rc < 0 || value->kind == CG_VALUE_OR)
		return rc;
	if (value->kind == CG_VALUE_NEGATIVE && number > (uint64_t)1 << 63)
		return cg_document_fail(call->document, -EINVAL, &value->at, "a negative number below -2^63");
	*ret_number = value->kind == CG_VALUE_NOT ? ~number : 0 - number;
	return 0;
}

/* The part of a register that is compared, with its words worked out. */
struct operand {
	unsigned int arg;
	const char *name;
	uint64_t reads; /* the bits that the argument has */
	uint64_t mask;  /* of them those that count */
	bool has_mask;
	bool is_part;   /* `reads` is less than the register */
};

static int operand_of(const struct cg_place_of_call *call, const struct cg_condition *test, struct operand *ret_operand)
{
	struct operand operand = { .name = test->argument, .has_mask = test->mask != NULL };
	uint64_t mask = UINT64_MAX;
	int rc = cg_argument_index(call, test->argument, &test->at, &operand.arg, &operand.reads);

	if (rc == 0 && test->mask)
		rc = value_of(call, test->mask, &mask);
	if (rc < 0)
		return rc;
	operand.is_part = operand.reads != cg_arch_word_mask(call->arch);
	operand.mask = operand.is_part ? mask & operand.reads : mask;
	if (operand.mask == 0 && mask != 0)
		return cg_document_fail(call->document, -EINVAL, &test->mask->at,
					"the kernel reads 0x%llx of %.40s, and & 0x%llx leaves nothing of that",
					(unsigned long long)operand.reads, operand.name, (unsigned long long)mask);
	*ret_operand = operand;
	return 0;
}

/*
 * A value whose bits lie outside the mask, or outside what the kernel reads, can never be met: whoever wrote it meant
 * something else. Above what is read a negative number has ones.
 */
static int check_bits(const struct cg_place_of_call *call, const struct cg_value *at, const struct operand *operand,
		      uint64_t *value)
{
	uint64_t above = ~operand->reads, sign = operand->reads & ~(operand->reads >> 1);

	if (operand->has_mask && operand->mask == 0)
		return cg_document_fail(call->document, -EINVAL, &at->at, "& 0 leaves no bit to compare");
	if (operand->is_part && (*value & above) && (*value & (above | sign)) != (above | sign))
		return cg_document_fail(call->document, -EINVAL, &at->at,
					"the kernel reads 0x%llx of %.40s, never 0x%llx; a%u is the whole register",
					(unsigned long long)operand->reads, operand->name, (unsigned long long)*value,
					operand->arg);
	if (operand->is_part)
		*value &= operand->reads;
	if (operand->has_mask && (*value & ~operand->mask))
		return cg_document_fail(call->document, -EINVAL, &at->at,
					"0x%llx has bits that & 0x%llx takes away: they can never be equal",
					(unsigned long long)*value, (unsigned long long)operand->mask);
	*value &= operand->reads;
	return 0;
}

/* Adds the values from `least` to `most` of what is read: a range where that is the register, else block by block. */
static int add_range(const struct cg_place_of_call *call, const struct operand *operand, uint64_t least, uint64_t most,
		     struct cg_boxes *boxes)
{
	int rc = 0;

	if (!operand->is_part)
		return cg_boxes_add_range(boxes, operand->arg, least, most, call->work);
	while (rc == 0 && least <= most) {
		uint64_t block = 0;

		while (!(least & (block * 2 + 1)) && most - least >= block * 2 + 1)
			block = block * 2 + 1;
		rc = cg_boxes_add_bits(boxes, operand->arg, operand->reads & ~block, least, call->work);
		least += block + 1;
	}
	return rc;
}

static int add_item(const struct cg_place_of_call *call, const struct operand *operand, const struct cg_item *item,
		    struct cg_boxes *boxes)
{
	uint64_t least, most;
	int rc = value_of(call, item->least, &least);

	if (rc == 0)
		rc = value_of(call, item->most, &most);
	if (rc == 0 && least > most)
		return cg_document_fail(call->document, -EINVAL, &item->least->at, "this range ends before it begins");
	if (rc == 0)
		rc = check_bits(call, item->least, operand, &least);
	if (rc == 0 && item->most != item->least)
		rc = check_bits(call, item->most, operand, &most);
	else
		most = least;
	if (rc == 0 && operand->is_part && least > most)
		return cg_document_fail(call->document, -EINVAL, &item->least->at, "this range ends before it begins");
	if (rc < 0)
		return rc;
	if (!operand->has_mask)
		return add_range(call, operand, least, most, boxes);
	if (item->least != item->most)
		return cg_document_fail(call->document, -EINVAL, &item->least->at,
					"bits are compared with single values");
	return cg_boxes_add_bits(boxes, operand->arg, operand->mask, least, call->work);
}

/* Adds the values for which one of < <= > >= != holds. */
static int add_order(const struct cg_place_of_call *call, const struct operand *operand, enum cg_op op, uint64_t value,
		     struct cg_boxes *boxes)
{
	uint64_t most = operand->reads;
	int rc = 0;

	if ((op == CG_OP_LT || op == CG_OP_NE) && value > 0)
		rc = add_range(call, operand, 0, value - 1, boxes);
	if (rc == 0 && (op == CG_OP_GT || op == CG_OP_NE) && value < most)
		rc = add_range(call, operand, value + 1, most, boxes);
	if (rc == 0 && op == CG_OP_LE)
		rc = add_range(call, operand, 0, value, boxes);
	if (rc == 0 && op == CG_OP_GE)
		rc = add_range(call, operand, value, most, boxes);
	return rc;
}

static int add_test(const struct cg_place_of_call *call, const struct cg_condition *test, struct cg_boxes *boxes)
{
	struct operand operand;
	uint64_t value;
	int rc = operand_of(call, test, &operand);

	if (rc < 0)
		return rc;
	if (operand.has_mask || test->op == CG_OP_EQ) {
		rc = add_item(call, &operand, test->items, boxes);
		return rc == 0 && test->op == CG_OP_NE ? cg_boxes_complement(boxes, call->work) : rc;
	}
	rc = value_of(call, test->items->least, &value);
	if (rc == 0)
		rc = check_bits(call, test->items->least, &operand, &value);
	return rc < 0 ? rc : add_order(call, &operand, test->op, value, boxes);
}

static int add_set(const struct cg_place_of_call *call, const struct cg_condition *set, struct cg_boxes *boxes)
{
	struct operand operand;
	int rc = operand_of(call, set, &operand);

	for (const struct cg_item *item = set->items; rc == 0 && item; item = item->next)
		rc = add_item(call, &operand, item, boxes);
	return rc;
}

/* ---- logic */

/* `boxes` is empty before. */
static int hold(const struct cg_place_of_call *call, const struct cg_condition *condition, struct cg_boxes *boxes);

static int hold_all(const struct cg_place_of_call *call, const struct cg_condition *condition, struct cg_boxes *boxes)
{
	struct cg_box full = cg_box_full(call->work->word);
	struct cg_boxes one = { 0 };
	int rc = cg_boxes_add(boxes, &full);

	for (const struct cg_condition *part = condition->first; rc == 0 && part; part = part->next) {
		one.n_items = 0;
		rc = hold(call, part, &one);
		if (rc == 0)
			rc = cg_boxes_intersect(boxes, &one, call->work);
	}
	cg_boxes_done(&one);
	return rc;
}

static int hold_any(const struct cg_place_of_call *call, const struct cg_condition *condition, struct cg_boxes *boxes)
{
	struct cg_boxes one = { 0 };
	int rc = 0;

	for (const struct cg_condition *part = condition->first; rc == 0 && part; part = part->next) {
		one.n_items = 0;
		rc = hold(call, part, &one);
		if (rc == 0)
			rc = cg_boxes_copy(boxes, &one);
	}
	cg_boxes_done(&one);
	return rc;
}

static int hold(const struct cg_place_of_call *call, const struct cg_condition *condition, struct cg_boxes *boxes)
{
	int rc;

	switch (condition->kind) {
	case CG_CONDITION_AND:
		return hold_all(call, condition, boxes);
	case CG_CONDITION_OR:
		return hold_any(call, condition, boxes);
	case CG_CONDITION_NOT:
		rc = hold(call, condition->first, boxes);
		return rc < 0 ? rc : cg_boxes_complement(boxes, call->work);
	case CG_CONDITION_TEST:
		return add_test(call, condition, boxes);
	case CG_CONDITION_IN:
		return add_set(call, condition, boxes);
	}
	return 0;
}

int cg_condition_boxes(const struct cg_place_of_call *call, const struct cg_condition *condition,
		       struct cg_boxes *ret_boxes)
{
	int rc = hold(call, condition, ret_boxes);

	return rc == -ENOMEM ? cg_err_memory(call->document->err) : rc;
}

/* ---- as they stand */

static int fail_raw(const struct cg_place_of_call *call, const struct cg_spot *at)
{
	return cg_document_fail(
		call->document, -EINVAL, at,
		"only comparisons joined by `and` can be taken as they stand, at most %d, and bits, as of half a "
		"register, with == alone",
		CG_POLICY_COMPARISONS_LIMIT);
}

static int add_raw_test(const struct cg_place_of_call *call, const struct cg_condition *test,
			struct cg_comparison *comparisons, unsigned int *n)
{
	struct operand operand;
	uint64_t value;
	bool is_masked;
	int rc;

	if (test->kind != CG_CONDITION_TEST || *n == CG_POLICY_COMPARISONS_LIMIT)
		return fail_raw(call, &test->at);
	rc = operand_of(call, test, &operand);
	if (rc == 0)
		rc = value_of(call, test->items->least, &value);
	if (rc < 0)
		return rc;
	is_masked = operand.has_mask || operand.is_part;
	if (is_masked && test->op != CG_OP_EQ)
		return fail_raw(call, &test->at);
	comparisons[(*n)++] = (struct cg_comparison){ operand.arg, is_masked ? CG_OP_MASKED_EQ : test->op, value,
						      operand.mask };
	return 0;
}

int cg_condition_comparisons(const struct cg_place_of_call *call, const struct cg_condition *condition,
			     struct cg_comparison *ret_comparisons, unsigned int *ret_n_comparisons)
{
	int rc = 0;

	*ret_n_comparisons = 0;
	if (condition->kind != CG_CONDITION_AND)
		return add_raw_test(call, condition, ret_comparisons, ret_n_comparisons);
	for (const struct cg_condition *part = condition->first; rc == 0 && part; part = part->next)
		rc = add_raw_test(call, part, ret_comparisons, ret_n_comparisons);
	return rc;
}
