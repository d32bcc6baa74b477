/*
 * See facts.h: what is counted from facts that are there.
 */
#include "report/facts.h"

#include <string.h>

const char *cg_access_key(enum cg_access access)
{
	static const char *const keys[] = { "open", "conditional", "asked", "refused" };

	return keys[access];
}

const char *cg_fact_change_key(enum cg_fact_change change)
{
	static const char *const keys[] = { "closed", "opened", "changed" };

	return keys[change];
}

const char *cg_fact_input_key(enum cg_fact_input_kind kind)
{
	static const char *const keys[] = { "profile", "recording", "against", "suite", "history", "rollout" };

	return keys[kind];
}

void cg_facts_sum(struct cg_facts *facts)
{
	memset(facts->n_calls, 0, sizeof(facts->n_calls));
	memset(facts->n_access, 0, sizeof(facts->n_access));
	for (size_t i = 0; i < facts->calls.n_items; i++) {
		const struct cg_fact_call *call = &facts->calls.items[i];

		if (!facts->arches.n_items || call->arch != facts->arches.items[0].arch)
			continue;
		facts->n_calls[call->call->category][call->call->tier][call->access]++;
		facts->n_access[call->access]++;
	}
}

size_t cg_facts_count(const struct cg_facts *facts, enum cg_access access)
{
	return facts->n_access[access];
}

size_t cg_facts_count_tier(const struct cg_facts *facts, enum cg_access access, enum cg_tier tier)
{
	size_t n = 0;

	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++)
		n += facts->n_calls[category][tier][access];
	return n;
}

size_t cg_facts_count_category(const struct cg_facts *facts, enum cg_access access, enum cg_category category)
{
	size_t n = 0;

	for (enum cg_tier tier = CG_TIER_NONE; tier <= CG_TIER_CRITICAL; tier++)
		n += facts->n_calls[category][tier][access];
	return n;
}

struct cg_fact_call *cg_facts_find(const struct cg_facts *facts, const char *name)
{
	size_t first = 0, end = facts->calls.n_items;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = strcmp(name, facts->calls.items[middle].call->name);

		if (order == 0)
			return &facts->calls.items[middle];
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	return NULL;
}

void cg_fact_suite_done(struct cg_fact_suite *suite)
{
	cg_vec_done(&suite->tests);
	cg_vec_done(&suite->refusals);
}

void cg_facts_done(struct cg_facts *facts)
{
	cg_vec_done(&facts->inputs);
	cg_vec_done(&facts->arches);
	cg_vec_done(&facts->calls);
	cg_notes_done(&facts->findings);
	cg_coverage_done(&facts->recordings.coverage);
	cg_summary_done(&facts->recordings.summary);
	cg_vec_done(&facts->recordings.files);
	cg_vec_done(&facts->recordings.times);
	cg_vec_done(&facts->against.differences);
	for (size_t i = 0; i < CG_N_FACT_CVES; i++)
		cg_cve_findings_done(&facts->cves.columns[i]);
	for (size_t i = 0; i < facts->suites.n_items; i++)
		cg_fact_suite_done(&facts->suites.items[i]);
	cg_vec_done(&facts->suites);
	cg_vec_done(&facts->history.violations);
	cg_arena_done(&facts->arena);
}
