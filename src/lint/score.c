/*
 * See score.h.
 */
#include "lint/score.h"

#include "base/cleanup.h"
#include "learn/generalise.h"
#include "lint/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_POINTS 10 /* as much as a critical call: it is all of those that are still to come */
#define DOOR_POINTS 2
#define NAMESPACE_POINTS 5 /* what unshare has */

static const unsigned int tier_points[] = {
	[CG_TIER_NONE] = 0, [CG_TIER_MEDIUM] = 2, [CG_TIER_HIGH] = 5, [CG_TIER_CRITICAL] = 10
};

static int add(struct cg_score *score, const char *call, const char *reason, unsigned int points, bool is_conditional)
{
	struct cg_score_line line = { call, reason, is_conditional ? (points + 1) / 2 : points, is_conditional };

	score->points += line.points;
	return cg_vec_push(&score->lines, line);
}

/* clone counts for the namespaces that it makes, beside the threads and processes that everybody needs. */
static int add_clone(const struct cg_lint *lint, struct cg_score *score)
{
	for (size_t i = 0; i < lint->policy->n_arches; i++) {
		uint32_t open = cg_lint_open_namespaces(lint, lint->policy->arches[i]);

		if (open)
			return add(score, "clone", "makes new namespaces, as unshare does", NAMESPACE_POINTS,
				   open != CG_NAMESPACE_FLAGS);
	}
	return 0;
}

static int add_calls(const struct cg_lint *lint, struct cg_score *score)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < cg_n_syscalls; i++) {
		const struct cg_syscall *call = &cg_syscalls[i];

		if (call->tier == CG_TIER_NONE || strcmp(call->name, "clone") == 0 ||
		    !cg_lint_is_possible_anywhere(lint, call->name))
			continue;
		r = add(score, call->name, call->reason, tier_points[call->tier],
			!cg_lint_is_open_anywhere(lint, call->name));
	}
	return r;
}

static int add_doors(const struct cg_lint *lint, struct cg_score *score)
{
	static const char *const names[] = { "ioctl", "prctl" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(names); i++)
		if (cg_lint_is_open_anywhere(lint, names[i]))
			r = add(score, names[i], cg_selector_find(names[i])->why, DOOR_POINTS, false);
	return r;
}

static int compare_lines(const void *left, const void *right)
{
	const struct cg_score_line *a = left, *b = right;

	if (a->points != b->points)
		return a->points > b->points ? -1 : 1;
	return strcmp(a->call, b->call);
}

static int add_all(const struct cg_lint *lint, struct cg_score *score)
{
	int r = 0;

	if (cg_action_is_permit(lint->policy->default_action))
		r = add(score, "default", "lets through whatever is not listed, calls of kernels to come too",
			DEFAULT_POINTS, false);
	if (r == 0)
		r = add_calls(lint, score);
	if (r == 0)
		r = add_clone(lint, score);
	if (r == 0)
		r = add_doors(lint, score);
	return r;
}

int cg_lint_score(const struct cg_profile *profile, const struct cg_target *target, const struct cg_policy *policy,
		  struct cg_score *ret_score, struct cg_err *err)
{
	struct cg_lint lint = { .profile = profile, .target = target };
	struct cg_policy *open = policy ? NULL : cg_policy_new(CG_ACTION_ALLOW);
	struct cg_score score = { 0 };
	int r = policy || open ? 0 : -ENOMEM;

	if (r == 0 && open)
		r = cg_policy_add_arch(open, target->arch, NULL);
	lint.policy = policy ? policy : open;
	if (r == 0)
		r = cg_lint_start(&lint);
	if (r == 0)
		r = add_all(&lint, &score);
	cg_lint_done(&lint);
	cg_policy_free(open);
	if (r < 0) {
		cg_score_done(&score);
		return cg_err_memory(err);
	}
	if (score.lines.n_items)
		qsort(score.lines.items, score.lines.n_items, sizeof(*score.lines.items), compare_lines);
	*ret_score = score;
	return 0;
}

void cg_score_done(struct cg_score *score)
{
	cg_vec_done(&score->lines);
	*score = (struct cg_score){ 0 };
}
