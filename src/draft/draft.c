/*
 * See draft.h. Order of the rules: what was seen by category, what was added by set and base, calls under conditions,
 * refusals. Within a rule the names are sorted, so that two profiles can be compared line by line.
 */
#include "draft/draft.h"

#include "base/cleanup.h"
#include "learn/needs.h"

#include <errno.h>
#include <string.h>

/* A rule to be: the calls that share a heading. */
struct heading {
	const char *comment;
	uint32_t action;
	CG_VEC(const struct cg_sketch_call *) calls;
};

struct draft {
	const struct cg_sketch *sketch;
	struct cg_profile *profile;
	CG_VEC(struct heading) headings;
};

static const char *set_comment(struct cg_arena *arena, const char *name)
{
	const struct cg_need_set *set = cg_need_set_find(name);

	return cg_arena_format(arena, "%s (--without %s)", set ? set->meaning : name, name);
}

/* What stands above a call: from its first reason. NULL when out of memory. */
static const char *comment_of(struct cg_arena *arena, const struct cg_sketch_call *call)
{
	const struct cg_reason *reason = &call->reasons.items[0];

	switch (reason->kind) {
	case CG_REASON_NEED:
		return set_comment(arena, reason->name);
	case CG_REASON_SUCCESSOR:
		return set_comment(arena, CG_SET_SUCCESSORS);
	case CG_REASON_BASE:
		return cg_arena_format(arena, "base %s", reason->name);
	case CG_REASON_DANGER:
		return cg_arena_format(arena, "refused: %s risk (--without %s)", reason->name, CG_SET_DANGEROUS);
	case CG_REASON_SEEN:
	case CG_REASON_FALLBACK:
	case CG_REASON_GUARD:
		break;
	}
	return cg_arena_format(arena, "seen: %s", cg_category_title(call->call->category));
}

static struct heading *find_heading(struct draft *draft, const char *comment, uint32_t action)
{
	for (size_t i = 0; i < draft->headings.n_items; i++)
		if (draft->headings.items[i].action == action && strcmp(draft->headings.items[i].comment, comment) == 0)
			return &draft->headings.items[i];
	if (cg_vec_push(&draft->headings, (struct heading){ .comment = comment, .action = action }) < 0)
		return NULL;
	return &draft->headings.items[draft->headings.n_items - 1];
}

/* The rank of a call's heading: headings are made in this order. */
static unsigned int rank_of(const struct cg_sketch_call *call)
{
	static const unsigned int ranks[] = {
		[CG_REASON_SEEN] = 0, [CG_REASON_FALLBACK] = 0,	 [CG_REASON_GUARD] = 0,	 [CG_REASON_BASE] = 1,
		[CG_REASON_NEED] = 2, [CG_REASON_SUCCESSOR] = 3, [CG_REASON_DANGER] = 4,
	};

	return ranks[call->reasons.items[0].kind];
}

#define N_RANKS 5

static int gather(struct draft *draft)
{
	for (unsigned int rank = 0; rank < N_RANKS; rank++) {
		for (size_t i = 0; i < draft->sketch->calls.n_items; i++) {
			const struct cg_sketch_call *call = &draft->sketch->calls.items[i];
			const char *comment;
			struct heading *heading;

			if (!call->is_open || rank_of(call) != rank)
				continue;
			comment = comment_of(&draft->profile->arena, call);
			heading = comment ? find_heading(draft, comment, call->action) : NULL;
			if (!heading || cg_vec_push(&heading->calls, call) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* A new rule at the end of the profile, with its heading; NULL when out of memory. */
static struct cg_profile_rule *add_rule(struct cg_profile *profile, uint32_t action, const char *comment)
{
	struct cg_profile_rule *rule = cg_profile_add_rule(profile, action);

	return rule && cg_profile_set_comment(profile, rule, comment) == 0 ? rule : NULL;
}

static int write_heading(struct draft *draft, const struct heading *heading)
{
	struct cg_profile_rule *rule = add_rule(draft->profile, heading->action, heading->comment);

	if (!rule)
		return -ENOMEM;
	for (size_t i = 0; i < heading->calls.n_items; i++)
		if (cg_profile_add_name(draft->profile, rule, heading->calls.items[i]->call->name) < 0)
			return -ENOMEM;
	return 0;
}

static int write_comparisons(struct cg_profile_rule *rule, const struct cg_sketch_condition *condition)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < condition->n_comparisons; i++) {
		const struct cg_comparison *from = &condition->comparisons[i];
		struct cg_profile_arg arg = { .index = from->arg, .op = from->op, .value = from->value };

		/* The OCI form has the mask first and the datum second (runtime-spec, config-linux.md). */
		if (from->op == CG_OP_MASKED_EQ) {
			arg.value = from->mask;
			arg.value_two = from->value;
		}
		r = cg_profile_add_arg(rule, &arg);
	}
	return r;
}

/* One rule a condition: engines take the rules of one call as alternatives. */
static int write_conditions(struct draft *draft, const struct cg_sketch_call *call)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < call->conditions.n_items; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text comment = { 0 };
		struct cg_profile_rule *rule;

		cg_sketch_format_condition(&comment, draft->sketch, call, &call->conditions.items[i]);
		if (call->conditions.items[i].origin[0])
			cg_text_addf(&comment, " (%s)", call->conditions.items[i].origin);
		if (comment.has_failed)
			return -ENOMEM;
		rule = add_rule(draft->profile, call->action, cg_text_get(&comment));
		if (!rule || cg_profile_add_name(draft->profile, rule, call->call->name) < 0)
			return -ENOMEM;
		r = write_comparisons(rule, &call->conditions.items[i]);
	}
	return r;
}

static int write_top(struct draft *draft)
{
	int r = 0;

	cg_profile_set_default(draft->profile, draft->sketch->default_action);
	for (size_t i = 0; r == 0 && i < draft->sketch->n_arches; i++)
		r = cg_profile_add_arch(draft->profile, draft->sketch->arches[i]);
	return r;
}

static int write_rules(struct draft *draft)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < draft->headings.n_items; i++)
		if (draft->headings.items[i].action == CG_ACTION_ALLOW)
			r = write_heading(draft, &draft->headings.items[i]);
	for (size_t i = 0; r == 0 && i < draft->sketch->calls.n_items; i++)
		if (!draft->sketch->calls.items[i].is_open)
			r = write_conditions(draft, &draft->sketch->calls.items[i]);
	for (size_t i = 0; r == 0 && i < draft->headings.n_items; i++)
		if (draft->headings.items[i].action != CG_ACTION_ALLOW)
			r = write_heading(draft, &draft->headings.items[i]);
	return r;
}

int cg_draft_profile(const struct cg_sketch *sketch, const char *name, struct cg_profile **ret_profile,
		     struct cg_err *err)
{
	struct draft draft = { .sketch = sketch, .profile = cg_profile_new(name) };
	int r = draft.profile ? write_top(&draft) : -ENOMEM;

	if (r == 0)
		r = gather(&draft);
	if (r == 0)
		r = write_rules(&draft);
	for (size_t i = 0; i < draft.headings.n_items; i++)
		cg_vec_done(&draft.headings.items[i].calls);
	cg_vec_done(&draft.headings);
	if (r < 0) {
		cg_profile_free(draft.profile);
		return cg_err_memory(err);
	}
	*ret_profile = draft.profile;
	return 0;
}
