/*
 * What libseccomp refuses, and so every engine that stands on it (CG_TRAIT_LIBSECCOMP): too large an errno, and the
 * same conditions with another action.
 *
 * In: an action, or a rule about to be added. Out: 0, or the error with which the container would not start. Seen with
 * libseccomp 2.5.4; more than these two it refuses only by the shape of its tree, which the linter speaks of.
 */
#include "profile/lower.h"

#include "profile/say.h"

#include <errno.h>
#include <stddef.h>

#define N_ARGS 6
/* libseccomp takes data below MAX_ERRNO only, the kernel MAX_ERRNO too. */
#define LIBSECCOMP_ERRNO_MAX (CG_ERRNO_MAX - 1)

int cg_resolve_check_data(struct cg_resolver *resolver, uint32_t action, const struct cg_profile_word *at)
{
	uint32_t most = cg_engine_has(resolver->engine, CG_TRAIT_LIBSECCOMP) ? LIBSECCOMP_ERRNO_MAX : CG_ERRNO_MAX;

	if ((action & CG_ACTION_MASK) != CG_ACTION_ERRNO || (action & CG_ACTION_DATA) <= most)
		return 0;
	return cg_resolve_fail(
		resolver, at, "errnoRet %u is no error number: %s takes them up to %u", action & CG_ACTION_DATA,
		cg_engine_has(resolver->engine, CG_TRAIT_LIBSECCOMP) ? "libseccomp" : "the kernel", most);
}

struct condition_key {
	uint32_t arch;
	uint32_t nr;
	struct cg_comparison comparisons[N_ARGS]; /* by argument; only those that there are belong to the key */
};

static int put_condition(struct cg_resolver *resolver, const struct condition_key *key, unsigned int n_comparisons,
			 struct cg_map_entry **ret_entry)
{
	size_t length = offsetof(struct condition_key, comparisons) + n_comparisons * sizeof(key->comparisons[0]);
	const char *copy;

	*ret_entry = cg_map_find(&resolver->conditions, key, length);
	if (*ret_entry)
		return 0;
	copy = cg_arena_copy(&resolver->arena, (const char *)key, length);
	if (!copy || cg_map_put(&resolver->conditions, copy, length, ret_entry) < 0)
		return cg_err_memory(resolver->err);
	return 0;
}

static void sort_into_key(struct condition_key *key, const struct cg_rule *rule)
{
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		unsigned int at = i;

		for (; at && key->comparisons[at - 1].arg > rule->comparisons[i].arg; at--)
			key->comparisons[at] = key->comparisons[at - 1];
		key->comparisons[at] = rule->comparisons[i];
		key->comparisons[at].value &= rule->comparisons[i].mask;
	}
}

/*
 * The same conditions with another action: seccomp_rule_add() says EEXIST, and the container does not start. Not so
 * when the call already has an unconditional rule: then the new one is dropped unseen.
 */
int cg_resolve_check_conflict(struct cg_resolver *resolver, const struct cg_rule *rule,
			      const struct cg_profile_word *name)
{
	struct condition_key key = { .arch = (uint32_t)cg_arch_index(rule->arch), .nr = rule->nr };
	struct cg_map_entry *entry;
	uint64_t mark = (uint64_t)(rule->origin + 1) << 32 | rule->action;
	char quoted[CG_QUOTE_SIZE];
	int rc;

	if (rule->n_comparisons &&
	    cg_map_find(&resolver->conditions, &key, offsetof(struct condition_key, comparisons)))
		return 0;
	sort_into_key(&key, rule);
	rc = put_condition(resolver, &key, rule->n_comparisons, &entry);
	if (rc < 0)
		return rc;
	if (entry->value.number == 0)
		entry->value.number = mark;
	if (rule->n_comparisons == 0 || (uint32_t)entry->value.number == rule->action)
		return 0;
	return cg_resolve_fail(
		resolver, name,
		"%s: line %u has the same conditions with another action; libseccomp refuses that, and so "
		"the container does not start",
		cg_profile_quote(quoted, name->text), (unsigned int)(entry->value.number >> 32) - 1);
}
