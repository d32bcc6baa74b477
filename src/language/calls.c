/*
 * Which calls a policy says the same of on all architectures. See calls.h.
 *
 * The rules of the widest architecture speak for the others: cut to their words, as eval.c cuts them, they must hold
 * for the same values.
 */
#include "language/calls.h"

#include "abi/syscalls.h"

#include <errno.h>
#include <string.h>

/* The rules of one call on one architecture. */
struct group {
	const struct cg_rule *const *rules;
	size_t n_rules;
	bool is_said;
};

struct saying {
	const struct cg_policy *policy;
	struct cg_said_calls *calls;
	struct group *groups; /* sorted by architecture and number */
	size_t n_groups;
	struct cg_box_work work;
};

static int compare_group(const struct group *group, const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_rule *rule = group->rules[0];

	if (rule->arch != arch)
		return rule->arch < arch ? -1 : 1;
	return (rule->nr > nr) - (rule->nr < nr);
}

static struct group *find_group(const struct saying *saying, const struct cg_arch *arch, uint32_t nr)
{
	size_t least = 0, end = saying->n_groups;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = compare_group(&saying->groups[middle], arch, nr);

		if (order == 0)
			return &saying->groups[middle];
		if (order < 0)
			least = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

/* The rules of one action side by side, of which each is enough. */
struct run {
	const struct cg_rule *const *rules;
	size_t n_rules;
};

static struct run run_at(const struct group *group, size_t first)
{
	struct run run = { group->rules + first, 0 };

	while (first + run.n_rules < group->n_rules && run.rules[run.n_rules]->action == run.rules[0]->action)
		run.n_rules++;
	return run;
}

static int add_run(struct saying *saying, const struct run *run, struct cg_boxes *boxes)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < run->n_rules; i++)
		rc = cg_boxes_add_rule(boxes, run->rules[i]->comparisons, run->rules[i]->n_comparisons, &saying->work);
	return rc;
}

static int compare_runs(struct saying *saying, const struct run *a, const struct run *b, bool *ret_same)
{
	struct cg_boxes of_a = { 0 }, of_b = { 0 };
	int rc;

	saying->work.word = cg_arch_word_mask(b->rules[0]->arch);
	rc = add_run(saying, a, &of_a);
	if (rc == 0)
		rc = add_run(saying, b, &of_b);
	if (rc == 0)
		rc = cg_boxes_compare(&of_a, &of_b, &saying->work, ret_same);
	cg_boxes_done(&of_a);
	cg_boxes_done(&of_b);
	return rc;
}

/* Does what `speaker` says, cut to the word of `other`, say what `other` says, in the same order? */
static int compare_groups(struct saying *saying, const struct group *speaker, const struct group *other, bool *ret_same)
{
	size_t at = 0, at_other = 0;
	bool is_same = true;
	int rc = 0;

	while (rc == 0 && is_same && at < speaker->n_rules && at_other < other->n_rules) {
		struct run run = run_at(speaker, at), other_run = run_at(other, at_other);

		is_same = run.rules[0]->action == other_run.rules[0]->action &&
			  (run.rules[0]->n_comparisons == 0) == (other_run.rules[0]->n_comparisons == 0);
		if (is_same && run.rules[0]->n_comparisons)
			rc = compare_runs(saying, &run, &other_run, &is_same);
		at += run.n_rules;
		at_other += other_run.n_rules;
	}
	*ret_same = is_same && at == speaker->n_rules && at_other == other->n_rules;
	return rc;
}

/* The widest of the architectures that have the name and say something of it. */
static const struct group *find_speaker(const struct saying *saying, const char *name)
{
	const struct group *best = NULL;
	uint32_t nr;

	for (size_t i = 0; i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];
		const struct group *group = cg_syscall_number(arch, name, &nr) ? find_group(saying, arch, nr) : NULL;

		if (group && (!best || arch->word_bits > best->rules[0]->arch->word_bits))
			best = group;
	}
	return best;
}

/* *ret_same: is the same said on every architecture of the policy that has the name? */
static int compare_all(struct saying *saying, const char *name, const struct group *speaker, bool *ret_same)
{
	int rc = 0;

	*ret_same = true;
	for (size_t i = 0; rc == 0 && *ret_same && i < saying->policy->n_arches; i++) {
		const struct cg_arch *arch = saying->policy->arches[i];
		const struct group *other;
		uint32_t nr;

		if (!cg_syscall_number(arch, name, &nr))
			continue;
		other = find_group(saying, arch, nr);
		*ret_same = other != NULL;
		if (other && other != speaker)
			rc = compare_groups(saying, speaker, other, ret_same);
	}
	return rc;
}

static void add_call(struct saying *saying, const char *name, const struct cg_arch *only, const struct group *group)
{
	saying->calls->items[saying->calls->n_items++] =
		(struct cg_said_call){ name, only, group->rules, group->n_rules };
}

static int say_group(struct saying *saying, struct group *group)
{
	const struct cg_arch *arch = group->rules[0]->arch;
	const struct cg_syscall *call = cg_syscall_of_nr(arch, group->rules[0]->nr);
	const struct group *speaker;
	bool is_same = false;
	uint32_t nr;
	int rc = 0;

	if (call && (!cg_syscall_number(arch, call->name, &nr) || nr != group->rules[0]->nr))
		call = NULL; /* a second number of that name: by number, then */
	speaker = call ? find_speaker(saying, call->name) : NULL;
	if (speaker)
		rc = compare_all(saying, call->name, speaker, &is_same);
	if (rc < 0)
		return rc;
	group->is_said = true;
	if (!is_same) {
		add_call(saying, call ? call->name : NULL, arch, group);
		return 0;
	}
	add_call(saying, call->name, NULL, speaker);
	for (size_t i = 0; i < saying->policy->n_arches; i++) {
		if (cg_syscall_number(saying->policy->arches[i], call->name, &nr))
			find_group(saying, saying->policy->arches[i], nr)->is_said = true;
	}
	return 0;
}

static int find_groups(struct saying *saying)
{
	const struct cg_ordered_rules *rules = &saying->calls->rules;

	saying->groups = calloc(rules->n_items + 1, sizeof(*saying->groups));
	saying->calls->items = calloc(rules->n_items + 1, sizeof(*saying->calls->items));
	if (!saying->groups || !saying->calls->items)
		return -ENOMEM;
	for (size_t first = 0, n; first < rules->n_items; first += n) {
		n = cg_rules_count_call(rules, first);
		saying->groups[saying->n_groups++] = (struct group){ .rules = rules->items + first, .n_rules = n };
	}
	return 0;
}

int cg_policy_say(const struct cg_policy *policy, struct cg_said_calls *ret_calls)
{
	struct cg_said_calls calls = { 0 };
	struct saying saying = { .policy = policy, .calls = &calls, .work = { .n_steps = CG_BOX_STEPS_LIMIT } };
	int rc = cg_rules_order(policy, &calls.rules);

	if (rc == 0)
		rc = find_groups(&saying);
	for (size_t i = 0; rc == 0 && i < saying.n_groups; i++) {
		if (!saying.groups[i].is_said)
			rc = say_group(&saying, &saying.groups[i]);
	}
	free(saying.groups);
	if (rc < 0) {
		cg_said_calls_done(&calls);
		return rc;
	}
	*ret_calls = calls;
	return 0;
}

bool cg_said_call_is_on(const struct cg_said_call *call, const struct cg_arch *arch, uint32_t *ret_nr)
{
	if (!call->only)
		return cg_syscall_number(arch, call->name, ret_nr);
	*ret_nr = call->rules[0]->nr;
	return arch == call->only;
}

void cg_said_calls_done(struct cg_said_calls *calls)
{
	cg_ordered_rules_done(&calls->rules);
	free(calls->items);
	*calls = (struct cg_said_calls){ 0 };
}
