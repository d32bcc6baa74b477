/*
 * Lowering: a policy to a graph of tests (dag.h). What the compiler's stages hand on to each other.
 */
#ifndef CG_COMPILE_LOWER_H
#define CG_COMPILE_LOWER_H

#include "base/vec.h"
#include "compile/compile.h"
#include "compile/dag.h"
#include "compile/diagram.h"
#include "compile/tree.h"
#include "compile/search.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_LOWER_CALL_NODES 8192             /* tests of one call, in one form: no filter holds so many */
#define CG_LOWER_NODES ((size_t)1 << 18)     /* tests of all calls, in all forms that were tried */
#define CG_LOWER_CALL_WORK ((size_t)1 << 20) /* steps of merging one call's rules */
#define CG_LOWER_WORK ((size_t)1 << 22)      /* of all calls' */

/* What a call with argument rules costs: for the message when a filter gets too long. */
struct cg_lower_cost {
	const struct cg_arch *arch;
	uint32_t nr;
	size_t n_rules;
	size_t n_nodes;
};

/* Start with {.policy = …, .is_small = …}; end with cg_lower_done(). */
struct cg_lower {
	const struct cg_policy *policy;
	const struct cg_compile_weight *weights; /* or NULL */
	size_t n_weights;
	bool is_small;    /* of two forms of a call take the shorter, not the faster */
	bool is_too_long; /* some call alone is longer than any filter; then the graph is of no use */
	struct cg_dag dag;
	struct cg_diagram diagram;
	struct cg_search_memo memos[2]; /* where nothing matches: the default; what newer calls get */
	struct cg_tree_maker maker;
	struct cg_tree_maker x32_maker; /* while `maker` still holds the plan of x86_64 */
	struct cg_tree_line first_line; /* the first arch's trees: others may lead into them */
	uint32_t on_default, on_newer, on_bad_arch;
	size_t work;
	CG_VEC(struct cg_lower_cost) costs;
};

/* The whole policy. 0, -ENOMEM, or -E2BIG. */
int cg_lower_policy(struct cg_lower *lower, uint32_t *ret_root);

/*
 * order.c: the rules that say something else than the default, by token, then number, then place in the policy. `rules`
 * has room for all of the policy's.
 */
int cg_order_rules(const struct cg_policy *policy, const struct cg_rule **rules, size_t *ret_n_rules);

/* The first number of an arch of the policy's that is newer than the policy; 2^32 where none is. */
static inline uint64_t cg_lower_first_newer(const struct cg_policy *policy, const struct cg_arch *arch)
{
	for (size_t i = 0; policy->has_newer && i < policy->n_arches; i++)
		if (policy->arches[i] == arch)
			return (uint64_t)policy->newest[i] + 1;
	return (uint64_t)UINT32_MAX + 1;
}

/* lower_call.c: the rules of one call, in the policy's order, none of them equal to the default; reorders them. */
uint32_t cg_lower_call(struct cg_lower *lower, const struct cg_rule **rules, size_t n_rules);

/* lower_line.c: the tests of a token's numbers: spans whose children are nodes of the dag. */
int cg_lower_line(struct cg_lower *lower, uint32_t token, const struct cg_span *spans, size_t n_spans,
		  uint32_t *ret_node);

/* lower_hot.c: a line of which some numbers weigh more than others. Start with {0}. */
#define CG_LOWER_N_TAKEN 4

struct cg_lower_hot {
	CG_VEC(struct cg_span) spans;        /* the line, without those that are asked for first */
	CG_VEC(struct cg_tree_heavy) heavy;  /* sorted by number */
	struct cg_span taken[CG_LOWER_N_TAKEN]; /* a number and its node: asked for first, in this order */
	size_t n_taken;
};

int cg_lower_find_hot(struct cg_lower *lower, uint32_t token, const struct cg_span *spans, size_t n_spans,
		      struct cg_lower_hot *hot);
uint32_t cg_lower_ask_hot(struct cg_lower *lower, const struct cg_lower_hot *hot, uint32_t node);
void cg_lower_hot_done(struct cg_lower_hot *hot);

void cg_lower_done(struct cg_lower *lower);

#endif
