/*
 * A denied call, for whoever has to decide about it: what decided, where it would be allowed, what that would open.
 *
 * The place is a line of the profile: the rule that decided where there is one, else the unconditional rule that allows
 * most calls, to whose names another one goes.
 */
#include "suite/suite.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "policy/eval.h"

#include <inttypes.h>

static void add_place(struct cg_text *text, const struct cg_suite_profile *profile, uint32_t line)
{
	cg_text_add(text, profile->reference);
	if (line)
		cg_text_addf(text, ":%" PRIu32, line);
}

/* The rule that allows most calls whatever their arguments, or NULL. */
static const struct cg_profile_rule *largest_allowing(const struct cg_profile *profile)
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

/* A rule that allows the call under conditions which did not hold, or NULL: the place for another condition. */
static const struct cg_rule *conditional_allowing(const struct cg_policy *policy, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch == arch && rule->nr == call->nr && rule->n_comparisons && rule->origin &&
		    cg_action_is_permit(rule->action))
			return rule;
	}
	return NULL;
}

static void say_where(const struct cg_suite_profile *profile, const struct cg_call *call, const char *name,
		      struct cg_text *text)
{
	struct cg_verdict verdict = cg_policy_decide(profile->policy, call);
	const struct cg_profile_rule *rule = largest_allowing(profile->profile);
	const struct cg_rule *conditional;

	cg_text_add(text, "  ");
	if (verdict.reason == CG_EVAL_BAD_ARCH) {
		add_place(text, profile, profile->profile ? profile->profile->default_action_place.line : 0);
		cg_text_add(text, " does not have this architecture; to allow the call, add the architecture first\n");
		return;
	}
	if (verdict.reason == CG_EVAL_RULE) {
		add_place(text, profile, verdict.rule->origin);
		cg_text_addf(text, " refuses it by a rule; to allow it, change that rule\n");
		return;
	}
	add_place(text, profile, profile->profile ? profile->profile->default_action_place.line : 0);
	conditional = conditional_allowing(profile->policy, call);
	if (conditional) {
		cg_text_add(text, " refuses it by the default, as the conditions at ");
		add_place(text, profile, conditional->origin);
		cg_text_add(text, " do not hold; to allow it, add a rule with its arguments there\n");
		return;
	}
	cg_text_add(text, " refuses it by the default, as no rule names it; to allow it, ");
	if (rule) {
		cg_text_addf(text, "add \"%s\" to the names at ", name);
		add_place(text, profile, rule->line);
		cg_text_add_char(text, '\n');
	} else {
		cg_text_addf(text, "add a rule that allows %s\n", name);
	}
}

static void say_risk(const struct cg_suite_profile *profile, const struct cg_syscall *known, struct cg_text *text)
{
	size_t n = profile->count_vulnerabilities ? profile->count_vulnerabilities(known->name) : 0;

	if (known->tier == CG_TIER_NONE)
		cg_text_addf(text, "  that would open a call of no risk by itself (%s)", cg_category_title(known->category));
	else
		cg_text_addf(text, "  that would open a call of %s risk: %s", cg_tier_name(known->tier), known->reason);
	if (n)
		cg_text_addf(text, "%s %zu known kernel %s reached through it",
			     known->tier == CG_TIER_NONE ? ";" : "", n, n == 1 ? "vulnerability was" : "vulnerabilities were");
	cg_text_add_char(text, '\n');
}

void cg_suite_say_denial(const struct cg_suite_profile *profile, const struct cg_call *call, uint32_t action,
			 struct cg_text *text)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *known = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	if (cg_action_is_permit(action))
		return;
	say_where(profile, call, known ? known->name : "this call", text);
	if (known)
		say_risk(profile, known, text);
	else
		cg_text_add(text, "  what that would open is not known: the number has no name\n");
}
