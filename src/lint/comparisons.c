/*
 * Lint: comparisons that do not see what the kernel sees.
 *
 * A filter on a 64-bit arch compares whole registers, of which the kernel may read the low half only (struct
 * cg_arg_info.width): a caller that sets a high bit makes the same call and meets another answer. On x32 it is the
 * other way round: libseccomp, and so every engine, compares low halves of registers that the kernel reads whole.
 * Whether it matters is asked of the specification: two calls that the kernel cannot tell apart, and what the policy
 * answers.
 */
#include "lint/rules.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "policy/eval.h"

#include <errno.h>

/* How many rules may be looked at for one finding's sake; beyond that nothing is said. */
#define LOOKS_LIMIT ((size_t)64 << 20)

#define HIGH_BIT (UINT64_C(1) << 32)
#define HIGH_WORD UINT64_C(0xffffffff00000000)
#define LOW_SIGN 0x80000000U

/* One comparison of one rule, and a call with which all other comparisons of the rule hold, if they can. */
struct probe {
	const struct cg_lint *lint;
	const struct cg_lint_call *call;
	const struct cg_rule *rule;
	const struct cg_comparison *comparison;
	const struct cg_arg_info *info;
	struct cg_call example;
	size_t n_looks;
};

/* A value for which the comparison holds; wherever that is nothing, any. */
static uint64_t value_that_holds(const struct cg_comparison *comparison)
{
	switch (comparison->op) {
	case CG_OP_LT:
		return comparison->value - 1;
	case CG_OP_GT:
	case CG_OP_NE:
		return comparison->value + 1;
	case CG_OP_MASKED_EQ:
		return comparison->value & comparison->mask;
	default:
		return comparison->value;
	}
}

static void set_example(struct probe *probe)
{
	probe->example = (struct cg_call){ .arch = probe->call->arch->token, .nr = probe->call->nr };
	for (unsigned int i = 0; i < probe->rule->n_comparisons; i++)
		probe->example.args[probe->rule->comparisons[i].arg] =
			value_that_holds(&probe->rule->comparisons[i]);
}

static uint32_t answer(struct probe *probe, uint64_t value)
{
	probe->n_looks += 2 * probe->lint->policy->rules.n_items;
	probe->example.args[probe->comparison->arg] = value;
	return cg_policy_eval(probe->lint->policy, &probe->example);
}

/* Is `low` refused, and let through once a bit is set that the kernel does not read? */
static bool lets_through(struct probe *probe, uint32_t low)
{
	if (!cg_action_row(answer(probe, low))->is_denial)
		return false;
	return cg_action_is_permit(answer(probe, low | HIGH_BIT)) ||
	       cg_action_is_permit(answer(probe, low | HIGH_WORD));
}

static bool is_bypassed(struct probe *probe, uint32_t *ret_low)
{
	uint32_t value = (uint32_t)probe->comparison->value, mask = (uint32_t)probe->comparison->mask;
	const uint32_t lows[] = { value, value - 1, value + 1, 0, value & mask, value ^ (mask & -mask) };

	for (size_t i = 0; i < CG_N_ITEMS(lows); i++)
		if (lets_through(probe, lows[i])) {
			*ret_low = lows[i];
			return true;
		}
	return false;
}

/* An int below 0 is sign-extended by one program and not by the next: is one let through and the other refused? */
static bool minds_sign(struct probe *probe, uint32_t *ret_low)
{
	*ret_low = (uint32_t)probe->comparison->value;
	return probe->comparison->op == CG_OP_EQ && (*ret_low & LOW_SIGN) &&
	       cg_action_is_permit(answer(probe, *ret_low)) != cg_action_is_permit(answer(probe, *ret_low | HIGH_WORD));
}

/* The first comparison of the call, of arguments that the kernel reads as 32 bits, for which `is_found` holds. */
static bool find(struct probe *probe, bool (*is_found)(struct probe *probe, uint32_t *ret_low), uint32_t *ret_low)
{
	const struct cg_lint_call *call = probe->call;

	for (size_t i = 0; !call->unconditional && i < call->n_rules; i++) {
		probe->rule = call->rules[i];
		for (unsigned int k = 0; k < probe->rule->n_comparisons; k++) {
			probe->comparison = &probe->rule->comparisons[k];
			probe->info = cg_syscall_arg(call->arch, call->nr, probe->comparison->arg);
			if (!probe->info || probe->info->width > 4 || probe->n_looks > LOOKS_LIMIT)
				continue;
			set_example(probe);
			if (is_found(probe, ret_low))
				return true;
		}
	}
	return false;
}

/* Is it the first 64-bit arch's call of this name? The others have the same rules. */
static bool is_first_wide(const struct cg_lint *lint, const struct cg_lint_call *call)
{
	for (size_t i = 0; call->name && i < lint->policy->n_arches; i++) {
		const struct cg_lint_call *other = lint->policy->arches[i]->word_bits == 64 ?
							   cg_lint_find(lint, lint->policy->arches[i], call->name) :
							   NULL;

		if (other)
			return other == call;
	}
	return false;
}

/* `effect` takes the call, the argument, its value, and how many bits the kernel reads of it. */
static int say_wide(struct cg_lint *lint, bool (*is_found)(struct probe *probe, uint32_t *ret_low), const char *effect)
{
	struct probe probe = { .lint = lint };
	int r = 0;

	for (size_t c = 0; r == 0 && c < lint->n_calls; c++) {
		CG_CLEANUP(cg_text_done) struct cg_text value = { 0 };
		uint32_t low;

		probe.call = &lint->calls[c];
		if (!is_first_wide(lint, probe.call) || !find(&probe, is_found, &low))
			continue;
		cg_call_format_arg(&value, probe.call->arch, probe.call->nr, probe.comparison->arg, low);
		if (value.has_failed)
			return -ENOMEM;
		r = cg_lint_say(lint, cg_lint_place_of_decision(lint, probe.call, probe.rule), effect, probe.call->name,
				probe.info->name, cg_text_get(&value), 8 * probe.info->width);
	}
	return r;
}

int cg_lint_wide_bypass(struct cg_lint *lint)
{
	return say_wide(lint, is_bypassed,
			"%s with %s %s is refused, and let through with a high bit set, which the kernel does not "
			"read: the comparison is of 64 bits, the argument of %u");
}

int cg_lint_wide_refusal(struct cg_lint *lint)
{
	return say_wide(lint, minds_sign,
			"%s with %s %s gets one answer sign-extended to 64 bits and another one not; to the kernel, "
			"which reads %u bits, both are one");
}

int cg_lint_x32_words(struct cg_lint *lint)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
	struct cg_lint_place first = { 0, 0 };

	for (size_t c = 0; c < lint->n_calls; c++) {
		const struct cg_lint_call *call = &lint->calls[c];
		const struct cg_rule *wide = NULL;

		for (size_t i = 0; call->arch->is_x32 && call->name && !call->unconditional && i < call->n_rules; i++)
			for (unsigned int k = 0; !wide && k < call->rules[i]->n_comparisons; k++) {
				const struct cg_arg_info *info =
					cg_syscall_arg(call->arch, call->nr, call->rules[i]->comparisons[k].arg);

				if (info && info->width == 8 && info->kind != CG_ARG_POINTER &&
				    info->kind != CG_ARG_PATH && info->kind != CG_ARG_ADDRESS)
					wide = call->rules[i];
			}
		if (!wide)
			continue;
		if (names.n_names == 0)
			first = cg_lint_place_of_decision(lint, call, wide);
		cg_lint_names_add(&names, call->name);
	}
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, first, "on x32 only the low half of a 64-bit argument is compared: %s",
			   cg_lint_names_get(&names));
}

/* NULL, and what is not NULL, can be told apart by the address; nothing else can. */
static bool compares_address(const struct cg_comparison *comparison)
{
	uint64_t value = comparison->value & comparison->mask;

	return value != 0 || comparison->op == CG_OP_LT || comparison->op == CG_OP_GE;
}

static const struct cg_arg_info *find_pointer(const struct cg_lint_call *call, const struct cg_rule *rule)
{
	for (unsigned int k = 0; k < rule->n_comparisons; k++) {
		const struct cg_arg_info *info = cg_syscall_arg(call->arch, call->nr, rule->comparisons[k].arg);

		if (info && (info->kind == CG_ARG_POINTER || info->kind == CG_ARG_PATH) &&
		    compares_address(&rule->comparisons[k]))
			return info;
	}
	return NULL;
}

/* One finding a call: where one address is compared, others mostly are. */
int cg_lint_pointers(struct cg_lint *lint)
{
	int r = 0;

	for (size_t c = 0; r == 0 && c < lint->n_calls; c++) {
		const struct cg_lint_call *call = &lint->calls[c];
		const struct cg_arg_info *info = NULL;

		if (!call->name || !cg_lint_speaks_for_its_name(lint, call))
			continue;
		for (size_t i = 0; r == 0 && !info && i < call->n_rules; i++) {
			info = find_pointer(call, call->rules[i]);
			if (info)
				r = cg_lint_say(lint, cg_lint_place_of_decision(lint, call, call->rules[i]),
						"%s of %s is an address: what lies behind it no filter can see, and "
						"the address is another one in each run",
						info->name, call->name);
		}
	}
	return r;
}

/* Every MASKED_EQ as it is written. 0, or what `look` returned. */
static int look_at_masks(struct cg_lint *lint,
			 int (*look)(struct cg_lint *lint, const struct cg_profile_arg *arg, struct cg_lint_place at))
{
	int r = 0;

	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];

		for (size_t a = 0; r == 0 && a < rule->args.n_items; a++) {
			const struct cg_profile_arg *arg = &rule->args.items[a];

			if (!arg->bad_op.text && arg->op == CG_OP_MASKED_EQ)
				r = look(lint, arg, (struct cg_lint_place){ arg->line, arg->column });
		}
	}
	return r;
}

static int say_zero(struct cg_lint *lint, const struct cg_profile_arg *arg, struct cg_lint_place at)
{
	if (arg->value)
		return 0;
	return cg_lint_say(lint, at, "a mask of 0 matches every argument: %s",
			   arg->value_two ? "mask and datum are the wrong way round" : "the comparison does nothing");
}

int cg_lint_mask_zero(struct cg_lint *lint)
{
	return look_at_masks(lint, say_zero);
}

static int say_stray(struct cg_lint *lint, const struct cg_profile_arg *arg, struct cg_lint_place at)
{
	if (!arg->value || !(arg->value_two & ~arg->value))
		return 0;
	return cg_lint_say(lint, at,
			   "valueTwo 0x%llx has bits that the mask 0x%llx leaves out: they do not count, and 0x%llx is "
			   "compared",
			   (unsigned long long)arg->value_two, (unsigned long long)arg->value,
			   (unsigned long long)(arg->value_two & arg->value));
}

int cg_lint_mask_stray(struct cg_lint *lint)
{
	return look_at_masks(lint, say_stray);
}
