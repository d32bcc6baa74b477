/*
 * See report.h: a profile against another one, and against the known vulnerabilities.
 *
 * In: diagrams in one set. Out: rows, each call with what both answer, when, and an example; verdicts beside those of
 * the container default and of no profile at all.
 */
#include "cli/report.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "cli/diff_arches.h"
#include "cli/input.h"
#include "words/differences.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINER_DEFAULT "@container-default"

/* ---- differences */

/* 0 refused, 1 somebody else decides, 2 made. */
static int openness(uint32_t action)
{
	uint32_t kind = action & CG_ACTION_MASK;

	if (cg_action_is_permit(action))
		return 2;
	return kind == CG_ACTION_NOTIFY || kind == CG_ACTION_TRACE;
}

static enum cg_fact_change change_of(uint32_t ours, uint32_t theirs)
{
	int order = openness(ours) - openness(theirs);

	return order < 0 ? CG_FACT_CLOSED : order > 0 ? CG_FACT_OPENED : CG_FACT_CHANGED;
}

/* What was built, kept; NULL when out of memory. The text is empty again. */
static const char *keep(struct cg_facts *facts, struct cg_text *text)
{
	const char *copy = text->has_failed ? NULL : cg_arena_copy_text(&facts->arena, cg_text_get(text));

	cg_text_clear(text);
	return copy;
}

static int add_row(struct cg_facts *facts, const struct cg_difference *row)
{
	static const enum cg_fact_subject subjects[] = { CG_FACT_CALL, CG_FACT_NUMBERS, CG_FACT_OUTSIDE };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_fact_difference fact = {
		.change = change_of(row->a, row->b),
		.subject = subjects[row->kind],
		.call = row->kind == CG_DIFFERENCE_CALL ? row->syscall : NULL,
		.nr_first = row->nr_first,
		.nr_last = row->nr_last,
		.ours = row->a,
		.theirs = row->b,
		.n_further = row->n_further,
	};

	cg_text_add(&text, row->when);
	fact.when = keep(facts, &text);
	cg_difference_arches(&text, row);
	fact.arches = keep(facts, &text);
	cg_call_format(&text, &row->example);
	fact.example = keep(facts, &text);
	if (!fact.when || !fact.arches || !fact.example)
		return -ENOMEM;
	return cg_vec_push(&facts->against.differences, fact);
}

/* All calls of an architecture to which one of the two has but one answer. */
static int add_arch(struct cg_facts *facts, const struct cg_diff_arch *arch)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const struct cg_difference *example = arch->example;
	struct cg_fact_difference fact = {
		.change = change_of(example->a, example->b),
		.subject = CG_FACT_ARCH,
		.arch = arch->arch,
		.arches = arch->arch->name,
		.n_calls = arch->n_calls,
		.ours = example->a,
		.theirs = example->b,
		.when = "",
	};

	cg_call_format(&text, &example->example);
	fact.example = keep(facts, &text);
	return fact.example ? cg_vec_push(&facts->against.differences, fact) : -ENOMEM;
}

static enum cg_tier tier_of(const struct cg_fact_difference *difference)
{
	return difference->call ? difference->call->tier : CG_TIER_NONE;
}

static int compare_facts(const void *left, const void *right)
{
	const struct cg_fact_difference *a = left, *b = right;

	if (a->change != b->change)
		return a->change < b->change ? -1 : 1;
	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	if (tier_of(a) != tier_of(b))
		return tier_of(a) > tier_of(b) ? -1 : 1;
	if (a->call != b->call)
		return strcmp(a->call->name, b->call->name);
	if (a->nr_first != b->nr_first)
		return a->nr_first < b->nr_first ? -1 : 1;
	if (strcmp(a->arches, b->arches) != 0)
		return strcmp(a->arches, b->arches);
	return strcmp(a->when, b->when);
}

/* A call under several conditions is one call. */
static void count_calls(struct cg_fact_against *against)
{
	const struct cg_fact_difference *last = NULL;

	for (size_t i = 0; i < against->differences.n_items; i++) {
		const struct cg_fact_difference *row = &against->differences.items[i];

		if (!row->call || (last && last->call == row->call && last->change == row->change))
			continue;
		against->n_calls[row->change][row->call->tier]++;
		last = row;
	}
}

static int take_rows(struct cg_reporting *reporting, uint32_t other, const struct cg_differences *differences)
{
	struct cg_fact_against *against = &reporting->facts.against;
	struct cg_diff_arches arches = { 0 };
	int r = 0;

	cg_diff_arches_find(reporting->meanings, reporting->root, other, differences, &arches);
	for (size_t i = 0; r == 0 && i < differences->list.n_items; i++) {
		struct cg_difference row = differences->list.items[i];

		if (cg_diff_arches_leave(&arches, &row))
			r = add_row(&reporting->facts, &row);
	}
	for (size_t i = 0; r == 0 && i < arches.n_items; i++)
		r = add_arch(&reporting->facts, &arches.items[i]);
	if (r < 0)
		return r;
	if (against->differences.n_items)
		qsort(against->differences.items, against->differences.n_items,
		      sizeof(against->differences.items[0]), compare_facts);
	count_calls(against);
	return 0;
}

/* More differences than can be listed: one of them. */
static int take_witness(struct cg_reporting *reporting, uint32_t other, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_fact_against *against = &reporting->facts.against;
	struct cg_witness witness;

	against->is_undecided = true;
	cg_meaning_differ(reporting->meanings, reporting->root, other, &witness);
	cg_call_format(&text, &witness.call);
	against->witness = keep(&reporting->facts, &text);
	return against->witness ? 0 : cg_err_memory(err);
}

/* The other one's diagram in our set. */
static int read_other(struct cg_reporting *reporting, const char *reference, struct cg_subject *other,
		      uint32_t *ret_root, struct cg_err *err)
{
	int r = cg_subject_read(reference, &reporting->target, other, err);

	if (r == 0 && other->kind == CG_SUBJECT_PROFILE && !other->input.policy)
		return cg_err_set(err, -EINVAL, other->reference, "this profile applies no seccomp at all");
	return r < 0 ? r : cg_subject_meaning(other, reporting->meanings, ret_root, err);
}

int cg_report_compare(struct cg_reporting *reporting, const char *reference, struct cg_err *err)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject other = { 0 };
	CG_CLEANUP(cg_differences_done) struct cg_differences differences = { 0 };
	struct cg_fact_against *against = &reporting->facts.against;
	const struct cg_text *bytes;
	uint32_t root;
	int r = read_other(reporting, reference, &other, &root, err);

	if (r < 0)
		return r;
	bytes = other.kind == CG_SUBJECT_PROCESS ? NULL : &other.input.text;
	against->name = cg_arena_copy_text(&reporting->facts.arena, other.reference);
	if (!against->name || cg_report_add_input(reporting, CG_FACT_AGAINST, other.reference, bytes) < 0)
		return cg_err_memory(err);
	against->is_same = root == reporting->root;
	r = cg_differences_find(reporting->meanings, reporting->root, root, &differences, err);
	if (r == -EOVERFLOW)
		return take_witness(reporting, root, err);
	if (r == 0 && take_rows(reporting, root, &differences) < 0)
		r = cg_err_memory(err);
	return r;
}

/* ---- vulnerabilities */

int cg_report_judge_cves(struct cg_reporting *reporting, struct cg_err *err)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject other = { 0 };
	struct cg_fact_cves *cves = &reporting->facts.cves;
	struct cg_cve_scope scope = { reporting->target.arch, reporting->target.caps };
	uint32_t roots[CG_N_FACT_CVES] = { [CG_FACT_CVES_PROFILE] = reporting->root };
	int r = read_other(reporting, CONTAINER_DEFAULT, &other, &roots[CG_FACT_CVES_DEFAULT], err);

	if (r == 0)
		r = cg_meaning_of_action(reporting->meanings, CG_ACTION_ALLOW, &roots[CG_FACT_CVES_NONE], err);
	for (size_t i = 0; r == 0 && i < CG_N_FACT_CVES; i++) {
		r = cg_cves_judge(reporting->meanings, roots[i], &scope, &cves->columns[i], err);
		if (r == 0)
			r = cg_cves_find_socketcalls(reporting->meanings, roots[i], &scope, &cves->columns[i], err);
	}
	cves->is_judged = r == 0;
	cves->machine = reporting->target.arch;
	/* "Not decided" is an answer of its own. */
	return r == -EOVERFLOW ? 0 : r;
}
