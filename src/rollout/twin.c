/*
 * See twin.h. Rules keep their order: of two unconditional ones the first wins.
 */
#include "rollout/twin.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

/* The rules being made; and for each name that a rule without any condition has, which rule decides (0: the default). */
struct making {
	struct cg_profile *profile;
	struct cg_map named;
	struct cg_profile made; /* only its rules and arena-free parts are used */
	struct cg_err *err;
};

static bool is_critical(const char *name)
{
	const struct cg_syscall *call = cg_syscall_find(name);

	return call && call->tier == CG_TIER_CRITICAL;
}

static bool permits(uint32_t action)
{
	uint32_t kind = cg_action_row(action)->value;

	return kind == CG_ACTION_ALLOW || kind == CG_ACTION_LOG;
}

static bool has_condition(const struct cg_profile_rule *rule)
{
	const struct cg_profile_filter *filters[] = { &rule->includes, &rule->excludes };

	for (size_t i = 0; i < CG_N_ITEMS(filters); i++)
		if (filters[i]->arches.n_items || filters[i]->caps.n_items || filters[i]->has_min_kernel)
			return true;
	return rule->args.n_items > 0;
}

static int copy_words(const struct cg_profile_words *words, struct cg_profile_words *copy)
{
	for (size_t i = 0; i < words->n_items; i++)
		if (cg_vec_push(copy, words->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int copy_filter(const struct cg_profile_filter *filter, struct cg_profile_filter *copy)
{
	copy->has_min_kernel = filter->has_min_kernel;
	memcpy(copy->min_kernel, filter->min_kernel, sizeof(copy->min_kernel));
	return copy_words(&filter->arches, &copy->arches) < 0 ? -ENOMEM : copy_words(&filter->caps, &copy->caps);
}

/* Which of a rule's names. */
enum part {
	ALL,
	CRITICAL,
	OTHERS,
};

/*
 * A rule that says what the default says is dropped before anything else, and LOG becomes the default: what another rule
 * has decided for good must not come to life by that.
 */
static bool is_of(const struct making *making, const struct cg_profile_rule *rule, size_t i, enum part which)
{
	const char *name = rule->names.items[i].text;
	const struct cg_map_entry *entry = cg_map_find(&making->named, name, strlen(name));
	size_t index = (size_t)(rule - making->profile->rules.items) + 1;

	if (entry && entry->value.number && entry->value.number != index)
		return false;
	return which == ALL || is_critical(name) == (which == CRITICAL);
}

static bool has_names(const struct making *making, const struct cg_profile_rule *rule, enum part which)
{
	for (size_t i = 0; i < rule->names.n_items; i++)
		if (is_of(making, rule, i, which))
			return true;
	return false;
}

/* A copy of the rule with those of its names, and with LOG where it is wanted. */
static int add_part(struct making *making, const struct cg_profile_rule *rule, enum part which, bool to_log)
{
	struct cg_profile_rule *part;

	if (!has_names(making, rule, which))
		return 0;
	part = cg_profile_add_rule(&making->made, to_log ? CG_ACTION_LOG : rule->action);
	if (!part)
		return -ENOMEM;
	part->has_errno_ret = !to_log && rule->has_errno_ret;
	part->errno_ret = to_log ? 0 : rule->errno_ret;
	part->errno_name = to_log ? (struct cg_profile_word){ 0 } : rule->errno_name;
	part->bad_action = rule->bad_action;
	part->comment = rule->comment;
	part->line = rule->line;
	part->column = rule->column;
	for (size_t i = 0; i < rule->names.n_items; i++)
		if (is_of(making, rule, i, which) && cg_vec_push(&part->names, rule->names.items[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < rule->args.n_items; i++)
		if (cg_profile_add_arg(part, &rule->args.items[i]) < 0)
			return -ENOMEM;
	return copy_filter(&rule->includes, &part->includes) < 0 ? -ENOMEM :
								   copy_filter(&rule->excludes, &part->excludes);
}

/* Arguments under which a critical call gets something else than the default that audit takes away. */
static int refuse_conditions(const struct making *making, const struct cg_profile_rule *rule)
{
	char place[CG_ERR_PLACE_SIZE];

	cg_err_place(place, making->profile->name, rule->line, rule->column);
	return cg_err_set(making->err, -EOPNOTSUPP, place,
			  "a critical call is allowed for some arguments only, and no rule could say that audit refuses "
			  "it for all others: write the audit profile by hand and name it as \"audit\"");
}

static uint64_t errno_of(bool has_number, uint64_t number)
{
	return has_number ? number : EPERM;
}

static bool is_default(const struct cg_profile *profile, const struct cg_profile_rule *rule)
{
	if (cg_action_row(rule->action) != cg_action_row(profile->default_action))
		return false;
	return cg_action_row(rule->action)->value != CG_ACTION_ERRNO ||
	       errno_of(rule->has_errno_ret, rule->errno_ret) ==
		       errno_of(profile->has_default_errno_ret, profile->default_errno_ret);
}

static int note_names(struct making *making)
{
	for (size_t i = 0; i < making->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &making->profile->rules.items[i];
		bool decides = !is_default(making->profile, rule);

		for (size_t n = 0; !has_condition(rule) && n < rule->names.n_items; n++) {
			const char *name = rule->names.items[n].text;
			struct cg_map_entry *entry;

			if (cg_map_put(&making->named, name, strlen(name), &entry) < 0)
				return -ENOMEM;
			if (!entry->value.number && decides)
				entry->value.number = i + 1;
		}
	}
	return 0;
}

static int make_rule(struct making *making, const struct cg_profile_rule *rule)
{
	int r;

	if (rule->args.n_items && !permits(making->profile->default_action) && has_names(making, rule, CRITICAL))
		return refuse_conditions(making, rule);
	if (permits(rule->action))
		r = add_part(making, rule, ALL, false);
	else
		r = add_part(making, rule, CRITICAL, false) < 0 ? -ENOMEM : add_part(making, rule, OTHERS, true);
	return r < 0 ? cg_err_memory(making->err) : 0;
}

/* What no rule names got the default; where that let nothing through, critical calls get it still. */
static int keep_default(struct making *making)
{
	struct cg_profile *profile = making->profile;
	struct cg_profile_rule *rule;

	if (permits(profile->default_action))
		return 0;
	rule = cg_profile_add_rule(&making->made, profile->default_action);
	if (!rule)
		return -ENOMEM;
	rule->has_errno_ret = profile->has_default_errno_ret;
	rule->errno_ret = profile->default_errno_ret;
	rule->errno_name = profile->default_errno_name;
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const char *name = cg_syscalls[i].name;

		if (cg_syscalls[i].tier != CG_TIER_CRITICAL || cg_map_find(&making->named, name, strlen(name)))
			continue;
		if (cg_vec_push(&rule->names, (struct cg_profile_word){ .text = name }) < 0)
			return -ENOMEM;
	}
	if (!rule->names.n_items)
		making->made.rules.n_items--;
	return 0;
}

/* Engines refuse a listener that no rule notifies. */
static void drop_listener(struct cg_profile *profile)
{
	for (size_t i = 0; i < profile->rules.n_items; i++)
		if (cg_action_row(profile->rules.items[i].action)->value == CG_ACTION_NOTIFY)
			return;
	profile->listener_path = profile->listener_metadata = NULL;
}

static int make_rules(struct making *making)
{
	struct cg_profile *profile = making->profile;
	int r = note_names(making) < 0 ? cg_err_memory(making->err) : 0;

	for (size_t i = 0; r == 0 && i < profile->rules.n_items; i++)
		r = make_rule(making, &profile->rules.items[i]);
	if (r == 0 && keep_default(making) < 0)
		r = cg_err_memory(making->err);
	return r;
}

int cg_rollout_make_audit(struct cg_profile *profile, struct cg_err *err)
{
	struct making making = { .profile = profile, .err = err };
	int r = make_rules(&making);

	if (r == 0) {
		cg_profile_clear_rules(profile);
		for (size_t i = 0; r == 0 && i < making.made.rules.n_items; i++)
			r = cg_vec_push(&profile->rules, making.made.rules.items[i]);
		if (r < 0) {
			profile->rules.n_items = 0;
			cg_err_memory(err);
		} else {
			making.made.rules.n_items = 0; /* moved */
		}
	}
	cg_profile_clear_rules(&making.made);
	cg_vec_done(&making.made.rules);
	cg_map_done(&making.named);
	if (r == 0 && !permits(profile->default_action))
		cg_profile_set_default(profile, CG_ACTION_LOG);
	if (r == 0)
		profile->default_errno_name = (struct cg_profile_word){ 0 };
	drop_listener(profile);
	return r;
}
