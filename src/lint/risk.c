/*
 * Lint: what a profile leaves open.
 */
#include "lint/rules.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "learn/generalise.h"
#include "policy/eval.h"

#include <errno.h>
#include <string.h>

#define TIER_NAMES_SHOWN 32

int cg_lint_default_permits(struct cg_lint *lint)
{
	struct cg_lint_place at = { lint->profile->default_action_place.line,
				    lint->profile->default_action_place.column };
	size_t n_dangerous = 0;

	/* Of a profile that says nothing at all, empty-profile tells. */
	if (!cg_action_is_permit(lint->policy->default_action) ||
	    (lint->policy->rules.n_items == 0 && lint->policy->default_action != CG_ACTION_LOG))
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

/* clone, clone3 and, where it is a way around the profile, io_uring have rules of their own. */
static bool is_told_elsewhere(const char *name, bool tells_ring)
{
	return strcmp(name, "clone") == 0 || strcmp(name, "clone3") == 0 ||
	       (tells_ring && strncmp(name, "io_uring_", strlen("io_uring_")) == 0);
}

/* All calls of one tier are one finding, at the first of them in the file. */
static int say_tier(struct cg_lint *lint, enum cg_tier tier, bool tells_ring)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { .n_most = TIER_NAMES_SHOWN };
	enum cg_severity severity = tier == CG_TIER_MEDIUM ? CG_SEVERITY_NOTE : lint->rule->severity;
	const struct cg_syscall *only = NULL;
	struct cg_lint_place first = { UINT32_MAX, 0 };

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const struct cg_syscall *call = &cg_syscalls[i];
		struct cg_lint_place at;

		if (call->tier != tier || is_told_elsewhere(call->name, tells_ring) ||
		    !cg_lint_is_open_anywhere(lint, call->name))
			continue;
		at = cg_lint_place_of(lint, call->name);
		if (at.line < first.line || (at.line == first.line && at.column < first.column))
			first = at;
		only = call;
		cg_lint_names_add(&names, call->name);
	}
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	if (names.n_names == 1)
		return cg_lint_say_as(lint, severity, first, "%s is allowed, and of %s risk: %s", only->name,
				      cg_tier_name(tier), only->reason);
	return cg_lint_say_as(lint, severity, first,
			      "%zu calls of %s risk are allowed: %s (callgate check --risk: why each of them is)",
			      names.n_names, cg_tier_name(tier), cg_lint_names_get(&names));
}

int cg_lint_dangerous(struct cg_lint *lint)
{
	bool tells_ring;
	int r = 0;

	/* Where the default permits, default-permits has said it for all of them at once. */
	if (permits_by_default(lint))
		return 0;
	tells_ring = cg_lint_tells_ring(lint);
	for (enum cg_tier tier = CG_TIER_CRITICAL; r == 0 && tier > CG_TIER_NONE; tier--)
		r = say_tier(lint, tier, tells_ring);
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

static int say_some_namespaces(struct cg_lint *lint, const struct cg_arch *arch, uint32_t open)
{
	CG_CLEANUP(cg_text_done) struct cg_text flags = { 0 };
	uint32_t nr;

	if (cg_syscall_number(arch, "clone", &nr))
		cg_call_format_arg(&flags, arch, nr, (unsigned int)cg_argument_find(arch, "clone", "flags"), open);
	if (flags.has_failed)
		return -ENOMEM;
	return cg_lint_say_as(lint, CG_SEVERITY_NOTE, cg_lint_place_of(lint, "clone"),
			      "clone is kept from making some new namespaces, but not from %s", cg_text_get(&flags));
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
			return say_some_namespaces(lint, lint->policy->arches[i], open);
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
