/*
 * See allow.h.
 */
#include "policy/allow.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

/* Which numbers are allowed, by (arch, number), each once. */
struct key {
	uint32_t arch;
	uint32_t nr;
};

struct allowing {
	const struct cg_policy *base;
	struct cg_policy *policy;
	struct cg_arena arena; /* of the keys */
	struct cg_map allowed;
	struct cg_err *err;
};

static int allow_call(struct allowing *allowing, const char *name)
{
	for (size_t i = 0; i < allowing->base->n_arches; i++) {
		struct cg_rule rule = { .arch = allowing->base->arches[i], .action = CG_ACTION_ALLOW };
		struct key *key = cg_arena_alloc(&allowing->arena, sizeof(*key));
		struct cg_map_entry *entry;
		int r;

		if (!cg_syscall_number(rule.arch, name, &rule.nr))
			continue;
		if (!key)
			return cg_err_memory(allowing->err);
		*key = (struct key){ (uint32_t)cg_arch_index(rule.arch), rule.nr };
		if (cg_map_put(&allowing->allowed, key, sizeof(*key), &entry) < 0)
			return cg_err_memory(allowing->err);
		if (entry->value.number++)
			continue;
		r = cg_policy_add_rule(allowing->policy, &rule, allowing->err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int unknown_word(const char *word, struct cg_err *err)
{
	bool is_group = word[0] == '@';
	const char *best = is_group ? cg_group_suggest(word + 1) : cg_syscall_suggest(word);
	const char *what = is_group ? "group of calls" : "system call";

	if (!best)
		return cg_err_set(err, -ENOENT, word, "there is no such %s", what);
	return cg_err_set(err, -ENOENT, word, "there is no such %s; did you mean %s%s?", what,
			  is_group && best[0] != '@' ? "@" : "", best);
}

static int allow_word(struct allowing *allowing, const char *word)
{
	const struct cg_group *group = word[0] == '@' ? cg_group_find(word) : NULL;
	int r = 0;

	if (!word[0])
		return cg_err_set(allowing->err, -EINVAL, NULL,
				  "an empty name in the list of calls; write it as @stdio,openat");
	if (!group && (word[0] == '@' || !cg_syscall_find(word)))
		return unknown_word(word, allowing->err);
	if (!group)
		return allow_call(allowing, word);
	for (size_t i = 0; r == 0 && i < group->n_names; i++)
		r = allow_call(allowing, group->names[i]);
	return r;
}

static int allow_list(struct allowing *allowing, const char *list)
{
	int r = 0;

	while (r == 0) {
		size_t length = strcspn(list, ",");
		CG_FREE char *word = strndup(list, length);

		if (!word)
			return cg_err_memory(allowing->err);
		r = allow_word(allowing, word);
		if (!list[length])
			break;
		list += length + 1;
	}
	return r;
}

/* The rules of `base` about other calls. */
static int keep_others(struct allowing *allowing)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < allowing->base->rules.n_items; i++) {
		const struct cg_rule *rule = &allowing->base->rules.items[i];
		struct key key = { (uint32_t)cg_arch_index(rule->arch), rule->nr };

		if (!cg_map_find(&allowing->allowed, &key, sizeof(key)))
			r = cg_policy_add_rule(allowing->policy, rule, allowing->err);
	}
	return r;
}

static int fill(struct allowing *allowing, const char *list)
{
	const struct cg_policy *base = allowing->base;
	int r = 0;

	allowing->policy->bad_arch_action = base->bad_arch_action;
	allowing->policy->flags = base->flags;
	for (size_t i = 0; r == 0 && i < base->n_arches; i++)
		r = cg_policy_add_arch(allowing->policy, base->arches[i], allowing->err);
	for (size_t i = 0; r == 0 && base->has_newer && i < base->n_arches; i++)
		cg_policy_set_newest(allowing->policy, base->arches[i], base->newest[i], base->newer_action);
	if (r == 0)
		r = allow_list(allowing, list);
	return r == 0 ? keep_others(allowing) : r;
}

int cg_policy_allow(const struct cg_policy *base, const char *list, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct allowing allowing = { .base = base, .policy = cg_policy_new(base->default_action), .err = err };
	int r;

	if (!allowing.policy)
		return cg_err_memory(err);
	r = fill(&allowing, list);
	cg_map_done(&allowing.allowed);
	cg_arena_done(&allowing.arena);
	if (r < 0)
		cg_policy_free(allowing.policy);
	else
		*ret_policy = allowing.policy;
	return r;
}
