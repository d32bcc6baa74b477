/*
 * A profile and a target to the policy that the target's engine would put in force.
 *
 * In: a profile as cg_profile_read() made it for the same engine. Out: a policy, or the error with which the engine
 * would refuse the profile. This file decides what holds for the whole document (default, architectures, flags, which
 * rules apply), in the order in which Docker and runc do; lower.c turns one rule into rules of the policy.
 */
#include "profile/lower.h"
#include "profile/say.h"
#include "profile/words.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define ARCH_PREFIX "SCMP_ARCH_"

static bool has(const struct cg_resolver *resolver, unsigned int trait)
{
	return cg_engine_has(resolver->engine, trait);
}

/* ---- architectures */

static const struct cg_arch *find_arch(const struct cg_resolver *resolver, const char *text)
{
	const struct cg_arch *arch = cg_arch_find_oci(text);

	if (arch || !has(resolver, CG_TRAIT_READS_BARE_ARCHES))
		return arch;
	if (strncmp(text, ARCH_PREFIX, strlen(ARCH_PREFIX)) == 0)
		text += strlen(ARCH_PREFIX);
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (strcasecmp(text, cg_arches[i].name) == 0)
			return &cg_arches[i];
	}
	return NULL;
}

static int fail_arch(struct cg_resolver *resolver, const struct cg_profile_word *word)
{
	const char *meant = cg_arch_meant_oci(word->text);
	char quoted[CG_QUOTE_SIZE];

	cg_profile_quote(quoted, word->text);
	if (cg_arch_find_oci(word->text))
		return cg_resolve_fail(resolver, word, "%s %s does not know the architecture %s",
				       resolver->engine->name, resolver->engine->version, quoted);
	if (meant)
		return cg_resolve_fail(resolver, word, "unknown architecture \"%s\"; did you mean %s?", quoted, meant);
	return cg_resolve_fail(resolver, word, "unknown architecture \"%s\"", quoted);
}

static int add_arch(struct cg_resolver *resolver, const struct cg_profile_word *word, const struct cg_arch *arch)
{
	struct cg_err err = { 0 };
	int rc = cg_policy_add_arch(resolver->policy, arch, &err);

	return rc < 0 ? cg_profile_fail(resolver->err, rc, resolver->profile, word, "%s", err.message) : 0;
}

static int add_arch_word(struct cg_resolver *resolver, const struct cg_profile_word *word)
{
	const struct cg_arch *arch = find_arch(resolver, word->text);

	if (!arch || cg_engine_lacks_arch(resolver->engine, arch))
		return fail_arch(resolver, word);
	if (arch == resolver->policy->tacit_arch)
		resolver->policy->tacit_arch = NULL;
	return add_arch(resolver, word, arch);
}

static int add_arch_words(struct cg_resolver *resolver, const struct cg_profile_words *words)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < words->n_items; i++)
		rc = add_arch_word(resolver, &words->items[i]);
	return rc;
}

/* The target's own list; or else the native arch, which every engine adds, and what the profile lists. */
static int resolve_arches(struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	const struct cg_target *target = resolver->target;
	const struct cg_profile_arch_map *entry;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < target->n_arches; i++)
		rc = add_arch(resolver, NULL, target->arches[i]);
	if (rc < 0 || target->n_arches)
		return rc;

	rc = add_arch(resolver, NULL, target->arch);
	resolver->policy->tacit_arch = target->arch;
	if (rc == 0)
		rc = add_arch_words(resolver, &profile->arches);
	entry = cg_profile_arch_map_entry(profile, target);
	if (rc == 0 && entry)
		rc = add_arch_word(resolver, &entry->arch);
	if (rc == 0 && entry)
		rc = add_arch_words(resolver, &entry->sub_arches);
	return rc;
}

/* ---- flags */

static int fail_flag(struct cg_resolver *resolver, const struct cg_profile_word *word)
{
	const char *meant = cg_flag_suggest_oci(word->text);
	char quoted[CG_QUOTE_SIZE];

	cg_profile_quote(quoted, word->text);
	if (meant)
		return cg_resolve_fail(resolver, word, "unknown flag \"%s\"; did you mean %s?", quoted, meant);
	return cg_resolve_fail(resolver, word, "unknown flag \"%s\"", quoted);
}

static int resolve_flags(struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	bool is_read = has(resolver, CG_TRAIT_READS_FLAGS);

	if ((!is_read || !profile->has_flags) && has(resolver, CG_TRAIT_SETS_SPEC_ALLOW))
		resolver->policy->flags |= CG_POLICY_SPEC_ALLOW;
	for (size_t i = 0; is_read && i < profile->flags.n_items; i++) {
		const struct cg_profile_word *word = &profile->flags.items[i];
		unsigned int flag;

		if (has(resolver, CG_TRAIT_REFUSES_FLAGS))
			return cg_resolve_fail(resolver, word, "%s %s refuses every flag", resolver->engine->name,
					       resolver->engine->version);
		if (!cg_flag_find_oci(word->text, &flag))
			return fail_flag(resolver, word);
		resolver->policy->flags |= flag;
	}
	return 0;
}

/* ---- the default action */

static int resolve_default(struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	const struct cg_profile_word *at = &profile->default_action_place;
	bool has_errno = profile->has_default_errno_ret && has(resolver, CG_TRAIT_READS_DEFAULT_ERRNO);
	uint32_t action = CG_ACTION_KILL_PROCESS;
	int rc;

	if (!profile->has_default_action)
		return cg_resolve_fail(
			resolver, NULL,
			"there is no defaultAction: add \"defaultAction\": \"SCMP_ACT_ERRNO\" or another");
	if (profile->bad_default_action.text)
		return cg_resolve_fail_action(resolver, &profile->bad_default_action);
	if (profile->default_action == CG_ACTION_NOTIFY && has(resolver, CG_TRAIT_LIBSECCOMP))
		return cg_resolve_fail(
			resolver, at,
			"SCMP_ACT_NOTIFY cannot be the default action: the runtime could not start anything");
	if (has_errno && profile->default_errno_place.line)
		at = &profile->default_errno_place;
	rc = cg_resolve_action(resolver, profile->default_action, has_errno, profile->default_errno_ret,
			       &profile->default_errno_name, at, &action);
	if (rc == 0)
		rc = cg_resolve_check_data(resolver, action, at);
	if (rc == 0)
		resolver->policy->default_action = action;
	return rc;
}

/* ---- rules */

static size_t count_rules(const struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	size_t n_rules = 0;

	for (size_t i = 0; i < profile->rules.n_items; i++)
		n_rules += cg_profile_rule_applies(&profile->rules.items[i], resolver->target);
	return n_rules;
}

static int fail_both_names(struct cg_resolver *resolver, const struct cg_profile_rule *rule)
{
	return cg_resolve_fail(resolver, &rule->legacy_name, "a rule with both `name` and `names`: keep `names`");
}

/* A capability or architecture that can never be met, because it is written in no way that the engine knows. */
static int note_conditions(struct cg_resolver *resolver, const struct cg_profile_filter *filter)
{
	char quoted[CG_QUOTE_SIZE];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < filter->caps.n_items; i++) {
		const struct cg_profile_word *word = &filter->caps.items[i];
		int bit = cg_cap_find(word->text);
		const char *meant = bit >= 0 ? cg_cap_name((unsigned int)bit) : NULL;

		if (meant && strcmp(meant, word->text) == 0)
			continue;
		if (!meant && cg_profile_wants_notes(resolver->notes))
			meant = cg_cap_suggest(word->text);
		cg_profile_quote(quoted, word->text);
		rc = cg_profile_note(resolver->notes, CG_SEVERITY_WARNING, "unknown-capability", word,
				     "correct the name", "no container has a capability \"%s\"%s%s%s", quoted,
				     meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
	}
	return rc < 0 ? cg_err_memory(resolver->err) : 0;
}

static int resolve_rules(struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];

		if (rule->has_both_names && has(resolver, CG_TRAIT_REFUSES_BOTH_NAMES))
			return fail_both_names(resolver, rule);
		rc = note_conditions(resolver, &rule->includes);
		if (rc == 0)
			rc = note_conditions(resolver, &rule->excludes);
		if (rc < 0)
			return rc;
		if (!cg_profile_rule_applies(rule, resolver->target))
			continue;
		if (rule->has_both_names && has(resolver, CG_TRAIT_REFUSES_BOTH_LATE))
			return fail_both_names(resolver, rule);
		rc = cg_resolve_rule(resolver, rule);
	}
	return rc;
}

static int resolve(struct cg_resolver *resolver)
{
	const struct cg_profile *profile = resolver->profile;
	int rc;

	if (profile->is_outline)
		return cg_resolve_fail(resolver, NULL, "an outline of a policy text has no meaning of its own");
	if (profile->arches.n_items && profile->arch_map.n_items && has(resolver, CG_TRAIT_READS_CONDITIONS))
		return cg_resolve_fail(resolver, &profile->arches.items[0],
				       "both architectures and archMap: keep one of the two");
	rc = resolve_default(resolver);
	if (rc == 0)
		rc = resolve_arches(resolver);
	if (rc == 0)
		rc = resolve_flags(resolver);
	if (rc == 0)
		rc = resolve_rules(resolver);
	return rc;
}

/* No default and no rule that applies: runc, and so whoever stands on it, puts no filter in force at all. */
static bool is_unconfined(const struct cg_resolver *resolver)
{
	return !resolver->profile->has_default_action && has(resolver, CG_TRAIT_EMPTY_IS_UNCONFINED) &&
	       count_rules(resolver) == 0;
}

int cg_profile_resolve(const struct cg_profile *profile, const struct cg_target *target, struct cg_notes *notes,
		       struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_resolver resolver = {
		.profile = profile, .target = target, .engine = target->engine, .notes = notes, .err = err
	};
	int rc;

	if (is_unconfined(&resolver)) {
		rc = cg_profile_note(
			notes, CG_SEVERITY_WARNING, "unconfined", NULL, "add a defaultAction",
			"%s %s applies no seccomp at all for this profile: it has no defaultAction and no rule",
			target->engine->name, target->engine->version);
		if (rc < 0)
			return cg_err_memory(err);
		*ret_policy = NULL;
		return 0;
	}
	resolver.policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	if (!resolver.policy)
		return cg_err_memory(err);
	rc = resolve(&resolver);
	cg_map_done(&resolver.conditions);
	cg_arena_done(&resolver.arena);
	if (rc < 0) {
		cg_policy_free(resolver.policy);
		return rc;
	}
	*ret_policy = resolver.policy;
	return 0;
}
