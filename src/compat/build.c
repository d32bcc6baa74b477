/*
 * From a context to a policy, and from priorities to weights.
 *
 * In: a context. Out: a policy of its own, which means what the context means (policy/eval.c): here nothing is decided.
 */
#include "compat/build.h"

#include "compile/compile.h"

#include <errno.h>
#include <stdlib.h>

static int add_rules(struct cg_policy *policy, const struct cg_ctx_arch *from)
{
	int r = cg_policy_add_arch(policy, from->arch, NULL);

	for (size_t i = 0; i < from->rules.n_items && r == 0; i++) {
		const struct cg_ctx_rule *rule = &from->rules.items[i];
		struct cg_rule added = { .arch = from->arch, .nr = rule->nr, .action = rule->action,
					 .n_comparisons = rule->n_comparisons };

		if (rule->n_comparisons)
			added.comparisons = &from->comparisons.items[rule->first_comparison];
		r = cg_policy_add_rule(policy, &added, NULL);
	}
	return r;
}

struct cg_policy *cg_ctx_policy(const struct cg_ctx *ctx)
{
	struct cg_policy *policy = cg_policy_new(ctx->attributes[SCMP_FLTATR_ACT_DEFAULT]);
	int r = policy ? 0 : -ENOMEM;

	if (policy)
		policy->bad_arch_action = ctx->attributes[SCMP_FLTATR_ACT_BADARCH];
	for (size_t i = 0; i < ctx->n_arches && r == 0; i++)
		r = add_rules(policy, ctx->arches[i]);
	return r == 0 ? policy : cg_policy_free(policy);
}

/* A number, and which of its priorities this is: the last one counts. */
struct ranked {
	struct cg_ctx_priority priority;
	size_t rank;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->priority.nr != y->priority.nr)
		return x->priority.nr < y->priority.nr ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static int add_weights(const struct cg_ctx_arch *from, struct cg_compile_weight *weights, size_t *n_weights)
{
	size_t n = from->priorities.n_items;
	struct ranked *ranked = n ? calloc(n, sizeof(*ranked)) : NULL;

	if (n && !ranked)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){ from->priorities.items[i], i };
	if (n)
		qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++) {
		bool is_last = i + 1 == n || ranked[i + 1].priority.nr != ranked[i].priority.nr;

		if (is_last && ranked[i].priority.priority)
			weights[(*n_weights)++] = (struct cg_compile_weight){
				from->arch, ranked[i].priority.nr, ranked[i].priority.priority
			};
	}
	free(ranked);
	return 0;
}

int cg_ctx_weights(const struct cg_ctx *ctx, struct cg_compile_weight **ret_weights, size_t *ret_n_weights)
{
	struct cg_compile_weight *weights = NULL;
	size_t n_weights = 0;
	size_t n_room = 0;
	int r = 0;

	for (size_t i = 0; i < ctx->n_arches && ctx->attributes[SCMP_FLTATR_CTL_OPTIMIZE] == 1; i++)
		n_room += ctx->arches[i]->priorities.n_items;
	if (n_room) {
		weights = calloc(n_room, sizeof(*weights));
		r = weights ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ctx->n_arches && n_room && r == 0; i++)
		r = add_weights(ctx->arches[i], weights, &n_weights);
	if (r < 0) {
		free(weights);
		return r;
	}
	*ret_weights = weights;
	*ret_n_weights = n_weights;
	return 0;
}
