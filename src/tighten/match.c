/*
 * Do recorded values, or one call, match a rule of a profile as its JSON has it?
 *
 * In: a rule with its comparisons, and what is known of six arguments. Out: yes where it could be; unknown values could
 * be any, so that what is not known never closes anything.
 */
#include "tighten/steps.h"

#include "abi/syscalls.h"
#include "learn/recorded_call.h"
#include "policy/eval.h"
#include "profile/words.h"

#include <string.h>

struct cg_value_set cg_tightening_values(const struct cg_summary *summary, const char *call, unsigned int arg)
{
	struct cg_value_set all = { 0 };

	for (size_t i = 0; i < summary->calls.n_items; i++) {
		const struct cg_recorded_call *recorded = &summary->calls.items[i].call;
		const struct cg_syscall *found = recorded->arch ? cg_syscall_of_nr(recorded->arch, recorded->nr) : NULL;

		if (found && strcmp(found->name, call) == 0 && cg_recorded_call_is_made(recorded))
			cg_value_set_unite(&all, recorded->args[arg]);
	}
	return all;
}

static bool get_number(const struct cg_json *object, const char *key, uint64_t *ret_number)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value || value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative)
		return false;
	*ret_number = value->number;
	return true;
}

static bool get_comparison(const struct cg_json *arg, struct cg_comparison *ret_comparison)
{
	const struct cg_json *op = cg_json_get(arg, "op");
	struct cg_comparison comparison = { .mask = UINT64_MAX };
	uint64_t index, value_two = 0;

	if (!op || op->kind != CG_JSON_STRING || !cg_op_find_oci(op->text, &comparison.op) ||
	    !get_number(arg, "index", &index) || index > 5)
		return false;
	comparison.arg = (unsigned int)index;
	get_number(arg, "value", &comparison.value);
	get_number(arg, "valueTwo", &value_two);
	if (comparison.op == CG_OP_MASKED_EQ) {
		comparison.mask = comparison.value;
		comparison.value = value_two;
	}
	*ret_comparison = comparison;
	return true;
}

/* Engines read a repeated index as "or": such a rule is not looked into. */
static bool repeats_index(const struct cg_json *args)
{
	struct cg_comparison comparison;
	unsigned int seen = 0;

	for (const struct cg_json *arg = args->first; arg; arg = arg->next) {
		if (!get_comparison(arg, &comparison) || (seen & 1U << comparison.arg))
			return true;
		seen |= 1U << comparison.arg;
	}
	return false;
}

static bool may_hold(const struct cg_comparison *comparison, const struct cg_value_set *values)
{
	for (size_t i = 0; i < values->n_values; i++) {
		uint64_t args[6] = { 0 };

		args[comparison->arg] = values->values[i];
		if (cg_comparison_holds(comparison, cg_arch_find("x86_64"), args)) /* 64 bits wide */
			return true;
	}
	return values->has_overflow;
}

bool cg_tightening_may_match(const struct cg_json *rule, const struct cg_value_set values[6])
{
	const struct cg_json *args = cg_json_get(rule, "args");

	if (!args || repeats_index(args))
		return true;
	for (const struct cg_json *arg = args->first; arg; arg = arg->next) {
		struct cg_comparison comparison;

		if (get_comparison(arg, &comparison) && !may_hold(&comparison, &values[comparison.arg]))
			return false;
	}
	return true;
}

bool cg_tightening_matches(const struct cg_json *rule, const struct cg_tighten_hit *hit)
{
	struct cg_value_set values[6] = { 0 };

	for (unsigned int i = 0; i < 6; i++) {
		values[i].has_overflow = !hit->has_args;
		cg_value_set_add(&values[i], hit->call.args[i]);
	}
	return cg_tightening_may_match(rule, values);
}
