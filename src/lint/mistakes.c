/*
 * Lint: what is most likely a mistake in a profile's text.
 */
#include "lint/rules.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static const struct cg_lint_place whole = { 0, 0 };

static struct cg_lint_place default_place(const struct cg_lint *lint)
{
	return (struct cg_lint_place){ lint->profile->default_action_place.line,
				       lint->profile->default_action_place.column };
}

int cg_lint_empty(struct cg_lint *lint)
{
	if (!lint->policy)
		return cg_lint_say(lint, whole,
				   "%s applies no seccomp at all for this profile: the container is "
				   "unconfined",
				   lint->target->engine->name);
	/* A profile that logs everything is a tool of its own, of which default-permits says what it is not. */
	if (lint->policy->rules.n_items || lint->policy->default_action == CG_ACTION_LOG)
		return 0;
	if (cg_action_is_permit(lint->policy->default_action))
		return cg_lint_say(lint, default_place(lint), "there is no rule, and the default permits everything");
	return cg_lint_say(lint, default_place(lint),
			   "there is no rule, and the default refuses everything: nothing "
			   "can run");
}

int cg_lint_no_exec(struct cg_lint *lint)
{
	if (lint->policy->rules.n_items == 0 || cg_lint_is_possible_anywhere(lint, "execve") ||
	    cg_lint_is_possible_anywhere(lint, "execveat"))
		return 0;
	return cg_lint_say(lint, whole,
			   "execve is refused: no engine can start a program under this profile (callgate "
			   "run can, as it admits the launcher's own execve)");
}

/* One finding: who forgets the one mostly forgets the others. */
int cg_lint_no_exit(struct cg_lint *lint)
{
	static const struct {
		const char *name, *effect;
	} rows[] = {
		{ "exit_group", "a program cannot end, and the C library then stops it by a fault" },
		{ "exit", "a thread cannot end" },
		{ "rt_sigreturn", "no signal handler can return" },
	};
	CG_CLEANUP(cg_text_done) struct cg_text effects = { 0 };

	for (size_t i = 0; lint->policy->rules.n_items && i < CG_N_ITEMS(rows); i++)
		if (!cg_lint_is_possible_anywhere(lint, rows[i].name))
			cg_text_addf(&effects, "%s%s is refused: %s", effects.length ? "; " : "", rows[i].name,
				     rows[i].effect);
	if (effects.has_failed)
		return -ENOMEM;
	return effects.length ? cg_lint_say(lint, whole, "%s", cg_text_get(&effects)) : 0;
}

/* The 32-bit relatives whose calls any program of a 64-bit arch can make. */
static const struct {
	const char *arch, *relative;
} relatives[] = {
	{ "x86_64", "x86" },	  { "x86_64", "x32" },		 { "aarch64", "arm" },
	{ "s390x", "s390" },	  { "mips64", "mips" },		 { "mips64", "mips64n32" },
	{ "mipsel64", "mipsel" }, { "mipsel64", "mipsel64n32" }, { "parisc64", "parisc" },
};

/* Does the profile speak of the arch at all, in architectures or archMap? */
static bool lists_arch(const struct cg_profile *profile, const struct cg_arch *arch)
{
	for (size_t i = 0; i < profile->arches.n_items; i++)
		if (cg_arch_find(profile->arches.items[i].text) == arch)
			return true;
	for (size_t i = 0; i < profile->arch_map.n_items; i++)
		if (cg_arch_find(profile->arch_map.items[i].arch.text) == arch)
			return true;
	return false;
}

/* The relatives of one arch that the policy leaves out, in one finding. */
static int say_relatives(struct cg_lint *lint, const struct cg_arch *arch, const char *action)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(relatives); i++)
		if (strcmp(relatives[i].arch, arch->name) == 0 &&
		    !cg_policy_has_arch(lint->policy, cg_arch_find(relatives[i].relative)))
			cg_lint_names_add(&names, relatives[i].relative);
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, whole, "%s %s not listed beside %s: calls made so get %s", cg_lint_names_get(&names),
			   names.n_names == 1 ? "is" : "are", arch->name, action);
}

int cg_lint_missing_arch(struct cg_lint *lint)
{
	CG_CLEANUP(cg_text_done) struct cg_text bad_action = { 0 };
	const struct cg_arch *native = lint->target->arch;
	int r = 0;

	cg_action_format(&bad_action, lint->policy->bad_arch_action);
	if (bad_action.has_failed)
		return -ENOMEM;
	if ((lint->profile->arches.n_items || lint->profile->arch_map.n_items) && !lists_arch(lint->profile, native))
		r = cg_lint_say(lint, whole,
				"%s, for which it is judged, is not listed; engines add the machine's own "
				"architecture without a word",
				native->name);
	for (size_t i = 0; r == 0 && i < lint->policy->n_arches; i++)
		r = say_relatives(lint, lint->policy->arches[i], cg_text_get(&bad_action));
	return r;
}

static bool has_name(const struct cg_policy *policy, const char *name)
{
	uint32_t nr;

	for (size_t i = 0; i < policy->n_arches; i++)
		if (cg_syscall_number(policy->arches[i], name, &nr))
			return true;
	return false;
}

/* One finding a profile, at the first of them: a profile that serves many machines would drown everything else. */
int cg_lint_absent_calls(struct cg_lint *lint)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
	struct cg_lint_place first = whole;

	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];

		if (!cg_profile_rule_applies(rule, lint->target))
			continue;
		for (size_t n = 0; n < rule->names.n_items; n++) {
			const struct cg_profile_word *name = &rule->names.items[n];

			if (!cg_syscall_find(name->text) || has_name(lint->policy, name->text))
				continue;
			if (names.n_names == 0)
				first = (struct cg_lint_place){ name->line, name->column };
			cg_lint_names_add(&names, name->text);
		}
	}
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, first, "no architecture of this profile has %s", cg_lint_names_get(&names));
}

int cg_lint_errno_zero(struct cg_lint *lint)
{
	const struct cg_profile *profile = lint->profile;
	int r = 0;

	if (profile->has_default_action && profile->default_action == CG_ACTION_ERRNO &&
	    profile->has_default_errno_ret && profile->default_errno_ret == 0)
		r = cg_lint_say(lint, default_place(lint),
				"the default is ERRNO with 0: every call that is not listed "
				"seems to succeed, and does nothing");
	for (size_t i = 0; r == 0 && i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];
		uint32_t action;

		if (cg_lint_action_of(lint, rule, &action) && action == CG_ACTION_ERRNO)
			r = cg_lint_say(lint, cg_lint_place_of_rule(rule),
					"ERRNO with 0: these calls seem to succeed, "
					"and do nothing");
	}
	return r;
}
