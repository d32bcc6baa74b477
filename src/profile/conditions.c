/*
 * Docker's conditions: which rules and architectures of a profile a target gets.
 *
 * In: a rule or a profile, and a target. Out: yes or no, a list of words. The order and the words are those of moby's
 * profiles/seccomp: an architecture is called as libseccomp's Go binding calls it (amd64, arm64), a capability exactly
 * CAP_…; all of several capabilities in includes must be there, any one in excludes drops the rule. A word that names
 * nothing is simply never met.
 */
#include "profile/profile.h"

#include <string.h>

/* The name of a native architecture in includes.arches and excludes.arches; NULL: no name matches it. */
static const char *condition_name(const struct cg_arch *arch)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "mipsel64n32", "mips3l64n32" },
		{ "x32", NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(arch->name, names[i][0]) == 0)
			return names[i][1];
	}
	return arch->name;
}

static bool has_arch(const struct cg_profile_words *arches, const struct cg_arch *arch)
{
	const char *name = condition_name(arch);

	for (size_t i = 0; name && i < arches->n_items; i++) {
		if (strcmp(arches->items[i].text, name) == 0)
			return true;
	}
	return false;
}

static bool has_cap(uint64_t caps, const char *name)
{
	int bit = cg_cap_find(name);

	return bit >= 0 && strcmp(cg_cap_name((unsigned int)bit), name) == 0 && (caps >> bit & 1);
}

static bool has_any_cap(uint64_t caps, const struct cg_profile_words *wanted)
{
	for (size_t i = 0; i < wanted->n_items; i++) {
		if (has_cap(caps, wanted->items[i].text))
			return true;
	}
	return false;
}

static bool has_all_caps(uint64_t caps, const struct cg_profile_words *wanted)
{
	for (size_t i = 0; i < wanted->n_items; i++) {
		if (!has_cap(caps, wanted->items[i].text))
			return false;
	}
	return true;
}

static bool is_kernel_as_new(const struct cg_target *target, const struct cg_profile_filter *filter)
{
	if (target->kernel[0] != filter->min_kernel[0])
		return target->kernel[0] > filter->min_kernel[0];
	return target->kernel[1] >= filter->min_kernel[1];
}

static bool is_excluded(const struct cg_profile_filter *excludes, const struct cg_target *target)
{
	bool minds_kernel = excludes->has_min_kernel && cg_engine_has(target->engine, CG_TRAIT_READS_MIN_KERNEL);

	return has_arch(&excludes->arches, target->arch) || has_any_cap(target->caps, &excludes->caps) ||
	       (minds_kernel && is_kernel_as_new(target, excludes));
}

static bool is_included(const struct cg_profile_filter *includes, const struct cg_target *target)
{
	bool minds_kernel = includes->has_min_kernel && cg_engine_has(target->engine, CG_TRAIT_READS_MIN_KERNEL);

	if (includes->arches.n_items && !has_arch(&includes->arches, target->arch))
		return false;
	if (!has_all_caps(target->caps, &includes->caps))
		return false;
	return !minds_kernel || is_kernel_as_new(target, includes);
}

bool cg_profile_rule_applies(const struct cg_profile_rule *rule, const struct cg_target *target)
{
	if (!cg_engine_has(target->engine, CG_TRAIT_READS_CONDITIONS))
		return true;
	return !is_excluded(&rule->excludes, target) && is_included(&rule->includes, target);
}

const struct cg_profile_arch_map *cg_profile_arch_map_entry(const struct cg_profile *profile,
							    const struct cg_target *target)
{
	if (!cg_engine_has(target->engine, CG_TRAIT_READS_CONDITIONS) ||
	    cg_engine_misses_arch_map(target->engine, target->arch))
		return NULL;
	for (size_t i = 0; i < profile->arch_map.n_items; i++) {
		const struct cg_profile_arch_map *entry = &profile->arch_map.items[i];

		if (strcmp(entry->arch.text, target->arch->oci_name) == 0)
			return entry;
	}
	return NULL;
}
