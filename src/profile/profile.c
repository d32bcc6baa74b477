/*
 * A profile's life: made, filled, released. What it means is resolve.c's matter.
 */
#include "profile/profile.h"

#include <errno.h>
#include <stdlib.h>

struct cg_profile *cg_profile_new(const char *name)
{
	struct cg_profile *profile = calloc(1, sizeof(*profile));

	if (!profile)
		return NULL;
	profile->name = cg_arena_copy_text(&profile->arena, name);
	if (!profile->name)
		return cg_profile_free(profile);
	return profile;
}

static void filter_done(struct cg_profile_filter *filter)
{
	cg_vec_done(&filter->arches);
	cg_vec_done(&filter->caps);
}

void cg_profile_clear_rules(struct cg_profile *profile)
{
	for (size_t i = 0; i < profile->rules.n_items; i++) {
		struct cg_profile_rule *rule = &profile->rules.items[i];

		cg_vec_done(&rule->names);
		cg_vec_done(&rule->args);
		filter_done(&rule->includes);
		filter_done(&rule->excludes);
	}
	profile->rules.n_items = 0;
}

void cg_profile_clear_arch_map(struct cg_profile *profile)
{
	for (size_t i = 0; i < profile->arch_map.n_items; i++)
		cg_vec_done(&profile->arch_map.items[i].sub_arches);
	profile->arch_map.n_items = 0;
}

struct cg_profile *cg_profile_free(struct cg_profile *profile)
{
	if (!profile)
		return NULL;
	cg_profile_clear_rules(profile);
	cg_vec_done(&profile->rules);
	cg_profile_clear_arch_map(profile);
	cg_vec_done(&profile->arch_map);
	cg_vec_done(&profile->arches);
	cg_vec_done(&profile->flags);
	cg_arena_done(&profile->arena);
	free(profile);
	return NULL;
}

/* ERRNO and TRACE carry their data; the other actions have none. */
static bool takes_data(uint32_t action)
{
	return cg_action_row(action)->takes_data;
}

void cg_profile_set_default(struct cg_profile *profile, uint32_t action)
{
	profile->has_default_action = true;
	profile->default_action = action & CG_ACTION_MASK;
	profile->has_default_errno_ret = takes_data(action);
	profile->default_errno_ret = profile->has_default_errno_ret ? action & CG_ACTION_DATA : 0;
}

int cg_profile_add_arch(struct cg_profile *profile, const struct cg_arch *arch)
{
	return cg_vec_push(&profile->arches, (struct cg_profile_word){ .text = arch->oci_name });
}

struct cg_profile_rule *cg_profile_add_rule(struct cg_profile *profile, uint32_t action)
{
	struct cg_profile_rule rule = { .action = action & CG_ACTION_MASK, .has_errno_ret = takes_data(action) };

	if (rule.has_errno_ret)
		rule.errno_ret = action & CG_ACTION_DATA;
	if (cg_vec_push(&profile->rules, rule) < 0)
		return NULL;
	return &profile->rules.items[profile->rules.n_items - 1];
}

int cg_profile_add_name(struct cg_profile *profile, struct cg_profile_rule *rule, const char *name)
{
	const char *copy = cg_arena_copy_text(&profile->arena, name);

	return copy ? cg_vec_push(&rule->names, (struct cg_profile_word){ .text = copy }) : -ENOMEM;
}

int cg_profile_add_arg(struct cg_profile_rule *rule, const struct cg_profile_arg *arg)
{
	return cg_vec_push(&rule->args, *arg);
}

int cg_profile_set_comment(struct cg_profile *profile, struct cg_profile_rule *rule, const char *comment)
{
	const char *copy = cg_arena_copy_text(&profile->arena, comment);

	if (!copy)
		return -ENOMEM;
	rule->comment = copy;
	return 0;
}
