/*
 * What other profiles take away from a sketch: a ceiling, above which nothing is allowed, and what bases have already.
 *
 * In: the sketch with everything that is to be allowed, policies. Out: calls left out or held to the ceiling's
 * conditions, each with a note or a reason. Rules of a profile go by name, so a call is allowed as far as the policy
 * allows it on every arch of the sketch that has it; where that differs, or cannot be said with one comparison an
 * argument, it is left out: a ceiling errs to the low side, and says so.
 */
#include "learn/generate_steps.h"

#include "base/cleanup.h"

#include <string.h>

/* What a policy does with one call, as far as it can be said by its permitting rules. */
enum reach {
	REACH_NONE,
	REACH_SOME, /* where one of the conditions holds */
	REACH_ALL,
	REACH_UNCLEAR, /* refuses by arguments what it otherwise permits, or arches differ */
};

struct permission {
	enum reach reach;
	CG_VEC(const struct cg_rule *) rules; /* SOME: of the first arch */
};

static bool is_default(const struct cg_policy *policy, const struct cg_rule *rule)
{
	return rule->action == cg_policy_default(policy, rule->arch, rule->nr);
}

/* On one arch. */
static int find_on_arch(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr,
			struct permission *ret_permission)
{
	bool permits_rest = cg_action_is_permit(cg_policy_default(policy, arch, nr)), refuses_some = false;

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || rule->nr != nr || is_default(policy, rule))
			continue;
		if (rule->n_comparisons == 0) {
			ret_permission->reach = cg_action_is_permit(rule->action) ? REACH_ALL : REACH_NONE;
			return 0;
		}
		if (!cg_action_is_permit(rule->action))
			refuses_some = true;
		else if (cg_vec_push(&ret_permission->rules, rule) < 0)
			return -ENOMEM;
	}
	if (refuses_some && (permits_rest || ret_permission->rules.n_items))
		ret_permission->reach = REACH_UNCLEAR;
	else if (permits_rest)
		ret_permission->reach = REACH_ALL;
	else
		ret_permission->reach = ret_permission->rules.n_items ? REACH_SOME : REACH_NONE;
	return 0;
}

static bool is_same(const struct cg_comparison *a, unsigned int n_a, const struct cg_comparison *b, unsigned int n_b)
{
	for (unsigned int i = 0; n_a == n_b && i < n_a; i++)
		if (a[i].arg != b[i].arg || a[i].op != b[i].op || a[i].value != b[i].value || a[i].mask != b[i].mask)
			return false;
	return n_a == n_b;
}

static bool are_same_rules(const struct permission *a, const struct permission *b)
{
	for (size_t i = 0; a->rules.n_items == b->rules.n_items && i < a->rules.n_items; i++)
		if (!is_same(a->rules.items[i]->comparisons, a->rules.items[i]->n_comparisons,
			     b->rules.items[i]->comparisons, b->rules.items[i]->n_comparisons))
			return false;
	return a->rules.n_items == b->rules.n_items;
}

/* On all arches of the sketch that have the call. `here` is empty and stays the caller's. */
static int find_permission(const struct cg_sketch *sketch, const struct cg_policy *policy, const char *name,
			   struct permission *all)
{
	bool is_first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sketch->n_arches; i++) {
		struct permission here = { .reach = REACH_NONE };
		uint32_t nr;

		if (!cg_syscall_number(sketch->arches[i], name, &nr))
			continue;
		if (cg_policy_has_arch(policy, sketch->arches[i]))
			r = find_on_arch(policy, sketch->arches[i], nr, &here);
		if (is_first) {
			*all = here;
		} else {
			if (here.reach == REACH_NONE || all->reach == REACH_NONE)
				all->reach = REACH_NONE;
			else if (here.reach != all->reach || (here.reach == REACH_SOME && !are_same_rules(all, &here)))
				all->reach = REACH_UNCLEAR;
			cg_vec_done(&here.rules);
		}
		is_first = false;
	}
	return r;
}

/* Joining two comparisons of one argument into one. */

enum joined {
	JOINED_ONE,
	JOINED_EMPTY, /* no value fulfils both */
	JOINED_NOT,   /* one comparison cannot say it */
};

static bool holds(const struct cg_comparison *comparison, uint64_t value)
{
	switch (comparison->op) {
	case CG_OP_NE:
		return value != comparison->value;
	case CG_OP_LT:
		return value < comparison->value;
	case CG_OP_LE:
		return value <= comparison->value;
	case CG_OP_EQ:
		return value == comparison->value;
	case CG_OP_GE:
		return value >= comparison->value;
	case CG_OP_GT:
		return value > comparison->value;
	case CG_OP_MASKED_EQ:
		break;
	}
	return (value & comparison->mask) == (comparison->value & comparison->mask);
}

static enum joined join_masks(const struct cg_comparison *a, const struct cg_comparison *b, struct cg_comparison *ret_one)
{
	uint64_t both = a->mask & b->mask;

	if ((a->value & both) != (b->value & both))
		return JOINED_EMPTY;
	*ret_one = *a;
	ret_one->mask = a->mask | b->mask;
	ret_one->value = (a->value & a->mask) | (b->value & b->mask);
	return JOINED_ONE;
}

/* `a` says one value or the bits of one. */
static enum joined join_with(const struct cg_comparison *a, const struct cg_comparison *b, struct cg_comparison *ret_one)
{
	*ret_one = *a;
	if (a->op == CG_OP_EQ)
		return holds(b, a->value) ? JOINED_ONE : JOINED_EMPTY;
	if (a->op != CG_OP_MASKED_EQ)
		return JOINED_NOT;
	if (b->op == CG_OP_MASKED_EQ)
		return join_masks(a, b, ret_one);
	/* The one value that b excludes is excluded by the bits already. */
	return b->op == CG_OP_NE && !holds(a, b->value) ? JOINED_ONE : JOINED_NOT;
}

static enum joined join(const struct cg_comparison *a, const struct cg_comparison *b, struct cg_comparison *ret_one)
{
	enum joined joined;

	if (is_same(a, 1, b, 1)) {
		*ret_one = *a;
		return JOINED_ONE;
	}
	joined = join_with(a, b, ret_one);
	return joined == JOINED_NOT ? join_with(b, a, ret_one) : joined;
}

/* Both lists hold. At most six comparisons come out, one an argument. */
static enum joined join_all(const struct cg_comparison *a, unsigned int n_a, const struct cg_comparison *b,
			    unsigned int n_b, struct cg_comparison ret_all[6], unsigned int *ret_n)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_a + n_b; i++) {
		const struct cg_comparison *next = i < n_a ? &a[i] : &b[i - n_a];
		enum joined joined = JOINED_ONE;
		unsigned int at = 0;

		while (at < n && ret_all[at].arg != next->arg)
			at++;
		if (at == n)
			ret_all[n++] = *next;
		else {
			const struct cg_comparison there = ret_all[at];

			joined = join(&there, next, &ret_all[at]);
		}
		if (joined != JOINED_ONE)
			return joined;
	}
	*ret_n = n;
	return JOINED_ONE;
}

static int leave_out(struct cg_generation *gen, struct cg_sketch_call *call, const char *what)
{
	bool was_seen = call->reasons.items[0].kind == CG_REASON_SEEN;

	call->is_left_out = true;
	return cg_sketch_note(gen->sketch, was_seen ? CG_SEVERITY_WARNING : CG_SEVERITY_NOTE, "above-ceiling",
			      "keep it by --allow, if the ceiling shall not hold for it", "%s (%s) is left out: %s %s",
			      call->call->name, call->reasons.items[0].text, gen->options->ceiling->name, what);
}

/* The conditions of the call, each joined with each of the ceiling's. *ret_is_whole: all could be said. */
static int join_conditions(struct cg_generation *gen, struct cg_sketch_call *call, const struct permission *permission,
			   bool *ret_is_whole)
{
	static const struct cg_sketch_condition open = { .origin = "" };
	struct cg_sketch_call before = *call;
	size_t n = call->is_open ? 1 : before.conditions.n_items;
	int r = 0;

	memset(&call->conditions, 0, sizeof(call->conditions));
	*ret_is_whole = true;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct cg_sketch_condition *own = call->is_open ? &open : &before.conditions.items[i];

		for (size_t k = 0; r == 0 && k < permission->rules.n_items; k++) {
			const struct cg_rule *rule = permission->rules.items[k];
			struct cg_comparison all[6];
			unsigned int n_all;
			enum joined joined = join_all(own->comparisons, own->n_comparisons, rule->comparisons,
						      rule->n_comparisons, all, &n_all);

			*ret_is_whole &= joined != JOINED_NOT;
			if (joined == JOINED_ONE)
				r = cg_sketch_add_condition(gen->sketch, call, all, n_all, own->origin);
		}
	}
	call->is_open = false;
	cg_vec_done(&before.conditions);
	return r;
}

static int hold_to_ceiling(struct cg_generation *gen, struct cg_sketch_call *call, const struct permission *permission)
{
	bool is_whole;
	int r = join_conditions(gen, call, permission, &is_whole);

	if (r < 0)
		return r;
	if (call->conditions.n_items == 0)
		return leave_out(gen, call, is_whole ? "denies it with the arguments that it was seen with" :
						       "allows it for other arguments than one rule can say");
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_GUARD, gen->options->ceiling->name,
				    "held to what %s allows", gen->options->ceiling->name);
}

static bool is_exempt(const struct cg_generation *gen, const char *name)
{
	for (size_t i = 0; i < gen->options->n_allowed; i++)
		if (strcmp(gen->options->allowed[i], name) == 0)
			return true;
	return false;
}

static int lower(struct cg_generation *gen, struct cg_sketch_call *call)
{
	struct permission permission = { .reach = REACH_NONE };
	int r = find_permission(gen->sketch, gen->options->ceiling->policy, call->call->name, &permission);

	if (r == 0 && permission.reach == REACH_NONE)
		r = leave_out(gen, call, "denies it");
	else if (r == 0 && permission.reach == REACH_UNCLEAR)
		r = leave_out(gen, call, "allows it in a way that one rule for all architectures cannot say");
	else if (r == 0 && permission.reach == REACH_SOME)
		r = hold_to_ceiling(gen, call, &permission);
	cg_vec_done(&permission.rules);
	return r;
}

int cg_generate_lower(struct cg_generation *gen)
{
	int r = 0;

	for (size_t i = 0; r == 0 && gen->options->ceiling && i < gen->sketch->calls.n_items; i++) {
		struct cg_sketch_call *call = &gen->sketch->calls.items[i];

		if (call->action == CG_ACTION_ALLOW && !is_exempt(gen, call->call->name))
			r = lower(gen, call);
	}
	return r;
}

/* What a base has already. */

static bool has_condition(const struct permission *permission, const struct cg_sketch_condition *condition)
{
	for (size_t i = 0; i < permission->rules.n_items; i++)
		if (is_same(condition->comparisons, condition->n_comparisons, permission->rules.items[i]->comparisons,
			    permission->rules.items[i]->n_comparisons))
			return true;
	return false;
}

/* Drops what is there already: the whole call, or the conditions that the base has word for word. */
static int subtract(struct cg_generation *gen, const struct cg_generate_base *base, struct cg_sketch_call *call)
{
	struct permission permission = { .reach = REACH_NONE };
	int r = find_permission(gen->sketch, base->policy, call->call->name, &permission);
	size_t n_left = 0;

	if (r == 0 && permission.reach == REACH_ALL)
		call->is_left_out = true;
	if (r == 0 && permission.reach == REACH_SOME && !call->is_open) {
		for (size_t i = 0; i < call->conditions.n_items; i++)
			if (!has_condition(&permission, &call->conditions.items[i]))
				call->conditions.items[n_left++] = call->conditions.items[i];
		call->conditions.n_items = n_left;
		call->is_left_out = n_left == 0;
	}
	cg_vec_done(&permission.rules);
	return r;
}

/* Refusals go as well: what is left is to be added to the base, which refuses for itself. */
int cg_generate_subtract(struct cg_generation *gen)
{
	int r = 0;

	for (size_t b = 0; r == 0 && b < gen->options->n_minus; b++) {
		for (size_t i = 0; r == 0 && i < gen->sketch->calls.n_items; i++) {
			struct cg_sketch_call *call = &gen->sketch->calls.items[i];

			if (call->action != CG_ACTION_ALLOW)
				call->is_left_out = true;
			else if (!call->is_left_out)
				r = subtract(gen, &gen->options->minus[b], call);
		}
	}
	return r;
}
