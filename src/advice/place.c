/*
 * What decided about a call, and where in the profile it would be allowed.
 *
 * The place is a line of the profile: the rule that decided where there is one, else the unconditional rule that allows
 * most calls, to whose names another one goes.
 */
#include "advice/advice.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "policy/eval.h"

#include <inttypes.h>

static void add_place(struct cg_text *text, const struct cg_advice_profile *profile, uint32_t line)
{
	cg_text_add(text, profile->reference);
	if (line)
		cg_text_addf(text, ":%" PRIu32, line);
}

/* The rule that allows most calls whatever their arguments, or NULL. */
static const struct cg_profile_rule *roomiest(const struct cg_profile *profile)
{
	const struct cg_profile_rule *best = NULL;

	for (size_t i = 0; profile && !profile->is_outline && i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];

		if (!rule->bad_action.text && rule->action == CG_ACTION_ALLOW && rule->args.n_items == 0 &&
		    !rule->includes.arches.n_items && !rule->includes.caps.n_items && !rule->includes.has_min_kernel &&
		    !rule->excludes.arches.n_items && !rule->excludes.caps.n_items && !rule->excludes.has_min_kernel &&
		    (!best || rule->names.n_items > best->names.n_items))
			best = rule;
	}
	return best;
}

static uint32_t default_line(const struct cg_advice_profile *profile)
{
	return profile->profile ? profile->profile->default_action_place.line : 0;
}

/* A rule about the call with conditions, that lets it through or does not; of some line, if one has it. */
static const struct cg_rule *conditional(const struct cg_policy *policy, const struct cg_call *call, bool lets_through)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_rule *found = NULL;

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch == arch && rule->nr == call->nr && rule->n_comparisons &&
		    cg_action_is_permit(rule->action) == lets_through && (!found || (!found->origin && rule->origin)))
			found = rule;
	}
	return found;
}

/*
 * The arguments are not known, and conditional rules would ask for them: who answered as the kernel did? No answer
 * of theirs is told for certain.
 */
static void guess(const struct cg_advice_profile *profile, const struct cg_call *call, uint32_t action,
		  struct cg_advice *advice)
{
	const struct cg_rule *allowing = conditional(profile->policy, call, true);
	const struct cg_rule *refusing = conditional(profile->policy, call, false);
	const struct cg_arch *arch = cg_arch_of_call(call);
	uint32_t usual = cg_policy_default(profile->policy, arch, call->nr);

	advice->is_guess = true;
	if (refusing && cg_action_row(refusing->action) == cg_action_row(action) &&
	    (!allowing || cg_action_is_permit(usual) || cg_action_row(usual) != cg_action_row(action))) {
		advice->cause = CG_ADVICE_RULE;
		advice->rule = refusing;
		advice->action = refusing->action;
		advice->line = refusing->origin;
	} else if (allowing) {
		advice->cause = CG_ADVICE_CONDITIONS;
		advice->rule = allowing;
		advice->action = usual;
		advice->line = default_line(profile);
	}
}

static bool has_conditions(const struct cg_policy *policy, const struct cg_call *call)
{
	return conditional(policy, call, true) || conditional(policy, call, false);
}

static bool is_unconditional(const struct cg_verdict *verdict)
{
	return verdict->reason == CG_EVAL_RULE && verdict->rule->n_comparisons == 0;
}

struct cg_advice cg_advice_find(const struct cg_advice_profile *profile, const struct cg_call *call, bool has_args,
				uint32_t action)
{
	struct cg_verdict verdict = cg_policy_decide(profile->policy, call);
	struct cg_advice advice = { .action = verdict.action, .roomiest = roomiest(profile->profile) };

	advice.line = verdict.reason == CG_EVAL_RULE ? verdict.rule->origin : default_line(profile);
	if (verdict.reason == CG_EVAL_BAD_ARCH) {
		advice.cause = CG_ADVICE_ARCH;
	} else if (!has_args && !is_unconditional(&verdict) && has_conditions(profile->policy, call)) {
		guess(profile, call, action, &advice);
	} else if (verdict.action == CG_ACTION_ALLOW) {
		advice.cause = CG_ADVICE_ALLOWED;
	} else if (verdict.reason == CG_EVAL_RULE) {
		advice.cause = CG_ADVICE_RULE;
		advice.rule = verdict.rule;
	} else {
		advice.rule = conditional(profile->policy, call, true);
		advice.cause = advice.rule ? CG_ADVICE_CONDITIONS : CG_ADVICE_UNNAMED;
	}
	return advice;
}

static const char *verb(const struct cg_advice *advice)
{
	return cg_action_is_permit(advice->action) ? "logs" : "refuses";
}

static void say_remedy(const struct cg_advice_profile *profile, const struct cg_advice *advice, const char *name,
		       struct cg_text *text)
{
	switch (advice->cause) {
	case CG_ADVICE_ALLOWED:
		cg_text_add(text, " lets it through: what answered is another filter than this profile's\n");
		break;
	case CG_ADVICE_ARCH:
		cg_text_add(text, " does not have this architecture; to allow the call, add the architecture first\n");
		break;
	case CG_ADVICE_RULE:
		cg_text_addf(text, " %s it by a rule%s; to allow it, change that rule\n", verb(advice),
			     advice->is_guess ? ", if its conditions held (the arguments were not seen)" : "");
		break;
	case CG_ADVICE_CONDITIONS:
		cg_text_addf(text, " %s it by the default, as the conditions at ", verb(advice));
		add_place(text, profile, advice->rule->origin);
		cg_text_addf(text, " do not hold%s; to allow it, add a rule with its arguments there\n",
			     advice->is_guess ? " (its arguments were not seen)" : "");
		break;
	case CG_ADVICE_UNNAMED:
		cg_text_addf(text, " %s it by the default, as no rule names it; to allow it, ", verb(advice));
		if (advice->roomiest) {
			cg_text_addf(text, "add \"%s\" to the names at ", name);
			add_place(text, profile, advice->roomiest->line);
			cg_text_add_char(text, '\n');
		} else {
			cg_text_addf(text, "add a rule that allows %s\n", name);
		}
		break;
	}
}

static const struct cg_syscall *known_call(const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	return arch ? cg_syscall_of_nr(arch, call->nr) : NULL;
}

void cg_advice_say_where(const struct cg_advice_profile *profile, const struct cg_advice *advice,
			 const struct cg_call *call, struct cg_text *text)
{
	const struct cg_syscall *known = known_call(call);

	cg_text_add(text, "  ");
	add_place(text, profile, advice->line);
	say_remedy(profile, advice, known ? known->name : "this call", text);
}

static void say_tier(const struct cg_syscall *known, const struct cg_advice_risk *risk, struct cg_text *text)
{
	if (risk->tier == CG_TIER_NONE)
		cg_text_addf(text, "  that would open a call of no risk by itself (%s)", cg_category_title(known->category));
	else if (risk->operation)
		cg_text_addf(text, "  that would open %s, of %s risk: %s.", risk->operation, cg_tier_name(risk->tier),
			     risk->reason);
	else
		cg_text_addf(text, "  that would open a call of %s risk: %s", cg_tier_name(risk->tier), risk->reason);
}

void cg_advice_say_risk(const struct cg_advice_profile *profile, const struct cg_call *call, bool has_args,
			struct cg_text *text)
{
	const struct cg_syscall *known = known_call(call);
	size_t n = known && profile->count_vulnerabilities ? profile->count_vulnerabilities(known->name) : 0;
	struct cg_advice_wish wish;
	struct cg_advice_risk risk;

	if (!cg_advice_wish_of(call, has_args, &wish)) {
		cg_text_add(text, "  what that would open is not known: the number has no name\n");
		return;
	}
	risk = cg_advice_risk_of(&wish);
	say_tier(known, &risk, text);
	if (n)
		cg_text_addf(text, "%s %zu known kernel %s reached through it", risk.tier == CG_TIER_NONE ? ";" : "", n,
			     n == 1 ? "vulnerability was" : "vulnerabilities were");
	cg_text_add_char(text, '\n');
}

void cg_advice_say_denial(const struct cg_advice_profile *profile, const struct cg_call *call, uint32_t action,
			  struct cg_text *text)
{
	struct cg_advice advice;

	if (cg_action_is_permit(action))
		return;
	advice = cg_advice_find(profile, call, true, action);
	cg_advice_say_where(profile, &advice, call, text);
	cg_advice_say_risk(profile, call, true, text);
}
