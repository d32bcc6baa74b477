/*
 * Lint: what a profile leaves open.
 */
#include "lint/rules.h"

#include "base/cleanup.h"
#include "learn/generalise.h"
#include "policy/eval.h"

#include <string.h>

int cg_lint_default_permits(struct cg_lint *lint)
{
	struct cg_lint_place at = { lint->profile->default_action_place.line,
				    lint->profile->default_action_place.column };
	size_t n_dangerous = 0;

	if (!cg_action_is_permit(lint->policy->default_action))
		return 0;
	for (size_t i = 0; i < cg_n_syscalls; i++)
		n_dangerous +=
			cg_syscalls[i].tier >= CG_TIER_HIGH && cg_lint_is_open_anywhere(lint, cg_syscalls[i].name);
	return cg_lint_say(lint, at,
			   "what is not listed is let through%s, calls of kernels to come too; %zu calls of high "
			   "or critical risk are open",
			   lint->policy->default_action == CG_ACTION_LOG ? " and logged" : "", n_dangerous);
}

static bool permits_by_default(const struct cg_lint *lint)
{
	return cg_action_is_permit(lint->policy->default_action);
}

int cg_lint_dangerous(struct cg_lint *lint)
{
	int r = 0;

	/* Where the default permits, default-permits has said it for all of them at once. */
	for (size_t i = 0; r == 0 && !permits_by_default(lint) && i < cg_n_syscalls; i++) {
		const struct cg_syscall *call = &cg_syscalls[i];

		/* clone and clone3 have rules of their own. */
		if (call->tier == CG_TIER_NONE || strcmp(call->name, "clone") == 0 ||
		    strcmp(call->name, "clone3") == 0 || !cg_lint_is_open_anywhere(lint, call->name))
			continue;
		r = cg_lint_say_as(lint, call->tier == CG_TIER_MEDIUM ? CG_SEVERITY_NOTE : lint->rule->severity,
				   cg_lint_place_of(lint, call->name), "%s is allowed, and of %s risk: %s", call->name,
				   cg_tier_name(call->tier), call->reason);
	}
	return r;
}

/* Namespaces that clone can make, asked of the specification itself: a call with that flag and no other. */
uint32_t cg_lint_open_namespaces(const struct cg_lint *lint, const struct cg_arch *arch)
{
	int arg = cg_argument_find(arch, "clone", "flags");
	struct cg_call call = { .arch = arch->token };
	uint32_t open = 0;

	if (arg < 0 || !cg_syscall_number(arch, "clone", &call.nr))
		return 0;
	for (uint32_t flag = 1; flag; flag <<= 1) {
		call.args[arg] = flag;
		if ((flag & CG_NAMESPACE_FLAGS) && cg_action_is_permit(cg_policy_eval(lint->policy, &call)))
			open |= flag;
	}
	return open;
}

int cg_lint_namespaces(struct cg_lint *lint)
{
	/* Whoever permits unshare, or everything, wants namespaces. */
	if (permits_by_default(lint) || cg_lint_is_open_anywhere(lint, "unshare"))
		return 0;
	for (size_t i = 0; i < lint->policy->n_arches; i++) {
		uint32_t open = cg_lint_open_namespaces(lint, lint->policy->arches[i]);

		if (open == CG_NAMESPACE_FLAGS)
			return cg_lint_say(lint, cg_lint_place_of(lint, "clone"),
					   "unshare is refused, but clone makes "
					   "new namespaces all the same");
		if (open)
			return cg_lint_say_as(lint, CG_SEVERITY_NOTE, cg_lint_place_of(lint, "clone"),
					      "clone may make some new namespaces (flags 0x%x)", open);
	}
	return 0;
}

int cg_lint_clone3(struct cg_lint *lint)
{
	if (permits_by_default(lint) || cg_lint_is_open_anywhere(lint, "unshare") ||
	    !cg_lint_is_possible_anywhere(lint, "clone3"))
		return 0;
	return cg_lint_say(lint, cg_lint_place_of(lint, "clone3"),
			   "clone3 is allowed: whatever is asked of clone's flags, "
			   "clone3 makes new namespaces all the same");
}

/* Those that no tier speaks of: where they are open, they are the widest doors of a profile. */
int cg_lint_open_arguments(struct cg_lint *lint)
{
	static const char *const names[] = { "ioctl", "prctl" };
	int r = 0;

	for (size_t i = 0; r == 0 && !permits_by_default(lint) && i < CG_N_ITEMS(names); i++)
		if (cg_lint_is_open_anywhere(lint, names[i]))
			r = cg_lint_say(lint, cg_lint_place_of(lint, names[i]), "%s is allowed with any %s: %s",
					names[i], cg_selector_find(names[i])->argument,
					cg_selector_find(names[i])->why);
	return r;
}
