/*
 * A profile, a filter or a process as a picture: how calls are decided, with how many of them get each answer.
 *
 * In: what explain_profile.c tells in words. Out: one SVG file that needs nothing from outside.
 */
#include "cli/explain.h"

#include "cli/scope.h"
#include "report/picture.h"

#include <stdlib.h>

/* Numbers of instructions of all filters there are; 0 of a profile, of which none is compiled for this. */
static size_t count_instructions(const struct cg_explain *explain)
{
	size_t n = 0, number;

	for (size_t i = 0; i < cg_explain_count_filters(explain); i++)
		n += cg_explain_filter(explain, i, &number)->n_insns;
	return n;
}

/* What it means, as engines load it, and which architectures it decides call by call. */
static int find_flow(const struct cg_explain *explain, struct cg_flow *flow, struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	struct cg_scope scope = { 0 };
	uint32_t root;
	int r = meanings ? cg_subject_meaning(explain->subject, meanings, &root, err) : cg_err_memory(err);

	if (r == 0 && explain->subject->kind == CG_SUBJECT_PROFILE)
		cg_scope_of_policy(explain->input->policy, &scope);
	else if (r == 0)
		r = cg_scope_of_meaning(meanings, root, explain->target, &scope, err);
	if (r == 0)
		r = cg_flow_of_meaning(meanings, root, scope.arches, scope.n_arches, scope.bad_arch_action, flow, err);
	cg_meanings_free(meanings);
	if (r < 0)
		return r;
	flow->is_blind = scope.is_blind;
	for (; flow->n_whole < scope.n_whole; flow->n_whole++) {
		flow->whole[flow->n_whole].arch = scope.whole[flow->n_whole].arch;
		flow->whole[flow->n_whole].action = scope.whole[flow->n_whole].action;
	}
	return 0;
}

int cg_explain_picture(const struct cg_explain *explain, struct cg_text *out)
{
	const struct cg_picture_page page = { .language = explain->language, .id = "flow", .form = CG_PICTURE_FILE };
	struct cg_flow *flow = calloc(1, sizeof(*flow));
	struct cg_err err = { 0 };
	int r = flow ? find_flow(explain, flow, &err) : cg_err_memory(&err);

	if (r == 0) {
		flow->n_instructions = count_instructions(explain);
		cg_picture_flow(flow, &page, out);
	}
	free(flow);
	return r < 0 ? cg_subject_fail(&err) : CG_EXIT_YES;
}
