/*
 * The meanings that one can ask for, but for a policy's (rules.c): of a filter, of an action, of a stack, of a
 * choice, of an effect.
 */
#include "check/cpu.h"

#include <errno.h>
#include <stdlib.h>

#define NODES_AN_INSTRUCTION 24 /* a guess for the size of the tables; a test of a field makes up to 64 */

/* One of the two ways through a filter. Fresh words for each: what the first has made may have filled the limit. */
struct way {
	int (*go)(struct cg_words *words, const struct cg_filter *filter, const struct cg_flow *flow,
		  uint32_t *ret_root);
	const struct cg_filter *filter;
	struct cg_flow *flow;
	bool is_beside;
};

static int find_root(struct cg_meanings *meanings, const struct way *way, uint32_t *ret_root)
{
	struct cg_words words = { 0 };
	int r = cg_words_start(&words, meanings, way->filter->is_big_endian);

	if (r == 0 && way->is_beside)
		r = cg_words_ask_only(&words);
	if (r == 0)
		r = way->go(&words, way->filter, way->flow, ret_root);
	cg_words_done(&words);
	return r;
}

/* By walk.c with half of the steps; where that is not enough, by merge.c with the rest. */
static int of_filter(struct cg_meanings *meanings, struct way *way, uint32_t *ret_root)
{
	uint64_t n_steps_before;
	int r;

	cg_meanings_begin(meanings);
	cg_meanings_expect(meanings, way->filter->n_insns * NODES_AN_INSTRUCTION);
	n_steps_before = cg_meanings_curb(meanings, meanings->n_steps_budget / 2);
	way->go = cg_walk;
	r = find_root(meanings, way, ret_root);
	cg_meanings_release(meanings, n_steps_before);
	if (r != -EOVERFLOW)
		return r;

	cg_meanings_retry(meanings);
	way->go = cg_merge;
	return find_root(meanings, way, ret_root);
}

static int check_and_find(struct cg_meanings *meanings, const struct cg_filter *filter, bool is_beside,
			  uint32_t *ret_root, struct cg_err *err)
{
	struct way way = { .filter = filter, .is_beside = is_beside };
	int r = cg_filter_check(filter, err);

	if (r < 0)
		return r;
	way.flow = cg_flow_find(filter);
	if (!way.flow)
		return cg_err_memory(err);
	of_filter(meanings, &way, ret_root);
	free(way.flow);
	return cg_meanings_end(meanings, err);
}

int cg_meaning_of_filter(struct cg_meanings *meanings, const struct cg_filter *filter, uint32_t *ret_root,
			 struct cg_err *err)
{
	return check_and_find(meanings, filter, false, ret_root, err);
}

int cg_meaning_of_filter_beside(struct cg_meanings *meanings, const struct cg_filter *filter, uint32_t *ret_root,
				struct cg_err *err)
{
	return check_and_find(meanings, filter, true, ret_root, err);
}

static int give(struct cg_meanings *meanings, uint32_t root, uint32_t *ret_root, struct cg_err *err)
{
	int r = cg_meanings_end(meanings, err);

	if (r == 0)
		*ret_root = root;
	return r;
}

int cg_meaning_of_action(struct cg_meanings *meanings, uint32_t action, uint32_t *ret_root, struct cg_err *err)
{
	cg_meanings_begin(meanings);
	return give(meanings, cg_meaning_leaf(meanings, action), ret_root, err);
}

int cg_meaning_of_stack(struct cg_meanings *meanings, const uint32_t *roots, size_t n_roots, uint32_t *ret_root,
			struct cg_err *err)
{
	uint32_t root;

	if (n_roots > CG_STACK_LIMIT)
		return cg_err_set(err, -E2BIG, NULL, "a stack holds at most %zu filters, not %zu", CG_STACK_LIMIT,
				  n_roots);

	cg_meanings_begin(meanings);
	root = cg_meaning_leaf(meanings, CG_ACTION_ALLOW); /* what seccomp_run_filters() starts with */
	for (size_t i = 0; i < n_roots; i++)
		root = cg_meaning_apply(meanings, CG_MEANING_LOWER, root, roots[i]);
	return give(meanings, root, ret_root, err);
}

/* More open than TRACE is what is let through. */
int cg_meaning_of_choice(struct cg_meanings *meanings, uint32_t mask, uint32_t yes, uint32_t no, uint32_t *ret_root,
			 struct cg_err *err)
{
	uint32_t condition;

	cg_meanings_begin(meanings);
	condition = cg_meaning_apply(meanings, CG_MEANING_EXCEEDS, mask, cg_meaning_leaf(meanings, CG_ACTION_TRACE));
	return give(meanings, cg_meaning_choose(meanings, condition, yes, no), ret_root, err);
}

int cg_meaning_of_union(struct cg_meanings *meanings, uint32_t a, uint32_t b, uint32_t *ret_root, struct cg_err *err)
{
	cg_meanings_begin(meanings);
	return give(meanings, cg_meaning_apply(meanings, CG_MEANING_HIGHER, a, b), ret_root, err);
}

int cg_meaning_of_effect(struct cg_meanings *meanings, uint32_t root, uint32_t *ret_root, struct cg_err *err)
{
	cg_meanings_begin(meanings);
	return give(meanings, cg_meaning_apply(meanings, CG_MEANING_EFFECT, root, CG_NO), ret_root, err);
}
