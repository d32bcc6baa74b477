/*
 * Statements to rules: which statements speak of which call.
 *
 * In: a document and the architectures of the policy. Out: rules in the policy. Names and groups are spelt out on each
 * architecture, sorted by call, and each call is lowered by itself (lower_call.c).
 */
#include "language/lower.h"

#include "base/cleanup.h"
#include "language/calls.h"

#include <errno.h>

struct collecting {
	struct cg_document *document;
	const struct cg_policy *policy;
	CG_VEC(struct cg_mention) mentions;
	CG_VEC(struct cg_policy *) included; /* whose rules are mentioned */
	struct cg_mention next; /* what the next mention has in common with this one */
	const struct cg_name *name;
	struct cg_box_work work;
};

static int add_mention(struct collecting *collecting, uint32_t nr)
{
	struct cg_mention mention = collecting->next;

	mention.nr = nr;
	if (collecting->mentions.n_items == CG_POLICY_TEXT_NAMES_LIMIT)
		return cg_document_fail(
			collecting->document, -E2BIG, &mention.statement->at,
			"more than %zu calls are named, groups spelt out, on all architectures together",
			CG_POLICY_TEXT_NAMES_LIMIT);
	return cg_vec_push(&collecting->mentions, mention) < 0 ? cg_err_memory(collecting->document->err) : 0;
}

static int add_number(void *context, uint32_t nr)
{
	struct collecting *collecting = context;
	const struct cg_mention *next = &collecting->next;
	uint64_t n_steps = 0;
	bool is_excepted = cg_names_have(next->statement->except, next->arch, nr, &n_steps);

	if (n_steps > collecting->work.n_steps)
		return cg_document_fail(collecting->document, -E2BIG, &next->statement->at,
					"too many names to leave out");
	collecting->work.n_steps -= n_steps;
	if (is_excepted)
		return 0;
	if (!cg_policy_is_nr_of(next->arch, nr))
		return cg_document_fail(collecting->document, -EINVAL, &collecting->name->at,
					"number %.40s does not belong to %s; write ARCH:NUMBER", collecting->name->text,
					next->arch->name);
	return add_mention(collecting, nr);
}

static int collect_name(struct collecting *collecting, const struct cg_name *name)
{
	const struct cg_policy *policy = collecting->policy;
	uint64_t number;
	int rc = 0;

	if (cg_name_is_number(name, &number) && !name->arch && policy->n_arches > 1)
		return cg_document_fail(collecting->document, -EINVAL, &name->at,
					"%.40s is another call on each of the %zu architectures; write %s:%.40s",
					name->text, policy->n_arches, policy->arches[0]->name, name->text);
	collecting->name = name;
	collecting->next.is_by_group = name->is_group;
	for (size_t i = 0; rc == 0 && i < policy->n_arches; i++) {
		collecting->next.arch = policy->arches[i];
		rc = cg_name_numbers(name, policy->arches[i], add_number, collecting);
	}
	return rc;
}

/* The rules of an included profile, each in the place that its precedence gives it. */
static int collect_profile(struct collecting *collecting, struct cg_statement *statement)
{
	struct cg_document *document = collecting->document;
	struct cg_target target = *document->options->target;
	struct cg_ordered_rules rules = { 0 };
	struct cg_policy *included = NULL;
	int rc;

	target.n_arches = collecting->policy->n_arches;
	for (size_t i = 0; i < target.n_arches; i++)
		target.arches[i] = collecting->policy->arches[i];
	rc = cg_document_resolve(document, statement, &target, &included);
	if (rc < 0)
		return rc;
	if (cg_vec_push(&collecting->included, included) < 0) {
		cg_policy_free(included);
		return cg_err_memory(document->err);
	}
	if (cg_rules_order(included, &rules) < 0)
		return cg_err_memory(document->err);
	for (size_t i = 0; rc == 0 && i < rules.n_items; i++) {
		collecting->next.order++;
		collecting->next.arch = rules.items[i]->arch;
		collecting->next.rule = rules.items[i];
		rc = add_mention(collecting, rules.items[i]->nr);
	}
	collecting->next.rule = NULL;
	cg_ordered_rules_done(&rules);
	return rc;
}

static int collect(struct collecting *collecting)
{
	int rc = 0;

	for (struct cg_statement *statement = collecting->document->statements; rc == 0 && statement;
	     statement = statement->next) {
		collecting->next.order++;
		collecting->next.statement = statement;
		if (statement->profile)
			rc = collect_profile(collecting, statement);
		for (const struct cg_name *name = statement->names; rc == 0 && name; name = name->next)
			rc = collect_name(collecting, name);
	}
	return rc;
}

/* By call, then as they stand in the text; a call that a statement names and has in a group too, by name first. */
static int compare_mentions(const void *left, const void *right)
{
	const struct cg_mention *a = left, *b = right;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->is_by_group - b->is_by_group;
}

/* Sorted, and each statement once a call. */
static void sort(struct collecting *collecting)
{
	struct cg_mention *items = collecting->mentions.items;
	size_t n_kept = 0;

	if (collecting->mentions.n_items)
		qsort(items, collecting->mentions.n_items, sizeof(*items), compare_mentions);
	for (size_t i = 0; i < collecting->mentions.n_items; i++) {
		const struct cg_mention *last = n_kept ? &items[n_kept - 1] : NULL;

		if (!last || last->arch != items[i].arch || last->nr != items[i].nr || last->order != items[i].order)
			items[n_kept++] = items[i];
	}
	collecting->mentions.n_items = n_kept;
}

static size_t count_call(const struct collecting *collecting, size_t first)
{
	const struct cg_mention *items = collecting->mentions.items;
	size_t end = first;

	while (end < collecting->mentions.n_items && items[end].arch == items[first].arch &&
	       items[end].nr == items[first].nr)
		end++;
	return end - first;
}

/* The statements as they stand: one rule each. */
static int add_raw(struct collecting *collecting, struct cg_policy *policy, const struct cg_mention *mention)
{
	struct cg_document *document = collecting->document;
	const struct cg_statement *statement = mention->statement;
	struct cg_place_of_call call = { document, mention->arch, mention->nr, &collecting->work };
	struct cg_comparison comparisons[CG_POLICY_COMPARISONS_LIMIT];
	struct cg_rule rule = { .arch = mention->arch, .nr = mention->nr, .action = statement->action,
				.comparisons = comparisons, .origin = cg_spot_line(&statement->at) };
	struct cg_err err = { 0 };
	int rc = 0;

	if (statement->condition)
		rc = cg_condition_comparisons(&call, statement->condition, comparisons, &rule.n_comparisons);
	if (rc < 0)
		return rc;
	rc = cg_policy_add_rule(policy, &rule, &err);
	return rc < 0 ? cg_document_fail(document, rc, &statement->at, "%s", err.message) : 0;
}

static int lower(struct collecting *collecting, struct cg_policy *policy)
{
	const struct cg_mention *mentions = collecting->mentions.items;
	size_t n_mentions = collecting->mentions.n_items;
	int rc = 0;

	if (collecting->document->options->is_raw) {
		for (size_t i = 0; rc == 0 && i < n_mentions; i++)
			rc = add_raw(collecting, policy, &mentions[i]);
		return rc;
	}
	for (size_t first = 0, n; rc == 0 && first < n_mentions; first += n) {
		n = count_call(collecting, first);
		rc = cg_mentions_lower(collecting->document, policy, mentions + first, n, &collecting->work);
	}
	return rc;
}

int cg_document_lower(struct cg_document *document, struct cg_policy *policy)
{
	struct collecting collecting = { .document = document,
					 .policy = policy,
					 .work = { .word = UINT64_MAX, .n_steps = CG_BOX_STEPS_LIMIT } };
	int rc = collect(&collecting);

	if (rc == 0) {
		sort(&collecting);
		rc = lower(&collecting, policy);
	}
	for (size_t i = 0; i < collecting.included.n_items; i++)
		cg_policy_free(collecting.included.items[i]);
	cg_vec_done(&collecting.included);
	cg_vec_done(&collecting.mentions);
	return rc;
}
