/*
 * Lint: refusals that programs take badly, and answers that nobody gives.
 */
#include "lint/rules.h"

#include "base/cleanup.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Who answers: a listener of the profile's own, or nobody. */
static const struct cg_profile_rule *find_notify(const struct cg_lint *lint, const char *name,
						 struct cg_lint_place *ret_place)
{
	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];

		if (rule->bad_action.text && rule->action != CG_ACTION_NOTIFY)
			continue;
		if (rule->action != CG_ACTION_NOTIFY || !cg_profile_rule_applies(rule, lint->target))
			continue;
		for (size_t n = 0; n < rule->names.n_items; n++)
			if (!name || strcmp(rule->names.items[n].text, name) == 0) {
				*ret_place = (struct cg_lint_place){ rule->names.items[n].line,
								     rule->names.items[n].column };
				return rule;
			}
	}
	return NULL;
}

int cg_lint_notify_alone(struct cg_lint *lint)
{
	const char *path = lint->profile->listener_path;
	struct cg_lint_place at;

	if ((path && *path) || !find_notify(lint, NULL, &at))
		return 0;
	return cg_lint_say(lint, at, "NOTIFY, and there is no listenerPath: runc does not start such a container, crun "
				     "starts it and the call gets ENOSYS");
}

int cg_lint_notify_write(struct cg_lint *lint)
{
	struct cg_lint_place at;

	if (!find_notify(lint, "write", &at))
		return 0;
	return cg_lint_say(lint, at, "NOTIFY on write: with that call the runtime hands over the listener, so it would "
				     "wait for an answer that nobody can give yet");
}

int cg_lint_notify_default(struct cg_lint *lint)
{
	if (lint->policy->default_action != CG_ACTION_NOTIFY)
		return 0;
	return cg_lint_say(
		lint,
		(struct cg_lint_place){ lint->profile->default_action_place.line,
					lint->profile->default_action_place.column },
		"NOTIFY as the default: the runtime's own calls, until the listener is handed over, would wait "
		"for an answer; runc refuses it");
}

/*
 * Calls that C libraries and runtimes try first, and do without only if they hear ENOSYS ("this kernel does not have
 * it"); `older` is what they go on with. glibc: clone3 (2.34), faccessat2 (2.33), fchmodat2 (2.39), statx (2.28 on
 * 32-bit), the time64 calls (2.34).
 */
static const struct {
	const char *name, *older;
} probes[] = {
	{ "clone3", "clone" },
	{ "faccessat2", "faccessat" },
	{ "fchmodat2", "fchmodat" },
	{ "statx", "newfstatat" },
	{ "statx", "fstatat64" },
	{ "clock_gettime64", "clock_gettime" },
	{ "clock_nanosleep_time64", "clock_nanosleep" },
	{ "futex_time64", "futex" },
	{ "ppoll_time64", "ppoll" },
	{ "utimensat_time64", "utimensat" },
};

/* The answer to a call that is never permitted on this arch; false where it is, or where it is not missed. */
static bool answer_to_probe(const struct cg_lint *lint, const struct cg_arch *arch, size_t i, uint32_t *ret_action)
{
	struct cg_call call = { .arch = arch->token };

	if (!cg_syscall_number(arch, probes[i].name, &call.nr) || !cg_lint_is_possible(lint, arch, probes[i].older) ||
	    cg_lint_is_possible(lint, arch, probes[i].name))
		return false;
	*ret_action = cg_policy_eval(lint->policy, &call);
	return true;
}

static bool kills(uint32_t action)
{
	uint32_t value = cg_action_row(action)->value;

	return value == CG_ACTION_KILL_PROCESS || value == CG_ACTION_KILL_THREAD || value == CG_ACTION_TRAP;
}

static bool refuses_for_good(uint32_t action)
{
	return cg_action_row(action)->value == CG_ACTION_ERRNO && action != cg_action_errno(ENOSYS);
}

/* The probes whose answer is `is_bad` on some arch, each once. */
static void collect_probes(const struct cg_lint *lint, bool (*is_bad)(uint32_t action), struct cg_lint_names *names,
			   bool *ret_clone3)
{
	const char *last = "";

	for (size_t i = 0; i < CG_N_ITEMS(probes); i++)
		for (size_t a = 0; a < lint->policy->n_arches; a++) {
			uint32_t action;

			if (strcmp(last, probes[i].name) == 0 ||
			    !answer_to_probe(lint, lint->policy->arches[a], i, &action) || !is_bad(action))
				continue;
			last = probes[i].name;
			cg_lint_names_add(names, last);
			*ret_clone3 |= strcmp(last, "clone3") == 0;
		}
}

static int say_probes(struct cg_lint *lint, bool (*is_bad)(uint32_t action), const char *effect)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
	struct cg_lint_place at = { lint->profile->default_action_place.line,
				    lint->profile->default_action_place.column };
	bool has_clone3 = false;

	collect_probes(lint, is_bad, &names, &has_clone3);
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	/* Without clone3 or its ENOSYS no thread starts under glibc 2.34 and newer; the others are smaller losses. */
	return cg_lint_say_as(lint, has_clone3 ? CG_SEVERITY_WARNING : CG_SEVERITY_NOTE, at, "%s: %s",
			      cg_lint_names_get(&names), effect);
}

int cg_lint_kill_probes(struct cg_lint *lint)
{
	return say_probes(lint, kills, "libraries try these first, and go on without them where they may; here the "
				       "program is killed for trying");
}

int cg_lint_errno_probes(struct cg_lint *lint)
{
	return say_probes(lint, refuses_for_good, "libraries try these first, and fall back to older calls on ENOSYS "
						  "only; here they get another errno, and fail");
}

/* What libseccomp knew in which release (its CHANGELOG): a name that it does not know is dropped by engines. */
static const struct {
	unsigned int kernel[2];
	const char *version;
} libraries[] = {
	{ { 6, 13 }, "2.6.0" },
	{ { 6, 7 }, "2.5.5" },
	{ { 5, 17 }, "2.5.4" },
};

/* The newest library that lacks it, or NULL. */
static const char *library_without(const struct cg_syscall *call)
{
	unsigned int kernel[2];

	if (sscanf(call->since, "%u.%u", &kernel[0], &kernel[1]) != 2)
		return NULL;
	for (size_t i = 0; i < CG_N_ITEMS(libraries); i++)
		if (kernel[0] > libraries[i].kernel[0] ||
		    (kernel[0] == libraries[i].kernel[0] && kernel[1] > libraries[i].kernel[1]))
			return libraries[i].version;
	return NULL;
}

static int say_newer(struct cg_lint *lint, const char *version)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
	struct cg_lint_place first = { 0, 0 };

	for (size_t c = 0; c < lint->n_calls; c++) {
		const struct cg_lint_call *call = &lint->calls[c];
		const struct cg_syscall *known = call->name ? cg_syscall_find(call->name) : NULL;
		const char *without = known ? library_without(known) : NULL;

		if (!without || strcmp(without, version) != 0 || !cg_lint_speaks_for_its_name(lint, call))
			continue;
		if (names.n_names == 0)
			first = cg_lint_place_of_decision(lint, call, call->rules[0]);
		cg_lint_names_add(&names, call->name);
	}
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, first,
			   "libseccomp %s does not know %s: engines that use it drop the names without a word", version,
			   cg_lint_names_get(&names));
}

/* One finding a release: whoever has a newer one need not care about the older. */
int cg_lint_newer_than_library(struct cg_lint *lint)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(libraries); i++)
		r = say_newer(lint, libraries[i].version);
	return r;
}
