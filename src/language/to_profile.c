/*
 * A policy as a profile in OCI form. In: a policy. Out: a profile of which every engine makes this policy again; or the
 * call of which that form cannot say it.
 *
 * The form has three limits. A name holds on every architecture that has the call, so what is said of it must be the
 * same on all. A number without a name cannot be said. And a rule compares an argument once (engines read a second
 * comparison as "or"): a range within an argument's values is cut into blocks of 2^n values, each one MASKED_EQ. What
 * comes of that is compared with what it stands for on every architecture, because the form cuts to 32 bits there.
 */
#include "language/calls.h"
#include "language/policy_text.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

#define N_ARGS 6

/* One rule of the profile. */
struct said_rule {
	uint32_t action;
	uint32_t n_comparisons;
	struct cg_comparison comparisons[N_ARGS]; /* an argument each */
};

/* A CG_VEC with a name, so that functions can take it. */
struct said_rules {
	struct said_rule *items;
	size_t n_items;
	size_t n_room;
};

struct converting {
	const struct cg_policy *policy;
	struct cg_profile *profile;
	struct cg_err *err;
	struct cg_arena arena;
	struct cg_map firsts; /* what is said of a call, to the index behind the first rule that says it */
	struct cg_box_work work;
};

static int fail_call(struct converting *converting, const struct cg_said_call *call, const char *reason)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	if (call->name)
		cg_text_add(&name, call->name);
	else
		cg_call_format_name(&name, call->only, call->rules[0]->nr);
	return cg_err_set(converting->err, -EOPNOTSUPP, NULL, "%s: the OCI form %s", cg_text_get(&name), reason);
}

/* ---- cells as single comparisons */

/* The single comparisons of which each holds for a part of a cell, and one for each of its values. */
struct parts {
	struct cg_comparison items[CG_POLICY_TO_PROFILE_RULES_LIMIT];
	size_t n_items;
};

/* The largest block of 2^n values that begins at `least`, as the bits that are the same in it. */
static uint64_t block_mask(uint64_t least, uint64_t most)
{
	uint64_t free = 0;

	while (!(least & (free * 2 + 1)) && most - least >= free * 2 + 1 && free != UINT64_MAX)
		free = free * 2 + 1;
	return ~free;
}

/* False when there is no room for them. */
static bool cut_cell(const struct cg_cell *cell, unsigned int arg, uint64_t word, struct parts *parts)
{
	struct cg_comparison whole[CG_CELL_COMPARISONS_MAX];
	uint64_t least = cell->least, mask;

	parts->n_items = cg_cell_comparisons(cell, arg, word, whole);
	if (parts->n_items <= 1) {
		parts->items[0] = whole[0];
		return true;
	}
	for (parts->n_items = 0; parts->n_items < CG_POLICY_TO_PROFILE_RULES_LIMIT; least = (least | ~mask) + 1) {
		mask = block_mask(least, cell->most);
		if (!((least ^ cell->bits) & cell->mask & mask))
			parts->items[parts->n_items++] = (struct cg_comparison){
				arg, CG_OP_MASKED_EQ, (least & mask) | cell->bits, (mask | cell->mask) & word
			};
		if ((least | ~mask) >= cell->most)
			return true;
	}
	return false;
}

/* ---- rules */

static bool is_sayable(const struct cg_rule *rule)
{
	bool is_seen[N_ARGS] = { false };

	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		if (is_seen[rule->comparisons[i].arg])
			return false;
		is_seen[rule->comparisons[i].arg] = true;
	}
	return true;
}

static int add_said(struct said_rules *said, const struct said_rule *rule)
{
	return cg_vec_push(said, *rule) < 0 ? -ENOMEM : 0;
}

static int add_as_it_stands(const struct cg_rule *rule, struct said_rules *said)
{
	struct said_rule copy = { .action = rule->action, .n_comparisons = rule->n_comparisons };

	if (rule->n_comparisons)
		memcpy(copy.comparisons, rule->comparisons, rule->n_comparisons * sizeof(*rule->comparisons));
	return add_said(said, &copy);
}

/* The product of the parts of a box's cells, added to `said`. -E2BIG. */
static int add_box(const struct cg_box *box, uint32_t action, uint64_t word, struct said_rules *said)
{
	size_t first = said->n_items, end;
	struct parts parts;
	int rc = add_said(said, &(struct said_rule){ .action = action });

	for (unsigned int arg = 0; rc == 0 && arg < N_ARGS; arg++) {
		if (!cut_cell(&box->cells[arg], arg, word, &parts))
			return -E2BIG;
		end = said->n_items;
		for (size_t k = 1; rc == 0 && k < parts.n_items; k++) {
			for (size_t i = first; rc == 0 && i < end; i++) {
				struct said_rule rule = said->items[i];

				rule.comparisons[rule.n_comparisons++] = parts.items[k];
				rc = said->n_items == CG_POLICY_TO_PROFILE_RULES_LIMIT ? -E2BIG : add_said(said, &rule);
			}
		}
		for (size_t i = first; rc == 0 && parts.n_items && i < end; i++)
			said->items[i].comparisons[said->items[i].n_comparisons++] = parts.items[0];
	}
	return rc;
}

/* Does what is said hold for the values of the rule, cut to a word? */
static int check(struct converting *converting, const struct cg_rule *rule, const struct said_rules *said,
		 uint64_t word, bool *ret_same)
{
	struct cg_boxes of_rule = { 0 }, of_said = { 0 };
	int rc;

	converting->work.word = word;
	rc = cg_boxes_add_rule(&of_rule, rule->comparisons, rule->n_comparisons, &converting->work);
	for (size_t i = 0; rc == 0 && i < said->n_items; i++)
		rc = cg_boxes_add_rule(&of_said, said->items[i].comparisons, said->items[i].n_comparisons,
				       &converting->work);
	if (rc == 0)
		rc = cg_boxes_compare(&of_rule, &of_said, &converting->work, ret_same);
	cg_boxes_done(&of_rule);
	cg_boxes_done(&of_said);
	return rc;
}

static int check_everywhere(struct converting *converting, const struct cg_said_call *call, const struct cg_rule *rule,
			    const struct said_rules *said)
{
	bool is_same = true;
	uint32_t nr;
	int rc = 0;

	for (size_t i = 0; rc == 0 && is_same && i < converting->policy->n_arches; i++) {
		const struct cg_arch *arch = converting->policy->arches[i];

		if (cg_said_call_is_on(call, arch, &nr))
			rc = check(converting, rule, said, cg_arch_word_mask(arch), &is_same);
	}
	if (rc == 0 && !is_same)
		return fail_call(converting, call,
				 "compares an argument once in a rule, and 32 bits of it on 32-bit architectures: its "
				 "conditions cannot be said so");
	return rc;
}

static int cut_rule(struct converting *converting, const struct cg_said_call *call, const struct cg_rule *rule,
		    struct said_rules *said)
{
	struct said_rules own = { 0 };
	struct cg_boxes boxes = { 0 };
	int rc;

	converting->work.word = cg_arch_word_mask(rule->arch);
	rc = cg_boxes_add_rule(&boxes, rule->comparisons, rule->n_comparisons, &converting->work);
	for (size_t i = 0; rc == 0 && i < boxes.n_items; i++)
		rc = add_box(&boxes.items[i], rule->action, converting->work.word, &own);
	if (rc == -E2BIG)
		rc = fail_call(converting, call, "compares an argument once in a rule: this would take too many rules");
	if (rc == 0)
		rc = check_everywhere(converting, call, rule, &own);
	for (size_t i = 0; rc == 0 && i < own.n_items; i++)
		rc = add_said(said, &own.items[i]);
	cg_boxes_done(&boxes);
	cg_vec_done(&own);
	return rc;
}

/* ---- the profile */

static int add_args(struct cg_profile_rule *rule, const struct said_rule *said)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < said->n_comparisons; i++) {
		const struct cg_comparison *comparison = &said->comparisons[i];
		struct cg_profile_arg arg = { .index = comparison->arg,
					      .op = comparison->op,
					      .value = comparison->value };

		if (comparison->op == CG_OP_MASKED_EQ) {
			arg.value = comparison->mask;
			arg.value_two = comparison->value;
		}
		rc = cg_profile_add_arg(rule, &arg);
	}
	return rc;
}

/* The rules of the profile that say just this: found, or added. *ret_first is the index of the first. */
static int find_rules(struct converting *converting, const struct said_rules *said, size_t *ret_first)
{
	size_t size = said->n_items * sizeof(*said->items);
	const char *key = cg_arena_copy(&converting->arena, (const char *)said->items, size);
	struct cg_map_entry *entry;
	int rc = key && cg_map_put(&converting->firsts, key, size, &entry) == 0 ? 0 : -ENOMEM;

	if (rc < 0)
		return rc;
	if (entry->value.number) {
		*ret_first = entry->value.number - 1;
		return 0;
	}
	*ret_first = converting->profile->rules.n_items;
	entry->value.number = *ret_first + 1;
	for (size_t i = 0; rc == 0 && i < said->n_items; i++) {
		struct cg_profile_rule *rule = cg_profile_add_rule(converting->profile, said->items[i].action);

		rc = rule ? add_args(rule, &said->items[i]) : -ENOMEM;
	}
	return rc;
}

/* Backwards: in a profile the first of equals wins. */
static int say_call(struct converting *converting, const struct cg_said_call *call, struct said_rules *said)
{
	int rc = 0;

	for (size_t i = call->n_rules; rc == 0 && i-- > 0;) {
		if (is_sayable(call->rules[i]))
			rc = add_as_it_stands(call->rules[i], said);
		else
			rc = cut_rule(converting, call, call->rules[i], said);
	}
	return rc;
}

static int add_call(struct converting *converting, const struct cg_said_call *call)
{
	struct said_rules said = { 0 };
	size_t first = 0;
	int rc;

	if (!call->name)
		return fail_call(converting, call, "has no word for a number without a name");
	if (call->only)
		return fail_call(converting, call, "cannot say one thing of one architecture, and another of another");
	rc = say_call(converting, call, &said);
	if (rc == 0)
		rc = find_rules(converting, &said, &first);
	for (size_t i = 0; rc == 0 && i < said.n_items; i++)
		rc = cg_profile_add_name(converting->profile, &converting->profile->rules.items[first + i], call->name);
	cg_vec_done(&said);
	return rc;
}

static int add_flags(struct converting *converting)
{
	static const struct {
		unsigned int flag;
		const char *word;
	} rows[] = {
		{ CG_POLICY_TSYNC, "SECCOMP_FILTER_FLAG_TSYNC" },
		{ CG_POLICY_LOG, "SECCOMP_FILTER_FLAG_LOG" },
		{ CG_POLICY_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW" },
		{ CG_POLICY_WAIT_KILLABLE, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" },
	};
	int rc = 0;

	converting->profile->has_flags = converting->policy->flags != 0;
	for (size_t i = 0; rc == 0 && i < CG_N_ITEMS(rows); i++) {
		if (converting->policy->flags & rows[i].flag)
			rc = cg_vec_push(&converting->profile->flags, (struct cg_profile_word){ .text = rows[i].word });
	}
	return rc;
}

static int add_listener(struct cg_profile *profile, const struct cg_profile *from)
{
	if (from && from->listener_path)
		profile->listener_path = cg_arena_copy_text(&profile->arena, from->listener_path);
	if (from && from->listener_metadata)
		profile->listener_metadata = cg_arena_copy_text(&profile->arena, from->listener_metadata);
	return from && ((from->listener_path && !profile->listener_path) ||
			(from->listener_metadata && !profile->listener_metadata)) ?
		       -ENOMEM :
		       0;
}

static int add_settings(struct converting *converting, const struct cg_profile *from)
{
	const struct cg_policy *policy = converting->policy;
	int rc = 0;

	if (policy->bad_arch_action != CG_ACTION_KILL_THREAD)
		return cg_err_set(
			converting->err, -EOPNOTSUPP, NULL,
			"the OCI form has no word for bad-arch: calls of other architectures kill the thread there");
	cg_profile_set_default(converting->profile, policy->default_action);
	for (size_t i = 0; rc == 0 && i < policy->n_arches; i++)
		rc = cg_profile_add_arch(converting->profile, policy->arches[i]);
	if (rc == 0)
		rc = add_flags(converting);
	return rc < 0 ? rc : add_listener(converting->profile, from);
}

static int convert(struct converting *converting, const struct cg_profile *from, const struct cg_said_calls *calls)
{
	int rc = add_settings(converting, from);

	for (size_t i = 0; rc == 0 && i < calls->n_items; i++)
		rc = add_call(converting, &calls->items[i]);
	return rc;
}

int cg_policy_to_profile(const struct cg_policy *policy, const struct cg_profile *profile,
			 struct cg_profile **ret_profile, struct cg_err *err)
{
	struct converting converting = { .policy = policy, .err = err, .work = { .n_steps = CG_BOX_STEPS_LIMIT } };
	struct cg_said_calls calls = { 0 };
	int rc;

	if (policy->has_newer)
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "a policy that answers newer calls by themselves has no form as a profile: an engine "
				  "has its own answer to them");
	rc = cg_policy_say(policy, &calls);
	converting.profile = cg_profile_new(profile ? profile->name : "");
	if (rc == 0)
		rc = converting.profile ? convert(&converting, profile, &calls) : -ENOMEM;
	cg_said_calls_done(&calls);
	cg_map_done(&converting.firsts);
	cg_arena_done(&converting.arena);
	if (rc == 0) {
		*ret_profile = converting.profile;
		return 0;
	}
	cg_profile_free(converting.profile);
	if (rc == -E2BIG)
		return cg_err_set(err, -EOVERFLOW, NULL, "the conditions are too tangled to be said in OCI form");
	return rc == -ENOMEM ? cg_err_memory(err) : rc;
}
